package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/links"
)

// TestManyAtATime has 64 callers connect, ask and disconnect few organizations with few tokens. Whatever the order: nothing fails, and at the
// end no token connects two organizations.
func TestManyAtATime(t *testing.T) {
	t.Parallel()
	const callers, calls = 64, 12
	organizations := []migrationlink.OrgID{org, neighbour, guestOrg, closedOrg}
	kept := new(links.Memory)
	log := new(journal)
	s := newServer(t, log.to, func(c *server.Config) {
		c.Links = kept
		for _, id := range organizations {
			c.APIKeys[0].Roles[id] = []server.Role{server.RoleOrgOwner}
		}
	})
	expected := map[string][]int{http.MethodPost: {201, 409}, http.MethodGet: {200}, http.MethodDelete: {204, 404}}
	nonce := challenge(t, s).Nonce
	requests := make([][]*http.Request, callers)
	for caller := range requests {
		for i := range calls {
			n := caller*calls + i
			id := string(organizations[n%len(organizations)])
			if n%2 == 0 {
				id = strings.ToUpper(id)
			}
			r := request(http.MethodGet, statusPath(id), "")
			switch (n / 3) % 3 {
			case 0:
				r = request(http.MethodPost, linkPath(id), linkRequest(fmt.Sprint("token", n%5)))
			case 1:
				r = request(http.MethodDelete, linkPath(id), "")
			}
			c := credentials(nonce, r.RequestURI)
			c.NC = fmt.Sprintf("%08x", n+1) // one nonce for all, each count once
			r.Header.Set("Authorization", authorization(t, c, r.Method, privateKey))
			requests[caller] = append(requests[caller], r)
		}
	}
	log.clear()
	var all sync.WaitGroup
	start := make(chan struct{})
	for _, own := range requests {
		all.Go(func() {
			<-start
			for _, r := range own {
				assert.Contains(t, expected[r.Method], ask(t, s, r).status, r.Method)
			}
		})
	}
	close(start)
	all.Wait()

	owner := make(map[links.Fingerprint]migrationlink.OrgID)
	for _, id := range organizations {
		link, err := kept.Get(t.Context(), id)
		if err != nil {
			require.ErrorIs(t, err, links.ErrNotConnected)
			continue
		}
		assert.Equal(t, id, link.OrgID)
		assert.NotContains(t, owner, link.Token, "a token connects two organizations")
		owner[link.Token] = id
	}
	assert.Equal(t, callers*calls, strings.Count(log.String(), "\n"), "one line for each exchange")
}
