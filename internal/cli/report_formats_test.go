package cli_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker/report"
	"github.com/migrationlink/migrationlink/internal/console"
)

// beginnings are how a file of each format begins.
var beginnings = map[string]string{
	"junit": `<?xml version="1.0" encoding="UTF-8"?>` + "\n<testsuites ",
	"json":  "{\n  \"version\": 1,\n",
	"html":  "<!DOCTYPE html>\n",
}

// TestEveryFormatOfReportsIsWrittenByEveryCommand asks the commands that write reports for each format that there is.
func TestEveryFormatOfReportsIsWrittenByEveryCommand(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	for _, format := range report.Formats() {
		t.Run(format.Name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, beginnings, format.Name, "how does a file of this format begin?")
			assert.Regexp(t, `(?mi)^checker/report/ +.*\b`+format.Name+`\b`, string(readme))
			dir := t.TempDir()

			checked := filepath.Join(dir, "check")
			r := run(t, "", nil, "check", "--har", "testdata/none.har", "--"+format.Name, checked)
			assert.Equal(t, console.ExitUsage, r.code, r.stderr)
			assert.NoFileExists(t, checked, "wrong usage has no report")
			target := parrot(t, http.StatusOK, `{"status":"SYNCED"}`)
			r = run(t, "", environment(target), "check", "--org", string(org), "--request-timeout", "5s", "--no-preflight",
				"--only", "status", "--"+format.Name, checked)
			assert.Equal(t, console.ExitFailed, r.code, r.stderr)

			flag, passed := format.Name, filepath.Join(dir, "proxy")
			if flag == "json" {
				flag = "report"
			}
			serving(t, []string{"proxy", "--target", target, "--" + flag, passed}, func(env map[string]string, _ func()) {
				ask(t, env, http.MethodGet, linkPath+"/status", "")
			})
			for _, name := range []string{checked, passed} {
				content, err := os.ReadFile(name)
				require.NoError(t, err)
				assert.True(t, strings.HasPrefix(string(content), beginnings[format.Name]), "%s begins with %.80q", name, content)
			}
			for _, args := range [][]string{{"check", format.Name}, {"proxy", flag}} {
				r := run(t, "", nil, args[0], "--help")
				assert.Contains(t, r.stdout, "[--"+args[1]+" FILE]", "the usage line of %s", args[0])
				assert.Regexp(t, `(?m)^ +--`+args[1]+` FILE  `, r.stdout)
			}
			r = run(t, "", nil, "proxy", "--target", target, "--"+flag, filepath.Join(dir, "none", "file"))
			assert.Equal(t, console.ExitFailed, r.code)
			assert.Contains(t, r.stderr, "--"+flag+": write the report: open ")
		})
	}
}
