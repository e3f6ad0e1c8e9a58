package contract_test

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/links"
)

// nodes are two stand-ins with nonce keys of their own behind one address, as two nodes of Ops Manager behind a load balancer: requests go to
// them in turn. A share of the signed requests is refused at random, as the real server does under load (its nonce counts are not safe for
// concurrent use).
type nodes struct {
	servers [2]*server.Server
	turn    atomic.Uint64

	mu      sync.Mutex
	random  *rand.Rand
	share   float64
	refused atomic.Int64
}

func newNodes(t testing.TB, share float64, seed uint64) *nodes {
	t.Helper()
	shared := new(links.Memory) // two nodes, one database
	n := &nodes{random: rand.New(rand.NewPCG(seed, seed)), share: share}
	for i := range n.servers {
		n.servers[i] = newServer(t, func(c *server.Config) { c.Links = shared })
	}
	return n
}

func (n *nodes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	node := n.servers[n.turn.Add(1)%2]
	if r.Header.Get("Authorization") != "" && n.unlucky() {
		n.refused.Add(1)
		r.Header.Del("Authorization") // what is left is 401 with stale=false and a new challenge
	}
	node.ServeHTTP(w, r)
}

func (n *nodes) unlucky() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.random.Float64() < n.share
}

func TestAThousandCallsThroughARoundRobinOverTwoNodes(t *testing.T) {
	t.Parallel()
	const calls = 1000
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	for name, share := range map[string]float64{"none refused": 0, "1 in 20 refused at random": 0.05} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNodes(t, share, 1)
			record := newRecorder(t)
			c := newClient(t, start(t, n), record.transport(judge, nil))
			for i := range calls {
				var err error
				switch i % 3 {
				case 0:
					_, err = c.Connect(t.Context(), exampleOrg, migrationlink.NewLinkToken(token))
				case 1:
					var link client.Link
					link, err = c.Status(t.Context(), exampleOrg)
					assert.Equal(t, migrationlink.StatusSynced, link.Status)
				default:
					err = c.Disconnect(t.Context(), exampleOrg)
				}
				require.NoError(t, err, "call %d", i)
			}
			t.Logf("%d calls, %d round trips, %d refused at random", calls, record.count(), n.refused.Load())
			if share > 0 {
				assert.Greater(t, n.refused.Load(), int64(calls/40), "the handler really refuses")
			}
			assert.Less(t, record.count(), calls*3/2, "most calls need one round trip")
		})
	}
}
