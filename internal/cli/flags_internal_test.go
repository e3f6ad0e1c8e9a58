package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/console"
)

// Every flag is in testdata/flags.txt, so that a new one is not forgotten elsewhere.
func TestFlags(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, cmd := range newRoot(console.Process{LookupEnv: func(string) (string, bool) { return "", false }}).Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			hidden := ""
			if f.Hidden {
				hidden = "  (a second name)"
			}
			fmt.Fprintf(&b, "%s --%s %s%s\n", cmd.Name(), f.Name, f.Value.Type(), hidden)
		})
	}
	name := filepath.Join("testdata", "flags.txt")
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, string(want), b.String(),
		"a flag is new, gone or different: name it in the usage line of its command, in docs/ and in CHANGELOG.md; then write the file with -update")
}
