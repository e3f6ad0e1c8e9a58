package boltlinks_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"github.com/migrationlink/migrationlink/server/links"
	"github.com/migrationlink/migrationlink/server/links/boltlinks"
)

// filled is a file with some links in it, closed.
func filled(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "links.db")
	l := open(t, path)
	for n := range 100 {
		connect(t, l, nth(n))
	}
	require.NoError(t, l.Close())
	return path
}

// Each file that can't be opened is refused by a sentence that says which, why, and what to do, and is not changed.
func TestRefused(t *testing.T) {
	t.Parallel()
	const foreign = "PATH is not a file of links, and is left as it is; use another file"
	tests := []struct {
		name string
		make func(t *testing.T, path string) // from a file that could be opened
		want string
	}{
		{"read-only", func(t *testing.T, path string) { require.NoError(t, os.Chmod(path, 0o400)) },
			"PATH is read-only; make it writable for this user, or use another file"},
		{"of another kind", func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("organizations:\n", 1000)), 0o600))
		}, foreign},
		{"of another kind, and short", func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, []byte("x"), 0o600)) }, foreign},
		{"of zeros", func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, make([]byte, 1<<16), 0o600)) }, foreign},
		{"a bbolt database of another program", func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			change(t, path, func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err })
		}, foreign},
		{"a bbolt database that says about, and is another's", func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			change(t, path, func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("about")); return err })
		}, foreign},
		{"of a later version", func(t *testing.T, path string) {
			change(t, path, func(tx *bolt.Tx) error {
				about := tx.Bucket([]byte("about"))
				require.NoError(t, about.Put([]byte("writer"), []byte("migrationlink 9.0.0")))
				return about.Put([]byte("format"), []byte("2"))
			})
		}, `PATH can't be opened: it is of a later version: it has format 2, made by "migrationlink 9.0.0"; this program knows format 1; ` +
			"use a later version, or use another file"},
		{"of no version", func(t *testing.T, path string) {
			change(t, path, func(tx *bolt.Tx) error { return tx.Bucket([]byte("about")).Put([]byte("format"), []byte("one")) })
		}, "PATH can't be opened: the file is damaged: its format is not a number; put back a copy, or use another file"},
		{"without its second half", func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 16384)) },
			"PATH can't be opened: the file is damaged: it is cut short, 16384 bytes of "},
		{"with a torn page", func(t *testing.T, path string) { scribble(t, path, 2*4096) }, "PATH can't be opened: the file is damaged: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filled(t)
			tt.make(t, path)
			before, err := os.ReadFile(path)
			require.NoError(t, err)
			_, err = boltlinks.Open(path)
			require.Error(t, err)
			assert.True(t, strings.HasPrefix(err.Error(), strings.ReplaceAll(tt.want, "PATH", path)), err.Error())
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(before, after), "the file was changed")
		})
	}
}

// scribble writes over all pages from an offset on.
func scribble(t *testing.T, path string, from int) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := from; i < len(content); i++ {
		content[i] = 0xA5
	}
	require.NoError(t, os.WriteFile(path, content, 0o600))
}

// Wherever a file is cut, what is left is refused, unless nothing is missing: bbolt makes files longer than they need to be.
func TestCutShort(t *testing.T) {
	t.Parallel()
	path := filled(t)
	var needed int64
	change(t, path, func(tx *bolt.Tx) error {
		needed = tx.Size()
		return nil
	})
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	cuts := []int64{1, 15, 16, 19, 20, 21, 100, needed - 1, needed}
	for cut := int64(512); cut < needed; cut += 512 {
		cuts = append(cuts, cut-1, cut)
	}
	for _, cut := range cuts {
		require.NoError(t, os.WriteFile(path, whole[:cut], 0o600))
		l, err := boltlinks.Open(path)
		if cut == needed {
			require.NoError(t, err)
			for n := range 100 {
				assertConnected(t, l, nth(n))
			}
			require.NoError(t, l.Close())
			continue
		}
		require.Error(t, err, cut)
		if cut < 20 {
			assert.EqualError(t, err, path+" is not a file of links, and is left as it is; use another file", cut)
		} else {
			assert.Regexp(t, `can't be opened: the file is damaged( or cut short: .*|: it is cut short, \d+ bytes of \d+ are left); put back a copy, or use another file$`,
				err.Error(), cut)
		}
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(whole[:cut], after), "the file was changed")
	}
}

func TestNoSuchPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "none", "links.db")
	_, err := boltlinks.Open(path)
	require.EqualError(t, err, path+" can't be made: its directory does not exist; make that first")
	_, err = boltlinks.Open(dir)
	require.EqualError(t, err, dir+" is no regular file; want one")
}

// An empty file, and a database without any bucket, are what is left when the machine stops while the file is made.
func TestBegun(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(t *testing.T, path string){
		"empty":      func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, nil, 0o600)) },
		"no buckets": func(t *testing.T, path string) { change(t, path, func(*bolt.Tx) error { return nil }) },
		"not there":  func(*testing.T, string) {},
		"a link to it": func(t *testing.T, path string) {
			require.NoError(t, os.Symlink(filepath.Join(filepath.Dir(path), "else"), path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "links.db")
			begin(t, path)
			l := open(t, path)
			connect(t, l, nth(1))
			require.NoError(t, l.Close())
			l = open(t, path)
			assertConnected(t, l, nth(1))
			require.NoError(t, l.Close())
			info, err := os.Stat(path)
			require.NoError(t, err)
			if runtime.GOOS != "windows" {
				assert.Equal(t, "-rw-------", fmt.Sprint(info.Mode()))
			}
		})
	}
}

// A file that is damaged while it is open is not asked any more, and ends nothing but itself.
func TestDamagedWhileOpen(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, path string){
		"emptied": func(t *testing.T, path string) {
			if runtime.GOOS == "windows" {
				t.Skip("the system does not let others change a file that is mapped")
			}
			require.NoError(t, os.Truncate(path, 0))
		},
		"written over": func(t *testing.T, path string) {
			file, err := os.OpenFile(path, os.O_WRONLY, 0)
			require.NoError(t, err)
			info, err := file.Stat()
			require.NoError(t, err)
			const metaPages = 2 * 4096
			_, err = file.WriteAt(bytes.Repeat([]byte{0xA5}, int(info.Size())-metaPages), metaPages)
			require.NoError(t, err)
			require.NoError(t, file.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filled(t)
			l := open(t, path)
			damage(t, path)
			for range 2 {
				_, err := l.Get(t.Context(), nth(1).OrgID)
				require.ErrorIs(t, err, links.ErrUnavailable)
				assert.ErrorContains(t, err, "links are unavailable: "+path+": the file is damaged: ")
				_, err = l.Connect(t.Context(), nth(1000))
				require.ErrorIs(t, err, links.ErrUnavailable)
				assert.ErrorContains(t, err, "the file is damaged: ")
			}
			require.NoError(t, l.Close())
		})
	}
}

// A file of before ConnectOnce has no bucket for it. It is given one, and keeps its links.
func TestAFileWithoutTheBucketOfConnectOnce(t *testing.T) {
	t.Parallel()
	path := filled(t)
	change(t, path, func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("once")) })
	l := open(t, path)
	assertConnected(t, l, nth(1))
	connected, err := l.ConnectOnce(t.Context(), nth(1000))
	require.NoError(t, err)
	assert.True(t, connected)
	require.NoError(t, l.Disconnect(t.Context(), nth(1000).OrgID))
	require.NoError(t, l.Close())
	l = open(t, path)
	connected, err = l.ConnectOnce(t.Context(), nth(1000))
	require.NoError(t, err)
	assert.False(t, connected)
	require.NoError(t, l.Close())
}
