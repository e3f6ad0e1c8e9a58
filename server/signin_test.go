package server_test

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/server"
)

// challengeLine is what real traffic shows, with a nonce of 24 bytes.
var challengeLine = regexp.MustCompile(
	`^Digest realm="MMS Public API", domain="", nonce="[0-9A-Za-z+/]{32}", algorithm=MD5, qop="auth", stale=(false|true)$`)

// isRefused asserts a 401 with one challenge alone on one line, and nothing that only the application says.
func isRefused(t *testing.T, got answer, stale bool, detail string) {
	t.Helper()
	assert.Equal(t, http.StatusUnauthorized, got.status)
	assert.Equal(t, notSignedIn(detail), got.body)
	lines := got.header.Values("WWW-Authenticate")
	require.Len(t, lines, 1)
	assert.Regexp(t, challengeLine, lines[0])
	assert.Equal(t, stale, strings.HasSuffix(lines[0], "stale=true"), lines[0])
	assert.NotContains(t, got.header, "X-Mongodb-Service-Version")
}

func TestTheChallengeIsTheRealOne(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *server.Config) {
		c.NonceKey, c.Now, c.Rand = migrationlink.NewSecret("0123456789abcdef"), newClock().Now, strings.NewReader("random")
	})
	got := ask(t, s, request(http.MethodGet, statusPath(org), ""))
	nonce := base64.StdEncoding.EncodeToString([]byte("\x01\xa2\x07\xd9\x21\x00random")) // the time in milliseconds, then Rand
	assert.Regexp(t, `^Digest realm="MMS Public API", domain="", nonce="`+regexp.QuoteMeta(nonce)+
		`[0-9A-Za-z+/]{16}", algorithm=MD5, qop="auth", stale=false$`, got.header.Get("WWW-Authenticate"), "clock and randomness are the config's")
	isRefused(t, got, false, "the request has no credentials.")
}

// TestWhatSignInRefuses changes one thing of good credentials.
func TestWhatSignInRefuses(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const refused = "the API key was refused."
	owner := func(change func(*digest.Credentials)) func(*testing.T) []string {
		return func(t *testing.T) []string {
			c := credentials(challenge(t, s).Nonce, statusPath(org))
			change(&c)
			return []string{authorization(t, c, http.MethodGet, privateKey)}
		}
	}
	lines := func(values ...string) func(*testing.T) []string { return func(*testing.T) []string { return values } }
	tests := []struct {
		name   string
		header func(*testing.T) []string
		stale  bool
		detail string
	}{
		{"no credentials", lines(), false, "the request has no credentials."},
		{"empty credentials", lines(""), false, "the Authorization header cannot be read."},
		{"blank credentials", lines(" \t"), false, "the Authorization header cannot be read."},
		{"Basic, with the right key", lines("Basic " + base64.StdEncoding.EncodeToString([]byte(publicKey+":"+privateKey))), false,
			"the Authorization header is not of scheme Digest."},
		{"Bearer", lines("Bearer " + token), false, "the Authorization header is not of scheme Digest."},
		{"Digest alone", lines("Digest"), false, "the Authorization header cannot be read."},
		{"Digest without =", lines("Digest realm"), false, "the Authorization header cannot be read."},
		{"a quote that does not end", lines(`Digest username="` + token), false, "the Authorization header cannot be read."},
		{"more than 8 KiB", lines(`Digest username="` + strings.Repeat("x", 8<<10) + `"`), false, "the Authorization header cannot be read."},
		{"two headers, both good", func(t *testing.T) []string {
			one := owner(func(*digest.Credentials) {})(t)
			return append(one, one...)
		}, false, "the Authorization header cannot be read."},
		{"wrong password", func(t *testing.T) []string {
			return []string{authorization(t, credentials(challenge(t, s).Nonce, statusPath(org)), http.MethodGet, "wrong")}
		}, false, refused},
		{"empty password", func(t *testing.T) []string {
			return []string{authorization(t, credentials(challenge(t, s).Nonce, statusPath(org)), http.MethodGet, "")}
		}, false, refused},
		{"unknown user", owner(func(c *digest.Credentials) { c.Username = "stranger" }), false, refused},
		{"unknown user with the empty password", func(t *testing.T) []string {
			c := credentials(challenge(t, s).Nonce, statusPath(org))
			c.Username = "stranger"
			return []string{authorization(t, c, http.MethodGet, "")}
		}, false, refused},
		{"user name in capitals", owner(func(c *digest.Credentials) { c.Username = strings.ToUpper(publicKey) }), false, refused},
		{"signed for another method", func(t *testing.T) []string {
			return []string{authorization(t, credentials(challenge(t, s).Nonce, statusPath(org)), http.MethodDelete, privateKey)}
		}, false, refused},
		{"another uri", owner(func(c *digest.Credentials) { c.URI = linkPath(org) }), false, "uri is not the request target."},
		{"the uri with a query that was not sent", owner(func(c *digest.Credentials) { c.URI += "?pretty=true" }), false, "uri is not the request target."},
		{"the uri with the host", owner(func(c *digest.Credentials) { c.URI = "http://example.com" + c.URI }), false, "uri is not the request target."},
		{"another realm", owner(func(c *digest.Credentials) { c.Realm = "Other" }), false, "realm is not the one of the challenge."},
		{"SHA-256", owner(func(c *digest.Credentials) { c.Algorithm = digest.SHA256 }), false, "algorithm is not the one of the challenge."},
		{"without qop", owner(func(c *digest.Credentials) { c.QOP = "" }), false, "qop is not what the challenge asked for."},
		{"without cnonce", owner(func(c *digest.Credentials) { c.CNonce = "" }), false, "qop without cnonce."},
		{"nc 0", owner(func(c *digest.Credentials) { c.NC = "00000000" }), false, "nc is not eight hex digits from 00000001 up."},
		{"nc of one digit", owner(func(c *digest.Credentials) { c.NC = "1" }), false, "nc is not eight hex digits from 00000001 up."},
		{"a nonce nobody made", owner(func(c *digest.Credentials) { c.Nonce = strings.Repeat("A", 32) }), true, "the nonce is stale. Sign the new one."},
		{"a nonce of another length", owner(func(c *digest.Credentials) { c.Nonce = "x" }), true, "the nonce is stale. Sign the new one."},
		{"a count beyond 1,024", owner(func(c *digest.Credentials) { c.NC = "00000401" }), true, "the nonce is stale. Sign the new one."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := request(http.MethodGet, statusPath(org), "")
			for _, value := range tt.header(t) {
				r.Header.Add("Authorization", value)
			}
			isRefused(t, ask(t, s, r), tt.stale, tt.detail)
		})
	}
}

func TestWhatSignInTakes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tests := []struct {
		name   string
		change func(*digest.Credentials)
		header func(string) string
	}{
		{name: "no algorithm, which is MD5", change: func(c *digest.Credentials) { c.Algorithm = "" }},
		{name: "the last count", change: func(c *digest.Credentials) { c.NC = "00000400" }},
		{name: "a parameter nobody knows", header: func(h string) string { return h + `, x="y"` }},
		{name: "the scheme in small letters", header: func(h string) string { return "d" + h[1:] }},
		{name: "quoted where curl does not", header: func(h string) string {
			return strings.NewReplacer("qop=auth", `qop="auth"`, "nc=00000001", `nc="00000001"`, "algorithm=MD5", `algorithm="MD5"`).Replace(h)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := credentials(challenge(t, s).Nonce, statusPath(org))
			if tt.change != nil {
				tt.change(&c)
			}
			value := authorization(t, c, http.MethodGet, privateKey)
			if tt.header != nil {
				value = tt.header(value)
			}
			r := request(http.MethodGet, statusPath(org), "")
			r.Header.Set("Authorization", value)
			got := ask(t, s, r)
			assert.Equal(t, http.StatusOK, got.status, got.body)
			assert.NotContains(t, got.header, "Www-Authenticate")
		})
	}
}

// TestWrongPasswordAndUnknownUserLookTheSame compares whole answers: whoever guesses keys learns nothing.
func TestWrongPasswordAndUnknownUserLookTheSame(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	fetch := func(user, password string) answer {
		c := credentials(challenge(t, s).Nonce, statusPath(org))
		c.Username = user
		r := request(http.MethodGet, statusPath(org), "")
		r.Header.Set("Authorization", authorization(t, c, r.Method, password))
		got := ask(t, s, r)
		got.header.Del("WWW-Authenticate") // each has a nonce of its own
		return got
	}
	assert.Equal(t, fetch(publicKey, "wrong"), fetch("stranger", "wrong"))
}

// TestACountIsGoodOnce is the replay of a request, and a client that counts on.
func TestACountIsGoodOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := credentials(challenge(t, s).Nonce, statusPath(org))
	use := func(nc string) answer {
		c.NC = nc
		r := request(http.MethodGet, statusPath(org), "")
		r.Header.Set("Authorization", authorization(t, c, r.Method, privateKey))
		return ask(t, s, r)
	}
	assert.Equal(t, http.StatusOK, use("00000001").status)
	isRefused(t, use("00000001"), false, "this nc of the nonce was used before.")
	assert.Equal(t, http.StatusOK, use("00000003").status, "counts may skip")
	assert.Equal(t, http.StatusOK, use("00000002").status, "and come out of order")
	isRefused(t, use("00000003"), false, "this nc of the nonce was used before.")
}

// TestAWrongPasswordSpendsNoCount keeps a guesser from spending the counts of who has the key.
func TestAWrongPasswordSpendsNoCount(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := credentials(challenge(t, s).Nonce, statusPath(org))
	for _, try := range []struct {
		password string
		status   int
	}{{"wrong", 401}, {privateKey, 200}} {
		r := request(http.MethodGet, statusPath(org), "")
		r.Header.Set("Authorization", authorization(t, c, r.Method, try.password))
		assert.Equal(t, try.status, ask(t, s, r).status)
	}
}

func TestANonceLivesAMinute(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := newServer(t, func(c *server.Config) { c.Now = now.Now })
	c := credentials(challenge(t, s).Nonce, statusPath(org))
	use := func(nc string) answer {
		c.NC = nc
		r := request(http.MethodGet, statusPath(org), "")
		r.Header.Set("Authorization", authorization(t, c, r.Method, privateKey))
		return ask(t, s, r)
	}
	now.Advance(time.Minute)
	assert.Equal(t, http.StatusOK, use("00000001").status, "the last moment")
	now.Advance(time.Millisecond)
	isRefused(t, use("00000002"), true, "the nonce is stale. Sign the new one.")
	isRefused(t, use("00000001"), true, "the nonce is stale. Sign the new one.")
}

// TestNoncesAreGoodWhereTheirKeyIs has two stand-ins behind one address.
func TestNoncesAreGoodWhereTheirKeyIs(t *testing.T) {
	t.Parallel()
	key := func(key string) func(*server.Config) {
		return func(c *server.Config) {
			if key != "" {
				c.NonceKey = migrationlink.NewSecret(key)
			}
		}
	}
	tests := []struct {
		name       string
		one, other string
		good       bool
	}{
		{"the same key", "0123456789abcdef", "0123456789abcdef", true},
		{"different keys", "0123456789abcdef", "fedcba9876543210", false},
		{"random keys", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			one, other := newServer(t, key(tt.one)), newServer(t, key(tt.other))
			r := sign(t, one, request(http.MethodGet, statusPath(org), ""))
			got := ask(t, other, r)
			if tt.good {
				assert.Equal(t, http.StatusOK, got.status)
				return
			}
			isRefused(t, got, true, "the nonce is stale. Sign the new one.")
		})
	}
}

// TestOneCountOfManyAtATime has 64 requests carry the same credentials: one is let in.
func TestOneCountOfManyAtATime(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	value := authorization(t, credentials(challenge(t, s).Nonce, statusPath(org)), http.MethodGet, privateKey)
	var let atomic.Int32
	var all sync.WaitGroup
	start := make(chan struct{})
	for range 64 {
		all.Go(func() {
			<-start
			r := request(http.MethodGet, statusPath(org), "")
			r.Header.Set("Authorization", value)
			if ask(t, s, r).status == http.StatusOK {
				let.Add(1)
			}
		})
	}
	close(start)
	all.Wait()
	assert.EqualValues(t, 1, let.Load())
}
