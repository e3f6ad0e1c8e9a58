package client_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/client"
)

// step answers one signed request.
type step = func(*http.Request) (*http.Response, error)

// inTurn answers the first signed request with the first step, and so on; the last one answers all that follow.
func inTurn(steps ...step) step {
	var mu sync.Mutex
	next := 0
	return func(req *http.Request) (*http.Response, error) {
		mu.Lock()
		now := steps[next]
		next = min(next+1, len(steps)-1)
		mu.Unlock()
		return now(req)
	}
}

// timed notes when each signed request leaves, by the clock of the bubble.
type timed struct {
	http.RoundTripper
	at []time.Time
}

func (n *timed) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Header.Get("Authorization") != "" {
		n.at = append(n.at, time.Now())
	}
	return n.RoundTripper.RoundTrip(req)
}

// waits are the times between the signed requests.
func (n *timed) waits() []time.Duration {
	var waits []time.Duration
	for i := 1; i < len(n.at); i++ {
		waits = append(waits, n.at[i].Sub(n.at[i-1]))
	}
	return waits
}

// trying makes a client that attempts calls again as it does by default, with the shortest waits.
func trying(t *testing.T, network http.RoundTripper, opts ...client.Option) *client.Client {
	t.Helper()
	opts = append(opts, client.BaseURL(address), client.APIKey(publicKey, privateKey), client.HTTPClient(&http.Client{Transport: network}),
		client.Jitter(func() float64 { return 0 }))
	c, err := client.New(opts...)
	require.NoError(t, err)
	return c
}
