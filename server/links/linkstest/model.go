package linkstest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/links"
)

// model is links as one would explain them: a list of who has which token since when, searched from end to end.
type model map[migrationlink.OrgID]links.Link

func (m model) connect(link links.Link) (links.Link, error) {
	for _, other := range m {
		switch {
		case other.Token != link.Token:
		case other.OrgID == link.OrgID:
			return other, nil
		default:
			return links.Link{}, links.ErrTokenInUse
		}
	}
	m[link.OrgID] = link
	return link, nil
}

// organizations and tokens of the model are few, so that they meet often.
var (
	organizations = []migrationlink.OrgID{org, neighbour, "5f7aac56b3a0b94bcdce6d8c"}
	tokens        = []string{"", "one", "two", "three"}
)

func plainMap(t *testing.T, l links.Links) {
	rapid.Check(t, func(rt *rapid.T) { againstModel(rt, &l, nil) })
}

// againstModel does the same, in a random order, with the links and with the model. The links can be changed for others on the way, by
// one more action.
func againstModel(t *rapid.T, l *links.Links, reopen func()) {
	for _, id := range organizations { // left from the run before
		if err := (*l).Disconnect(t.Context(), id); err != nil {
			require.ErrorIs(t, err, links.ErrNotConnected)
		}
	}
	m, minute := model{}, 0
	actions := map[string]func(*rapid.T){
		"connect": func(t *rapid.T) {
			minute++
			asked := link(rapid.SampledFrom(organizations).Draw(t, "org"), rapid.SampledFrom(tokens).Draw(t, "token"), minute)
			want, wantErr := m.connect(asked)
			got, err := (*l).Connect(t.Context(), asked)
			require.ErrorIs(t, err, wantErr)
			assert.Equal(t, want, got)
		},
		"disconnect": func(t *rapid.T) {
			id := rapid.SampledFrom(organizations).Draw(t, "org")
			_, connected := m[id]
			delete(m, id)
			if err := (*l).Disconnect(t.Context(), id); connected {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, links.ErrNotConnected)
			}
		},
		"": func(t *rapid.T) {
			for _, id := range organizations {
				want, connected := m[id]
				got, err := (*l).Get(t.Context(), id)
				if !connected {
					require.ErrorIs(t, err, links.ErrNotConnected)
				} else {
					require.NoError(t, err)
				}
				require.Equal(t, want, got)
			}
		},
	}
	if reopen != nil {
		actions["reopen"] = func(*rapid.T) { reopen() }
	}
	t.Repeat(actions)
}
