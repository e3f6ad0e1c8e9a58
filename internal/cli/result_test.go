package cli_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/cli"
)

func TestResultsAreAsTheSchemaSays(t *testing.T) {
	t.Parallel()
	judge, _ := schema(t, "result.schema.json")
	env, _ := standIn(t)
	for _, args := range [][]string{{"connect", "--yes"}, {"status"}, {"connect", "--yes"}, {"connect", "--yes", "--replace", "--wait"}, {"status", "--watch"}, {"disconnect", "--yes"}, {"status"}} {
		r := run(t, "canary", env, append(args, "-o", "json")...)
		require.Contains(t, []int{cli.ExitDone, cli.ExitNotSynced}, r.code, r.stderr)
		assert.NoError(t, judge([]byte(r.stdout)), "%s: %s", args, r.stdout)
	}
	unknown := run(t, "", environment(parrot(t, 200, `{}`)), "status", "-o", "json")
	assert.NoError(t, judge([]byte(unknown.stdout)), unknown.stdout)

	for _, wrong := range []string{
		`{}`, `{"status":"SYNCED"}`, `{"status":"synced","orgId":"5f7aac56b3a0b94bcdce6d8a"}`, `{"status":"SYNCED","orgId":"5F"}`,
		`{"status":"SYNCED","orgId":"5f7aac56b3a0b94bcdce6d8a","result":"done"}`, `{"status":"SYNCED","orgId":"5f7aac56b3a0b94bcdce6d8a","linkToken":"x"}`,
	} {
		assert.Error(t, judge([]byte(wrong)), wrong)
	}
}

func TestTheDocumentedExitCodesAreThoseOfTheCode(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../docs/exit-codes.md")
	require.NoError(t, err)
	var documented []int
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \| `).FindAllStringSubmatch(string(content), -1) {
		code, err := strconv.Atoi(row[1])
		require.NoError(t, err)
		documented = append(documented, code)
	}
	assert.Equal(t, []int{
		cli.ExitDone, cli.ExitFailed, cli.ExitUsage, cli.ExitNotSynced, cli.ExitNotSignedIn, cli.ExitNotAllowed, cli.ExitNotFound, cli.ExitConflict,
		cli.ExitUnavailable, cli.ExitOutcomeUnknown, cli.ExitSomeFailed, cli.ExitInterrupted,
	}, documented)
	help := run(t, "", nil, "connect", "--help").stdout
	for _, code := range documented {
		assert.Regexp(t, fmt.Sprintf(`[ ;\n]%d `, code), help)
	}
}
