package interop

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	icholy "github.com/icholy/digest"
	"github.com/mccutchen/go-httpbin/v2/httpbin"
	forks "github.com/mongodb-forks/digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/server"
)

const (
	org        = "5f7aac56b3a0b94bcdce6d8a"
	publicKey  = "ownerkey"
	privateKey = "11111111-2222-3333-4444-555555555555"
)

// counted is a stand-in that counts the requests it gets.
type counted struct {
	http.Handler
	requests int
}

func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.requests++
	c.Handler.ServeHTTP(w, r)
}

func standIn(t *testing.T) (link string, requests *counted) {
	t.Helper()
	link, _, requests = standInAt(t)
	return link, requests
}

func standInAt(t *testing.T) (link, origin string, requests *counted) {
	t.Helper()
	s, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: org}},
		APIKeys: []server.APIKey{{
			PublicKey: publicKey, PrivateKey: migrationlink.NewSecret(privateKey),
			Roles: map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}},
		}},
	})
	require.NoError(t, err)
	requests = &counted{Handler: s}
	listener := httptest.NewServer(requests)
	t.Cleanup(listener.Close)
	return linkAt(listener.URL), listener.URL, requests
}

// linkAt is where the link is, of the organization at an origin.
func linkAt(origin string) string {
	return origin + "/api/public/v1.0/orgs/" + org + "/liveExport/migrationLink"
}

// peers are the transports that sign in at the stand-in, and how many requests three calls take each.
func peers(password string) map[string]struct {
	transport http.RoundTripper
	requests  int
} {
	return map[string]struct {
		transport http.RoundTripper
		requests  int
	}{
		"mongodb-forks/digest": {forks.NewTransport(publicKey, password), 6},
		"icholy/digest":        {&icholy.Transport{Username: publicKey, Password: password}, 4},
		"ours":                 {digest.NewTransport(publicKey, password), 4},
	}
}

func TestPeersSignInAtTheStandIn(t *testing.T) {
	for name, peer := range peers(privateKey) {
		t.Run(name, func(t *testing.T) {
			link, requests := standIn(t)
			client := &http.Client{Transport: peer.transport}
			for _, c := range []struct {
				method, url, body string
				status            int
				content           string
			}{
				{http.MethodPost, link + "?pretty=true", `{"linkToken":"string"}`, 201, "{\n  \"status\" : \"SYNCED\"\n}"},
				{http.MethodGet, link + "/status", "", 200, `{"status":"SYNCED"}`},
				{http.MethodDelete, link, "", 204, ""},
			} {
				status, content := do(t, client, c.method, c.url, c.body)
				assert.Equal(t, c.status, status)
				assert.Equal(t, c.content, content)
			}
			assert.Equal(t, peer.requests, requests.requests, "requests for three calls")
		})
	}
}

func TestPeersAreRefusedWithAWrongKey(t *testing.T) {
	for name, peer := range peers("wrong") {
		t.Run(name, func(t *testing.T) {
			link, _ := standIn(t)
			status, content := do(t, &http.Client{Transport: peer.transport}, http.MethodGet, link+"/status", "")
			assert.Equal(t, http.StatusUnauthorized, status)
			assert.Equal(t, `{"detail":"You are not signed in: the API key was refused.","error":401,"reason":"Unauthorized"}`, content)
		})
	}
}

func do(t *testing.T, client *http.Client, method, url, body string) (status int, content string) {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, reader)
	require.NoError(t, err)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	read, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(read)
}

func TestOurTransportSignsInAtHttpbin(t *testing.T) {
	listener := httptest.NewServer(httpbin.New())
	t.Cleanup(listener.Close)
	for _, algorithm := range []string{"MD5", "SHA-256"} {
		t.Run(algorithm, func(t *testing.T) {
			url := listener.URL + "/digest-auth/auth/ana/open%20sesame/" + algorithm
			client := &http.Client{Transport: digest.NewTransport("ana", "open sesame")}
			for range 3 {
				status, content := do(t, client, http.MethodGet, url, "")
				assert.Equal(t, http.StatusOK, status)
				assert.Contains(t, content, `"authorized": true`)
			}
			status, _ := do(t, &http.Client{Transport: digest.NewTransport("ana", "close sesame")}, http.MethodGet, url, "")
			assert.Equal(t, http.StatusUnauthorized, status)
		})
	}
}
