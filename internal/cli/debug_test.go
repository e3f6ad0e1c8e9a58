package cli_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/internal/cli"
)

// accessToken is what a service account gets from a server of rawAnswers.
const accessToken = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.c2lnbmF0dXJlLW9mLXRoZS10ZXN0"

// rawAnswers answers a request with credentials by bytes, which may repeat those, and leaves the connection open.
func rawAnswers(t *testing.T, answer func(authorization string) string) string {
	t.Helper()
	over := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/oauth/token"):
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"`+accessToken+`","token_type":"Bearer","expires_in":3600}`)
			return
		case r.Header.Get("Authorization") == "":
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		_, _ = io.WriteString(conn, answer(r.Header.Get("Authorization")))
		<-over
		_ = conn.Close()
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(over) })
	return s.URL
}

// signed is what --debug shows of the last exchange.
func signed(stderr string) string {
	return stderr[strings.LastIndex(stderr, "\n< 2  HTTP/1.1 ")+1:]
}

// Its content is the connection, which stays open.
func TestDebugDoesNotReadAConnectionThatWasSwitched(t *testing.T) {
	t.Parallel()
	url := rawAnswers(t, func(string) string {
		return "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n"
	})
	r := run(t, "", environment(url), "status", "--debug")
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Equal(t, "< 2  HTTP/1.1 101 Switching Protocols\n< 2  Connection: upgrade\n< 2  Upgrade: other\n"+
		"status organization 5f7aac56b3a0b94bcdce6d8a: unexpected answer (101): that is no status of an answer. "+
		"A login page or a proxy may have answered: check the address "+url+"/api/public/v1.0.\n", signed(r.stderr))
}
