package migrationlink_test

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A package fits into one head: a newcomer finds the place of a change by the names of the folders.
const (
	maxLines    = 3000 // of one package, without tests and generated code
	maxCommands = 15   // files of internal/cli: the root command, and one for each command
)

func TestRoomsStaySmall(t *testing.T) {
	t.Parallel()
	lines, files := map[string]int{}, map[string]int{}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if bytes.HasPrefix(content, []byte("// Code generated")) || bytes.Contains(content, []byte("\n// Code generated")) {
			return nil
		}
		folder := path.Dir(name)
		files[folder]++
		lines[folder] += bytes.Count(content, []byte("\n"))
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, len(files), 20, "there are packages")
	for folder, n := range lines {
		assert.LessOrEqual(t, n, maxLines, "%s has %d lines; give a part of it a package of its own", folder, n)
	}
	assert.LessOrEqual(t, files["internal/cli"], maxCommands, "internal/cli has the root command and one file for each command")
}
