package boltlinks_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/links"
	"github.com/migrationlink/migrationlink/server/links/boltlinks"
	"github.com/migrationlink/migrationlink/server/links/linkstest"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if run := children[os.Getenv(childEnv)]; run != nil {
		if err := run(flag.Args()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func TestLinks(t *testing.T) {
	t.Parallel()
	linkstest.RunLasting(t, func(t *testing.T, dir string) linkstest.Lasting { return open(t, filepath.Join(dir, "links.db")) })
}

func open(t testing.TB, path string) *boltlinks.Links {
	t.Helper()
	l, err := boltlinks.Open(path)
	require.NoError(t, err)
	return l
}

// opened are links in a new file, closed with the test.
func opened(t testing.TB) (*boltlinks.Links, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "links.db")
	l := open(t, path)
	t.Cleanup(func() { assert.NoError(t, l.Close()) })
	return l, path
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// nth is the link of an organization of that number, by a token of its own.
func nth(n int) links.Link {
	return links.Link{
		OrgID: migrationlink.OrgID(fmt.Sprintf("%024x", n)), Token: migrationlink.NewLinkToken(fmt.Sprint("token ", n)).Fingerprint(), ConnectedAt: noon,
	}
}

func connect(t testing.TB, l links.Links, link links.Link) {
	t.Helper()
	_, err := l.Connect(t.Context(), link)
	require.NoError(t, err)
}

func assertConnected(t testing.TB, l links.Links, want ...links.Link) {
	t.Helper()
	for _, link := range want {
		got, err := l.Get(t.Context(), link.OrgID)
		require.NoError(t, err)
		assert.Equal(t, link, got)
	}
}

func assertNotConnected(t testing.TB, l links.Links, link links.Link) {
	t.Helper()
	_, err := l.Get(t.Context(), link.OrgID)
	require.ErrorIs(t, err, links.ErrNotConnected)
}

// change changes a file by bbolt alone.
func change(t *testing.T, path string, do func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second})
	require.NoError(t, err)
	require.NoError(t, db.Update(do))
	require.NoError(t, db.Close())
}

// transactions is how many were committed to a file that is closed.
func transactions(t *testing.T, path string) (n int) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	require.NoError(t, err)
	require.NoError(t, db.View(func(tx *bolt.Tx) error {
		n = tx.ID()
		return nil
	}))
	require.NoError(t, db.Close())
	return n
}
