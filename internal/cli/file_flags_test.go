package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/cli"
	"github.com/migrationlink/migrationlink/internal/console"
)

// A credential in the place of a file's name is not repeated, whatever the flag: messages repeat names of files.
func TestFileFlags_doNotRepeatACredential(t *testing.T) {
	t.Parallel()
	const key = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
	ended, end := context.WithCancel(t.Context())
	end() // what takes the name all the same does not go on for ever
	seen := 0
	for _, command := range commandNames(t) {
		_, _, flags := helpOf(t, command)
		for _, f := range flags {
			if f.value != "FILE" {
				continue
			}
			seen++
			for _, name := range []string{key, "mdb_sa_sk_CANARYcanary1234567890", filepath.Join("nowhere", key), filepath.Join(key, "links.db")} {
				var stdout, stderr output
				code := cli.Run(ended, process(&stdout, &stderr, strings.NewReader(""), nil, []string{command, "--" + f.name, name}))
				assert.Equal(t, ran{console.ExitUsage, "", command + ": --" + f.name + ": there is no such file, and its name has a secret in it, " +
					"so it is not repeated here: want the name of a file\nmigrationlink " + command + " --help lists the flags\n"}, ran{code, stdout.String(), stderr.String()})
			}
		}
	}
	assert.Greater(t, seen, 10)
}

// A folder that is there may be called like a key: those of volumes are.
func TestFileFlags_takeAFolderThatIsThere(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "7c9e6679-7425-40de-944b-e07fc1f90ae7")
	require.NoError(t, os.Mkdir(folder, 0o700))
	r := run(t, "", nil, "serve", "--check-config", "--data", filepath.Join(folder, "links.db"))
	assert.Equal(t, console.ExitDone, r.code, r.stderr)
}
