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

	"github.com/migrationlink/migrationlink/internal/check"
	"github.com/migrationlink/migrationlink/internal/secret"
)

const recordings = "../../checker/har/testdata/"

// harFile is a copy of a recording that its owner alone can read.
func harFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "recording.har")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func recorded(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(recordings + name)
	require.NoError(t, err)
	return string(content)
}

func runHAR(t *testing.T, asked check.HARCheck) (stdout, stderr string, err error) {
	t.Helper()
	var out, warnings output
	err = check.RunHAR(t.Context(), process(&out, &warnings, strings.NewReader(""), nil, nil), asked)
	return out.String(), warnings.String(), err
}

const holdsToken = "warning: a link-token is in the recording, which is a credential: delete the file when you are done, and do not pass it on\n"

func TestRecordedTrafficIsJudged(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file, stdout, stderr, err string
		check                     check.HARCheck
	}{
		"from Chrome": {file: "chrome-sanitized.har", err: "3 rules broken in 7 exchanges: 1 valid, 2 violations, 4 not judged (without an answer: 1, not answered by the server: 2, response body was not recorded: 1)", stdout: `4 exchanges to judge, 2 of other hosts, 1 of other paths left out
1 of other resources of the API left out: request 10
1 without an answer left out: request 7
2 not answered by the server left out: request 8, 11
note  credentials were taken out of the recording, so sign-in is not judged (Chrome keeps them in an export with sensitive data)
FAIL  request 2, connect, body: has a property that the contract does not have; did you mean linkToken? [schema/additionalProperties]
FAIL  request 2, connect, body /linkToken: required, missing [schema/required]
FAIL  request 5, status, answer 200, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]
skip  request 6, status, answer 200, body: was not recorded [not-judged]
coverage: operations 2/3, statuses 2/33, security schemes 0/2
`},
		"from Firefox": {file: "firefox.har", stderr: holdsToken, err: "1 rule broken in 7 exchanges: 4 valid, 1 violation, 2 not judged (without recorded headers: 1, response body was not recorded to its end: 1)", stdout: `6 exchanges to judge
1 without recorded headers left out: request 7
note  request 3, status, query envelope: is given more than once [parameters/repeated, our decision undeclared-query-parameter]
skip  request 4, status, answer 200, body: was not recorded to its end [not-judged]
FAIL  request 6, status, answer 200, status: a request without credentials is answered with success [security]
coverage: operations 3/3, statuses 5/33, security schemes 1/2
`},
		"from Firefox, by our decisions too": {
			file: "firefox.har", check: check.HARCheck{Decisions: true}, stderr: holdsToken, err: "2 rules broken in 7 exchanges: 3 valid, 2 violations, 2 not judged (without recorded headers: 1, response body was not recorded to its end: 1)",
			stdout: `6 exchanges to judge
1 without recorded headers left out: request 7
FAIL  request 3, status, query envelope: is given more than once [parameters/repeated, our decision undeclared-query-parameter]
skip  request 4, status, answer 200, body: was not recorded to its end [not-judged]
FAIL  request 6, status, answer 200, status: a request without credentials is answered with success [security]
coverage: operations 3/3, statuses 5/33, security schemes 1/2
`},
		"from mitmproxy": {file: "mitmproxy.har", stderr: holdsToken, err: "1 rule broken in 6 exchanges: 3 valid, 1 violation, 2 not judged (without an answer: 1, response body was not recorded: 1)", stdout: `5 exchanges to judge
1 without an answer left out: request 4
advice  request 1, connect, body: is sent before sign-in; fetch the challenge without it [token-before-sign-in]
skip  request 5, status, answer 200, body: was not recorded [not-judged]
FAIL  request 6, no operation, path: is none of the contract's [paths]
coverage: operations 3/3, statuses 4/33, security schemes 1/2
`},
		"from another host": {
			file: "firefox.har", check: check.HARCheck{Host: "localhost"}, stderr: holdsToken,
			stdout: "0 exchanges to judge, 7 of other hosts left out\n",
			err:    "--har: nothing was judged; the recording has requests to the API, and none of them went to the host of --host; want the host as the URLs of the recording have it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check.File = harFile(t, recorded(t, test.file))
			stdout, stderr, err := runHAR(t, test.check)
			require.EqualError(t, err, test.err)
			assert.Equal(t, test.stdout, stdout)
			assert.Equal(t, test.stderr, stderr)
		})
	}
}

const harStatus = `{"request":{"method":"GET","url":"http://127.0.0.1/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink/status",` +
	`"headers":[{"name":"Authorization","value":"Digest x"}]},"response":{"status":%d,"headers":[{"name":"Content-Type","value":"application/json"},` +
	`{"name":"Vary","value":"Accept-Encoding"},{"name":"X-MongoDB-Service-Version","value":"gitHash=0; versionString=v1"}],` +
	`"content":{"size":19,"text":"{\"status\":\"SYNCED\"}"}}}`

func TestARecordingThatKeepsTheContract(t *testing.T) {
	t.Parallel()
	stdout, stderr, err := runHAR(t, check.HARCheck{File: harFile(t, `{"log":{"entries":[`+fmt.Sprintf(harStatus, 200)+`]}}`)})
	require.NoError(t, err)
	assert.Equal(t, "1 exchange to judge\nPASS  1 valid; coverage: operations 1/3, statuses 1/33, security schemes 1/2\n", stdout)
	assert.Empty(t, stderr)
}

// harBare is a response without any text.
var harBare = strings.Replace(fmt.Sprintf(harStatus, 200), `,"text":"{\"status\":\"SYNCED\"}"`, "", 1)

func TestARecordingInWhichNothingCouldBeJudged(t *testing.T) {
	t.Parallel()
	const skip = "skip  request 1, status, answer 200, body: was not recorded [not-judged]\n"
	noAnswer := fmt.Sprintf(harStatus, 0)
	for name, test := range map[string]struct{ entries, stdout, err string }{
		"no text": {
			entries: harBare + "," + harBare + "," + harBare, stdout: "3 exchanges to judge\n" + skip + strings.Replace(skip, "1", "2", 1) + strings.Replace(skip, "1", "3", 1),
			err: "nothing was judged in 3 exchanges: 0 valid, 3 not judged (response body was not recorded)",
		},
		"no answers": {
			entries: noAnswer + "," + noAnswer, stdout: "0 exchanges to judge\n2 without an answer left out: request 1, 2\n",
			err: "nothing was judged in 2 exchanges: 0 valid, 2 not judged (without an answer)",
		},
		"answers of a cache and of nobody": {
			entries: noAnswer + "," + strings.Replace(fmt.Sprintf(harStatus, 200), "{", `{"_fetchType":"Memory Cache",`, 1),
			stdout:  "0 exchanges to judge\n1 without an answer left out: request 1\n1 not answered by the server left out: request 2\n",
			err:     "nothing was judged in 2 exchanges: 0 valid, 2 not judged (without an answer: 1, not answered by the server: 1)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := harFile(t, `{"log":{"entries":[`+test.entries+`]}}`)
			junit := filepath.Join(t.TempDir(), "junit.xml")
			r := run(t, "", nil, "check", "--har", file, "--junit", junit)
			assert.Equal(t, 1, r.code)
			assert.True(t, strings.HasPrefix(r.stdout, test.stdout+"coverage: "), r.stdout)
			assert.Equal(t, test.err+"; --allow-unjudged passes all the same\n", r.stderr)
			content, err := os.ReadFile(junit)
			require.NoError(t, err)
			assert.Contains(t, string(content), `<failure message="nothing was judged" type="not-judged">`)
			assert.Contains(t, string(content), `<skipped message=`)

			r = run(t, "", nil, "check", "--har", file, "--allow-unjudged")
			assert.Equal(t, 0, r.code)
			assert.Contains(t, r.stdout, "\nPASS  "+test.err[strings.Index(test.err, "0 valid"):]+"; coverage: ")
		})
	}
}

func TestARecordingOfWhichAPartWasJudgedPasses(t *testing.T) {
	t.Parallel()
	r := run(t, `{"log":{"entries":[`+harBare+`,`+fmt.Sprintf(harStatus, 200)+`]}}`, nil, "check", "--har", "-")
	assert.Equal(t, 0, r.code, r.stderr)
	assert.Contains(t, r.stdout, "\nPASS  1 valid, 1 not judged (response body was not recorded); coverage: ")
}

func TestNothingOfARecordingIsForTheAPI(t *testing.T) {
	t.Parallel()
	other := strings.Replace(fmt.Sprintf(harStatus, 200), "/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink/status", "/groups", 1)
	preflight := strings.NewReplacer(`"GET"`, `"OPTIONS"`, `"Authorization","value":"Digest x"`, `"Origin","value":"https://x"},{"name":"Access-Control-Request-Method","value":"GET"`).
		Replace(fmt.Sprintf(harStatus, 204))
	for entry, want := range map[string]string{
		other:     "the recording has only other resources of the API; want a request to connect, status or disconnect",
		preflight: "the recording has only preflights of a browser (CORS), on which the contract has no word",
		strings.Replace(other, "/api/public/v1.0/", "/x/", 1): "want a request with a path under /api/public/v1.0",
	} {
		r := run(t, `{"log":{"entries":[`+entry+`]}}`, nil, "check", "--har", "-")
		assert.Equal(t, 2, r.code)
		assert.Contains(t, r.stderr, "--har: nothing was judged; "+want+"\n")
	}
}

// A comma of a number is none that lists what was left out.
func TestALongRecording(t *testing.T) {
	t.Parallel()
	entry := fmt.Sprintf(harStatus, 200)
	stdout, _, err := runHAR(t, check.HARCheck{File: harFile(t, `{"log":{"entries":[`+entry+strings.Repeat(","+entry, 1199)+`]}}`)})
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(stdout, "1,200 exchanges to judge\nPASS  "), stdout)
}

func TestOfManyRequestsTheFirstAreListed(t *testing.T) {
	t.Parallel()
	entries := fmt.Sprintf(harStatus, 200) + strings.Repeat(","+fmt.Sprintf(harStatus, 0), 12)
	stdout, _, err := runHAR(t, check.HARCheck{File: harFile(t, `{"log":{"entries":[`+entries+`]}}`)})
	require.NoError(t, err)
	assert.Contains(t, stdout, "12 without an answer left out: request 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more\n")
}

func TestARecordingThatOthersCanRead(t *testing.T) {
	t.Parallel()
	file := harFile(t, recorded(t, "chrome-sanitized.har"))
	require.NoError(t, os.Chmod(file, 0o644))
	_, stderr, err := runHAR(t, check.HARCheck{File: file})
	require.Error(t, err)
	assert.Equal(t, "warning: others can read the recording, which can hold credentials (mode 0644); chmod 600 keeps it to yourself\n", stderr)
}

func TestAFileThatIsNoRecording(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		filepath.Join(t.TempDir(), "none"): "--har: no such file or directory",
		t.TempDir():                        "--har: is a directory; want the file that a browser or proxy exported",
		harFile(t, `{"log":{"entries":[{`): "--har: the recording, in entry 1 or after it, ends too early, after byte 20; want the whole file, export it again",
	} {
		stdout, _, err := runHAR(t, check.HARCheck{File: file})
		require.EqualError(t, err, want)
		assert.Empty(t, stdout)
	}
}

func TestJudgingARecordingIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out output
	err := check.RunHAR(ctx, process(&out, &out, strings.NewReader(""), nil, nil), check.HARCheck{File: harFile(t, recorded(t, "firefox.har"))})
	require.EqualError(t, err, "interrupted; nothing was sent")
}

// Whatever place of a recording holds a credential, it is in no output.
func TestNoCredentialOfARecordingIsInAnyOutput(t *testing.T) {
	t.Parallel()
	var shown strings.Builder
	for _, canary := range canaries() {
		s := canary.Value.Reveal()
		for _, replaced := range []string{
			"linkToken", "SYNCED", "Authorization", "Digest", "GET", "POST", "application/json", "orgs", "migrationLink", "envelope", "gitHash",
			"cloud.mongodb.com", "Content-Type", `"name"`, `"log"`, `"entries"`, `"text"`, "1.2", "200", "null", "[", "{", "}",
		} {
			for _, file := range []string{"chrome-sanitized.har", "firefox.har", "mitmproxy.har", "proxy-bom.har"} {
				for _, times := range []int{1, -1} {
					content := strings.Replace(recorded(t, file), replaced, s, times)
					stdout, stderr, err := runHAR(t, check.HARCheck{File: harFile(t, content), Decisions: true})
					fmt.Fprintln(&shown, stdout, stderr, err)
				}
			}
		}
		stdout, stderr, err := runHAR(t, check.HARCheck{File: s, Host: s})
		fmt.Fprintln(&shown, stdout, stderr, err)
	}
	assert.Greater(t, shown.Len(), 10_000, "there is something to search")
	assert.Empty(t, secret.Find([]byte(shown.String()), canaries()...))

	planted := shown.String() + base64.StdEncoding.EncodeToString([]byte("token="+canaryToken))
	assert.NotEmpty(t, secret.Find([]byte(planted), canaries()...), "the search finds what is planted")
}
