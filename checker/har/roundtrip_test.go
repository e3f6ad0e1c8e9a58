package har_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker/har"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
)

const (
	org        = "5f7aac56b3a0b94bcdce6d8a"
	privateKey = "7e0c6a1b-93d4-4f58-b2a7-canaryprivat"
)

var token = base64.StdEncoding.EncodeToString([]byte(
	`{"orgId":"4888442a3354817a7320eb61","orgName":"Prod","publicApiKey":"hkqwertz","privateApiKey":"c0ffee11-dead-4bee-9abc-canarytokenk"}`))

// recorder is a proxy that writes what goes through it as HAR.
type recorder struct {
	mu      sync.Mutex
	entries []object
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	var sent []byte
	if request.Body != nil {
		sent, _ = io.ReadAll(request.Body)
		_ = request.Body.Close()
		request = request.Clone(request.Context())
		request.Body = io.NopCloser(bytes.NewReader(sent))
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	received, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(received))
	header := append(recordedHeader(request.Header), fields("Host", request.URL.Host)...)
	entry := object{
		"request": object{"method": request.Method, "url": request.URL.String(), "headers": header, "bodySize": len(sent)},
		"response": object{
			"status": answer.StatusCode, "headers": recordedHeader(answer.Header),
			"content": object{"size": len(received), "text": string(received)},
		},
	}
	if len(sent) > 0 {
		entry["request"].(object)["postData"] = object{"text": string(sent)}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, entry)
	return answer, nil
}

func recordedHeader(h http.Header) []object {
	all := []object{}
	for name, values := range h {
		for _, value := range values {
			all = append(all, fields(name, value)...)
		}
	}
	return all
}

func TestOurClientAndTheStandInAreRecordedAndKeepTheContract(t *testing.T) {
	t.Parallel()
	standIn, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: org}},
		APIKeys: []server.APIKey{{
			PublicKey: "owner", PrivateKey: migrationlink.NewSecret(privateKey), Roles: map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}},
		}},
	})
	require.NoError(t, err)
	s := httptest.NewServer(standIn)
	t.Cleanup(s.Close)
	record := new(recorder)
	c, err := client.New(client.APIKey("owner", privateKey), client.BaseURL(s.URL), client.HTTPClient(&http.Client{Transport: record}))
	require.NoError(t, err)
	_, err = c.Connect(t.Context(), org, migrationlink.NewLinkToken(token))
	require.NoError(t, err)
	_, err = c.Status(t.Context(), org)
	require.NoError(t, err)
	require.NoError(t, c.Disconnect(t.Context(), org))
	require.ErrorIs(t, c.Disconnect(t.Context(), org), client.ErrNotConnected)
	content := recording(t, record.entries...)

	judge := newChecker(t)
	r, err := har.Read(strings.NewReader(content), judge, har.Options{})

	require.NoError(t, err)
	lines := told(judge, r)
	assert.Equal(t, []string{"1 POST 401", "2 POST 201", "3 GET 200", "4 DELETE 204", "5 DELETE 404"}, lines)
	assert.False(t, r.CredentialsHidden)
	assert.True(t, r.HoldsLinkToken)

	// The same with one thing wrong, and cut off anywhere: whatever is said of it, it is no credential.
	secrets := []secret.Named{secret.New("link-token", token), secret.New("API private key", privateKey)}
	require.NotEmpty(t, secret.Find([]byte(content), secrets...), "there is something to leak")
	r, err = har.Read(strings.NewReader(strings.ReplaceAll(content, "linkToken", "x"+token)), judge, har.Options{})
	require.NoError(t, err)
	said := told(judge, r)
	require.Greater(t, len(said), len(lines))
	for end := 0; end < len(content); end += 13 {
		_, err := har.Read(strings.NewReader(content[:end]), judge, har.Options{})
		require.Error(t, err)
		said = append(said, err.Error())
	}
	assert.Empty(t, secret.Find(fmt.Append(nil, said), secrets...))
}
