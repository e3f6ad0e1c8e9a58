package linkstest

import (
	"fmt"
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

// connectOnce is a connect of those that are neither connected nor in once.
func (m model) connectOnce(once map[migrationlink.OrgID]bool, link links.Link) (bool, error) {
	if _, connected := m[link.OrgID]; connected || once[link.OrgID] {
		once[link.OrgID] = true
		return false, nil
	}
	_, err := m.connect(link)
	once[link.OrgID] = err == nil
	return err == nil, err
}

// tokens of the model are few, as its organizations are, so that they meet often.
var tokens = []string{"", "one", "two", "three"}

// organization is the nth of as many as are needed.
func organization(n int) migrationlink.OrgID { return migrationlink.OrgID(fmt.Sprintf("%024x", n)) }

func plainMap(t *testing.T, l links.Links) {
	rapid.Check(t, (&comparison{links: l}).run)
}

// comparison does the same, in a random order, with links and with a model, run after run. Reopen
// exchanges the links for others on the way, as one more action.
type comparison struct {
	links  links.Links
	reopen func() // nil: they stay

	organizations []migrationlink.OrgID // of the run
	runs          int
}

// begin leaves nothing connected, and takes organizations that ConnectOnce has not been called for.
func (c *comparison) begin(t *rapid.T) {
	for _, id := range c.organizations {
		if err := c.links.Disconnect(t.Context(), id); err != nil {
			require.ErrorIs(t, err, links.ErrNotConnected)
		}
	}
	c.organizations = nil
	for i := range 3 {
		c.organizations = append(c.organizations, organization(3*c.runs+i))
	}
	c.runs++
}

func (c *comparison) run(t *rapid.T) {
	c.begin(t)
	m, once, minute := model{}, map[migrationlink.OrgID]bool{}, 0
	draw := func(t *rapid.T) links.Link {
		minute++
		return link(rapid.SampledFrom(c.organizations).Draw(t, "org"), rapid.SampledFrom(tokens).Draw(t, "token"), minute)
	}
	actions := map[string]func(*rapid.T){
		"connect": func(t *rapid.T) {
			asked := draw(t)
			want, wantErr := m.connect(asked)
			got, err := c.links.Connect(t.Context(), asked)
			require.ErrorIs(t, err, wantErr)
			assert.Equal(t, want, got)
		},
		"connect once": func(t *rapid.T) {
			asked := draw(t)
			want, wantErr := m.connectOnce(once, asked)
			got, err := c.links.ConnectOnce(t.Context(), asked)
			require.ErrorIs(t, err, wantErr)
			assert.Equal(t, want, got)
		},
		"disconnect": func(t *rapid.T) {
			id := rapid.SampledFrom(c.organizations).Draw(t, "org")
			_, connected := m[id]
			delete(m, id)
			if err := c.links.Disconnect(t.Context(), id); connected {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, links.ErrNotConnected)
			}
		},
		"": func(t *rapid.T) {
			for _, id := range c.organizations {
				want, connected := m[id]
				got, err := c.links.Get(t.Context(), id)
				if !connected {
					require.ErrorIs(t, err, links.ErrNotConnected)
				} else {
					require.NoError(t, err)
				}
				require.Equal(t, want, got)
			}
		},
	}
	if c.reopen != nil {
		actions["reopen"] = func(*rapid.T) { c.reopen() }
	}
	t.Repeat(actions)
}
