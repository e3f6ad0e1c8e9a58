package server_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
)

const (
	clientID      = "mdb_sa_id_5f7aac56b3a0b94bcdce6d90"
	clientSecret  = "mdb_sa_sk_bqZ5cXvR7tYkLm2Wn8PdHs4Gf6Jx9TaE"
	otherClientID = "mdb_sa_id_5f7aac56b3a0b94bcdce6d91"
	fixedToken    = "fixed.token-of~tools/that+know_no.digest=="

	tokenPath  = "/api/oauth/token"
	revokePath = "/api/oauth/revoke"
	grant      = "grant_type=client_credentials"
)

// withAccounts adds two service accounts and a bearer token, with the roles of the owner key.
func withAccounts(c *server.Config) {
	roles := c.APIKeys[0].Roles
	c.ServiceAccounts = []server.ServiceAccount{
		{ClientID: clientID, Secret: migrationlink.NewSecret(clientSecret), Roles: roles},
		{ClientID: otherClientID, Secret: migrationlink.NewSecret(clientSecret + "2"), Roles: roles},
	}
	c.BearerTokens = []server.BearerToken{{Token: migrationlink.NewSecret(fixedToken), Roles: roles}}
}

// formRequest is a request of the service account to an endpoint of OAuth 2.0.
func formRequest(path, form string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(clientID, clientSecret)
	return r
}

// fetch gets an access token.
func fetch(t testing.TB, handler http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, formRequest(tokenPath, grant))
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	var got struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
	require.NotEmpty(t, got.AccessToken)
	return got.AccessToken
}

// revoke has an access token revoked.
func revoke(t testing.TB, handler http.Handler, token string) {
	t.Helper()
	got := ask(t, handler, formRequest(revokePath, url.Values{"token": {token}, "token_type_hint": {"access_token"}}.Encode()))
	require.Equal(t, "200\nCache-Control: no-store\nContent-Length: 0\nPragma: no-cache\n\n", got.whole())
}

// useBearer asks for the status with a bearer token.
func useBearer(t testing.TB, handler http.Handler, token string) answer {
	t.Helper()
	r := request(http.MethodGet, statusPath(org), "")
	r.Header.Set("Authorization", "Bearer "+token)
	return ask(t, handler, r)
}

// whole is the answer as text: the status, each header line and the content. Nonces differ and are left out, and Server, which is the same in all.
func (a answer) whole() string {
	text := fmt.Sprintln(a.status)
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		for _, value := range a.header[name] {
			if name == "Server" {
				continue
			}
			before, nonce, digest := strings.Cut(value, `nonce="`)
			if digest {
				_, after, _ := strings.Cut(nonce, `"`)
				value = before + `nonce="…"` + after
			}
			text += name + ": " + value + "\n"
		}
	}
	return text + "\n" + a.body
}

// The clients of the field: x/oauth2 fetches a token by itself, and keeps it.
func TestXOAuth2SignsIn(t *testing.T) {
	t.Parallel()
	s := newServer(t, withAccounts)
	served := httptest.NewServer(s)
	t.Cleanup(served.Close)
	config := clientcredentials.Config{ClientID: clientID, ClientSecret: clientSecret, TokenURL: served.URL + tokenPath}
	client := config.Client(t.Context())
	for range 3 {
		got, err := client.Get(served.URL + statusPath(org))
		require.NoError(t, err)
		require.NoError(t, got.Body.Close())
		assert.Equal(t, http.StatusOK, got.StatusCode)
	}
	assert.Equal(t, 1, s.Journal().Count("token", 200))
	assert.Equal(t, 3, s.Journal().Count("status", 200))

	config.ClientSecret = "wrong"
	_, err := config.Client(t.Context()).Get(served.URL + statusPath(org))
	require.ErrorContains(t, err, `oauth2: "invalid_client" "the client id or the secret is wrong"`)
}

func TestAnAccessToken(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := newServer(t, withAccounts, func(c *server.Config) {
		c.NonceKey, c.Now, c.Rand = migrationlink.NewSecret("0123456789abcdef"), now.Now, strings.NewReader("begin.makers")
	})
	now.Advance(123 * time.Millisecond)
	got := ask(t, s, formRequest(tokenPath, grant))
	var document map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.body), &document))
	token, _ := document["access_token"].(string)
	assert.Equal(t, fmt.Sprintf("200\nCache-Control: no-store\nContent-Length: %d\nContent-Type: application/json\nPragma: no-cache\n\n%s", len(got.body),
		`{"access_token":"`+token+`","expires_in":3600,"token_type":"Bearer"}`), got.whole())

	parts := strings.Split(token, ".")
	require.Len(t, parts, 3)
	for i, want := range []string{
		`{"alg":"HS256","typ":"JWT"}`,
		`{"iss":"migrationlink-stand-in","sub":"` + clientID + `","iat":1795428000.123,"exp":1795431600.123,"jti":"6d616b6572731"}`,
	} {
		content, err := base64.RawURLEncoding.DecodeString(parts[i])
		require.NoError(t, err)
		assert.Equal(t, want, string(content))
	}
	assert.NotEqual(t, token, fetch(t, s), "each has an id of its own, in the same millisecond too")
}

func TestAnAccessTokenLivesAnHour(t *testing.T) {
	t.Parallel()
	for _, lifetime := range []time.Duration{0, 90 * time.Second} {
		now := newClock()
		s := newServer(t, withAccounts, func(c *server.Config) { c.Now, c.AccessToken.Lifetime = now.Now, lifetime })
		now.Advance(777 * time.Millisecond)
		token := fetch(t, s)
		if lifetime == 0 {
			lifetime = 3600 * time.Second
		}
		now.Advance(lifetime - time.Millisecond)
		assert.Equal(t, http.StatusOK, useBearer(t, s, token).status, "the last moment")
		for range 2 { // at the lifetime, and a millisecond later
			now.Advance(time.Millisecond)
			got := useBearer(t, s, token)
			assert.Equal(t, http.StatusUnauthorized, got.status)
			assert.Equal(t, notSignedIn("the access token expired."), got.body)
		}
	}
}

// The token endpoint, and with it every other rule of RFC 6749 that both endpoints keep.
func TestWhatTheTokenEndpointRefuses(t *testing.T) {
	t.Parallel()
	whole := func(begin, end, body string) string {
		return fmt.Sprintf("%s\nCache-Control: no-store\nContent-Length: %d\nContent-Type: application/json\nPragma: no-cache\n%s\n%s", begin, len(body), end, body)
	}
	oauth := func(status int, code, description string) string {
		challenge := ""
		if status == 401 {
			challenge = `Www-Authenticate: Basic realm="MMS Public API"` + "\n"
		}
		return whole(fmt.Sprint(status), challenge, fmt.Sprintf(`{"error":%q,"error_description":%q}`, code, description))
	}
	tooLarge := whole("413", "", problem(413, "REQUEST_ENTITY_TOO_LARGE", "The content is larger than 16384 bytes.", "[16384]"))
	const (
		unreadable = "the Authorization header cannot be read: want client id and secret by HTTP Basic, once"
		wrong      = "the client id or the secret is wrong"
		noForm     = "the content is not application/x-www-form-urlencoded in UTF-8"
		both       = "the client authenticates by HTTP Basic, and again in the content: want one of the two"
	)
	header := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = values }
	}
	right := "Basic " + base64.StdEncoding.EncodeToString([]byte(clientID+":"+clientSecret))
	asIs := func(*http.Request) {}
	tests := []struct {
		name   string
		form   string
		change func(*http.Request)
		want   string
	}{
		{"no credentials", grant, func(r *http.Request) { r.Header.Del("Authorization") },
			oauth(401, "invalid_client", "no credentials: want client id and secret by HTTP Basic")},
		{"credentials in the content", grant + "&client_id=" + clientID + "&client_secret=" + clientSecret, func(r *http.Request) { r.Header.Del("Authorization") },
			oauth(401, "invalid_client", "no credentials: want client id and secret by HTTP Basic")},
		{"another scheme", grant, header("Authorization", "Bearer "+fixedToken), oauth(401, "invalid_client", unreadable)},
		{"no scheme", grant, header("Authorization", ""), oauth(401, "invalid_client", unreadable)},
		{"Basic that is no base64", grant, header("Authorization", "Basic ä"), oauth(401, "invalid_client", unreadable)},
		{"Basic with a bad escape", grant, func(r *http.Request) { r.SetBasicAuth(clientID, "%zz") }, oauth(401, "invalid_client", unreadable)},
		{"Basic twice, both right", grant, header("Authorization", right, right), oauth(401, "invalid_client", unreadable)},
		{"a wrong secret", grant, func(r *http.Request) { r.SetBasicAuth(clientID, clientSecret+"x") }, oauth(401, "invalid_client", wrong)},
		{"no secret", grant, func(r *http.Request) { r.SetBasicAuth(clientID, "") }, oauth(401, "invalid_client", wrong)},
		{"the secret of another client", grant, func(r *http.Request) { r.SetBasicAuth(clientID, clientSecret+"2") }, oauth(401, "invalid_client", wrong)},
		{"an unknown client", grant, func(r *http.Request) { r.SetBasicAuth("stranger", clientSecret) }, oauth(401, "invalid_client", wrong)},
		{"nobody", grant, func(r *http.Request) { r.SetBasicAuth("", "") }, oauth(401, "invalid_client", wrong)},
		{"an API key", grant, func(r *http.Request) { r.SetBasicAuth(publicKey, privateKey) }, oauth(401, "invalid_client", wrong)},
		{"authenticated twice", grant + "&client_id=" + clientID + "&client_secret=" + clientSecret, asIs, oauth(400, "invalid_request", both)},
		{"another client in the content", grant + "&client_id=" + otherClientID, asIs, oauth(400, "invalid_request", both)},
		{"parameters in the query", "", func(r *http.Request) { r.URL.RawQuery = grant },
			oauth(400, "invalid_request", "the address has a query: parameters go into the content")},
		{"an empty query", grant, func(r *http.Request) { r.URL.ForceQuery = true },
			oauth(400, "invalid_request", "the address has a query: parameters go into the content")},
		{"no media type", grant, func(r *http.Request) { r.Header.Del("Content-Type") }, oauth(400, "invalid_request", noForm)},
		{"JSON", `{"grant_type":"client_credentials"}`, header("Content-Type", "application/json"), oauth(400, "invalid_request", noForm)},
		{"another charset", grant, header("Content-Type", "application/x-www-form-urlencoded; charset=latin1"), oauth(400, "invalid_request", noForm)},
		{"two media types", grant, header("Content-Type", "application/x-www-form-urlencoded", "application/x-www-form-urlencoded"), oauth(400, "invalid_request", noForm)},
		{"a coding", grant, header("Content-Encoding", "gzip"), oauth(400, "invalid_request", noForm)},
		{"a bad escape", grant + "&x=%zz", asIs, oauth(400, "invalid_request", "the content is no form: it does not parse")},
		{"a semicolon", grant + ";x=y", asIs, oauth(400, "invalid_request", "the content is no form: it does not parse")},
		{"a parameter twice", grant + "&" + grant, asIs, oauth(400, "invalid_request", "a parameter is given twice")},
		{"an unknown parameter twice", grant + "&x=&x=", asIs, oauth(400, "invalid_request", "a parameter is given twice")},
		{"content that is cut off", grant, func(r *http.Request) { r.Body = failingReader{http.ErrBodyReadAfterClose} },
			oauth(400, "invalid_request", "the content is cut off")},
		{"no grant type", "", asIs, oauth(400, "invalid_request", "grant_type is missing: want client_credentials")},
		{"an empty grant type", "grant_type=", asIs, oauth(400, "invalid_request", "grant_type is missing: want client_credentials")},
		{"another grant type", "grant_type=password", asIs, oauth(400, "unsupported_grant_type", "want grant_type client_credentials")},
		{"a scope", grant + "&scope=all", asIs, oauth(400, "invalid_scope", "there are no scopes: leave scope out")},
		{"too much", grant + strings.Repeat(" ", 16<<10), asIs, tooLarge},
		{"too much, of nobody", grant + strings.Repeat(" ", 16<<10), func(r *http.Request) { r.Header.Del("Authorization") }, tooLarge},
		{"too much, of a length that was not told", grant + strings.Repeat(" ", 16<<10), func(r *http.Request) { r.ContentLength = -1 }, tooLarge},
		{"another method", "", func(r *http.Request) { r.Method = http.MethodGet },
			whole("405\nAllow: OPTIONS, POST", "", problem(405, "METHOD_NOT_ALLOWED", "The method is not supported on this resource, which has OPTIONS, POST.", "[]"))},
		{"what is allowed", "", func(r *http.Request) { r.Method = http.MethodOptions },
			"204\nAllow: OPTIONS, POST\nCache-Control: no-store\nPragma: no-cache\n\n"},
	}
	s := newServer(t, withAccounts)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{tokenPath, revokePath} {
				if path == revokePath && (strings.Contains(tt.want, "grant_type") || strings.Contains(tt.want, "invalid_scope")) {
					continue
				}
				r := formRequest(path, tt.form)
				tt.change(r)
				assert.Equal(t, tt.want, ask(t, s, r).whole(), path)
			}
		})
	}
}

func TestWhatTheTokenEndpointTakes(t *testing.T) {
	t.Parallel()
	s := newServer(t, withAccounts)
	escaped := strings.ReplaceAll(clientID, "_", "%5F") + ":" + clientSecret
	for name, r := range map[string]*http.Request{
		"a charset":                formRequest(tokenPath, grant),
		"an unknown parameter":     formRequest(tokenPath, grant+"&audience=x"),
		"an empty scope":           formRequest(tokenPath, grant+"&scope="),
		"its own client id":        formRequest(tokenPath, grant+"&client_id="+clientID),
		"encoded, as RFC 6749 has": formRequest(tokenPath, grant),
	} {
		switch name {
		case "a charset":
			r.Header.Set("Content-Type", "Application/X-WWW-Form-Urlencoded; charset=utf-8")
		case "encoded, as RFC 6749 has":
			r.Header.Set("Authorization", "basic "+base64.StdEncoding.EncodeToString([]byte(escaped)))
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		assert.Equal(t, http.StatusOK, w.Code, "%s: %s", name, w.Body)
	}
}

func TestARevokedTokenSignsNobodyIn(t *testing.T) {
	t.Parallel()
	s := newServer(t, withAccounts)
	token, other := fetch(t, s), fetch(t, s)
	assert.Equal(t, http.StatusOK, useBearer(t, s, token).status)
	revoke(t, s, token)
	assert.Equal(t, notSignedIn("the access token was revoked."), useBearer(t, s, token).body)
	assert.Equal(t, http.StatusOK, useBearer(t, s, other).status, "another token of the account")
	revoke(t, s, token) // once more, as RFC 7009 section 2.2 has it
	revoke(t, s, "never.issued.to-anybody")
}

func TestWhatIsNotRevoked(t *testing.T) {
	t.Parallel()
	s := newServer(t, withAccounts)
	token := fetch(t, s)
	tests := []struct {
		name, form, client, secret, want string
	}{
		{"no token", "token=&token_type_hint=access_token", clientID, clientSecret, `{"error":"invalid_request","error_description":"token is missing"}`},
		{"the token of another client", "token=" + token, otherClientID, clientSecret + "2", `{"error":"invalid_grant","error_description":"the token was issued to another client"}`},
		{"a token of the configuration", "token=" + url.QueryEscape(fixedToken), clientID, clientSecret,
			`{"error":"unsupported_token_type","error_description":"the token is of the configuration, and only access tokens are revoked"}`},
	}
	for _, tt := range tests {
		r := formRequest(revokePath, tt.form)
		r.SetBasicAuth(tt.client, tt.secret)
		got := ask(t, s, r)
		assert.Equal(t, 400, got.status, tt.name)
		assert.Equal(t, tt.want, got.body, tt.name)
	}
	assert.Equal(t, http.StatusOK, useBearer(t, s, token).status)
	assert.Equal(t, http.StatusOK, useBearer(t, s, fixedToken).status)
}

// One token has one spelling: base64 has spare bits in its last character, and some readers of it pass over line breaks.
func TestATokenSpeltOtherwiseIsUnknown(t *testing.T) {
	t.Parallel()
	s := newServer(t, withAccounts)
	token := fetch(t, s)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	spelt := []string{token + "=", token + ".", token[:len(token)-10] + "\n" + token[len(token)-10:], strings.Replace(token, ".", "\r\n.", 1), token + "\n"}
	for _, other := range []int{last ^ 1, last ^ 2, last ^ 3} {
		spelt = append(spelt, token[:len(token)-1]+alphabet[other:other+1])
	}
	for _, other := range spelt {
		revoke(t, s, other)
		if !strings.ContainsAny(other, "\r\n") { // which no header carries
			assert.Equal(t, notSignedIn("the bearer token is unknown."), useBearer(t, s, other).body, other)
		}
	}
	assert.Equal(t, http.StatusOK, useBearer(t, s, token).status, "none of them was the token")
}

// What was revoked is kept until it has expired, and no longer: memory is bounded.
func TestRevokedTokensAreForgottenWhenTheyHaveExpired(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := newServer(t, withAccounts, func(c *server.Config) { c.Now = now.Now })
	first := fetch(t, s)
	revoke(t, s, first)
	for range 8<<10 - 1 {
		revoke(t, s, fetch(t, s))
	}
	now.Advance(time.Hour - 1500*time.Millisecond)
	late := fetch(t, s)
	got := ask(t, s, formRequest(revokePath, "token="+late))
	body := problem(503, "SERVICE_UNAVAILABLE", "The token is not revoked: too many were, and have not expired.", "[]")
	assert.Equal(t, fmt.Sprintf("503\nCache-Control: no-store\nContent-Length: %d\nContent-Type: application/json\nPragma: no-cache\nRetry-After: 2\n\n%s", len(body), body), got.whole())
	assert.Equal(t, http.StatusOK, useBearer(t, s, late).status)
	assert.Equal(t, notSignedIn("the access token was revoked."), useBearer(t, s, first).body)

	now.Advance(2 * time.Second)
	revoke(t, s, late)
	assert.Equal(t, notSignedIn("the access token was revoked."), useBearer(t, s, late).body)
	now.Advance(time.Hour)
	again := fetch(t, s)
	revoke(t, s, again)
	assert.Equal(t, notSignedIn("the access token expired."), useBearer(t, s, late).body, "whatever is kept of it")
	assert.Equal(t, notSignedIn("the access token was revoked."), useBearer(t, s, again).body)
}

// A revoked token stays revoked for as long as it lives, while others are revoked around it.
func TestARevokedTokenStaysRevoked(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := newServer(t, withAccounts, func(c *server.Config) { c.Now = now.Now })
	revoke(t, s, fetch(t, s))
	now.Advance(59 * time.Minute)
	token := fetch(t, s)
	revoke(t, s, token)
	for range 59 {
		now.Advance(time.Minute)
		revoke(t, s, fetch(t, s))
		require.Equal(t, notSignedIn("the access token was revoked."), useBearer(t, s, token).body)
	}
}

func TestTokensAreGoodWhereTheirKeyIs(t *testing.T) {
	t.Parallel()
	shared := func(c *server.Config) { c.NonceKey = migrationlink.NewSecret("0123456789abcdef") }
	one := newServer(t, withAccounts, shared)
	token := fetch(t, one)
	assert.Equal(t, http.StatusOK, useBearer(t, newServer(t, withAccounts, shared), token).status)
	unknown := notSignedIn("the bearer token is unknown.")
	assert.Equal(t, unknown, useBearer(t, newServer(t, withAccounts), token).body, "a random key")
	renamed := newServer(t, withAccounts, shared, func(c *server.Config) { c.ServiceAccounts[0].ClientID = "renamed" })
	assert.Equal(t, unknown, useBearer(t, renamed, token).body, "no such account")
	fixedOnly := newServer(t, withAccounts, shared, func(c *server.Config) { c.ServiceAccounts = nil })
	assert.Equal(t, unknown, useBearer(t, fixedOnly, token).body, "no accounts at all")
	assert.Equal(t, http.StatusOK, useBearer(t, fixedOnly, fixedToken).status)
}

// Ops Manager has no service accounts: without them, nothing is there.
func TestWithoutServiceAccountsThereAreNoEndpoints(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, path := range []string{tokenPath, revokePath} {
		got := ask(t, s, formRequest(path, grant))
		assert.Equal(t, 404, got.status)
		assert.Contains(t, got.body, `"errorCode":"RESOURCE_NOT_FOUND"`)
	}
	assert.Equal(t, notSignedIn("the Authorization header is not of scheme Digest."), useBearer(t, s, fixedToken).body)
	assert.Len(t, useBearer(t, s, fixedToken).header.Values("WWW-Authenticate"), 1)
}

func statusOf(handler http.Handler, r *http.Request) int {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code
}
