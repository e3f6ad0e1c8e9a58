package digest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/digest"
)

// cluster is nodes that share no nonces, behind one address.
type cluster struct {
	log   log
	nodes []http.Handler
	next  atomic.Int64

	mu     sync.Mutex
	random *rand.Rand // nil: no request is refused at random
}

func newCluster(t testing.TB, nodes int, seed uint64, change ...func(*digest.VerifierConfig)) *cluster {
	c := new(cluster)
	if seed != 0 {
		c.random = rand.New(rand.NewPCG(seed, seed))
	}
	for range nodes {
		v := newVerifier(t, change...)
		handler := c.log.handler(v)
		c.nodes = append(c.nodes, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" && c.unlucky() {
				c.log.add(sighting{header: r.Header, refusal: &digest.Refusal{Reason: digest.SpentCount}})
				challenge(w, v, false)
				return
			}
			handler.ServeHTTP(w, r)
		}))
	}
	return c
}

// unlucky is true for five requests in a hundred.
func (c *cluster) unlucky() bool {
	if c.random == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.random.IntN(100) < 5
}

func (c *cluster) turn() http.Handler { return c.nodes[int(c.next.Add(1)-1)%len(c.nodes)] }

// byRequest gives each request to the next node.
func (c *cluster) byRequest() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.turn().ServeHTTP(w, r) })
}

// byConnection gives each connection to the next node, and all that comes on it.
func (c *cluster) byConnection(t testing.TB) *httptest.Server {
	type node struct{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Context().Value(node{}).(http.Handler).ServeHTTP(w, r)
	}))
	server.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, node{}, c.turn())
	}
	server.Start()
	return server
}

func (c *cluster) stale() (n int) {
	for _, seen := range c.log.all() {
		if seen.signed() && seen.refusal != nil && seen.refusal.Stale {
			n++
		}
	}
	return n
}

// post makes a call that must succeed.
func post(t testing.TB, client *http.Client, url string, i int) bool {
	res, err := client.Post(url, "application/json", strings.NewReader(fmt.Sprintf(`{"call":%d}`, i)))
	if !assert.NoError(t, err, "call %d", i) {
		return false
	}
	return assert.Equal(t, http.StatusOK, res.StatusCode, "call %d", i) && assert.Equal(t, "hello", read(t, res))
}

func TestTwoNodesInTurnsWithRefusalsFailNoCall(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed <= 3; seed++ {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 2, seed)
			server, client := start(t, c.byRequest())
			for i := range 1000 {
				require.True(t, post(t, client, server.URL, i))
			}
			t.Logf("%d requests for 1000 calls, %d stale", len(c.log.all()), c.stale())
		})
	}
}

func TestTwoNodesInTurnsTakeOneRoundTripPerCall(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, 0)
	server, client := start(t, c.byRequest())
	for i := range 100 {
		require.True(t, post(t, client, server.URL, i))
	}
	require.Len(t, c.log.all(), 102, "100 calls, the probe, and the one refusal that shows the second node")
	require.Equal(t, 1, c.stale())
}

func TestTwoNodesSurviveATurnThatSomebodyElseTook(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, 0)
	server, client := start(t, c.byRequest())
	for i := range 10 {
		require.True(t, post(t, client, server.URL, i))
	}
	before := len(c.log.all())
	c.turn()
	for i := range 10 {
		require.True(t, post(t, client, server.URL, i))
	}
	require.Len(t, c.log.all(), before+11, "the same nonce is repeated once")
}

func TestTwoNodesSurviveTheirNoncesExpiring(t *testing.T) {
	t.Parallel()
	now := newClock()
	c := newCluster(t, 2, 0, func(v *digest.VerifierConfig) { v.Now = now.Now })
	server, client := start(t, c.byRequest())
	for i := range 10 {
		require.True(t, post(t, client, server.URL, i))
	}
	before := len(c.log.all())
	now.Advance(61e9)
	for i := range 10 {
		require.True(t, post(t, client, server.URL, i))
	}
	require.Len(t, c.log.all(), before+12, "two stale answers bring the nonces of both nodes")
}

func TestTwoNodesWithFewUsesPerNonceFailNoCall(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, 0, func(v *digest.VerifierConfig) { v.Uses = 7 })
	server, client := start(t, c.byRequest())
	for i := range 500 {
		require.True(t, post(t, client, server.URL, i))
	}
}

// A transport that keeps one connection stays on one node, until the connection closes.
func TestTwoNodesByConnectionTakeOneRoundTripPerCall(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, 0)
	server := c.byConnection(t)
	defer server.Close()
	base := &http.Transport{}
	client := &http.Client{Transport: digest.NewTransport(username, password, digest.WithBase(base))}
	defer client.CloseIdleConnections()
	for i := range 100 {
		if i%20 == 19 {
			base.CloseIdleConnections()
		}
		require.True(t, post(t, client, server.URL, i))
	}
	require.Less(t, len(c.log.all()), 100+5*3+1)
}

func TestTwoNodesConcurrentCallsFailNone(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{2, 3, 16, 300} {
		for _, balanced := range []string{"by request", "by connection"} {
			t.Run(fmt.Sprintf("%d at once, %s", workers, balanced), func(t *testing.T) {
				t.Parallel()
				c := newCluster(t, 2, 7)
				var server *httptest.Server
				if balanced == "by request" {
					server = httptest.NewServer(c.byRequest())
				} else {
					server = c.byConnection(t)
				}
				defer server.Close()
				client := &http.Client{Transport: digest.NewTransport(username, password, digest.WithBase(&http.Transport{MaxIdleConnsPerHost: workers}))}
				defer client.CloseIdleConnections()
				calls := make(chan int)
				var group sync.WaitGroup
				for range workers {
					group.Go(func() {
						for i := range calls {
							post(t, client, server.URL, i)
						}
					})
				}
				for i := range 300 {
					calls <- i
				}
				close(calls)
				group.Wait()
				t.Logf("%d requests for 300 calls, %d stale", len(c.log.all()), c.stale())
			})
		}
	}
}

func TestThreeNodesInTurnsAreAnErrorThatNamesTheCauses(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, 0)
	server, client := start(t, c.byRequest())
	for range 2 {
		_, err := client.Post(server.URL, "text/plain", strings.NewReader("body"))
		var stale *digest.StaleError
		require.ErrorAs(t, err, &stale)
		require.ErrorIs(t, err, digest.ErrStale)
		require.Equal(t, "digest: "+server.URL+": the server called every nonce stale, 3 in a row: "+
			"several nodes behind this address may not share their nonces, or a server's clock may be wrong", stale.Error())
	}
	require.Len(t, c.log.all(), 8, "a probe and three signed requests, twice")
}
