package cli_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/cli"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/servertest"
)

// crowd is a stand-in with organizations, an environment for it, and a list of them whose tokens are canaries.
type crowd struct {
	*servertest.Server
	t    *testing.T
	env  map[string]string
	dir  string
	list string
}

func newCrowd(t *testing.T, organizations int, options ...servertest.Option) *crowd {
	t.Helper()
	c := &crowd{t: t, dir: t.TempDir()}
	var all []server.Organization
	rows := []string{"orgId,linkToken"}
	for i := range organizations {
		org := migrationlink.OrgID(fmt.Sprintf("%024x", i+1))
		all = append(all, server.Organization{ID: org})
		rows = append(rows, org.String()+","+crowdToken(i))
	}
	c.Server = servertest.New(t, append(options, servertest.Organizations(all...))...)
	c.env = environment(c.URL)
	c.env["MCLI_PUBLIC_API_KEY"], c.env["MCLI_PRIVATE_API_KEY"] = c.Key().PublicKey, c.Key().PrivateKey.Reveal()
	delete(c.env, "MCLI_ORG_ID")
	c.list = c.file("list.csv", strings.Join(rows, "\n"))
	return c
}

// crowdToken is the nth link-token, with a key in it.
func crowdToken(n int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"orgId":"4888442a3354817a7320eb61","privateApiKey":"%s%d"}`, canaryInside, n))
}

func (c *crowd) file(name, content string) string {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	require.NoError(c.t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func (c *crowd) results() string { return filepath.Join(c.dir, "results.jsonl") }

// connect is the command line that connects the list.
func (c *crowd) connect(more ...string) []string {
	return append([]string{"connect", "--from", c.list, "--results", c.results(), "--at-once", "1"}, more...)
}

func TestTheDocumentOfAListIsAsTheSchemaSays(t *testing.T) {
	t.Parallel()
	judge, _ := schema(t, "many.schema.json")
	c := newCrowd(t, 3)
	c.Fault(fault.On(migrationlink.OperationConnect).Next(1).Error("ACCESS_FORBIDDEN"))
	for _, args := range [][]string{
		c.connect("--dry-run"), c.connect("--yes"), c.connect("--yes"), {"status", "--from", c.list},
		{"disconnect", "--from", c.list, "--yes", "--results", filepath.Join(c.dir, "d.jsonl")}, {"status", "--from", c.list},
	} {
		r := run(t, "", c.env, append(args, "-o", "json")...)
		require.Contains(t, []int{console.ExitDone, console.ExitNotSynced, console.ExitSomeFailed}, r.code, r.stderr)
		assert.NoError(t, judge([]byte(r.stdout)), "%s: %s", args, r.stdout)
	}
	for _, wrong := range []string{
		`{}`, `{"organizations":[]}`, `{"organizations":[{"line":0,"orgId":"5f7aac56b3a0b94bcdce6d8a","status":null}],"counts":{}}`,
		`{"organizations":[{"line":1,"orgId":"5f7aac56b3a0b94bcdce6d8a","status":null,"result":"done"}],"counts":{}}`,
		`{"organizations":[{"line":1,"orgId":"5f7aac56b3a0b94bcdce6d8a","status":null,"linkToken":"x"}],"counts":{}}`,
	} {
		assert.Error(t, judge([]byte(wrong)), wrong)
	}
}

// Of two runs on one file the second sends nothing.
func TestTwoRunsOnOneFile(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 2)
	c.Fault(fault.On(migrationlink.OperationConnect).Share(1, 0, 1000).Do(fault.Reset).At(fault.BeforeEffect)) // so that the first can never be done
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var second ran
	first := &output{written: func(s string) {
		if strings.HasPrefix(s, "connect: ") {
			second = run(t, "", c.env, c.connect("--yes")...)
		}
	}}
	cli.Run(ctx, process(&output{}, first, strings.NewReader(""), c.env, c.connect("--yes")))
	assert.Equal(t, ran{console.ExitUsage, "", "--results: in use by another run; wait for its end, or give another name. Nothing was sent\n"}, second)
}

func TestAnAnswerIsLost(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 2)
	c.Fault(fault.On(migrationlink.OperationConnect).Next(1).Do(fault.Empty).At(fault.AfterEffect))
	c.Fault(fault.On(migrationlink.OperationConnect).Next(1).Do(fault.Empty).At(fault.BeforeEffect))
	r := run(t, "", c.env, c.connect("--yes")...)
	assert.Equal(t, console.ExitSomeFailed, r.code)
	assert.Regexp(t, `^2/2  connected 1  skipped 0  failed 0  unknown 1   \d\d:\d\d   \(1 at once\)
line 3  000000000000000000000002  unknown: no answer: EOF\. The status is NOT_SYNCED\.
unknown: run again to ask once more; --retry-unknown sends the link-token once more, which may connect twice
$`, r.stdout)
	assert.Equal(t, "asking: 2 organizations\nconnect: 2 organizations\n"+
		"line 2  000000000000000000000001  connected, as the status tells: SYNCED\nline 3  000000000000000000000002  unknown: no answer: EOF.\n", r.stderr)
}

func TestTheTimeIsOver(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 2)
	c.Fault(fault.On(migrationlink.OperationStatus).Next(1).RateLimited(30e9))
	r := run(t, "", c.env, c.connect("--yes", "--timeout", "200ms")...)
	assert.Equal(t, console.ExitUnavailable, r.code)
	assert.Empty(t, r.stdout)
	assert.Equal(t, "asking: 2 organizations\n"+
		`line 2  000000000000000000000001  failed: too many requests (429 RATE_LIMITED): the server takes no more for now. The server says: "Resource /orgs/liveExport/migrationLink is limited to 100 requests every 1 minutes." Come back in 30 s.`+
		"\nnot every status was told within 200ms; nothing was sent\n", r.stderr)
}

// A server that is not there is left alone, and not told of in every row.
func TestAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 45)
	c.env["MCLI_OPS_MANAGER_URL"] = "http://127.0.0.1:1"
	r := run(t, "", c.env, c.connect("--yes", "--attempts", "1")...)
	assert.Equal(t, console.ExitSomeFailed, r.code)
	const refused = "no answer: dial tcp 127.0.0.1:1: connect: connection refused."
	told, explained := "asking: 45 organizations\n", ""
	for i := range 20 {
		told += fmt.Sprintf("line %d  %024x  failed: %s\n", i+2, i+1, refused)
		explained += fmt.Sprintf("line %d  %024x  %s Nothing listens there: check host and port of http://127.0.0.1:1.\n", i+2, i+1, refused)
	}
	assert.Equal(t, told+"left out: http://127.0.0.1:1 was asked 20 times in a row and could not answer; so are the rows from here on that it has\n", r.stderr)
	counts, rest, _ := strings.Cut(r.stdout, "\n")
	assert.Regexp(t, `^45/45  connected 0  skipped 0  failed 45   \d\d:\d\d   \(1 at once\)$`, counts)
	assert.Equal(t, explained+"and more of them: -o json and the results file have them all\n", rest)
}

// No credential is in any output or file, whatever is in whichever place.
func TestNoCredentialOfAListIsInAnyOutput(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 4)
	secrets := append(canaries(), secret.New("private key of the stand-in", c.Key().PrivateKey.Reveal()))
	for i := range 4 {
		secrets = append(secrets, secret.New("link-token of the list", crowdToken(i)))
	}
	var shown output
	keep := func(r ran) { fmt.Fprintf(&shown, "%s\n%s\n", r.stdout, r.stderr) }
	c.Fault(fault.On(migrationlink.OperationConnect).Next(1).Do(fault.Empty))
	c.Fault(fault.On(migrationlink.OperationConnect).Next(1).Error("LINK_TOKEN_IN_USE"))
	for _, more := range [][]string{{"--dry-run"}, {"--yes", "--debug"}, {"--yes", "-o", "json"}, {"--yes", "--retry-unknown"}} {
		keep(run(t, "", c.env, c.connect(more...)...))
	}
	keep(run(t, "", c.env, "status", "--from", c.list, "-o", "json"))
	keep(run(t, "", c.env, "disconnect", "--from", c.list, "--yes", "--results", filepath.Join(c.dir, "d.jsonl"), "--debug"))
	for _, file := range []string{"results.jsonl", "d.jsonl"} {
		content, err := os.ReadFile(filepath.Join(c.dir, file))
		require.NoError(t, err)
		require.Contains(t, string(content), `"event":"intent"`)
		keep(ran{stdout: string(content)})
	}

	// Everything in the wrong place.
	for _, s := range []string{canaryToken, canaryInside, privateKey} {
		for _, content := range []string{
			s, s + "\n" + s, "orgId," + s + "\n", "orgId,linkToken\n" + s + "," + s, "orgId,profile,linkToken\n%[1]s," + s + ",x", "orgId,linkTokenFile\n%[1]s," + s,
			"orgId,linkTokenEnv\n%[1]s," + s, "orgId,linkToken\n%[1]s,\"" + s, "orgId,linkToken\n%[1]s," + s + "\"x", "orgId,linkToken\n%[1]s,a," + s, "orgId,linkToken\n%[1]s,x " + s,
			"orgId;linkToken\n" + s, "orgId,linkToken,\n%[1]s,x," + s,
			`"` + s + `"`, `[{"` + s + `": 1}]`, `[{"orgId": "` + s + `"}]`, `[{"orgId": ` + s + `}]`, `["` + s + `"]`, `[{"orgId": "%[1]s", "linkToken": ["` + s + `"]}]`,
			`[{"orgId": "%[1]s", "linkToken": "` + s, `[{"orgId": "%[1]s", "linkToken": "x"}] ` + s, `[{"orgId": "%[1]s", "profile": "` + s + `", "linkToken": "x"}]`,
		} {
			if strings.Contains(content, "%[1]s") {
				content = fmt.Sprintf(content, c.Org().ID)
			}
			for _, name := range []string{"wrong.csv", "wrong.json"} {
				r := run(t, "", c.env, "connect", "--from", c.file(name, content), "--yes", "--results", filepath.Join(c.dir, "w.jsonl"))
				assert.Equal(t, console.ExitUsage, r.code, r.stderr)
				keep(r)
			}
			keep(run(t, content, c.env, "connect", "--from", "-", "--yes", "--results", filepath.Join(c.dir, "w.jsonl")))
		}
		keep(run(t, "", c.env, "connect", "--from", s, "--yes", "--results", filepath.Join(c.dir, "w.jsonl")))
		keep(run(t, "", c.env, "connect", "--from", s+".csv", "--yes", "--results", filepath.Join(c.dir, "w.jsonl")))
		keep(run(t, "", c.env, "connect", "--from", c.list, "--yes", "--results", c.file("results of another", s)))
	}
	assert.Greater(t, len(shown.String()), 10_000, "there is something to search")
	assert.Empty(t, secret.Find([]byte(shown.String()), secrets...))
	assert.NotEmpty(t, secret.Find([]byte(shown.String()+crowdToken(2)[20:40]), secrets...), "what is planted is found")
}
