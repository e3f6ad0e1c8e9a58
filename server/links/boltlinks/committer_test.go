package boltlinks_test

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/server/links"
	"github.com/migrationlink/migrationlink/server/links/boltlinks"
)

// One client pays for a commit each, sixty-four that wait share one, and what changes nothing costs none. A commit is what is synced.
func TestCommitsAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "links.db")
		l := open(t, path)
		require.NoError(t, l.Close())
		before := transactions(t, path)

		l = open(t, path)
		for n := range 5 {
			connect(t, l, nth(n))
		}
		for range 3 {
			connect(t, l, nth(0))
			require.ErrorIs(t, l.Disconnect(t.Context(), nth(99).OrgID), links.ErrNotConnected)
		}
		require.NoError(t, l.Close())
		assert.Equal(t, 5, transactions(t, path)-before, "one client")

		l = open(t, path)
		var all sync.WaitGroup
		release := hold(t, l)
		for n := range 64 {
			all.Go(func() { connect(t, l, nth(100+n)) })
		}
		synctest.Wait()
		close(release)
		all.Wait()
		for n := range 64 {
			assertConnected(t, l, nth(100+n))
		}
		require.NoError(t, l.Close())
		assert.Equal(t, 5+1, transactions(t, path)-before, "sixty-four at a time")
	})
}

// hold keeps the committer busy until the channel is closed; what is asked of it meanwhile waits.
func hold(t *testing.T, l *boltlinks.Links) (release chan struct{}) {
	t.Helper()
	taken, release := make(chan struct{}), make(chan struct{})
	go func() { assert.NoError(t, l.Hold(taken, release)) }()
	<-taken
	return release
}

// What shares a commit has outcomes of its own, in the order in which it came.
func TestOutcomesInOneCommit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, _ := opened(t)
		release := hold(t, l)
		stolen, never := nth(2), nth(3)
		stolen.Token = nth(1).Token
		never.OrgID = "" // no key for bbolt
		var got [5]error
		var all sync.WaitGroup
		for i, call := range []func(context.Context) error{
			func(ctx context.Context) error { _, err := l.Connect(ctx, nth(1)); return err },
			func(ctx context.Context) error { _, err := l.Connect(ctx, stolen); return err },
			func(ctx context.Context) error { _, err := l.Connect(ctx, never); return err },
			func(ctx context.Context) error { return l.Disconnect(ctx, nth(1).OrgID) },
			func(ctx context.Context) error { _, err := l.Connect(ctx, stolen); return err },
		} {
			all.Go(func() { got[i] = call(t.Context()) })
			synctest.Wait()
		}
		close(release)
		all.Wait()
		require.NoError(t, got[0])
		require.ErrorIs(t, got[1], links.ErrTokenInUse)
		require.EqualError(t, got[2], "key required")
		require.NoError(t, got[3])
		require.NoError(t, got[4])
		assertConnected(t, l, stolen)
		assertNotConnected(t, l, nth(1))
	})
}

// underWay has the committer take a call and then keeps it in the middle of the transaction until release is closed. All waits for both.
func underWay(t *testing.T, l *boltlinks.Links, call func()) (all *sync.WaitGroup, release chan struct{}) {
	t.Helper()
	all = new(sync.WaitGroup)
	before := hold(t, l)
	all.Go(call)
	synctest.Wait()
	taken, release := make(chan struct{}), make(chan struct{})
	all.Go(func() { assert.NoError(t, l.Hold(taken, release)) })
	synctest.Wait()
	close(before)
	<-taken
	return all, release
}

// What is not yet committed is not told.
func TestGetTellsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, _ := opened(t)
		all, release := underWay(t, l, func() { connect(t, l, nth(1)) })
		assertNotConnected(t, l, nth(1))
		close(release)
		all.Wait()
		assertConnected(t, l, nth(1))
	})
}

// A call that is given up before it is taken leaves nothing.
func TestGivenUpWhileItWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, _ := opened(t)
		release := hold(t, l)
		ctx, cancel := context.WithCancel(t.Context())
		givenUp := func() {
			_, err := l.Connect(ctx, nth(1))
			assert.ErrorIs(t, err, context.Canceled)
		}
		var all sync.WaitGroup
		all.Go(givenUp)
		synctest.Wait()
		cancel()
		all.Wait()
		close(release)
		connect(t, l, nth(2))
		assertNotConnected(t, l, nth(1))
		for range 20 { // the committer would take it now
			givenUp()
		}
		assertNotConnected(t, l, nth(1))
	})
}

// A call that was taken has its outcome, even when it is given up then.
func TestGivenUpAfterItWasTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, _ := opened(t)
		ctx, cancel := context.WithCancel(t.Context())
		all, release := underWay(t, l, func() {
			_, err := l.Connect(ctx, nth(1))
			assert.NoError(t, err)
		})
		cancel()
		synctest.Wait()
		close(release)
		all.Wait()
		assertConnected(t, l, nth(1))
	})
}

// Close waits for what was taken and refuses what was not.
func TestCloseFinishesWhatWasTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "links.db")
		l := open(t, path)
		all, release := underWay(t, l, func() { connect(t, l, nth(1)) })
		all.Go(func() {
			_, err := l.Connect(t.Context(), nth(2))
			assert.ErrorIs(t, err, links.ErrUnavailable)
			assert.EqualError(t, err, "links are unavailable: "+path+": they are closed")
		})
		synctest.Wait()
		var closed atomic.Bool
		all.Go(func() {
			assert.NoError(t, l.Close())
			closed.Store(true)
		})
		synctest.Wait()
		assert.False(t, closed.Load(), "before what was taken is finished")
		close(release)
		all.Wait()

		l = open(t, path)
		assertConnected(t, l, nth(1))
		assertNotConnected(t, l, nth(2))
		require.NoError(t, l.Close())
	})
}
