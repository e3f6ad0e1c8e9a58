package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestResultsAreAsTheSchemaSays(t *testing.T) {
	t.Parallel()
	judge, _ := schema(t, "result.schema.json")
	env, _ := standIn(t)
	for _, args := range [][]string{{"connect", "--yes"}, {"status"}, {"connect", "--yes"}, {"connect", "--yes", "--replace", "--wait"}, {"status", "--watch"}, {"disconnect", "--yes"}, {"status"}} {
		r := run(t, "canary", env, append(args, "-o", "json")...)
		require.Contains(t, []int{console.ExitDone, console.ExitNotSynced}, r.code, r.stderr)
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

func TestTheOutputOfConfigIsAsTheSchemaSays(t *testing.T) {
	t.Parallel()
	judge, _ := schema(t, "config-output.schema.json")
	key := environment("https://om.example:8443/")
	plain := environment("http://127.0.0.1:8080")
	account := map[string]string{"MCLI_ORG_ID": org.String(), "MIGRATIONLINK_CLIENT_ID": "mdb_sa_id_1", "MIGRATIONLINK_CLIENT_SECRET": "mdb_sa_sk_1"}
	profile := map[string]string{"XDG_CONFIG_HOME": t.TempDir()}
	require.NoError(t, os.Mkdir(filepath.Join(profile["XDG_CONFIG_HOME"], "mongocli"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(profile["XDG_CONFIG_HOME"], "mongocli", "config.toml"), []byte(
		"[berlin]\norg_id = '"+org.String()+"'\npublic_api_key = 'a'\nprivate_api_key = 'b'\nops_manager_skip_verify = 'yes'\n"), 0o600))
	for _, env := range []map[string]string{key, plain, account, profile} {
		r := run(t, "", env, "config", "-o", "json")
		require.Equal(t, console.ExitDone, r.code, r.stderr)
		assert.NoError(t, judge([]byte(r.stdout)), r.stdout)
		for _, wrong := range []*strings.Replacer{
			strings.NewReplacer("[redacted]", "secret"), strings.NewReplacer(`"profile"`, `"profiles"`), strings.NewReplacer(`"source"`, `"from"`),
			strings.NewReplacer(`"`+org.String()+`"`, "null"), strings.NewReplacer(`"privateKey"`, `"clientSecret"`, `"clientSecret"`, `"privateKey"`),
		} {
			assert.Error(t, judge([]byte(wrong.Replace(r.stdout))), wrong.Replace(r.stdout))
		}
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
		console.ExitDone, console.ExitFailed, console.ExitUsage, console.ExitNotSynced, console.ExitNotSignedIn, console.ExitNotAllowed, console.ExitNotFound, console.ExitConflict,
		console.ExitUnavailable, console.ExitOutcomeUnknown, console.ExitSomeFailed, console.ExitInterrupted,
	}, documented)
	help := run(t, "", nil, "connect", "--help").stdout
	for _, code := range documented {
		assert.Regexp(t, fmt.Sprintf(`[ ;\n]%d `, code), help)
	}
}
