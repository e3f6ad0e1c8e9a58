package server_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
)

const (
	// org is what the owner key owns; neighbour too. In guestOrg it is a member, in closedOrg it has no role.
	org        = "5f7aac56b3a0b94bcdce6d8a"
	neighbour  = "5f7aac56b3a0b94bcdce6d8b"
	guestOrg   = "5f7aac56b3a0b94bcdce6d8c"
	closedOrg  = "5f7aac56b3a0b94bcdce6d8d"
	unknownOrg = "5f7aac56b3a0b94bcdce6d8e"

	publicKey  = "ownerkey"
	privateKey = "11111111-2222-3333-4444-555555555555"

	base = "/api/public/v1.0"

	// product is what every answer says of the stand-in.
	product = "migrationlink-stand-in (not for production)"

	// atlasKey is the private key that the link-token embeds. It has no row of zeros: the addresses of a stack have them.
	atlasKey = "66666666-7777-8888-9999-aaaabbbbcccc"
)

// token has the shape of a real link-token.
var token = base64.StdEncoding.EncodeToString([]byte(`{"orgId":"4888442a3354817a7320eb61","orgName":"Prod",` +
	`"publicApiKey":"mnbvcxyz","privateApiKey":"` + atlasKey + `"}`))

// secrets are what no output of a stand-in may show.
var secrets = secret.NewFinder(
	secret.New("link-token", token),
	secret.New("key in the link-token", atlasKey),
	secret.New("private key", privateKey),
)

func linkPath(org string) string   { return base + "/orgs/" + org + "/liveExport/migrationLink" }
func statusPath(org string) string { return linkPath(org) + "/status" }

func linkRequest(token string) string { return `{"linkToken":` + strconv.Quote(token) + `}` }

// config is a stand-in with the owner key, and whatever change makes of it.
func config(change ...func(*server.Config)) server.Config {
	c := server.Config{
		Organizations: []server.Organization{{ID: org}, {ID: neighbour}, {ID: guestOrg}, {ID: closedOrg}},
		APIKeys: []server.APIKey{{
			PublicKey: publicKey, PrivateKey: migrationlink.NewSecret(privateKey),
			Roles: map[migrationlink.OrgID][]server.Role{
				org: {server.RoleOrgOwner}, neighbour: {server.RoleOrgReadOnly, server.RoleOrgOwner}, guestOrg: {server.RoleOrgMember},
			},
		}},
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

func newServer(t testing.TB, change ...func(*server.Config)) *server.Server {
	t.Helper()
	// What the stand-in says of itself is shown with a failed test: only its log tells why an answer was 500.
	logged := func(c *server.Config) {
		c.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	}
	s, err := server.New(config(append([]func(*server.Config){logged}, change...)...))
	require.NoError(t, err)
	return s
}

// clock is a time that only the test moves.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.ms.Store(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC).UnixMilli())
	return c
}
func (c *clock) Now() time.Time          { return time.UnixMilli(c.ms.Load()).UTC() }
func (c *clock) Advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request to the handler as it is.
func ask(t testing.TB, handler http.Handler, r *http.Request) answer {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	got := answer{status: w.Code, header: w.Header(), body: w.Body.String()}
	got.hides(t)
	return got
}

// hides is asserted of every answer of these tests.
func (a answer) hides(t testing.TB) {
	t.Helper()
	assert.Empty(t, secrets.Find([]byte(fmt.Sprint(a.header, a.body))), "the answer shows a secret")
}

// challenge fetches one.
func challenge(t testing.TB, handler http.Handler) digest.Challenge {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, statusPath(org), nil))
	challenges, err := digest.ParseChallenges(w.Header().Values("WWW-Authenticate"))
	require.NoError(t, err)
	require.Len(t, challenges, 1)
	return challenges[0]
}

// credentials are what the owner key answers to a nonce.
func credentials(nonce, uri string) digest.Credentials {
	return digest.Credentials{
		Username: publicKey, Realm: server.Realm, Nonce: nonce, URI: uri,
		Algorithm: digest.MD5, QOP: "auth", NC: "00000001", CNonce: "0a4f113b",
	}
}

// authorization is the field value of Authorization for credentials.
func authorization(t testing.TB, c digest.Credentials, method, password string) string {
	t.Helper()
	signed, err := c.Sign(method, password)
	require.NoError(t, err)
	value, err := signed.FieldValue()
	require.NoError(t, err)
	return value
}

// sign signs a request with the owner key and a new nonce.
func sign(t testing.TB, handler http.Handler, r *http.Request) *http.Request {
	t.Helper()
	r.Header.Set("Authorization", authorization(t, credentials(challenge(t, handler).Nonce, r.RequestURI), r.Method, privateKey))
	return r
}

// request is one that keeps the contract, if method and target do. Content is JSON; without any there is no Content-Type.
func request(method, target, content string) *http.Request {
	var body io.Reader
	if content != "" {
		body = strings.NewReader(content)
	}
	r := httptest.NewRequest(method, target, body)
	if content != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// call signs in and asks.
func call(t testing.TB, handler http.Handler, method, target, content string) answer {
	t.Helper()
	return ask(t, handler, sign(t, handler, request(method, target, content)))
}

// problem is the content of an error answer.
func problem(status int, code, detail, parameters string) string {
	return fmt.Sprintf(`{"detail":%q,"error":%d,"errorCode":%q,"parameters":%s,"reason":%q}`,
		detail, status, code, parameters, http.StatusText(status))
}

// notSignedIn is the content of what sign-in refuses.
func notSignedIn(detail string) string {
	return fmt.Sprintf(`{"detail":"You are not signed in: %s","error":401,"reason":"Unauthorized"}`, detail)
}
