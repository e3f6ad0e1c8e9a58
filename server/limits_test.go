package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/server"
)

func documented(c *server.Config) { c.Limits = server.LimitsDocumented }

// limitedTo is the whole answer to one token request too many.
func limitedTo(n, minutes, retryAfter int) string {
	body := problem(429, "RATE_LIMITED", fmt.Sprintf("Resource /api/oauth/token is limited to %d requests every %d minutes.", n, minutes),
		fmt.Sprintf(`["/api/oauth/token",%d,%d]`, n, minutes))
	return fmt.Sprintf("429\nCache-Control: no-store\nContent-Length: %d\nContent-Type: application/json\nPragma: no-cache\nRetry-After: %d\n\n%s", len(body), retryAfter, body)
}

// Ten token requests a minute, each account for itself. The eleventh is let in when the answer says.
func TestTenTokenRequestsAMinute(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := newServer(t, withAccounts, documented, func(c *server.Config) { c.Now = now.Now })
	stranger := formRequest(tokenPath, grant)
	stranger.SetBasicAuth(clientID, "wrong")
	for range 9 {
		require.Equal(t, 401, ask(t, s, stranger.Clone(t.Context())).status, "who is not the account uses nothing up")
		fetch(t, s)
	}
	require.Equal(t, 400, ask(t, s, formRequest(tokenPath, "")).status, "a wrong request counts")
	now.Advance(500 * time.Millisecond)
	for range 10 {
		assert.Equal(t, limitedTo(10, 1, 60), ask(t, s, formRequest(tokenPath, grant)).whole())
	}
	revoke(t, s, "x")
	other := formRequest(tokenPath, grant)
	other.SetBasicAuth(otherClientID, clientSecret+"2")
	assert.Equal(t, 200, statusOf(s, other), "another account")
	now.Advance(59499 * time.Millisecond)
	assert.Equal(t, limitedTo(10, 1, 1), ask(t, s, formRequest(tokenPath, grant)).whole())
	now.Advance(time.Millisecond)
	for range 10 {
		fetch(t, s)
	}
	assert.Equal(t, limitedTo(10, 1, 60), ask(t, s, formRequest(tokenPath, grant)).whole())
}

// 100 tokens live at a time. The one more is let in when one of them has expired, or was revoked.
func TestAHundredLiveTokens(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := newServer(t, withAccounts, documented, func(c *server.Config) { c.Now = now.Now })
	var tokens []string
	for range 10 {
		for range 10 {
			tokens = append(tokens, fetch(t, s))
		}
		now.Advance(time.Minute)
	}
	assert.Equal(t, limitedTo(100, 60, 3000), ask(t, s, formRequest(tokenPath, grant)).whole())
	revoke(t, s, tokens[50])
	fetch(t, s)
	assert.Equal(t, limitedTo(100, 60, 3000), ask(t, s, formRequest(tokenPath, grant)).whole())
	now.Advance(50 * time.Minute) // an hour after the first ten
	for range 10 {
		fetch(t, s)
	}
	now.Advance(59 * time.Second)
	assert.Equal(t, limitedTo(10, 1, 1), ask(t, s, formRequest(tokenPath, grant)).whole())
}

// 100 calls a minute, each caller for itself, whatever they ask for; who is not signed in uses nothing up.
func TestAHundredCallsAMinute(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := newServer(t, withAccounts, documented, func(c *server.Config) { c.Now = now.Now })
	for i := range 100 {
		require.Equal(t, 401, ask(t, s, request(http.MethodGet, statusPath(org), "")).status)
		id, want := org, 200
		if i == 50 {
			id, want = unknownOrg, 404
		}
		require.Equal(t, want, call(t, s, http.MethodGet, statusPath(id), "").status)
	}
	now.Advance(10500 * time.Millisecond)
	const body = `{"detail":"Resource /orgs/liveExport/migrationLink is limited to 100 requests every 1 minutes.","error":429,` +
		`"errorCode":"RATE_LIMITED","parameters":["/orgs/liveExport/migrationLink",100,1],"reason":"Too Many Requests"}`
	for _, operation := range []struct{ method, target, content string }{
		{"POST", linkPath(org), linkRequest(token)}, {"GET", statusPath(org), ""}, {"DELETE", linkPath(org), ""},
	} {
		got := call(t, s, operation.method, operation.target, operation.content)
		assert.Equal(t, fmt.Sprintf("429\nContent-Length: %d\nContent-Type: application/json\nRetry-After: 50\n"+
			"X-Mongodb-Service-Version: gitHash=none; versionString=migrationlink-stand-in\n\n%s", len(body), body), got.whole(), operation.method)
	}
	assert.Equal(t, `{"status":429,"content":`+body+`}`, call(t, s, http.MethodGet, statusPath(org)+"?envelope=true", "").body)
	assert.Equal(t, http.StatusOK, useBearer(t, s, fixedToken).status, "another caller")
	now.Advance(49500 * time.Millisecond)
	assert.Equal(t, http.StatusOK, call(t, s, http.MethodGet, statusPath(org), "").status)
}

// TestManyTokenRequestsAtATime has 64 ask at once: ten are let in. Each uses its token and has it revoked.
func TestManyTokenRequestsAtATime(t *testing.T) {
	t.Parallel()
	s := newServer(t, withAccounts, documented, func(c *server.Config) { c.Now = newClock().Now })
	var all sync.WaitGroup
	start := make(chan struct{})
	for range 64 {
		all.Go(func() {
			<-start
			w := httptest.NewRecorder()
			s.ServeHTTP(w, formRequest(tokenPath, grant))
			if w.Code != http.StatusOK {
				return
			}
			var got struct {
				AccessToken string `json:"access_token"`
			}
			assert.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
			assert.Equal(t, http.StatusOK, useBearer(t, s, got.AccessToken).status)
			assert.Equal(t, http.StatusOK, ask(t, s, formRequest(revokePath, "token="+got.AccessToken)).status)
			assert.Equal(t, http.StatusUnauthorized, useBearer(t, s, got.AccessToken).status)
		})
	}
	close(start)
	all.Wait()
	assert.Equal(t, 10, s.Journal().Count("token", 200))
	assert.Equal(t, 54, s.Journal().Count("token", 429))
}

// A stand-in that many share fails nobody's eleventh job.
func TestThereAreNoLimitsUnlessAskedFor(t *testing.T) {
	t.Parallel()
	s := newServer(t, withAccounts, func(c *server.Config) { c.Now = newClock().Now })
	for range 101 {
		require.Equal(t, http.StatusOK, useBearer(t, s, fetch(t, s)).status)
	}
}
