package linkstest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/server/links"
)

// RunUnknown tests that a change whose outcome nobody knows is [links.ErrUnknown], and was made
// whole or not at all. Open is that of [RunLasting]. Failing calls change, lets it fail when it may
// have been made already, and then repairs what it broke; the suite closes the links and opens them
// again.
func RunUnknown(
	t *testing.T,
	open func(t *testing.T, dir string) Lasting,
	failing func(t *testing.T, l Lasting, change func()),
) {
	t.Helper()
	before, after := link(org, "one", 0), link(org, "two", 1)
	connects := func(ctx context.Context, l links.Links) (any, error) { return l.Connect(ctx, after) }
	once := func(ctx context.Context, l links.Links) (any, error) { return l.ConnectOnce(ctx, after) }
	disconnects := func(ctx context.Context, l links.Links) (any, error) { return nil, l.Disconnect(ctx, org) }
	tests := []struct {
		name          string
		before, after *links.Link // nil: not connected
		change        func(context.Context, links.Links) (any, error)
	}{
		{"a connect", nil, &after, connects},
		{"a connect that replaces", &before, &after, connects},
		{"a connect once", nil, &after, once},
		{"a disconnect", &before, nil, disconnects},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			l := open(t, dir)
			if tt.before != nil {
				connect(t, l, *tt.before)
			}
			var got any
			var err error
			failing(t, l, func() { got, err = tt.change(t.Context(), l) })
			require.ErrorIs(t, err, links.ErrUnknown)
			assert.NotErrorIs(t, err, links.ErrUnavailable, "which says that nothing was changed")
			assert.ErrorContains(t, err, "whether the change was made is not known")
			assert.Zero(t, got)
			require.NoError(t, l.Close())
			l = open(t, dir)
			assertEither(t, l, tt.before, tt.after)
			require.NoError(t, l.Close())
		})
	}
}

// assertEither asserts that an organization has one of two links, and that the token of the other
// is free.
func assertEither(t *testing.T, l links.Links, one, other *links.Link) {
	t.Helper()
	got, err := l.Get(t.Context(), org)
	has := &got
	if err != nil {
		assertNotConnected(t, err)
		has = nil
	}
	require.Contains(t, []*links.Link{one, other}, has)
	for _, candidate := range []*links.Link{one, other} {
		if candidate == nil {
			continue
		}
		asked := *candidate
		asked.OrgID = neighbour
		if _, err := l.Connect(t.Context(), asked); has != nil && has.Token == candidate.Token {
			assertTokenInUse(t, err)
		} else {
			require.NoError(t, err, "the token is free")
		}
	}
}

// givenUpOnItsWay gives up calls while they are under way. Any error but ErrUnknown says that
// nothing was changed.
func givenUpOnItsWay(t *testing.T, l links.Links) {
	call := func(do func(context.Context) error) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		outcome := make(chan error)
		go func() { outcome <- do(ctx) }()
		cancel()
		return <-outcome
	}
	connected := func() bool {
		_, err := l.Get(t.Context(), org)
		if err != nil {
			assertNotConnected(t, err)
		}
		return err == nil
	}
	for round := range 100 {
		err := call(func(ctx context.Context) error {
			_, err := l.Connect(ctx, link(org, "one", round))
			return err
		})
		if !errors.Is(err, links.ErrUnknown) {
			require.Equal(t, err == nil, connected(), "after a connect that ended in: %v", err)
		}
		connect(t, l, link(org, "one", round))
		err = call(func(ctx context.Context) error { return l.Disconnect(ctx, org) })
		if !errors.Is(err, links.ErrUnknown) {
			require.Equal(t, err != nil, connected(), "after a disconnect that ended in: %v", err)
		}
		if connected() {
			require.NoError(t, l.Disconnect(t.Context(), org))
		}
	}
}
