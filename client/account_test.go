package client_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

const (
	clientID     = "mdb_sa_id_5f7aac56b3a0b94bcdce6d90"
	clientSecret = "mdb_sa_sk_bqZ5cXvR7tYkLm2Wn8PdHs4Gf6Jx9TaE"
)

// accessToken is the nth that is given.
func accessToken(n int) string {
	return fmt.Sprintf("eyJhbGciOi%d.canaryQwErTyUiOp%dAsDfGhJk.Zx%dCvBnM", n, n, n)
}

// issuing is a network with a token endpoint: it gives one access token after the other, each for an hour, unless tokens says otherwise.
type issuing struct {
	tokens step // nil: it gives one
	signed step

	mu     sync.Mutex
	given  int
	log    []string // what was asked, in turn
	bodies []string
}

func (n *issuing) RoundTrip(req *http.Request) (*http.Response, error) {
	content, err := io.ReadAll(orEmpty(req.Body))
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.log = append(n.log, req.Method+" "+req.URL.Path+" "+req.Header.Get("Authorization"))
	n.bodies = append(n.bodies, string(content))
	n.mu.Unlock()
	if !strings.HasSuffix(req.URL.Path, "/api/oauth/token") {
		return n.signed(req)
	}
	if n.tokens != nil {
		return n.tokens(req)
	}
	return n.give(req, 3600)
}

func (n *issuing) give(req *http.Request, seconds int) (*http.Response, error) {
	n.mu.Lock()
	n.given++
	given := accessToken(n.given)
	n.mu.Unlock()
	return jsonReply(200, fmt.Sprintf(`{"access_token":%q,"expires_in":%d,"token_type":"Bearer"}`, given, seconds)).response(req), nil
}

func orEmpty(body io.ReadCloser) io.Reader {
	if body == nil {
		return http.NoBody
	}
	return body
}

// fetches are how often an access token was asked for.
func (n *issuing) fetches() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := 0
	for _, line := range n.log {
		if strings.HasPrefix(line, "POST /api/oauth/token") {
			count++
		}
	}
	return count
}

func account(t *testing.T, network http.RoundTripper, opts ...client.Option) *client.Client {
	t.Helper()
	opts = append(opts, client.BaseURL(address), client.ServiceAccount(clientID, clientSecret), client.HTTPClient(&http.Client{Transport: network}),
		client.Jitter(func() float64 { return 0 }))
	c, err := client.New(opts...)
	require.NoError(t, err)
	return c
}

func TestTheTokenEndpointIsTheContracts(t *testing.T) {
	t.Parallel()
	var spec struct {
		Components struct {
			SecuritySchemes map[string]struct {
				Flows struct {
					ClientCredentials struct {
						TokenURL string `yaml:"tokenUrl"`
					} `yaml:"clientCredentials"`
				} `yaml:"flows"`
			} `yaml:"securitySchemes"`
		} `yaml:"components"`
	}
	require.NoError(t, yaml.Unmarshal(migrationlink.OpenAPI(), &spec))
	want := ""
	for _, scheme := range spec.Components.SecuritySchemes {
		want += scheme.Flows.ClientCredentials.TokenURL
	}
	var asked []string
	network := &issuing{signed: synced}
	c, err := client.New(client.ServiceAccount(clientID, clientSecret), client.HTTPClient(&http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
		asked = append(asked, req.URL.String())
		return network.RoundTrip(req)
	})}))
	require.NoError(t, err)
	_, err = c.Status(t.Context(), org)
	require.NoError(t, err)
	assert.Equal(t, []string{"https://cloud.mongodb.com" + want, "https://cloud.mongodb.com/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink/status"}, asked)
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestTheRequestsOfAServiceAccount(t *testing.T) {
	t.Parallel()
	network := &issuing{signed: synced}
	c := account(t, network, client.Attempts(1))
	for range 2 {
		_, err := run(t, c, "connect")
		require.NoError(t, err)
	}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(clientID+":"+clientSecret))
	link := "POST /api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink Bearer " + accessToken(1)
	assert.Equal(t, []string{"POST /api/oauth/token " + basic, link, link}, network.log)
	assert.Equal(t, []string{"grant_type=client_credentials", `{"linkToken":"` + rawToken + `"}` + "\n", `{"linkToken":"` + rawToken + `"}` + "\n"}, addNewlines(network.bodies))
}

// addNewlines has content end in one newline, where it is JSON: whether there is one is up to the generated code.
func addNewlines(bodies []string) []string {
	for i, b := range bodies {
		if strings.HasPrefix(b, "{") {
			bodies[i] = strings.TrimSpace(b) + "\n"
		}
	}
	return bodies
}

func TestAThousandCallsShareOneAccessToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := &issuing{signed: synced}
		network.tokens = func(req *http.Request) (*http.Response, error) {
			<-time.After(5 * time.Second) // so that all are waiting
			return network.give(req, 3600)
		}
		c := account(t, network)
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				_, err := c.Status(t.Context(), org)
				assert.NoError(t, err)
			})
		}
		all.Wait()
		assert.Equal(t, 1, network.fetches())
		assert.Len(t, network.log, 1001)
	})
}

func TestAnAccessTokenIsRenewedEarly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		seconds     int // of its life
		last, first time.Duration
	}{
		{"an hour", 3600, 59*time.Minute - 1, 59 * time.Minute},
		{"short", 100, 90*time.Second - 1, 90 * time.Second},
		{"not told: an hour", 0, 59*time.Minute - 1, 59 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := &issuing{signed: synced}
				network.tokens = func(req *http.Request) (*http.Response, error) { return network.give(req, c.seconds) }
				made, began := account(t, network), time.Now()
				for i, at := range []time.Duration{0, c.last, c.first} {
					<-time.After(at - time.Since(began))
					_, err := made.Status(t.Context(), org)
					require.NoError(t, err)
					assert.Equal(t, []int{1, 1, 2}[i], network.fetches(), at)
				}
			})
		})
	}
}

// Early is for when it fails: the token there is serves to its end, and is not asked for anew at each call.
func TestAnEarlyFetchThatFailsHurtsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := &issuing{signed: synced}
		give := func(req *http.Request) (*http.Response, error) { return network.give(req, 3600) }
		network.tokens = inTurn(give, status(500), status(500), give)
		c := account(t, network, client.Attempts(1))
		began := time.Now()
		for i, at := range []time.Duration{0, 59*time.Minute + 30*time.Second, 59*time.Minute + 31*time.Second} {
			<-time.After(at - time.Since(began))
			_, err := c.Status(t.Context(), org)
			require.NoError(t, err)
			assert.Equal(t, []int{1, 2, 2}[i], network.fetches())
		}
		<-time.After(time.Hour - time.Since(began))
		_, err := c.Status(t.Context(), org)
		require.EqualError(t, err, "status organization 5f7aac56b3a0b94bcdce6d8a: unavailable (500 at /api/oauth/token): the server gives no access token for now.")
		_, err = c.Status(t.Context(), org)
		require.NoError(t, err)
	})
}

var refusedToken = answering(challenged(`{"error":401,"reason":"Unauthorized","detail":"no"}`))

// What a 401 does: one that blames the token costs another, one that speaks of the role does not.
func TestARefusedAccessToken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, operation string
		steps           []step
		fetches         int
		want            string
		is              []error
	}{
		{"once", "status", []step{refusedToken, synced}, 2, "", nil},
		{"once, connect", "connect", []step{refusedToken, synced}, 2, "", nil},
		{"once, with an empty 401", "status", []step{status(401), synced}, 2, "", nil},
		{"once, by its code", "status", []step{answering(jsonReply(401, `{"error":401,"errorCode":"NO_CURRENT_USER"}`)), synced}, 2, "", nil},
		{"twice", "connect", []step{refusedToken}, 2,
			`not signed in (401): the server refused an access token of the service account "` + clientID + `", and a fresh one too. Check that it may use this API.`, []error{client.ErrNotSignedIn}},
		{"twice, by its code", "status", []step{answering(jsonReply(401, `{"error":401,"errorCode":"NO_CURRENT_USER"}`))}, 2,
			`not signed in (401 NO_CURRENT_USER): the server refused an access token of the service account "` + clientID + `", and a fresh one too. Check that it may use this API.`, []error{client.ErrNotSignedIn}},
		{"the role", "connect", []step{answering(jsonReply(401, `{"error":401,"errorCode":"NOT_ORG_OWNER"}`))}, 1,
			`not allowed (401 NOT_ORG_OWNER): the service account "` + clientID + `" lacks the role Organization Owner in this organization. Give it the role, or use a service account that has it.`, []error{client.ErrRoleMissing}},
		{"another organization", "status", []step{answering(jsonReply(401, `{"error":401,"errorCode":"USER_CANNOT_ACCESS_ORG"}`))}, 1,
			`not allowed (401 USER_CANNOT_ACCESS_ORG): the service account "` + clientID + `" has no access to this organization. A service account belongs to one organization: use one of this organization, with the role Organization Owner.`,
			[]error{client.ErrRoleMissing}},
		{"the access list", "status", []step{answering(jsonReply(403, `{"error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["203.0.113.7"]}`))}, 1,
			`not allowed (403 IP_ADDRESS_NOT_ON_ACCESS_LIST): 203.0.113.7 is not on the access list of the service account "` + clientID + `". Add it there, as the server sees it.`, []error{client.ErrNotOnAccessList}},
		{"and a connect that breaks off then", "connect", []step{refusedToken, cut}, 2, "no answer: EOF." + unknownConnect, []error{client.ErrUnavailable, client.ErrOutcomeUnknown, io.EOF}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			network := &issuing{signed: inTurn(c.steps...)}
			_, err := run(t, account(t, network, client.Attempts(1)), c.operation)
			assert.Equal(t, c.fetches, network.fetches())
			if c.want == "" {
				require.NoError(t, err)
				assert.Equal(t, network.bodies[1], network.bodies[3], "the content is sent again")
				return
			}
			require.EqualError(t, err, c.operation+" organization 5f7aac56b3a0b94bcdce6d8a: "+c.want)
			assertIs(t, err, c.is...)
		})
	}
}

// A fetch that fails has failed for all that wait for it: MongoDB gives ten a minute.
func TestAFetchThatFailsIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := &issuing{signed: synced, tokens: func(req *http.Request) (*http.Response, error) {
			<-time.After(time.Second)
			return jsonReply(401, `{"error":"invalid_client"}`).response(req), nil
		}}
		c := account(t, network)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				_, err := c.Status(t.Context(), org)
				assert.EqualError(t, err, "status organization 5f7aac56b3a0b94bcdce6d8a: "+strings.TrimSuffix(fmt.Sprintf(signInFailed, "401"), notSent))
			})
		}
		all.Wait()
		assert.Equal(t, 1, network.fetches())
		_, err := c.Status(t.Context(), org)
		require.ErrorIs(t, err, client.ErrNotSignedIn)
		assert.Equal(t, 2, network.fetches(), "whoever comes later asks anew")
	})
}

// One that was canceled has failed for nobody else.
func TestAFetchThatIsCanceledIsTakenOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := &issuing{signed: synced}
		network.tokens = func(req *http.Request) (*http.Response, error) {
			select {
			case <-time.After(10 * time.Second):
				return network.give(req, 3600)
			case <-req.Context().Done():
				return nil, req.Context().Err()
			}
		}
		c := account(t, network, client.Attempts(1))
		first, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := c.Connect(first, org, token())
			assert.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: no answer: fetch an access token: context canceled."+notSent)
			assert.ErrorIs(t, err, context.Canceled)
		})
		synctest.Wait()
		waiting, give := context.WithCancel(t.Context())
		all.Go(func() {
			_, err := c.Connect(waiting, org, token())
			assert.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: no answer: fetch an access token: context canceled."+notSent)
		})
		all.Go(func() {
			_, err := c.Status(t.Context(), org)
			assert.NoError(t, err)
		})
		synctest.Wait()
		give()
		synctest.Wait()
		cancel()
		all.Wait()
		assert.Equal(t, 2, network.fetches())
	})
}

// The prefix of an address is in front of the endpoint too.
func TestTheTokenEndpointBelowAPrefix(t *testing.T) {
	t.Parallel()
	network := &issuing{signed: synced}
	c, err := client.New(client.BaseURL("https://om.example/prefix"), client.ServiceAccount(clientID, clientSecret), client.HTTPClient(&http.Client{Transport: network}))
	require.NoError(t, err)
	_, err = c.Status(t.Context(), org)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(network.log[0], "POST /prefix/api/oauth/token Basic "), network.log[0])
}
