//go:build unix

package migrationlink_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// .ci/run tells how long each stage took, also when a stage fails: whoever waits for it sees what
// to make faster.
func TestTheCITellsTheTimeOfEachStage(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash on this machine")
	}
	folder := t.TempDir()
	make := "#!/bin/sh\necho \"output of $1\"\n[ \"$1\" != \"$FAILS\" ] || exit 2\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "make"), []byte(make), 0o700))
	dirname, err := exec.LookPath("dirname")
	require.NoError(t, err)
	require.NoError(t, os.Symlink(dirname, filepath.Join(folder, "dirname")))
	figure := regexp.MustCompile(`(?m)^ci: +[0-9]+ s`)
	run := func(fails string) (string, error) {
		cmd := exec.CommandContext(t.Context(), bash, ".ci/run")
		cmd.Env = []string{"PATH=" + folder, "FAILS=" + fails}
		output, err := cmd.CombinedOutput()
		return figure.ReplaceAllString(string(output), "ci: N s"), err
	}

	output, err := run("")
	require.NoError(t, err, output)
	assert.Contains(t, output, "output of verify\nci: N s  make verify\noutput of lint\nci: N s  make lint\n")
	assert.Regexp(t, `
ci: N s  make verify
ci: N s  make lint
ci: N s  make test
ci: N s  make race
ci: N s  make dist
ci: N s  make dist-same
ci: N s  make bench-once
ci:           make lint-spec: left out: npx not found
ci: N s  make compat
ci: N s  make interop-generators
ci: N s  in all
$`, output)

	output, err = run("test")
	require.Error(t, err, output)
	assert.Regexp(t, `
ci: N s  make verify
ci: N s  make lint
ci: N s  make test: failed \(exit code 2\)
ci: N s  in all
$`, output)
	assert.NotContains(t, output, "make race")
}
