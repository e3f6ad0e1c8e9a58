package readfile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/readfile"
)

func TestSmall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, size := range map[string]int{"empty": 0, "largest": readfile.Max, "too large": readfile.Max + 1} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), bytes.Repeat([]byte("x"), size), 0o600))
	}
	for name, size := range map[string]int{"empty": 0, "largest": readfile.Max} {
		content, err := readfile.Small(filepath.Join(dir, name))
		require.NoError(t, err, name)
		assert.Len(t, content, size, name)
	}
	_, err := readfile.Small(filepath.Join(dir, "too large"))
	require.EqualError(t, err, "larger than 1 MiB")
}

func TestWithoutPath(t *testing.T) {
	t.Parallel()
	_, err := readfile.Small(filepath.Join(t.TempDir(), "mdb_sa_sk_in-the-wrong-place"))
	require.ErrorContains(t, err, "mdb_sa_sk_in-the-wrong-place", "the name is in the error")
	assert.EqualError(t, readfile.WithoutPath(err), "no such file or directory")
	require.ErrorIs(t, readfile.WithoutPath(err), os.ErrNotExist)
	assert.NoError(t, readfile.WithoutPath(nil))
}
