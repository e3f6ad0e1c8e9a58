package cli_test

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
)

// reportsIn are the flags that write every report into a folder.
func reportsIn(folder string) []string {
	return []string{
		"--junit", filepath.Join(folder, "junit.xml"), "--json", filepath.Join(folder, "report.json"), "--html", filepath.Join(folder, "report.html"),
	}
}

// assertStopped wants every report to say why the check stopped, and none to say that the contract was kept.
func assertStopped(t *testing.T, folder, why string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(folder, "report.html"))
	require.NoError(t, err)
	junit, err := os.ReadFile(filepath.Join(folder, "junit.xml"))
	require.NoError(t, err)
	document, err := os.ReadFile(filepath.Join(folder, "report.json"))
	require.NoError(t, err)
	var report struct {
		Passed  bool
		Stopped string
	}
	require.NoError(t, json.Unmarshal(document, &report))
	assert.False(t, report.Passed)
	assert.Equal(t, why, report.Stopped)
	escaped := strings.ReplaceAll(why, `"`, "&#34;")
	assert.True(t, strings.Contains(string(page), "<p>"+escaped+"</p>"), "the page says why")
	assert.False(t, strings.Contains(string(page), "<h1>✓"), "the page says that the contract was kept")
	assert.False(t, strings.Contains(string(page), "every exchange is valid"), "the page says that the contract was kept")
	assert.Contains(t, string(junit), `<error message="`+escaped+`" type="stopped">`)
}

// hanging accepts requests and never responds, until the test has ended or the client has left.
func hanging(t *testing.T) string {
	t.Helper()
	return parroting(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
}

// strictly serves an organization with keys that may do different things.
func strictly(t *testing.T) map[string]string {
	t.Helper()
	owner := map[migrationlink.OrgID][]server.Role{checkedOrg: {server.RoleOrgOwner}}
	standIn, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: checkedOrg}},
		APIKeys: []server.APIKey{
			{PublicKey: "owner", PrivateKey: migrationlink.NewSecret(privateKey), Roles: owner},
			{PublicKey: "reader", PrivateKey: migrationlink.NewSecret(privateKey)},
			{PublicKey: "elsewhere", PrivateKey: migrationlink.NewSecret(privateKey), Roles: owner, AccessList: []netip.Prefix{netip.MustParsePrefix("203.0.113.7/32")}},
		},
		ServiceAccounts: []server.ServiceAccount{{ClientID: "mdb_sa_id_owner", Secret: migrationlink.NewSecret(clientSecret), Roles: owner}},
	})
	require.NoError(t, err)
	return map[string]string{
		"MCLI_PUBLIC_API_KEY": "owner", "MCLI_PRIVATE_API_KEY": privateKey, "MCLI_ORG_ID": checkedOrg, "MCLI_OPS_MANAGER_URL": parroting(t, standIn),
	}
}

// A mistake in the set-up is told as one, and has the exit code that status has for it.
func TestCheckTellsAMistakeInTheSetUp(t *testing.T) {
	t.Parallel()
	const none = "000000000000000000000000"
	garbage := parroting(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			_, _ = io.WriteString(connection, "SSH-2.0-OpenSSH_9.9\r\n\r\n")
			_ = connection.Close()
		}
	}))
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	for name, c := range map[string]struct {
		change map[string]string
		code   int
		reason string
		next   bool
		advice string
	}{
		"an old private key": {map[string]string{"MCLI_PRIVATE_API_KEY": "old"}, 4, `not signed in (401): the key pair "owner" was refused`, true, ""},
		"no role": {
			map[string]string{"MCLI_PUBLIC_API_KEY": "reader"}, 5,
			`not allowed (401 USER_CANNOT_ACCESS_ORG): the key pair "reader" lacks the role Organization Owner in organization ` + checkedOrg + ", or does not belong to it", true, "",
		},
		"not from here": {
			map[string]string{"MCLI_PUBLIC_API_KEY": "elsewhere"}, 5,
			`not allowed (403 IP_ADDRESS_NOT_ON_ACCESS_LIST): the address of this machine is not on the access list of the key pair "elsewhere"`, true, "",
		},
		"another organization": {
			map[string]string{"MCLI_ORG_ID": none}, 6,
			"not found (404 ORG_NOT_FOUND): the server has no organization " + none + " of Cloud Manager or Ops Manager", true, "",
		},
		"an old client secret": {
			map[string]string{"MIGRATIONLINK_CLIENT_ID": "mdb_sa_id_owner", "MIGRATIONLINK_CLIENT_SECRET": "mdb_sa_sk_old"}, 4,
			`not signed in (401): the service account "mdb_sa_id_owner" was refused: it got no access token`, true, "",
		},
		"another protocol": {map[string]string{"MCLI_OPS_MANAGER_URL": garbage}, 8, "no answer: what came is not HTTP that can be read", false, ""},
		"an authority that is not trusted": {
			map[string]string{"MCLI_OPS_MANAGER_URL": secure.URL}, 1,
			"no answer: tls: failed to verify certificate: x509: certificate signed by unknown authority", false, "",
		},
		"plain http behind https": {
			map[string]string{"MCLI_OPS_MANAGER_URL": strings.Replace(parroting(t, http.NotFoundHandler()), "http:", "https:", 1)}, 1,
			"no answer: http: server gave HTTP response to HTTPS client", false, "If the server has no https, give http:// in front.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := strictly(t)
			maps.Copy(env, c.change)
			folder := t.TempDir()
			r := run(t, "", env, append([]string{"check", "--coverage", "50"}, reportsIn(folder)...)...)
			assert.Equal(t, c.code, r.code)
			assert.Empty(t, r.stdout)
			want := c.reason + ". Nothing was judged.\n"
			if c.next {
				want += "next: migrationlink doctor --org " + env["MCLI_ORG_ID"] + " finds out more; --no-preflight judges all the same\n"
			}
			if c.advice != "" {
				want = c.reason + ". " + c.advice + " Nothing was judged.\n"
			}
			assert.Equal(t, want, r.stderr)
			assertStopped(t, folder, c.reason)
			if _, account := c.change["MIGRATIONLINK_CLIENT_ID"]; account {
				delete(env, "MCLI_PUBLIC_API_KEY") // status signs in by one of them
				delete(env, "MCLI_PRIVATE_API_KEY")
			}
			assert.Equal(t, c.code, run(t, "", env, "status", "--attempts", "1").code, "status exits so")
		})
	}
}

func TestCheckWithoutPreflightJudgesAWrongKey(t *testing.T) {
	t.Parallel()
	env := strictly(t)
	env["MCLI_PRIVATE_API_KEY"] = "old"
	r := run(t, "", env, "check", "--no-preflight", "--only", "status/right")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.stdout, "FAIL  status, answer 401, status: a request that keeps the contract is not answered with success [responses/acceptance]\n")
	assert.True(t, strings.HasSuffix(r.stderr, " --only status/right/query --seed 1 --no-preflight\n"), r.stderr)
}

func TestCheckSaysWhatSeemsWrongBeforeItJudges(t *testing.T) {
	t.Parallel()
	env := strictly(t)
	env["MCLI_OPS_MANAGER_URL"] = parroting(t, http.NotFoundHandler())
	r := run(t, "", env, "check", "--only", "status/200")
	assert.Equal(t, 1, r.code)
	assert.True(t, strings.HasPrefix(r.stderr, "warning: status was answered 404: a login page or a proxy may have answered; check the address "+
		env["MCLI_OPS_MANAGER_URL"]+"/api/public/v1.0\n"), r.stderr)
}

func TestCheckEndsWhereTheServerNeverResponds(t *testing.T) {
	t.Parallel()
	env := environment(hanging(t))
	for _, c := range []struct {
		args []string
		why  string
		told string
	}{
		{[]string{"--request-timeout", "1ms"}, "no complete response within 1ms", "no complete response within 1ms. Nothing was judged.\n"},
		{
			[]string{"--request-timeout", "1ms", "--no-preflight"}, "the server does not respond: no complete response within 1ms",
			"the server does not respond: no complete response within 1ms. Nothing was judged.\n",
		},
		{[]string{"--timeout", "1ms"}, "not done within 1ms (--timeout)", "not done within 1ms (--timeout); nothing was judged\n"},
		{[]string{"--timeout", "1ms", "--write"}, "not done within 1ms (--timeout)", "not done within 1ms (--timeout); nothing was judged\n"},
	} {
		folder := t.TempDir()
		r := run(t, "", env, append(append([]string{"check"}, c.args...), reportsIn(folder)...)...)
		assert.Equal(t, 8, r.code, c.args)
		assert.Equal(t, c.told, r.stderr)
		assert.Empty(t, r.stdout)
		assertStopped(t, folder, c.why)
	}
}

// hangingUp passes the first requests on, and closes the connection of those that follow.
func hangingUp(t *testing.T, fine int64, otherwise func()) map[string]string {
	t.Helper()
	env := checked(t, asIs)
	var n atomic.Int64
	right := env["MCLI_OPS_MANAGER_URL"]
	env["MCLI_OPS_MANAGER_URL"] = parroting(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) > fine {
			otherwise()
			panic(http.ErrAbortHandler)
		}
		request, err := http.NewRequestWithContext(r.Context(), r.Method, right+r.URL.RequestURI(), r.Body)
		if !assert.NoError(t, err) {
			return
		}
		request.Header, request.ContentLength = r.Header, r.ContentLength
		answer, err := http.DefaultTransport.RoundTrip(request)
		if !assert.NoError(t, err) {
			return
		}
		defer func() { _ = answer.Body.Close() }()
		maps.Copy(w.Header(), answer.Header)
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	}))
	return env
}

func TestCheckEndsWhereTheServerStopsResponding(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	r := run(t, "", hangingUp(t, 100, func() {}), append([]string{"check", "--coverage", "100"}, reportsIn(folder)...)...)
	assert.Equal(t, 1, r.code)
	assert.NotContains(t, r.stdout, "PASS")
	assert.NotContains(t, r.stdout, "FAIL  coverage")
	assert.Contains(t, r.stdout, "FAIL  status, answer, status: no answer: the connection was closed [responses]\n")
	const why = "the server does not respond: 3 requests in a row have no response; of the last one: the connection was closed"
	assert.Regexp(t, `^[0-9]+ rules? broken in [0-9]+ exchanges; not finished, [0-9]+ of [0-9]+ cases run: `+why+`; repeat the first: migrationlink check .*\n$`, r.stderr)
	assertStopped(t, folder, why)
	junit, err := os.ReadFile(filepath.Join(folder, "junit.xml"))
	require.NoError(t, err)
	assert.Contains(t, string(junit), `<skipped message="not run to its end: `+why+`"></skipped>`)
}

// Whatever ends a check, what was seen until then is in the reports; what was not run is not kept.
func TestAnInterruptedCheckWritesItsReports(t *testing.T) {
	t.Parallel()
	for name, fine := range map[string]int64{"at the first request": 0, "later": 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			folder := t.TempDir()
			env := hangingUp(t, fine, func() {
				interrupt()
				<-ctx.Done()
			})
			r := runContext(ctx, strings.NewReader(""), env, append([]string{"check", "--only", "status/query"}, reportsIn(folder)...)...)
			assert.Equal(t, 130, r.code)
			assert.Empty(t, r.stdout)
			assert.Regexp(t, `^interrupted(; nothing was judged| after [0-9]+ exchanges)\n$`, r.stderr)
			assertStopped(t, folder, "interrupted")
		})
	}
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	folder := t.TempDir()
	r := runContext(ctx, strings.NewReader(""), nil, append([]string{"check", "--har", "../../checker/har/testdata/firefox.har"}, reportsIn(folder)...)...)
	assert.Equal(t, 130, r.code)
	assertStopped(t, folder, "interrupted")
}

func TestOneReportThatCannotBeWrittenKeepsNoOtherFromIt(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing")
	r := run(t, "", checked(t, asIs), "check", "--only", "status/200", "--junit", filepath.Join(missing, "a"), "--json", filepath.Join(folder, "report.json"), "--html", filepath.Join(missing, "b"))
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.stderr, "--junit: write the report: ")
	assert.Contains(t, r.stderr, "--html: write the report: ")
	assert.FileExists(t, filepath.Join(folder, "report.json"))
}
