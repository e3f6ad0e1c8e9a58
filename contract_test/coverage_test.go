package contract_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/migrationlink/migrationlink/contracttest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// runExcuses are what a run of the suite alone does not see of the stand-in.
const runExcuses = `count: 36
cells:
  scheme * 402 Digest|Bearer: no account is suspended
  scheme * 429|503 Digest|Bearer|unsigned: nobody is sent away
  scheme * 500 Digest|Bearer|unsigned: nothing fails
  scheme disconnect 409 Digest|Bearer: nothing migrates
  scheme connect 413 unsigned: only who has signed in sends so much
`

func excusesFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "excused.yaml")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func TestARunThatHasSeenTooLittleFailsAndNamesIt(t *testing.T) {
	t.Parallel()
	excuses := excusesFile(t, runExcuses)
	stale := excusesFile(t, strings.Replace(runExcuses, "count: 36\ncells:\n", "count: 37\ncells:\n  scheme status 200 Digest: is never seen\n", 1))
	readOnly := targetOf(t)
	readOnly.Writes = false
	for _, c := range []struct {
		name   string
		target contracttest.Target
		opt    contracttest.Option
		fails  []string
	}{
		{name: "all that is not excused", target: targetOf(t), opt: contracttest.Coverage(1, excuses)},
		{name: "less than half of all", target: targetOf(t), opt: contracttest.Coverage(0.3, "")},
		{
			name: "an excuse that nobody needs", target: targetOf(t), opt: contracttest.Coverage(0.3, stale),
			fails: []string{"scheme status 200 Digest is excused (is never seen), and was seen: take the excuse out"},
		},
		{
			name: "too little", target: readOnly, opt: contracttest.Coverage(1, excusesFile(t, runExcuses)),
			fails: []string{`coverage of operation × status × security scheme is 31.7 % (13 of 77, 36 excused), want 100 %; not seen: ` +
				`connect 201 Digest, connect 201 Bearer, connect 400 Digest, connect 400 Bearer, connect 401 Digest and 23 more
all that was not seen:
  scheme connect 201 Digest
  scheme connect 201 Bearer`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := contracttest.Open(t.Context(), c.target, c.opt, contracttest.Variants(0))
			require.NoError(t, err)
			assert.Empty(t, texts(runCases(t, s)))
			require.NoError(t, s.Close(t.Context()))
			problems := s.CoverageProblems()
			require.Len(t, problems, len(c.fails), "%q", problems)
			for i, want := range c.fails {
				assert.True(t, strings.HasPrefix(problems[i], want), problems[i])
			}
		})
	}
}

func TestCoverageThatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none.yaml")
	wrong := excusesFile(t, "count: 1\ncells:\n  scheme conect 402 Digest: x")
	miscounted := excusesFile(t, "count: 1")
	unreadable := excusesFile(t, "- a")
	for message, opts := range map[string][]contracttest.Option{
		"contracttest.Coverage: the coverage threshold is 80; want more than 0 and at most 1":                                                    {contracttest.Coverage(80, "")},
		"contracttest.Coverage: the coverage threshold is 0; want more than 0 and at most 1":                                                     {contracttest.Coverage(0, "")},
		"contracttest.Coverage: is asked of a whole run, and contracttest.Only leaves a part: want one of the two":                               {contracttest.Only("status"), contracttest.Coverage(1, "")},
		"contracttest.Coverage: open " + missing + ": no such file or directory":                                                                 {contracttest.Coverage(1, missing)},
		"contracttest.Coverage: " + wrong + `:3: "scheme conect 402 Digest" is no cell of the contract; did you mean scheme connect 402 Digest?`: {contracttest.Coverage(1, wrong)},
		"contracttest.Coverage: " + miscounted + ":1: count is 1, and the excused cells are 0":                                                   {contracttest.Coverage(1, miscounted)},
		"contracttest.Coverage: " + unreadable + ":1: want the keys count and cells":                                                             {contracttest.Coverage(1, unreadable)},
	} {
		_, err := contracttest.Open(t.Context(), targetOf(t), opts...)
		var target *contracttest.TargetError
		require.ErrorAs(t, err, &target)
		assert.EqualError(t, err, message)
	}
}
