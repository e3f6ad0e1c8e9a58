package cli_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/stretchr/testify/assert"
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
	assert.Equal(t, console.ExitFailed, r.code)
	assert.Equal(t, "< 2  HTTP/1.1 101 Switching Protocols\n< 2  Connection: upgrade\n< 2  Upgrade: other\n"+
		"status organization 5f7aac56b3a0b94bcdce6d8a: unexpected answer (101): that is no status of an answer. "+
		"A login page or a proxy may have answered: check the address "+url+"/api/public/v1.0.\n", signed(r.stderr))
}

// A server may repeat in its answer what it was sent, or have a link-token to tell that nobody gave to this command.
func TestDebugWithholdsWhatAnAnswerRepeats(t *testing.T) {
	t.Parallel()
	url := rawAnswers(t, func(authorization string) string {
		return "HTTP/1.1 400 Bad \x1b]0;owned\a" + "\r\nX-You: " + authorization + "\r\nX-Token: " + canaryToken + "\r\nContent-Type: text/plain\r\n" +
			"Content-Length: " + strconv.Itoa(len(authorization)) + "\r\n\r\n" + authorization
	})
	const begins = "< 2  HTTP/1.1 400 Bad \\x1b]0;owned\\a\n"
	t.Run("an access token", func(t *testing.T) {
		t.Parallel()
		env := environment(url)
		delete(env, "MCLI_PUBLIC_API_KEY")
		delete(env, "MCLI_PRIVATE_API_KEY")
		env["MIGRATIONLINK_CLIENT_ID"], env["MIGRATIONLINK_CLIENT_SECRET"] = "mdb_sa_id_4888442a3354817a7320eb61", "mdb_sa_sk_Zm9yIHRlc3RzIGFsb25l"
		r := run(t, "", env, "status", "--debug")
		assert.Equal(t, console.ExitFailed, r.code)
		assert.Equal(t, begins+"< 2  Content-Length: 76\n< 2  Content-Type: text/plain\n<  [withheld: it contained a credential]\n"+
			"<  [withheld: it contained a credential]\n<  [withheld: it contained a credential]\n"+
			"status organization 5f7aac56b3a0b94bcdce6d8a: refused (400): the server does not take the request. The content begins: \"[withheld: it contained a credential]\".\n",
			signed(r.stderr))
	})
	t.Run("the proof of Digest", func(t *testing.T) {
		t.Parallel()
		r := run(t, "", environment(url), "status", "--debug")
		assert.Equal(t, console.ExitFailed, r.code)
		shown := signed(r.stderr)
		shown = shown[:strings.Index(shown, "\nstatus organization ")]
		shown = regexp.MustCompile(`cnonce="[0-9a-f]+"`).ReplaceAllString(shown, `cnonce="C"`)
		const proof = `Digest username="ownerkey", realm="r", nonce="n", uri="/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink/status", ` +
			`response="[redacted]", cnonce="C", qop=auth, nc=00000001`
		assert.Equal(t, begins+"< 2  Content-Length: 245\n< 2  Content-Type: text/plain\n<  [withheld: it contained a credential]\n< 2  X-You: "+proof+"\n< 2  "+proof, shown)
	})
}
