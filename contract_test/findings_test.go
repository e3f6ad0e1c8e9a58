package contract_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/contracttest"
)

// A server that repeats what it was sent, in every place that an answer has, does not get it into a finding.
func TestNoFindingShowsWhatAServerSends(t *testing.T) {
	t.Parallel()
	for name, say := range map[string]http.HandlerFunc{
		"in the content": func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"status":%q,%q:1,"body":%q}`, token+privateKey, token, body)
		},
		"in the header": func(w http.ResponseWriter, _ *http.Request) {
			for _, header := range []string{"Content-Type", "X-MongoDB-Service-Version", "Allow", "Retry-After", "WWW-Authenticate", "Location", "Content-Encoding"} {
				w.Header().Set(header, token+privateKey)
			}
			w.WriteHeader(http.StatusUnauthorized)
		},
		"instead of HTTP": func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if assert.NoError(t, err) {
				_, _ = io.WriteString(connection, token+privateKey+"\r\n\r\n")
				_ = connection.Close()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := targetOf(t)
			target.Handler = say
			for _, only := range []string{"connect/then", "status/200", "status/credentials/malformed", "connect/409", "disconnect/right", "message/"} {
				findings := runSuite(t, target,
					contracttest.Only(only), contracttest.Variants(0), contracttest.NoPreflight())
				if only != "message/" {
					require.NotEmpty(t, findings, only)
				}
				for _, finding := range findings {
					noCanary(t, []byte(finding.Text()+finding.String()))
				}
			}
		})
	}
	key := targetOf(t).Key
	noCanary(t, fmt.Appendf(nil, "%v %+v %#v", key, key, key))
}

// An answer that is cut off, and one that never is one, are findings and no end of the run.
func TestAServerThatBreaksOffIsConvicted(t *testing.T) {
	t.Parallel()
	target := targetOf(t)
	target.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	findings := runSuite(t, target, contracttest.Only("status/200"))
	require.NotEmpty(t, findings)
	assert.Equal(t, "GET …/migrationLink/status was not answered: status: the answer broke off: the connection was closed [responses]", findings[len(findings)-1].Text())
	assert.Equal(t, checker.Answer, findings[0].Direction)
}
