package migrationlink_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A breaking change that the changelog does not name fails make compat.
func TestBreakingChangesAreNamed(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash on this machine")
	}
	const changelog = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- `gen.New`\n\n### Breaking\n\n- `client.Status` is gone, and `gen.Connect*` returns\n  `gen.ApiError`.\n" +
		"- `DELETE /a response-removed`\n\n### Fixed\n\n- `gen.Fixed`\n\n## [0.1.0]\n\n### Breaking\n\n- `gen.Old`\n"
	for name, tt := range map[string]struct{ changes, want string }{
		"none":            {"", ""},
		"named":           {"client.Status\tremoved\ngen.ApiError\tchanged\nDELETE /a response-removed\tremoved\n", ""},
		"by a pattern":    {"gen.Connect201\tchanged\ngen.ConnectResponse.GetJSON400\tchanged\n", ""},
		"not named":       {"client.Statuses\tremoved", "`client.Statuses` (removed)"},
		"in another list": {"gen.New\tremoved", "`gen.New` (removed)"},
		"a list later":    {"gen.Fixed\tremoved", "`gen.Fixed` (removed)"},
		"another release": {"gen.Old\tremoved", "`gen.Old` (removed)"},
		"one of two":      {"client.Status\tremoved\nclient.New\tchanged from func() to func(int)\n", "`client.New` (changed from func() to func(int))"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "CHANGELOG.md")
			require.NoError(t, os.WriteFile(file, []byte(changelog), 0o600))
			command := exec.CommandContext(t.Context(), "bash", "compat/named", file)
			command.Stdin = strings.NewReader(tt.changes)
			output, err := command.CombinedOutput()
			if tt.want == "" {
				require.NoError(t, err, string(output))
				assert.Empty(t, string(output))
				return
			}
			require.Error(t, err)
			assert.Equal(t, file+" does not name a breaking change: "+tt.want+"\ncompat: 1 breaking changes. Undo them, or name each under "+
				"[Unreleased], in a list \"### Breaking\".\n", string(output))
		})
	}
}
