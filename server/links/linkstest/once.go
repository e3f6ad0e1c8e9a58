package linkstest

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/server/links"
)

// connectOnce calls ConnectOnce, which must succeed, and returns whether it connected.
func connectOnce(t *testing.T, l links.Links, link links.Link) bool {
	t.Helper()
	connected, err := l.ConnectOnce(t.Context(), link)
	require.NoError(t, err)
	return connected
}

func onceConnects(t *testing.T, l links.Links) {
	first := link(org, "one", 0)
	assert.True(t, connectOnce(t, l, first))
	assertLink(t, l, first)
	assert.False(t, connectOnce(t, l, link(org, "two", 1)), "once")
	assertLink(t, l, first)
	_, err := l.Connect(t.Context(), link(neighbour, "one", 2))
	assertTokenInUse(t, err)
	assert.True(t, connectOnce(t, l, link(neighbour, "two", 3)), "once for each organization; the token was not kept")
}

func onceLeavesALink(t *testing.T, l links.Links) {
	mine := connect(t, l, link(org, "mine", 0))
	assert.False(t, connectOnce(t, l, link(org, "one", 1)))
	assertLink(t, l, mine)
	connect(t, l, link(neighbour, "one", 2)) // its token was not kept
	require.NoError(t, l.Disconnect(t.Context(), org))
	assert.False(t, connectOnce(t, l, link(org, "two", 3)), "the first call counts, though it left what was there")
	_, err := l.Get(t.Context(), org)
	assertNotConnected(t, err)
}

func onceIsNotUndone(t *testing.T, l links.Links) {
	assert.True(t, connectOnce(t, l, link(org, "one", 0)))
	require.NoError(t, l.Disconnect(t.Context(), org))
	assert.False(t, connectOnce(t, l, link(org, "one", 1)))
	_, err := l.Get(t.Context(), org)
	assertNotConnected(t, err)
	connect(t, l, link(neighbour, "one", 2)) // its token is free
	mine := link(org, "mine", 3)
	assert.Equal(t, mine, connect(t, l, mine))
	assert.False(t, connectOnce(t, l, link(org, "two", 4)))
	assertLink(t, l, mine)
}

func onceWithATokenInUse(t *testing.T, l links.Links) {
	theirs := connect(t, l, link(neighbour, "one", 0))
	connected, err := l.ConnectOnce(t.Context(), link(org, "one", 1))
	assertTokenInUse(t, err)
	assert.False(t, connected)
	_, err = l.Get(t.Context(), org)
	assertNotConnected(t, err)
	assertLink(t, l, theirs)
	assert.True(t, connectOnce(t, l, link(org, "two", 2)), "what was refused does not count")
}

// onceAtATime lets one organization be connected by many that start at a time, while a user
// connects it. The link of the user is acknowledged, and so it stays, whoever was first.
func onceAtATime(t *testing.T, l links.Links) {
	for round := range 50 {
		id := organization(round)
		theirs := link(id, "mine", round)
		connected := make([]bool, 4)
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range connected {
			all.Go(func() {
				<-start
				var err error
				connected[i], err = l.ConnectOnce(context.WithoutCancel(t.Context()), link(id, "start", round))
				assert.NoError(t, err)
			})
		}
		all.Go(func() {
			<-start
			_, err := l.Connect(context.WithoutCancel(t.Context()), theirs)
			assert.NoError(t, err)
		})
		close(start)
		all.Wait()
		winners := 0
		for _, won := range connected {
			if won {
				winners++
			}
		}
		require.LessOrEqual(t, winners, 1)
		assertLink(t, l, theirs)
		require.NoError(t, l.Disconnect(t.Context(), id))
		require.False(t, connectOnce(t, l, link(id, "start", round)))
	}
}

func onceLasts(t *testing.T, reopen func() Lasting) {
	l := reopen()
	first := link(org, "one", 0)
	assert.True(t, connectOnce(t, l, first))
	l = reopen()
	assert.False(t, connectOnce(t, l, link(org, "two", 1)))
	assertLink(t, l, first)
	require.NoError(t, l.Disconnect(t.Context(), org))
	l = reopen()
	assert.False(t, connectOnce(t, l, link(org, "one", 2)), "what was disconnected stays so")
	_, err := l.Get(t.Context(), org)
	assertNotConnected(t, err)
	assert.True(t, connectOnce(t, l, link(neighbour, "two", 3)), "an organization that came later")
}
