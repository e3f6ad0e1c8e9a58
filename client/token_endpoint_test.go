package client_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/client"
)

const signInFailed = `not signed in (%s at /api/oauth/token): the service account "` + clientID + `" was refused. Check the client id and the secret, and that it is one of this server.` + notSent

// What the token endpoint can answer, as data.
var tokenAnswers = []struct {
	name string
	step step
	want string
	is   []error
}{
	{"400 invalid_client", answering(jsonReply(400, `{"error":"invalid_client","error_description":"no such client"}`)), fmt.Sprintf(signInFailed, "400"), []error{client.ErrNotSignedIn}},
	{"401 invalid_client", answering(jsonReply(401, `{"error":"invalid_client"}`)), fmt.Sprintf(signInFailed, "401"), []error{client.ErrNotSignedIn}},
	{"401 of the API", answering(jsonReply(401, `{"error":401,"detail":"no"}`)), fmt.Sprintf(signInFailed, "401"), []error{client.ErrNotSignedIn}},
	{"401 without content", status(401), fmt.Sprintf(signInFailed, "401"), []error{client.ErrNotSignedIn}},
	{"400 unauthorized_client", answering(jsonReply(400, `{"error":"unauthorized_client","error_description":"Not this grant."}`)),
		`not signed in (400 at /api/oauth/token): the server gives the service account "` + clientID + `" no access token. The server says: "Not this grant."` + notSent, []error{client.ErrNotSignedIn}},
	{"403", answering(jsonReply(403, `{"error":403,"errorCode":"ACCESS_FORBIDDEN","detail":"Forbidden."}`)),
		`not signed in (403 at /api/oauth/token): the server gives the service account "` + clientID + `" no access token. The server says: "Forbidden."` + notSent, []error{client.ErrNotSignedIn}},
	{"404", answering(htmlReply(404, "<html>not here")),
		`not signed in (404 at /api/oauth/token): the server has no service accounts, as Ops Manager has none: use an API key, or check the address https://om.example:8443/api/public/v1.0.` + notSent, []error{client.ErrNotSignedIn}},
	{"405", status(405),
		`not signed in (405 at /api/oauth/token): the server has no service accounts, as Ops Manager has none: use an API key, or check the address https://om.example:8443/api/public/v1.0.` + notSent, []error{client.ErrNotSignedIn}},
	{"429 of the API", answering(later(429, `{"detail":"Resource /api/oauth/token is limited to 10 requests every 1 minutes.","error":429,"errorCode":"RATE_LIMITED","parameters":["/api/oauth/token",10,1]}`, "30")),
		`too many requests (429 at /api/oauth/token): the server gives no more access tokens for now. The server says: "Resource /api/oauth/token is limited to 10 requests every 1 minutes." Come back in 30 s.` + notSent, []error{client.ErrRateLimited}},
	{"500", answering(htmlReply(500, "<html>oops")), `unavailable (500 at /api/oauth/token): the server gives no access token for now. The content begins: "<html>oops".` + notSent, []error{client.ErrUnavailable}},
	{"503 that says when", comeBack("5"), `unavailable (503 at /api/oauth/token): the server gives no access token for now. Come back in 5 s.` + notSent, []error{client.ErrUnavailable}},
	{"a login page", answering(htmlReply(200, "<html>sign in")), `unexpected answer (200 at /api/oauth/token): it brought no access token. Check the address https://om.example:8443/api/public/v1.0.` + notSent, []error{client.ErrUnexpectedAnswer}},
	{"no access token", answering(jsonReply(200, `{"token_type":"Bearer"}`)), `unexpected answer (200 at /api/oauth/token): it brought no access token. Check the address https://om.example:8443/api/public/v1.0.` + notSent, []error{client.ErrUnexpectedAnswer}},
	{"nothing", status(204), `unexpected answer (204 at /api/oauth/token): it brought no access token. Check the address https://om.example:8443/api/public/v1.0.` + notSent, []error{client.ErrUnexpectedAnswer}},
	{"an error called success", answering(jsonReply(200, `{"error":"invalid_client"}`)), fmt.Sprintf(signInFailed, "200"), []error{client.ErrNotSignedIn}},
	{"too much", answering(jsonReply(200, `{"access_token":"`+strings.Repeat("a", 2<<20)+`"}`)), `unexpected answer (200 at /api/oauth/token): it brought no access token. Check the address https://om.example:8443/api/public/v1.0.` + notSent, []error{client.ErrUnexpectedAnswer}},
	{"a redirect", answering(reply{status: 307, header: map[string]string{"Location": "https://sso.example/login?secret"}}),
		`redirected (307 at /api/oauth/token): it points to https://sso.example, which is not followed. Check the address https://om.example:8443/api/public/v1.0.` + notSent, []error{client.ErrRedirected}},
	{"a connection that breaks off", cut, `no answer: fetch an access token: EOF.` + notSent, []error{client.ErrUnavailable, io.EOF}},
	{"content that breaks off", func(req *http.Request) (*http.Response, error) {
		res := jsonReply(200, "").response(req)
		res.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"access_token":"eyJ`), errorReader{io.ErrUnexpectedEOF}))
		return res, nil
	}, `no answer: fetch an access token: unexpected EOF.` + notSent, []error{client.ErrUnavailable, io.ErrUnexpectedEOF}},
	{"nobody there", down, `no answer: fetch an access token: dial tcp: connection cut.` + notSent, []error{client.ErrUnavailable, errCut}},
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

func TestWhatTheTokenEndpointAnswers(t *testing.T) {
	t.Parallel()
	for _, a := range tokenAnswers {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			network := &issuing{tokens: a.step, signed: synced}
			link, err := run(t, account(t, network, client.Attempts(1)), "connect")
			require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: "+a.want)
			assertIs(t, err, a.is...)
			assert.Len(t, network.log, 1, "nothing else was sent")
			assert.Empty(t, accountCanaries.Find([]byte(shown(link, err))))
		})
	}
}

// What may pass is attempted again, as that of the API is.
func TestAFetchThatMayPassIsAttemptedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		failed step
		wait   time.Duration
	}{
		"429": {limited, 3 * time.Second}, "500": {status(500), half}, "503": {comeBack("5"), 5 * time.Second}, "cut": {cut, half}, "down": {down, half},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := &issuing{signed: synced}
				network.tokens = inTurn(c.failed, func(req *http.Request) (*http.Response, error) { return network.give(req, 3600) })
				began := time.Now()
				_, err := run(t, account(t, network), "connect")
				require.NoError(t, err)
				assert.Equal(t, c.wait, time.Since(began))
				assert.Equal(t, 2, network.fetches())
			})
		})
	}
}
