package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/migrationlink/migrationlink/internal/check"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	misprintedPath   = "/api/atlas/v1.0/orgs/" + checkedOrg + "/liveExport/migrationLink"
	misprintedAdvice = "connect, request, path: The example of the reference page has this path; " +
		"everything else says /api/public/v1.0. Use that one. [paths/x-also-at]"
	misprintedNotJudged = "connect, answer 404, status: does not count: no server has to serve this path [not-judged]"
)

// The check does not ask for the path that the reference page misprints: Ops Manager does not have it. The
// report gives no advice about requests that the check itself sent.
func TestCheckAsksNothingOfTheMisprintedPath(t *testing.T) {
	t.Parallel()
	env := checked(t, func(r *http.Request, a *httptest.ResponseRecorder) {
		if strings.HasPrefix(r.URL.Path, "/api/atlas/") {
			a.Code = http.StatusNotFound
			a.Body.Reset()
			a.Header().Set("Content-Type", "text/plain")
		}
	})
	report := filepath.Join(t.TempDir(), "report.json")
	r := run(t, "", env, "check", "--write", "--json", report)
	assert.Equal(t, console.ExitDone, r.code)
	for line := range strings.Lines(r.stderr) { // a run that takes long says how far it is
		assert.Regexp(t, `^\d+ of \d+ cases, [\d,]+ exchanges after \d+s\n$`, line)
	}
	for _, line := range strings.Split(strings.TrimSuffix(r.stdout, "\n"), "\n") {
		assert.Regexp(t, `^(left out: |[\d,]+ exchanges, connect and disconnect among them$|PASS  [\d,]+ valid; )`, line)
	}
	content, err := os.ReadFile(report)
	require.NoError(t, err)
	assert.Contains(t, string(content), `"findings": [],`)
	assert.Contains(t, string(content), `"advice": [],`)
}

// A client that posts to the misprinted path through the proxy gets the advice. The server's 404 is no violation.
func TestTheProxyAdvisesAgainstTheMisprintedPath(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(target.Close)
	r := serving(t, []string{"proxy", "--target", target.URL, "--enforce"}, func(env map[string]string, _ func()) {
		answer, content := ask(t, env, http.MethodPost, misprintedPath, `{"linkToken":"x"}`)
		assert.Equal(t, http.StatusNotFound, answer.StatusCode)
		assert.Equal(t, "404 page not found\n", content)
	})
	assert.Equal(t, console.ExitDone, r.code, r.stderr)
	assert.Equal(t, []string{
		`level=INFO msg=connect exchange=1 status=404`,
		`level=WARN msg=advice exchange=1 finding="` + misprintedAdvice + `"`,
		`level=WARN msg=advice exchange=1 finding="` + misprintedNotJudged + `"`,
	}, listed(r.stderr))
}

func TestARecordingOfTheMisprintedPathIsJudged(t *testing.T) {
	t.Parallel()
	const entry = `{"log":{"entries":[{"request":{"method":"POST","url":"http://127.0.0.1` + misprintedPath + `",` +
		`"headers":[{"name":"Authorization","value":"Digest x"},{"name":"Content-Type","value":"application/json"}],` +
		`"postData":{"text":"{\"linkToken\":\"x\"}"}},"response":{"status":404,` +
		`"headers":[{"name":"Content-Type","value":"text/plain"}],"content":{"size":3,"text":"404"}}}]}}`
	stdout, _, err := runHAR(t, check.HARCheck{File: harFile(t, entry)})
	require.NoError(t, err)
	assert.Equal(t, "1 exchange to judge\n"+
		"advice  request 1, "+strings.Replace(misprintedAdvice, ", request, ", ", ", 1)+"\n"+
		"skip  request 1, "+misprintedNotJudged+"\n"+
		"PASS  0 valid, 1 not judged (response status does not count: no server has to serve this path); coverage: operations 1/3, statuses 0/33, security schemes 1/2\n", stdout)
}
