package cli_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/cli"
	"github.com/migrationlink/migrationlink/internal/console"
)

const (
	askStatus   = "migrationlink status --org 5f7aac56b3a0b94bcdce6d8a"
	doesNotTell = " before trying again. SYNCED there means connected; NOT_SYNCED does not tell."
)

// An interrupted call exits as one that SIGINT ended, and says what is known of it.
func TestACallIsInterrupted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		after string // what has arrived when it is interrupted: "" or "sign-in"
		args  []string
		url   bool // given as a flag
		want  string
	}{
		{"connect, before it is sent", "", []string{"connect", "--yes"}, false, "interrupted; the link-token was not sent"},
		{"connect, under way", "sign-in", []string{"connect", "--yes"}, false, "interrupted; the connect may have taken effect: run " + askStatus + doesNotTell},
		{"connect, at an address that was a flag", "sign-in", []string{"connect", "--yes"}, true, "interrupted; the connect may have taken effect: run " + askStatus + " --url URL" + doesNotTell},
		{"disconnect, under way", "sign-in", []string{"disconnect", "--yes"}, false, "interrupted; the disconnect may have taken effect: disconnecting once more does no harm and settles it"},
		{"status", "sign-in", []string{"status"}, false, "interrupted; nothing was changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if c.after != "" && r.Header.Get("Authorization") == "" {
					w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				if c.args[0] == "connect" && r.Method == http.MethodGet && c.after != "" {
					_, _ = io.WriteString(w, `{"status":"NOT_SYNCED"}`)
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				stop()
				<-r.Context().Done()
			}))
			t.Cleanup(s.Close)
			env, args := environment(s.URL), c.args
			if c.url {
				env["MCLI_OPS_MANAGER_URL"] = ""
				args = append(args, "--url", s.URL)
			}
			r := runContext(ctx, strings.NewReader("canary"), env, args...)
			assert.Equal(t, ran{console.ExitInterrupted, "", strings.ReplaceAll(c.want, "URL", s.URL) + "\n"}, r)
		})
	}
	t.Run("before the token is read", func(t *testing.T) {
		t.Parallel()
		ctx, stop := context.WithCancel(t.Context())
		stop()
		endless, w := io.Pipe()
		defer func() { _ = w.Close() }()
		r := runContext(ctx, endless, environment("http://127.0.0.1:1"), "connect", "--yes")
		assert.Equal(t, ran{console.ExitInterrupted, "", "interrupted; nothing was sent\n"}, r)
	})
}

// The end of --timeout is told as such, wherever it comes, and is no interrupt.
func TestACallThatTakesTooLong(t *testing.T) {
	t.Parallel()
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	endless, w := io.Pipe()
	t.Cleanup(func() { _ = w.Close() })
	const late = " organization 5f7aac56b3a0b94bcdce6d8a: no answer: not done within 100ms (--timeout)."
	for _, c := range []struct {
		stdin io.Reader
		args  []string
		code  int
		want  string
	}{
		{endless, []string{"connect", "--yes"}, console.ExitUnavailable, "not done within 100ms (--timeout); nothing was sent"},
		{strings.NewReader("canary"), []string{"connect", "--yes"}, console.ExitUnavailable, "status" + late + " The link-token was not sent."},
		{nil, []string{"status"}, console.ExitUnavailable, "status" + late},
		{nil, []string{"status", "--watch"}, console.ExitUnavailable, "status" + late},
		{nil, []string{"disconnect", "--yes"}, console.ExitOutcomeUnknown, "disconnect" + late + " The outcome is unknown: disconnecting once more does no harm and settles it."},
	} {
		r := runContext(t.Context(), c.stdin, environment(silent.URL), append(c.args, "--timeout", "100ms")...)
		assert.Equal(t, ran{c.code, "", c.want + "\n"}, r, c.args)
	}
}

// Where client speaks of Status, the command names the command.
func TestAnUnknownOutcomeNamesTheCommand(t *testing.T) {
	t.Parallel()
	env := environment(linking(t, http.StatusInternalServerError, ""))
	r := run(t, "canary", env, "connect", "--yes")
	assert.Equal(t, ran{console.ExitOutcomeUnknown, "", "connect organization 5f7aac56b3a0b94bcdce6d8a: failed (500): the server failed. " +
		"The outcome is unknown: run " + askStatus + " before trying again. SYNCED there means connected; NOT_SYNCED does not tell.\n"}, r)
	r = run(t, "canary", env, "disconnect", "--yes", "--attempts", "1")
	assert.Equal(t, ran{console.ExitOutcomeUnknown, "", "disconnect organization 5f7aac56b3a0b94bcdce6d8a: failed (500): the server failed. " +
		"The outcome is unknown: disconnecting once more does no harm and settles it.\n"}, r)
}

// No connection: what to look at.
func TestAdviceWhereThereIsNoConnection(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	t.Cleanup(tls.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := "http://" + closed.Addr().String()
	require.NoError(t, closed.Close())
	https := strings.Replace(plain.URL, "http:", "https:", 1)
	for _, c := range []struct {
		name, url, want string
		code            int
	}{
		{"https to a port of http", https, "http: server gave HTTP response to HTTPS client. That port speaks plain http: check the port in the address " + https +
			"/api/public/v1.0. If the server has no https, give http:// in front.\n", console.ExitFailed},
		{"nobody listens", nobody, "connection refused. Nothing listens there: check host and port of " + nobody + ".\n", console.ExitUnavailable},
		{"an authority that is not known", tls.URL, "x509: certificate signed by unknown authority. " +
			`It was issued by "O=Acme Co": if you know that authority, have it trusted beside those of the system. ` +
			"mongocli accepts it because it verifies nothing unless a CA file is set. Run export MCLI_OPS_MANAGER_CA_CERTIFICATE=/path/to/root.pem and try again.\n", console.ExitFailed},
		{"no such host", "https://no..host", " Check the host in the address https://no..host/api/public/v1.0.\n", console.ExitFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, "", environment(c.url), "status", "--attempts", "1")
			assert.Equal(t, c.code, r.code)
			assert.True(t, strings.HasPrefix(r.stderr, "status organization 5f7aac56b3a0b94bcdce6d8a: no answer: "), r.stderr)
			assert.True(t, strings.HasSuffix(r.stderr, c.want), r.stderr)
		})
	}
}

// What was done was done, although nobody can be told on standard output.
func TestAResultThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	env, _ := standIn(t)
	for _, c := range []struct{ command, want string }{
		{"connect", "connected, but the result could not be written: no space left\n"},
		{"connect --replace", "connected, but the result could not be written: no space left\n"},
		{"status", "answered, but the result could not be written: no space left\n"},
		{"disconnect", "disconnected, but the result could not be written: no space left\n"},
	} {
		for _, format := range []string{"text", "json"} {
			if c.command != "status" {
				require.Contains(t, []int{console.ExitDone, console.ExitNotFound}, run(t, "", env, "disconnect", "--yes").code)
			}
			if c.command == "disconnect" {
				require.Equal(t, console.ExitDone, run(t, "canary", env, "connect", "--yes").code)
			}
			args := append(strings.Fields(c.command), "-o", format)
			if c.command != "status" {
				args = append(args, "--yes")
			}
			var stderr output
			code := cli.Run(t.Context(), process(noSpace{}, &stderr, strings.NewReader("canary"), env, args))
			assert.Equal(t, console.ExitFailed, code, args)
			assert.Equal(t, c.want, stderr.String(), args)
		}
	}
}

type noSpace struct{}

func (noSpace) Write([]byte) (int, error) { return 0, errors.New("no space left") }
