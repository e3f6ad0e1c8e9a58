package server_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
)

// refused is a whole answer to what does not sign in.
func refused(stale bool, bearer, detail string) string {
	body := notSignedIn(detail)
	return fmt.Sprintf("401\nContent-Length: %d\nContent-Type: application/json\n"+
		`Www-Authenticate: Digest realm="MMS Public API", domain="", nonce="…", algorithm=MD5, qop="auth", stale=%t`+"\n%s\n%s", len(body), stale, bearer, body)
}

func refusedBearer(reason string) string {
	return refused(false, `Www-Authenticate: Bearer realm="MMS Public API", error="invalid_token", error_description="The `+reason+`"`+"\n", "the "+reason+".")
}

// signs is how the owner key answers a challenge of the stand-in, with one thing changed.
func signs(password string, change func(*digest.Credentials)) func(*testing.T, *server.Server) []string {
	return func(t *testing.T, s *server.Server) []string {
		c := credentials(challenge(t, s).Nonce, statusPath(org))
		change(&c)
		return []string{authorization(t, c, http.MethodGet, password)}
	}
}

// TestWhatMustNotSignIn is digest and bearer side by side, each with its whole answer. Whichever it is, the first line of WWW-Authenticate is the
// challenge of digest alone.
func TestWhatMustNotSignIn(t *testing.T) {
	t.Parallel()
	now, ahead, past := newClock(), newClock(), newClock()
	ahead.Advance(1001 * time.Millisecond)
	past.Advance(-60001 * time.Millisecond)
	longPast := newClock()
	longPast.Advance(-time.Hour)
	keyed := func(now *clock) *server.Server {
		return newServer(t, withAccounts, func(c *server.Config) { c.NonceKey, c.Now = migrationlink.NewSecret("0123456789abcdef"), now.Now })
	}
	nonceOf := func(other *server.Server) func(*digest.Credentials) {
		nonce := challenge(t, other).Nonce
		return func(c *digest.Credentials) { c.Nonce = nonce }
	}
	fixed := func(values ...string) func(*testing.T, *server.Server) []string {
		return func(*testing.T, *server.Server) []string { return values }
	}
	bearer := func(change func(token string) string) func(*testing.T, *server.Server) []string {
		return func(t *testing.T, s *server.Server) []string { return []string{"Bearer " + change(fetch(t, s))} }
	}
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	const (
		apiKeyRefused = "the API key was refused."
		staleNonce    = "the nonce is stale. Sign the new one."
		unreadable    = "the Authorization header cannot be read."
	)
	tests := []struct {
		name   string
		values func(*testing.T, *server.Server) []string
		want   string
	}{
		{"a wrong password", signs("wrong", func(*digest.Credentials) {}), refused(false, "", apiKeyRefused)},
		{"a wrong realm", signs(privateKey, func(c *digest.Credentials) { c.Realm = "MMS" }), refused(false, "", "realm is not the one of the challenge.")},
		{"an altered uri", signs(privateKey, func(c *digest.Credentials) { c.URI += "?pretty=true" }), refused(false, "", "uri is not the request target.")},
		{"a replayed nc", func(t *testing.T, s *server.Server) []string {
			values := signs(privateKey, func(*digest.Credentials) {})(t, s)
			r := request(http.MethodGet, statusPath(org), "")
			r.Header["Authorization"] = values
			require.Equal(t, http.StatusOK, ask(t, s, r).status)
			return values
		}, refused(false, "", "this nc of the nonce was used before.")},
		{"an expired nonce", signs(privateKey, nonceOf(keyed(past))), refused(true, "", staleNonce)},
		{"a foreign nonce", signs(privateKey, nonceOf(newServer(t))), refused(true, "", staleNonce)},
		{"a future nonce", signs(privateKey, nonceOf(keyed(ahead))), refused(true, "", staleNonce)},
		{"a tampered nonce", signs(privateKey, func(c *digest.Credentials) { c.Nonce = changed(c.Nonce, len(c.Nonce)-2) }), refused(true, "", staleNonce)},
		{"downgraded to RFC 2069, without qop", signs(privateKey, func(c *digest.Credentials) { c.QOP = "" }), refused(false, "", "qop is not what the challenge asked for.")},
		{"another algorithm", signs(privateKey, func(c *digest.Credentials) { c.Algorithm = digest.SHA256 }), refused(false, "", "algorithm is not the one of the challenge.")},
		{"no credentials", fixed(), refused(false, "", "the request has no credentials.")},
		{"another scheme", fixed("Basic " + base64.StdEncoding.EncodeToString([]byte(clientID+":"+clientSecret))),
			refused(false, "", "the Authorization header is neither of scheme Digest nor of scheme Bearer.")},

		{"a revoked bearer", func(t *testing.T, s *server.Server) []string {
			token := fetch(t, s)
			revoke(t, s, token)
			return []string{"Bearer " + token}
		}, refusedBearer("access token was revoked")},
		{"an expired bearer", fixed("Bearer " + fetch(t, keyed(longPast))), refusedBearer("access token expired")},
		{"a bearer with another signature", bearer(func(token string) string { return changed(token, len(token)-2) }), refusedBearer("bearer token is unknown")},
		{"a bearer with another content", bearer(func(token string) string {
			parts := strings.Split(token, ".")
			content, _ := base64.RawURLEncoding.DecodeString(parts[1])
			forever := bytes.Replace(content, []byte(`"exp":1`), []byte(`"exp":9`), 1)
			return parts[0] + "." + base64.RawURLEncoding.EncodeToString(forever) + "." + parts[2]
		}), refusedBearer("bearer token is unknown")},
		{"a bearer that says it is not signed", bearer(func(token string) string { return unsigned + "." + strings.Split(token, ".")[1] + "." }),
			refusedBearer("bearer token is unknown")},
		{"a bearer cut off", bearer(func(token string) string { return token[:len(token)/2] }), refusedBearer("bearer token is unknown")},
		{"a bearer that only begins as one", fixed("Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"), refusedBearer("bearer token is unknown")},
		{"a fixed bearer cut off", fixed("Bearer " + fixedToken[:len(fixedToken)-1]), refusedBearer("bearer token is unknown")},
		{"an unknown bearer", fixed("Bearer x"), refusedBearer("bearer token is unknown")},
		{"Bearer alone", fixed("Bearer"), refusedBearer("bearer token cannot be read")},
		{"two words", fixed("Bearer " + fixedToken + " x"), refusedBearer("bearer token cannot be read")},
		{"what is no token", fixed("bearer ä"), refusedBearer("bearer token cannot be read")},
		{"a bearer of more than 8 KiB", fixed("Bearer " + strings.Repeat("x", 8<<10+1)), refusedBearer("bearer token cannot be read")},
		{"a good bearer twice", fixed("Bearer "+fixedToken, "Bearer "+fixedToken), refused(false, "", unreadable)},
		{"a good bearer and a digest", func(t *testing.T, s *server.Server) []string {
			return append(signs(privateKey, func(*digest.Credentials) {})(t, s), "Bearer "+fixedToken)
		}, refused(false, "", unreadable)},
	}
	s := keyed(now)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := request(http.MethodGet, statusPath(org), "")
			for _, value := range tt.values(t, s) {
				r.Header.Add("Authorization", value)
			}
			assert.Equal(t, tt.want, ask(t, s, r).whole())
		})
	}
}

func TestWhatSignsInByBearer(t *testing.T) {
	t.Parallel()
	s := newServer(t, withAccounts)
	token := fetch(t, s)
	for _, value := range []string{"Bearer " + token, "bearer  " + token, "BEARER " + fixedToken, "Bearer " + fixedToken} {
		for range 2 {
			r := request(http.MethodGet, statusPath(org), "")
			r.Header.Set("Authorization", value)
			got := ask(t, s, r)
			assert.Equal(t, http.StatusOK, got.status, got.body)
			assert.NotContains(t, got.header, "Www-Authenticate")
		}
	}
}

// A nonce lives as long as the configuration says, and its last millisecond.
func TestTheLifetimeOfANonce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		lifetime, age time.Duration
		good          bool
	}{
		{0, 59999 * time.Millisecond, true}, {0, 60000 * time.Millisecond, true}, {0, 60001 * time.Millisecond, false},
		{time.Second, 1000 * time.Millisecond, true}, {time.Second, 1001 * time.Millisecond, false},
	}
	for _, tt := range tests {
		now := newClock()
		s := newServer(t, func(c *server.Config) { c.Now, c.Nonce.Lifetime = now.Now, tt.lifetime })
		r := sign(t, s, request(http.MethodGet, statusPath(org), ""))
		now.Advance(tt.age)
		if got := ask(t, s, r); tt.good {
			assert.Equal(t, http.StatusOK, got.status, tt)
		} else {
			isRefused(t, got, true, "the nonce is stale. Sign the new one.")
		}
	}
}

func TestTheUsesOfANonce(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *server.Config) { c.Nonce.Uses = 2 })
	c := credentials(challenge(t, s).Nonce, statusPath(org))
	for nc, want := range map[string]int{"00000001": 200, "00000002": 200, "00000003": 401} {
		c.NC = nc
		r := request(http.MethodGet, statusPath(org), "")
		r.Header.Set("Authorization", authorization(t, c, r.Method, privateKey))
		assert.Equal(t, want, ask(t, s, r).status, nc)
	}
}

// Who comes with a bearer token is told of roles in the same words as who comes with a key, and that the token is a good one: no error.
func TestRolesOfBearers(t *testing.T) {
	t.Parallel()
	s := newServer(t, withAccounts)
	for what, token := range map[string]string{"service account": fetch(t, s), "bearer token": fixedToken} {
		for id, body := range map[string]string{
			guestOrg:  problem(401, "NOT_ORG_OWNER", "The "+what+" must hold the role Organization Owner (ORG_OWNER) to perform this action.", `[]`),
			closedOrg: problem(401, "USER_CANNOT_ACCESS_ORG", "The "+what+" has no role in organization "+closedOrg+".", `["`+closedOrg+`"]`),
		} {
			r := request(http.MethodGet, statusPath(id), "")
			r.Header.Set("Authorization", "Bearer "+token)
			assert.Equal(t, fmt.Sprintf("401\nContent-Length: %d\nContent-Type: application/json\n"+
				`Www-Authenticate: Digest realm="MMS Public API", domain="", nonce="…", algorithm=MD5, qop="auth", stale=false`+"\n"+
				`Www-Authenticate: Bearer realm="MMS Public API"`+"\n"+
				"X-Mongodb-Service-Version: gitHash=none; versionString=migrationlink-stand-in\n\n%s", len(body), body), ask(t, s, r).whole())
		}
	}
}

// An access list is asked when a credential is used, not when a token is fetched. IPv4 in IPv6 is IPv4.
func TestTheAccessListIsAskedWhenATokenIsUsed(t *testing.T) {
	t.Parallel()
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	s := newServer(t, withAccounts, func(c *server.Config) {
		c.ServiceAccounts[0].AccessList, c.BearerTokens[0].AccessList = loopback, loopback
	})
	token := fetch(t, s) // from 192.0.2.1, where httptest's requests come from
	for remote, want := range map[string]int{
		"127.0.0.1:5000": 200, "[::ffff:127.0.0.1]:5000": 200, "[::ffff:127.0.0.1%lo]:5000": 200,
		"127.0.0.2:5000": 403, "192.0.2.1:5000": 403, "[::1]:5000": 403, "pipe": 403,
	} {
		for _, bearer := range []string{token, fixedToken} {
			r := request(http.MethodGet, statusPath(org), "")
			r.RemoteAddr = remote
			r.Header.Set("Authorization", "Bearer "+bearer)
			got := ask(t, s, r)
			assert.Equal(t, want, got.status, remote)
			if want == 403 {
				assert.Contains(t, got.body, `"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST"`)
			}
		}
	}
}

// TestNoLogAndNoJournalShowsWhatSignsIn searches all that is said of what went right and wrong.
func TestNoLogAndNoJournalShowsWhatSignsIn(t *testing.T) {
	t.Parallel()
	log := new(journal)
	reported := 0
	s := newServer(t, withAccounts, log.to, func(c *server.Config) {
		c.Report = func(e checker.Exchange, _ checker.Verdict) {
			reported++
			assert.Equal(t, statusPath(org), e.Target, "no exchange of an endpoint is the contract's")
		}
	})
	token, revoked := fetch(t, s), fetch(t, s)
	revoke(t, s, revoked)
	for _, value := range []string{token, revoked, fixedToken, token + "x", clientSecret} {
		useBearer(t, s, value)
	}
	wrong := formRequest(tokenPath, grant+"&token="+escaped(fixedToken))
	wrong.SetBasicAuth(clientSecret, clientSecret) // pasted into the wrong place
	ask(t, s, wrong)
	ask(t, s, formRequest(tokenPath+"?client_secret="+clientSecret, grant))
	ask(t, s, formRequest(revokePath, "token="+escaped(fixedToken)))
	ask(t, s, formRequest(tokenPath, "grant_type="+clientSecret+"&scope="+clientSecret))
	r := request(http.MethodGet, statusPath(org), "")
	r.Header.Set("Authorization", "Bearer "+clientSecret+" "+token)
	ask(t, s, r)

	nobody := formRequest(tokenPath, grant)
	nobody.Header.Del("Authorization")
	ask(t, s, nobody)
	_, _ = fmt.Fprintf(log, "%+v\n", s.Journal().Entries(nil))
	assert.Equal(t, 14, s.Journal().Len())
	assert.Equal(t, 6, reported)
	assert.Empty(t, secret.Find([]byte(log.String()),
		secret.New("access token", token), secret.New("revoked token", revoked),
		secret.New("bearer token", fixedToken), secret.New("client secret", clientSecret)), log.String())
	assert.NotEmpty(t, secret.Find([]byte("msg="+token[60:100]), secret.New("access token", token)), "a planted one is found")
	for _, line := range []string{
		"level=INFO msg=token status=200 account=" + clientID + "\n",
		"level=INFO msg=revoke status=200 account=" + clientID + "\n",
		"level=INFO msg=status status=200 account=" + clientID + " org=" + org + "\n",
		"level=INFO msg=status status=200 bearer=bearerTokens[0] org=" + org + "\n",
		"level=INFO msg=status status=401\n",
		"level=INFO msg=token status=401 code=invalid_client\n",
		"level=INFO msg=token status=400 code=unsupported_grant_type account=" + clientID + "\n",
		"level=INFO msg=revoke status=400 code=unsupported_token_type account=" + clientID + "\n",
	} {
		assert.Contains(t, log.String(), line)
	}
	for _, e := range s.Journal().Entries(nil) {
		assert.False(t, e.Probe, "none was to fetch a challenge: %+v", e)
	}
}

func escaped(s string) string {
	return strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(s)
}

func TestNewRefusesWrongAccountsAndLimits(t *testing.T) {
	t.Parallel()
	const (
		twice = "listed twice; want each once"
		named = "want letters, digits, - . _ and ~, at least one"
		wants = "want letters, digits, - . _ ~ + and /, then any number of =, 8192 bytes at most"
	)
	_, err := server.New(config(withAccounts, func(c *server.Config) {
		c.ServiceAccounts = append(c.ServiceAccounts, c.ServiceAccounts[0],
			server.ServiceAccount{ClientID: "a b", Secret: migrationlink.NewSecret("a b")},
			server.ServiceAccount{ClientID: "owner." + clientSecret, Secret: migrationlink.NewSecret(clientSecret)},
			server.ServiceAccount{
				ClientID: "c", Roles: map[migrationlink.OrgID][]server.Role{unknownOrg: {"ORG_CAT"}}, AccessList: make([]netip.Prefix, 1),
			})
		c.BearerTokens = append(c.BearerTokens, c.BearerTokens[0], server.BearerToken{}, server.BearerToken{Token: migrationlink.NewSecret(clientSecret + " ")},
			server.BearerToken{Token: migrationlink.NewSecret(strings.Repeat("x", 8193))}, server.BearerToken{Token: migrationlink.NewSecret("x"), AccessList: make([]netip.Prefix, 1)})
		c.AccessToken.Lifetime, c.Nonce.Lifetime, c.Nonce.Uses, c.Limits = 1500*time.Millisecond, 25*time.Hour, -1, "strict"
	}))
	require.EqualError(t, err, "server: ServiceAccounts[2].ClientID: "+twice+" (first at ServiceAccounts[0].ClientID)\n"+
		"ServiceAccounts[3].ClientID: "+named+"\nServiceAccounts[3].Secret: "+named+"\n"+
		"ServiceAccounts[4].ClientID: the client id has the secret of a service account in it: want the client id alone\n"+
		"ServiceAccounts[5].Secret: "+named+"\nServiceAccounts[5].Roles["+unknownOrg+"]: an organization that is not listed; want its id among the organizations too\n"+
		"ServiceAccounts[5].Roles["+unknownOrg+"][0]: unknown role; want ORG_OWNER, ORG_MEMBER, ORG_READ_ONLY, ORG_GROUP_CREATOR, ORG_BILLING_ADMIN\n"+
		"ServiceAccounts[5].AccessList[0]: not a prefix; want one like 10.0.0.0/8 or ::1/128\n"+
		"BearerTokens[1].Token: "+twice+" (first at BearerTokens[0].Token)\nBearerTokens[2].Token: "+wants+"\nBearerTokens[3].Token: "+wants+"\nBearerTokens[4].Token: "+wants+"\n"+
		"BearerTokens[5].AccessList[0]: not a prefix; want one like 10.0.0.0/8 or ::1/128\n"+
		"AccessToken.Lifetime: 1.5s; want 1s to 24h, in whole seconds\n"+
		"Nonce.Lifetime: 25h0m0s; want 1ms to 24h, in whole milliseconds\nNonce.Uses: -1; want 1 to 16384\n"+
		`Limits: unknown; want off, documented`)
	for _, c := range []struct{ random, want string }{
		{"begin.", "server: reading the ids of access tokens from Rand: EOF"},
		{"begin.x", "server: reading the ids of access tokens from Rand: unexpected EOF"},
	} {
		_, err = server.New(config(withAccounts, func(config *server.Config) {
			config.NonceKey, config.Rand = migrationlink.NewSecret("0123456789abcdef"), strings.NewReader(c.random)
		}))
		require.EqualError(t, err, c.want)
	}
	_, err = server.New(config(withAccounts, func(c *server.Config) { c.Rand = strings.NewReader(strings.Repeat("x", 32+6)) }))
	require.EqualError(t, err, "server: reading the key of access tokens from Rand: EOF")
}

// changed has another character in one place, whichever was there.
func changed(s string, at int) string {
	other := "x"
	if s[at] == 'x' {
		other = "y"
	}
	return s[:at] + other + s[at+1:]
}
