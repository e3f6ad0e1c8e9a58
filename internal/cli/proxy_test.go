package cli_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker/httpcheck"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/secret"
)

const linkPath = "/api/public/v1.0/orgs/" + string(org) + "/liveExport/migrationLink"

// ask sends a request with credentials of some kind to a proxy, and returns the answer.
func ask(t *testing.T, env map[string]string, method, target, body string) (answer *http.Response, content string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, env["MCLI_OPS_MANAGER_URL"]+target, strings.NewReader(body))
	require.NoError(t, err)
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Digest x"}}
	answer, err = http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	read, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(read)
}

// listed is a log without its times.
func listed(log string) []string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	for i, line := range lines {
		_, lines[i], _ = strings.Cut(line, " ")
	}
	return lines
}

func TestTheProxyTellsOfEachViolation(t *testing.T) {
	t.Parallel()
	target := parrot(t, http.StatusCreated, `{"status":"synced"}`)
	r := serving(t, []string{"proxy", "--target", target}, func(env map[string]string, _ func()) {
		answer, content := ask(t, env, http.MethodPost, linkPath, `{"linkTokn":"x"}`)
		assert.Equal(t, http.StatusCreated, answer.StatusCode)
		assert.Equal(t, `{"status":"synced"}`, content)
		assert.Equal(t, []string{
			"connect, request, body: has a property that the contract does not have; did you mean linkToken? [schema/additionalProperties]",
			"connect, request, body /linkToken: required, missing [schema/required]",
			"connect, answer 201, status: a request that breaks the contract is answered with success [responses/rejection]",
			"connect, answer 201, header Vary: required, missing [responses/201/headers/required]",
			"connect, answer 201, header X-MongoDB-Service-Version: required, missing [responses/201/headers/required]",
			"connect, answer 201, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]",
		}, answer.Header[httpcheck.ViolationHeader])
	})

	assert.Equal(t, console.ExitFailed, r.code)
	assert.Regexp(t, `^listening on http://127\.0\.0\.1:\d+\n$`, r.stdout)
	assert.Equal(t, []string{
		`level=INFO msg=connect exchange=1 status=201`,
		`level=ERROR msg=violation exchange=1 finding="connect, request, body: has a property that the contract does not have; did you mean linkToken? [schema/additionalProperties]"`,
		`level=ERROR msg=violation exchange=1 finding="connect, request, body /linkToken: required, missing [schema/required]"`,
		`level=ERROR msg=violation exchange=1 finding="connect, answer 201, status: a request that breaks the contract is answered with success [responses/rejection]"`,
		`level=ERROR msg=violation exchange=1 finding="connect, answer 201, header Vary: required, missing [responses/201/headers/required]"`,
		`level=ERROR msg=violation exchange=1 finding="connect, answer 201, header X-MongoDB-Service-Version: required, missing [responses/201/headers/required]"`,
		`level=ERROR msg=violation exchange=1 finding="connect, answer 201, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]"`,
		`broken in 1 exchange`,
	}, withoutCount(listed(r.stderr)))
}

// withoutCount leaves out the word before the first blank of the last line, which listed took for a time.
func withoutCount(lines []string) []string {
	lines[len(lines)-1] = strings.TrimPrefix(lines[len(lines)-1], "rules ")
	return lines
}

// What rests on a decision of ours is a note: it stops nothing, and the proxy ends well. With --decisions it counts.
func TestTheProxyTakesADecisionOfOursForANote(t *testing.T) {
	t.Parallel()
	const finding = "connect, answer 200, status: is not declared for the operation [responses/200, our decision connect-created]"
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {}))
	t.Cleanup(target.Close)

	r := serving(t, []string{"proxy", "--target", target.URL, "--enforce"}, func(env map[string]string, _ func()) {
		answer, _ := ask(t, env, http.MethodPost, linkPath, `{"linkToken":"x"}`)
		assert.Equal(t, http.StatusOK, answer.StatusCode)
		assert.NotContains(t, answer.Header, httpcheck.ViolationHeader)
	})
	assert.Equal(t, console.ExitDone, r.code)
	assert.Equal(t, []string{`level=INFO msg=connect exchange=1 status=200`, `level=INFO msg=note exchange=1 finding="` + finding + `"`}, listed(r.stderr))

	r = serving(t, []string{"proxy", "--target", target.URL, "--enforce", "--decisions"}, func(env map[string]string, _ func()) {
		answer, _ := ask(t, env, http.MethodPost, linkPath, `{"linkToken":"x"}`)
		assert.Equal(t, http.StatusBadGateway, answer.StatusCode)
		assert.Equal(t, []string{finding}, answer.Header[httpcheck.ViolationHeader])
	})
	assert.Equal(t, console.ExitFailed, r.code)
	assert.Contains(t, r.stderr, "\n1 rule broken in 1 exchange\n")
}

// A request that was not passed on is told of, and was not answered by the target. An advice is no violation.
func TestTheProxyTellsOfARefusalAndOfAnAdvice(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(target.Close)
	r := serving(t, []string{"proxy", "--target", target.URL, "--enforce"}, func(env map[string]string, _ func()) {
		answer, _ := ask(t, env, http.MethodGet, "/other", "")
		assert.Equal(t, http.StatusBadRequest, answer.StatusCode)
		answer, err := http.Post(env["MCLI_OPS_MANAGER_URL"]+linkPath, "application/json", strings.NewReader(`{"linkToken":"x"}`)) //nolint:gosec,noctx // of a test
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
	})
	assert.Equal(t, console.ExitFailed, r.code)
	log := listed(r.stderr)
	require.Len(t, log, 5, r.stderr)
	assert.Equal(t, `level=INFO msg="no operation" exchange=1 refused=true`, log[0])
	assert.Contains(t, log[3], `level=WARN msg=advice exchange=2 finding="connect, request, `)
}

// Credentials in every place that a request and an answer have are in nothing that the proxy says of them.
func TestTheProxyShowsNoCredential(t *testing.T) {
	t.Parallel()
	var shown output
	for _, enforce := range []bool{false, true} {
		for _, canary := range canaries() {
			s := canary.Value.Reveal()
			target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for _, name := range []string{"Content-Type", "Allow", "Www-Authenticate", "Retry-After", "Content-Encoding"} {
					w.Header().Set(name, s)
				}
				_, _ = fmt.Fprintf(w, `{%q:%q,"status":%q}`, s, s, s)
			}))
			report := filepath.Join(t.TempDir(), "report.json")
			args := []string{"proxy", "--target", target.URL, "--report", report}
			if enforce {
				args = append(args, "--enforce")
			}
			r := serving(t, args, func(env map[string]string, _ func()) {
				for _, request := range []struct{ method, target, body string }{
					{http.MethodGet, "/" + url.PathEscape(s), ""},
					{http.MethodGet, linkPath + "/status?" + url.QueryEscape(s) + "=" + url.QueryEscape(s), ""},
					{http.MethodGet, "/api/public/v1.0/orgs/" + url.PathEscape(s) + "/liveExport/migrationLink/status?pretty=" + url.QueryEscape(s), ""},
					{http.MethodPost, linkPath, fmt.Sprintf(`{%q:%q,"linkToken":[%q]}`, s, s, s)},
					{http.MethodPost, linkPath, fmt.Sprintf(`{"linkToken":%q}`, s)},
					{http.MethodDelete, linkPath, s},
				} {
					answer, content := ask(t, env, request.method, request.target, request.body)
					fmt.Fprintf(&shown, "%q\n", answer.Header[httpcheck.ViolationHeader])
					if answer.Header.Get("Content-Type") == "application/problem+json" {
						fmt.Fprintln(&shown, content)
					}
				}
			})
			target.Close()
			assert.Equal(t, console.ExitFailed, r.code)
			written, err := os.ReadFile(report)
			require.NoError(t, err)
			fmt.Fprintf(&shown, "%s\n%s\n%s\n", r.stdout, r.stderr, written)
		}
		for _, canary := range canaries() {
			for _, flag := range []string{"--target", "--listen", "--address-file", "--report"} {
				r := run(t, "", nil, "proxy", "--target", "http://127.0.0.1:1", flag, canary.Value.Reveal()+"/"+canary.Value.Reveal())
				assert.NotEqual(t, console.ExitDone, r.code)
				if flag == "--target" || flag == "--listen" { // a file's name is repeated
					fmt.Fprintf(&shown, "%s\n%s\n", r.stdout, r.stderr)
				}
			}
		}
	}
	assert.Greater(t, len(shown.String()), 10_000, "there is something to search")
	assert.Empty(t, secret.Find([]byte(shown.String()), canaries()...))
}

// freePort is one that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// Before it has begun, the proxy leaves the report of the last run alone.
func TestTheProxyDoesNotBeginWhereItCanNotListen(t *testing.T) {
	t.Parallel()
	free := freePort(t)
	taken := strings.TrimPrefix(parrot(t, http.StatusOK, ""), "http://")
	const itself = "--target: this is where the proxy itself listens: want the origin of the server\n"
	for name, tt := range map[string]struct {
		target, listen string
		code           int
		says           string
	}{
		"taken":                {"http://127.0.0.1:" + free, taken, console.ExitFailed, "address already in use\n"},
		"itself":               {"http://127.0.0.1:" + free, "127.0.0.1:" + free, console.ExitUsage, itself},
		"itself by name":       {"http://localhost:" + free, "127.0.0.1:" + free, console.ExitUsage, itself},
		"itself on all":        {"http://127.0.0.1:" + free, "0.0.0.0:" + free, console.ExitUsage, itself},
		"itself as an address": {"http://0.0.0.0:" + free + "/", "0.0.0.0:" + free, console.ExitUsage, itself},
	} {
		report := filepath.Join(t.TempDir(), "report.json")
		require.NoError(t, os.WriteFile(report, []byte("the last"), 0o600))
		r := serving(t, []string{"proxy", "--target", tt.target, "--listen", tt.listen, "--report", report, "--allow-http"}, func(map[string]string, func()) {})
		assert.Equal(t, tt.code, r.code, name)
		assert.Contains(t, r.stderr, tt.says, name)
		assert.Empty(t, r.stdout, name)
		content, err := os.ReadFile(report)
		require.NoError(t, err)
		assert.Equal(t, "the last", string(content), name)
	}
}

// The proxy is always ended from outside; that what it saw could not be written is a failure all the same.
func TestTheProxyFailsWithoutItsReport(t *testing.T) {
	t.Parallel()
	gone := filepath.Join(t.TempDir(), "gone")
	require.NoError(t, os.Mkdir(gone, 0o700))
	r := serving(t, []string{"proxy", "--target", parrot(t, http.StatusOK, ""), "--report", filepath.Join(gone, "report.json")}, func(map[string]string, func()) {
		assert.NoError(t, os.RemoveAll(gone))
	})
	assert.Equal(t, console.ExitFailed, r.code)
	assert.Contains(t, r.stderr, "--report: write the report: open "+gone)
}

// A request that nobody answered is no exchange to judge, and not passed over in silence either.
func TestTheProxySaysThatTheTargetDidNotAnswer(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	r := serving(t, []string{"proxy", "--target", closed.URL}, func(env map[string]string, _ func()) {
		answer, content := ask(t, env, http.MethodGet, linkPath+"/status", "")
		assert.Equal(t, http.StatusBadGateway, answer.StatusCode)
		assert.Contains(t, content, "The target did not answer: nothing listens there.")
	})
	assert.Equal(t, console.ExitDone, r.code)
	assert.Equal(t, []string{`level=WARN msg="the target did not answer" why="nothing listens there"`}, listed(r.stderr))
}
