package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/cli"
	"github.com/migrationlink/migrationlink/internal/count"
)

func asIs(*http.Request, *httptest.ResponseRecorder) {}

// documentedExcuses is the file that docs/coverage.md shows.
func documentedExcuses(t *testing.T) string {
	t.Helper()
	docs, err := os.ReadFile("../../docs/coverage.md")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(docs)
	require.NotNil(t, block)
	return string(block[1])
}

func TestTheDocumentedExcusesAreThoseOfARunThatOnlyReads(t *testing.T) {
	t.Parallel()
	env := checked(t, asIs)
	r := run(t, "", env, "check", "--coverage", "100", "--excuses", file(t, documentedExcuses(t), 0o600))
	assert.Equal(t, 0, r.code, "%s", r.stdout+r.stderr)
	assert.Regexp(t, `\nPASS  \d+ valid; coverage: operations 1/3, statuses 6/33, security schemes 2/2\n`, r.stdout)

	r = run(t, "", env, "check", "--coverage", "100")
	assert.Equal(t, 1, r.code)
	assert.Regexp(t, `\nFAIL  coverage of operation × status × security scheme is 10.3 % \(8 of 77, 0 excused\), want 100 %; not seen: `+
		`connect 201 Digest, connect 201 Bearer, .* and 64 more\ncoverage: operations 1/3, statuses 6/33, security schemes 2/2\n$`, r.stdout)
	assert.Regexp(t, `^1 problem of coverage in [0-9]+ exchanges\n$`, r.stderr)
}

func TestTheNumbersToldAreThoseOfTheReport(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	name, page := filepath.Join(folder, "report.json"), filepath.Join(folder, "report.html")
	r := run(t, "", checked(t, asIs), "check", "--write", "--coverage", "28.5", "--json", name, "--html", page)
	require.Equal(t, 0, r.code, r.stdout+r.stderr)
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	var told struct {
		Exchanges int
		Coverage  struct {
			Threshold float64
			Sums      []struct {
				Kind           string
				Declared, Seen int
			}
		}
	}
	require.NoError(t, json.Unmarshal(content, &told))
	assert.InDelta(t, 0.285, told.Coverage.Threshold, 1e-9)
	sums := make(map[string]string)
	for _, sum := range told.Coverage.Sums {
		sums[sum.Kind] = fmt.Sprintf("%d/%d", sum.Seen, sum.Declared)
	}
	assert.True(t, strings.HasSuffix(r.stdout, fmt.Sprintf("\nPASS  %s valid; coverage: operations %s, statuses %s, security schemes 2/2 (details: %s)\n",
		count.Thousands(told.Exchanges), sums["operation"], sums["status"], page)), r.stdout)
	require.Greater(t, told.Exchanges, 1000)
	assert.True(t, strings.HasPrefix(r.stdout, fmt.Sprintf("%d,%03d exchanges, connect and disconnect among them\n", told.Exchanges/1000, told.Exchanges%1000)), r.stdout)
}

func TestARecordingIsHeldToAThresholdToo(t *testing.T) {
	t.Parallel()
	recording := harFile(t, `{"log":{"entries":[`+fmt.Sprintf(harStatus, 200)+`]}}`)
	r := run(t, "", nil, "check", "--har", recording, "--coverage", "1")
	assert.Equal(t, 0, r.code, r.stdout)
	r = run(t, "", nil, "check", "--har", recording, "--coverage", "2")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.stdout, "FAIL  coverage of operation × status × security scheme is 1.2 % (1 of 77, 0 excused), want 2 %; not seen: ")
	assert.Equal(t, "1 problem of coverage in 1 exchange\n", r.stderr)

	stale := file(t, "count: 1\ncells:\n  scheme status 200 Digest: is never seen\n", 0o600)
	broken := harFile(t, `{"log":{"entries":[`+strings.Replace(fmt.Sprintf(harStatus, 200), "SYNCED", "PENDING", 1)+`]}}`)
	r = run(t, "", nil, "check", "--har", broken, "--coverage", "2", "--excuses", stale)
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.stdout, "\nFAIL  scheme status 200 Digest is excused (is never seen), and was seen: take the excuse out\n")
	assert.Equal(t, "1 rule broken, 2 problems of coverage in 1 exchange\n", r.stderr)
}

func TestCoverageThatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	env := environment("http://127.0.0.1:1")
	missing := filepath.Join(t.TempDir(), "none.yaml")
	list, wrong := file(t, "- a", 0o600), file(t, "count: 1\ncells:\n  scheme conect 402 Digest: x", 0o600)
	for _, c := range []struct {
		args  []string
		wants string
	}{
		{[]string{"--coverage", "0"}, "check: --coverage: want a number, more than 0 and at most 100\nmigrationlink check --help lists the flags\n"},
		{[]string{"--coverage", "101"}, "check: --coverage: want a number, more than 0 and at most 100\nmigrationlink check --help lists the flags\n"},
		{[]string{"--coverage", "NaN"}, "check: --coverage: want a number, more than 0 and at most 100\nmigrationlink check --help lists the flags\n"},
		{[]string{"--coverage", "80%"}, "check: --coverage: want a number, more than 0 and at most 100\nmigrationlink check --help lists the flags\n"},
		{[]string{"--coverage", ""}, "check: --coverage: want a number, more than 0 and at most 100\nmigrationlink check --help lists the flags\n"},
		{[]string{"--coverage", "80", "--only", "status"}, "check: --coverage is asked of a whole run, and --only leaves a part; want one of the two\n"},
		{[]string{"--excuses", missing}, "--excuses: no such file or directory; want a YAML file, like the one in docs/coverage.md\n"},
		{[]string{"--excuses", t.TempDir()}, "--excuses: is a directory; want a YAML file, like the one in docs/coverage.md\n"},
		{[]string{"--excuses", list}, "--excuses: " + list + ":1: want the keys count and cells\n"},
		{[]string{"--excuses", wrong}, "--excuses: " + wrong + `:3: "scheme conect 402 Digest" is no cell of the contract; did you mean scheme connect 402 Digest?` + "\n"},
	} {
		r := run(t, "", env, append([]string{"check"}, c.args...)...)
		assert.Equal(t, 2, r.code, c.args)
		assert.Equal(t, c.wants, r.stderr)
		assert.Empty(t, r.stdout)
	}
}

// A clock that goes on by a step whenever it is looked at.
func TestALogShowsEveryTenSecondsHowFarACheckIs(t *testing.T) {
	t.Parallel()
	told := func(step time.Duration) string {
		var stdout, stderr output
		p := process(&stdout, &stderr, strings.NewReader(""), checked(t, asIs), []string{"check", "--only", "status/query"})
		now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
		p.Now = func() time.Time {
			now = now.Add(step)
			return now
		}
		assert.Equal(t, 0, cli.Run(t.Context(), p), stdout.String())
		return stderr.String()
	}
	assert.Empty(t, told(0), "a check that takes no time")
	lines := strings.Split(strings.TrimSuffix(told(time.Second), "\n"), "\n")
	require.Greater(t, len(lines), 3)
	for i, line := range lines {
		match := regexp.MustCompile(`^[0-9]+ of [0-9]+ cases, [0-9]+ exchanges after ([0-9ms]+)$`).FindStringSubmatch(line)
		require.NotNil(t, match, line)
		after, err := time.ParseDuration(match[1])
		require.NoError(t, err)
		assert.InDelta(t, 10*(i+1), after.Seconds(), 3, "the first exchange after ten seconds more")
	}
}
