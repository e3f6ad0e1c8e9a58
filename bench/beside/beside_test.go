package beside_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/bench/beside"
	"github.com/migrationlink/migrationlink/digest"
)

// answer is what a handler answers, Date aside, after a connect.
func answer(t *testing.T, name, method, path, content string) (status int, header http.Header, body string) {
	t.Helper()
	handler, err := beside.New(name)
	require.NoError(t, err)
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	client := s.Client()
	if name == "stand-in" {
		client.Transport = digest.NewTransport(beside.PublicKey, beside.PrivateKey) // the others would get its probe, without content
	}
	for _, call := range []struct{ method, path, content string }{{http.MethodPost, beside.LinkPath, `{"linkToken":"token"}`}, {method, path, content}} {
		r, err := http.NewRequestWithContext(t.Context(), call.method, s.URL+call.path, strings.NewReader(call.content))
		require.NoError(t, err)
		if call.content != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		a, err := client.Do(r)
		require.NoError(t, err)
		read, err := io.ReadAll(a.Body)
		require.NoError(t, err)
		require.NoError(t, a.Body.Close())
		a.Header.Del("Date")
		status, header, body = a.StatusCode, a.Header, string(read)
	}
	return status, header, body
}

func TestTheBareHandlerAnswersWhatTheStandInAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ method, path, content string }{
		{http.MethodPost, beside.LinkPath, `{"linkToken":"another token"}`},
		{http.MethodGet, beside.LinkPath + "/status", ""},
	} {
		t.Run(c.method, func(t *testing.T) {
			t.Parallel()
			wantStatus, wantHeader, wantBody := answer(t, "stand-in", c.method, c.path, c.content)
			status, header, body := answer(t, "bare", c.method, c.path, c.content)
			assert.Equal(t, wantStatus, status)
			assert.Equal(t, wantHeader, header)
			assert.Equal(t, wantBody, body)
		})
	}
}

func TestTheOthersAnswerTheSameContent(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"strict", "kin"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, _, body := answer(t, name, http.MethodPost, beside.LinkPath, `{"linkToken":"another token"}`)
			assert.Equal(t, http.StatusCreated, status)
			assert.JSONEq(t, `{"status":"SYNCED"}`, body)
			status, _, body = answer(t, name, http.MethodGet, beside.LinkPath+"/status", "")
			assert.Equal(t, http.StatusOK, status)
			assert.JSONEq(t, `{"status":"SYNCED"}`, body)
		})
	}
}

// A chain that checks nothing would be measured for nothing.
func TestKinChecksTheRequest(t *testing.T) {
	t.Parallel()
	status, _, body := answer(t, "kin", http.MethodPost, beside.LinkPath, `{"linkToken":1}`)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, body, "request body has an error: doesn't match schema")
}

func TestAnUnknownName(t *testing.T) {
	t.Parallel()
	_, err := beside.New("nginx")
	assert.EqualError(t, err, `"nginx": want one of bare, kin, stand-in, strict`)
}
