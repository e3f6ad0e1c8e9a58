// Package linkstest holds an implementation of [links.Links] to what its documentation says. It is for tests alone.
package linkstest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/links"
)

const (
	org       migrationlink.OrgID = "5f7aac56b3a0b94bcdce6d8a"
	neighbour migrationlink.OrgID = "5f7aac56b3a0b94bcdce6d8b"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// link is a connection by a token with that text, a minute after noon for each minute.
func link(org migrationlink.OrgID, token string, minute int) links.Link {
	return links.Link{
		OrgID: org, Token: migrationlink.NewLinkToken(token).Fingerprint(), ConnectedAt: noon.Add(time.Duration(minute) * time.Minute),
	}
}

// Run runs the suite. Each test begins with links that open gives, among which there are none yet; open cleans up by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) links.Links) {
	t.Helper()
	tests := []struct {
		name string
		run  func(t *testing.T, l links.Links)
	}{
		{"nothing is connected at first", nothingAtFirst},
		{"what was connected is kept", kept},
		{"the same token again changes nothing", sameTokenAgain},
		{"another token replaces and frees the one before", anotherToken},
		{"a token in use is refused and changes nothing", tokenInUse},
		{"a token in use is refused to a connected organization too", tokenInUseOfConnected},
		{"disconnect frees the token", disconnectFrees},
		{"two organizations can swap their tokens through a third", swap},
		{"one of many wins a token", oneWinner},
		{"a call that was given up leaves all or nothing", givenUp},
		{"a call that is given up on its way leaves what its error says", givenUpOnItsWay},
		{"connect once connects the first time", onceConnects},
		{"connect once leaves a link", onceLeavesALink},
		{"connect once does not undo a disconnect", onceIsNotUndone},
		{"connect once refuses a token in use", onceWithATokenInUse},
		{"connect once by many at a time", onceAtATime},
		{"what it does is what a plain map does", plainMap},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, open(t))
		})
	}
}

// connect connects what must succeed, and returns what is kept.
func connect(t *testing.T, l links.Links, link links.Link) links.Link {
	t.Helper()
	kept, err := l.Connect(t.Context(), link)
	require.NoError(t, err)
	return kept
}

// assertLink asserts which link an organization has.
func assertLink(t *testing.T, l links.Links, want links.Link) {
	t.Helper()
	got, err := l.Get(t.Context(), want.OrgID)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func assertNotConnected(t *testing.T, err error) {
	t.Helper()
	require.ErrorIs(t, err, links.ErrNotConnected)
	assert.ErrorContains(t, err, "the organization is not connected")
}

func assertTokenInUse(t *testing.T, err error) {
	t.Helper()
	require.ErrorIs(t, err, links.ErrTokenInUse)
	assert.ErrorContains(t, err, "the link-token connects another organization")
}

func nothingAtFirst(t *testing.T, l links.Links) {
	got, err := l.Get(t.Context(), org)
	assertNotConnected(t, err)
	assert.Zero(t, got)
	assertNotConnected(t, l.Disconnect(t.Context(), org))
}

func kept(t *testing.T, l links.Links) {
	want := link(org, "one", 0)
	want.ConnectedAt = want.ConnectedAt.Add(123456789)
	assert.Equal(t, want, connect(t, l, want))
	assertLink(t, l, want)
	_, err := l.Get(t.Context(), neighbour)
	assertNotConnected(t, err)
}

func sameTokenAgain(t *testing.T, l links.Links) {
	first := connect(t, l, link(org, "one", 0))
	assert.Equal(t, first, connect(t, l, link(org, "one", 5)), "with the time it was connected at first")
	assertLink(t, l, first)
}

func anotherToken(t *testing.T, l links.Links) {
	connect(t, l, link(org, "one", 0))
	second := link(org, "two", 5)
	assert.Equal(t, second, connect(t, l, second))
	assertLink(t, l, second)
	freed := link(neighbour, "one", 6)
	assert.Equal(t, freed, connect(t, l, freed), "the token before is free")
	_, err := l.Connect(t.Context(), link(org, "one", 7))
	assertTokenInUse(t, err)
	assertLink(t, l, second)
}

func tokenInUse(t *testing.T, l links.Links) {
	first := connect(t, l, link(org, "one", 0))
	got, err := l.Connect(t.Context(), link(neighbour, "one", 1))
	assertTokenInUse(t, err)
	assert.Zero(t, got)
	assertLink(t, l, first)
	_, err = l.Get(t.Context(), neighbour)
	assertNotConnected(t, err)
}

func tokenInUseOfConnected(t *testing.T, l links.Links) {
	first, second := connect(t, l, link(org, "one", 0)), connect(t, l, link(neighbour, "two", 1))
	_, err := l.Connect(t.Context(), link(neighbour, "one", 2))
	assertTokenInUse(t, err)
	assertLink(t, l, first)
	assertLink(t, l, second)
	_, err = l.Connect(t.Context(), link(org, "two", 3))
	assertTokenInUse(t, err)
}

func disconnectFrees(t *testing.T, l links.Links) {
	connect(t, l, link(org, "one", 0))
	require.NoError(t, l.Disconnect(t.Context(), org))
	_, err := l.Get(t.Context(), org)
	assertNotConnected(t, err)
	assertNotConnected(t, l.Disconnect(t.Context(), org))
	connect(t, l, link(neighbour, "one", 1))
	require.NoError(t, l.Disconnect(t.Context(), neighbour))
	again := link(org, "one", 2)
	assert.Equal(t, again, connect(t, l, again), "connected anew, at a new time")
}

func swap(t *testing.T, l links.Links) {
	connect(t, l, link(org, "one", 0))
	connect(t, l, link(neighbour, "two", 0))
	connect(t, l, link(org, "three", 1))
	connect(t, l, link(neighbour, "one", 2))
	connect(t, l, link(org, "two", 3))
	assertLink(t, l, link(org, "two", 3))
	assertLink(t, l, link(neighbour, "one", 2))
}

// oneWinner lets both organizations ask for the same token at a time, again and again.
func oneWinner(t *testing.T, l links.Links) {
	for round := range 50 {
		var won sync.Map
		var all sync.WaitGroup
		start := make(chan struct{})
		for _, id := range []migrationlink.OrgID{org, neighbour} {
			all.Go(func() {
				<-start
				if _, err := l.Connect(context.WithoutCancel(t.Context()), link(id, "one", round)); err == nil {
					won.Store(id, true)
				} else {
					assert.ErrorIs(t, err, links.ErrTokenInUse)
				}
			})
		}
		close(start)
		all.Wait()
		winners := 0
		won.Range(func(id, _ any) bool {
			winners++
			assertLink(t, l, link(id.(migrationlink.OrgID), "one", round))
			assert.NoError(t, l.Disconnect(t.Context(), id.(migrationlink.OrgID)))
			return true
		})
		require.Equal(t, 1, winners)
	}
}

// givenUp may find the call done or not begun: both are whole.
func givenUp(t *testing.T, l links.Links) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	want := link(org, "one", 0)
	if _, err := l.Connect(ctx, want); err == nil {
		assertLink(t, l, want)
	} else {
		require.ErrorIs(t, err, context.Canceled)
		_, err = l.Get(t.Context(), org)
		assertNotConnected(t, err)
		freed := link(neighbour, "one", 1)
		assert.Equal(t, freed, connect(t, l, freed), "the token is free")
	}
}
