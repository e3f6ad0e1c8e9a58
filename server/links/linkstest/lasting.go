package linkstest

import (
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/migrationlink/migrationlink/server/links"
)

// Lasting links outlive the process. Close ends what was begun and refuses the rest with [links.ErrUnavailable].
type Lasting interface {
	links.Links
	io.Closer
}

// RunLasting runs the suite of [Run], and the tests of what lasts. Open opens the links that are kept in a directory, none at first; the
// suite closes them.
func RunLasting(t *testing.T, open func(t *testing.T, dir string) Lasting) {
	t.Helper()
	Run(t, func(t *testing.T) links.Links {
		l := open(t, t.TempDir())
		t.Cleanup(func() { assert.NoError(t, l.Close()) })
		return l
	})
	tests := []struct {
		name string
		run  func(t *testing.T, reopen func() Lasting)
	}{
		{"what was connected lasts", connectLasts},
		{"what was disconnected lasts", disconnectLasts},
		{"what was connected once lasts", onceLasts},
		{"what is closed refuses", closedRefuses},
		{"reopened on the way, it is what a plain map is", plainMapReopened},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var l Lasting
			reopen := func() Lasting {
				if l != nil {
					require.NoError(t, l.Close())
				}
				l = open(t, dir)
				return l
			}
			tt.run(t, reopen)
			assert.NoError(t, l.Close())
		})
	}
}

func connectLasts(t *testing.T, reopen func() Lasting) {
	first, second := link(org, "one", 0), link(neighbour, "two", 1)
	first.ConnectedAt = first.ConnectedAt.Add(987654321)
	l := reopen()
	connect(t, l, link(org, "replaced", 0))
	connect(t, l, first)
	connect(t, l, second)
	for range 2 {
		l = reopen()
		assertLink(t, l, first)
		assertLink(t, l, second)
		_, err := l.Connect(t.Context(), link(neighbour, "one", 2))
		assertTokenInUse(t, err)
	}
	freed := link("5f7aac56b3a0b94bcdce6d8c", "replaced", 3)
	assert.Equal(t, freed, connect(t, l, freed), "a token that was replaced stays free")
}

func disconnectLasts(t *testing.T, reopen func() Lasting) {
	l := reopen()
	connect(t, l, link(org, "one", 0))
	require.NoError(t, l.Disconnect(t.Context(), org))
	l = reopen()
	_, err := l.Get(t.Context(), org)
	assertNotConnected(t, err)
	connect(t, l, link(neighbour, "one", 1))
}

func closedRefuses(t *testing.T, reopen func() Lasting) {
	l := reopen()
	connect(t, l, link(org, "one", 0))
	require.NoError(t, l.Close())
	_, err := l.Connect(t.Context(), link(neighbour, "two", 1))
	require.ErrorIs(t, err, links.ErrUnavailable)
	require.NotErrorIs(t, err, links.ErrUnknown)
	_, err = l.ConnectOnce(t.Context(), link(neighbour, "two", 1))
	require.ErrorIs(t, err, links.ErrUnavailable)
	require.NotErrorIs(t, err, links.ErrUnknown)
	_, err = l.Get(t.Context(), org)
	require.ErrorIs(t, err, links.ErrUnavailable)
	err = l.Disconnect(t.Context(), org)
	require.ErrorIs(t, err, links.ErrUnavailable)
	require.NotErrorIs(t, err, links.ErrUnknown)
	assert.NoError(t, l.Close(), "closed twice")
	l = reopen()
	assertLink(t, l, link(org, "one", 0))
	_, err = l.Get(t.Context(), neighbour)
	assertNotConnected(t, err)
}

func plainMapReopened(t *testing.T, reopen func() Lasting) {
	compared := comparison{links: reopen()}
	compared.reopen = func() { compared.links = reopen() }
	rapid.Check(t, compared.run)
}
