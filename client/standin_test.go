package client_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/journal"
	"github.com/migrationlink/migrationlink/server/servertest"
)

// counted counts what goes over the wire.
type counted struct {
	http.RoundTripper
	requests atomic.Int32
}

func (c *counted) RoundTrip(req *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	return c.RoundTripper.RoundTrip(req)
}

func counting(t *testing.T, s *servertest.Server, opts ...client.Option) (*client.Client, *counted) {
	t.Helper()
	wire := &counted{RoundTripper: &http.Transport{MaxIdleConnsPerHost: 100}}
	t.Cleanup(wire.RoundTripper.(*http.Transport).CloseIdleConnections)
	c, err := client.New(append(opts, client.BaseURL(s.URL), client.HTTPClient(&http.Client{Transport: wire}))...)
	require.NoError(t, err)
	return c, wire
}

func askAtOnce(t *testing.T, c *client.Client, calls int) {
	t.Helper()
	var all sync.WaitGroup
	for range calls {
		all.Go(func() {
			_, err := c.Status(t.Context(), org)
			assert.NoError(t, err)
		})
	}
	all.Wait()
}

// A probe fetches one challenge for all; then each call is one round trip, and a nonce that has had its time costs one more.
func TestAThousandCallsCostOneProbe(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	c, wire := counting(t, s, client.APIKey(s.Key().PublicKey, s.Key().PrivateKey.Reveal()))
	askAtOnce(t, c, 1000)
	assert.EqualValues(t, 1001, wire.requests.Load(), "cold")
	assert.Equal(t, 1, s.Journal().Count(migrationlink.OperationStatus, 401))
	assert.Equal(t, 1000, s.Journal().Count(migrationlink.OperationStatus, 200))

	s.Clock().Advance(61 * time.Second)
	askAtOnce(t, c, 1)
	assert.EqualValues(t, 1003, wire.requests.Load(), "a stale nonce")
	askAtOnce(t, c, 1000)
	assert.EqualValues(t, 2003, wire.requests.Load(), "warm")
	for range 10 {
		askAtOnce(t, c, 1)
	}
	assert.EqualValues(t, 2013, wire.requests.Load(), "one by one")
	assert.Equal(t, 2, s.Journal().Count(migrationlink.OperationStatus, 401))
}

func withAccount(lifetime time.Duration) servertest.Option {
	return servertest.Config(func(c *server.Config) {
		c.ServiceAccounts = []server.ServiceAccount{{ClientID: clientID, Secret: migrationlink.NewSecret(clientSecret), Roles: c.APIKeys[0].Roles}}
		c.AccessToken.Lifetime = lifetime
	})
}

func TestAServiceAccountAtTheStandIn(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, withAccount(0))
	c, wire := counting(t, s, client.ServiceAccount(clientID, clientSecret))
	askAtOnce(t, c, 1000)
	assert.EqualValues(t, 1001, wire.requests.Load(), "cold")
	link, err := c.Connect(t.Context(), org, token())
	require.NoError(t, err)
	assert.Equal(t, migrationlink.StatusSynced, link.Status)
	require.NoError(t, c.Disconnect(t.Context(), org))
	assert.EqualValues(t, 1003, wire.requests.Load(), "warm")

	s.Clock().Advance(time.Hour) // the server's alone: here the token seems good
	require.ErrorIs(t, c.Disconnect(t.Context(), org), client.ErrNotConnected)
	assert.EqualValues(t, 1006, wire.requests.Load(), "an expired token: refused, fetched, repeated")
	assert.Equal(t, 2, s.Journal().Count("token", 200))
}

func TestARevokedAccessTokenAtTheStandIn(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, withAccount(0))
	var mu sync.Mutex
	used := ""
	c, _ := counting(t, s, client.ServiceAccount(clientID, clientSecret), client.WrapTransport(func(next http.RoundTripper) http.RoundTripper {
		return transportFunc(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			if bearer, is := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer "); is {
				used = bearer
			}
			mu.Unlock()
			return next.RoundTrip(req)
		})
	}))
	askAtOnce(t, c, 1)
	revoke, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/oauth/revoke", strings.NewReader(url.Values{"token": {used}}.Encode()))
	require.NoError(t, err)
	revoke.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	revoke.SetBasicAuth(clientID, clientSecret)
	wire := new(http.Transport)
	defer wire.CloseIdleConnections()
	res, err := wire.RoundTrip(revoke)
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, res.Body)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 200, res.StatusCode)

	_, err = c.Connect(t.Context(), org, token())
	require.NoError(t, err)
	assert.Equal(t, 2, s.Journal().Count("token", 200))
	assert.Equal(t, 1, s.Journal().Count(migrationlink.OperationConnect, 401))
	assert.Equal(t, 1, s.Journal().Count(migrationlink.OperationConnect, 201))
}

func TestAServiceAccountWithoutTheRole(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.ServiceAccounts = []server.ServiceAccount{{ClientID: clientID, Secret: migrationlink.NewSecret(clientSecret), Roles: map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgReadOnly}}}}
	}))
	c, wire := counting(t, s, client.ServiceAccount(clientID, clientSecret))
	_, err := c.Connect(t.Context(), org, token())
	require.EqualError(t, err, `connect organization 5f7aac56b3a0b94bcdce6d8a: not allowed (401 NOT_ORG_OWNER): the service account "`+clientID+
		`" lacks the role Organization Owner in this organization. Give it the role, or use a service account that has it.`)
	assertIs(t, err, client.ErrRoleMissing)
	assert.EqualValues(t, 2, wire.requests.Load(), "no other token")
}

func TestAServiceAccountThatIsNotKnown(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, withAccount(0))
	c, _ := counting(t, s, client.ServiceAccount(clientID, clientSecret+"x"))
	_, err := c.Status(t.Context(), org)
	require.EqualError(t, err, `status organization 5f7aac56b3a0b94bcdce6d8a: not signed in (401 at /api/oauth/token): the service account "`+clientID+
		`" was refused. Check the client id and the secret, and that it is one of this server.`)
	assertIs(t, err, client.ErrNotSignedIn)
}

func TestAServerWithoutServiceAccounts(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	c, _ := counting(t, s, client.ServiceAccount(clientID, clientSecret))
	_, err := c.Status(t.Context(), org)
	require.EqualError(t, err, `status organization 5f7aac56b3a0b94bcdce6d8a: not signed in (404 at /api/oauth/token): the server has no service accounts, as Ops Manager has none: `+
		`use an API key, or check the address `+s.URL+`/api/public/v1.0.`)
}

// Whatever strikes after the effect, the stand-in is sent one request that carries a token.
func TestAConnectThatTookEffectIsNotSentAgain(t *testing.T) {
	t.Parallel()
	for _, kind := range []fault.Kind{fault.Reset, fault.Empty, fault.Half, fault.Garbage} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := servertest.New(t, withAccount(0))
			for name, as := range map[string]client.Option{"key": client.APIKey(s.Key().PublicKey, s.Key().PrivateKey.Reveal()), "account": client.ServiceAccount(clientID, clientSecret)} {
				s.Journal().Reset()
				c, wire := counting(t, s, as)
				s.Fault(fault.On(migrationlink.OperationConnect).Do(kind).At(fault.AfterEffect))
				_, err := c.Connect(t.Context(), org, token())
				require.ErrorIs(t, err, client.ErrOutcomeUnknown, name)
				assert.EqualValues(t, 2, wire.requests.Load(), "a sign-in, and one that carries the token")
				assert.Len(t, s.Journal().Entries(func(e journal.Entry) bool { return e.Operation == migrationlink.OperationConnect && !e.Probe }), 1)
			}
		})
	}
}
