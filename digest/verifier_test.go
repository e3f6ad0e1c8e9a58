package digest_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
)

// answer makes right credentials for GET /a?b=c, to be bent before they are signed.
func answer(c digest.Challenge, bend ...func(*digest.Credentials)) digest.Credentials {
	credentials := digest.Credentials{
		Username: username, Realm: c.Realm, Nonce: c.Nonce, URI: "/a?b=c", Algorithm: c.Algorithm, Opaque: c.Opaque,
	}
	if len(c.QOP) > 0 {
		credentials.QOP, credentials.CNonce, credentials.NC = "auth", "c", "00000001"
	}
	for _, b := range bend {
		b(&credentials)
	}
	return credentials
}

func verify(t testing.TB, v *digest.Verifier, c digest.Credentials) error {
	signed, err := c.Sign("GET", password)
	if err != nil {
		signed = c // an unsupported algorithm or qop
	}
	value, err := signed.FieldValue()
	require.NoError(t, err)
	return verifyValue(v, value)
}

func verifyValue(v *digest.Verifier, values ...string) error {
	r := &http.Request{Method: http.MethodGet, RequestURI: "/a?b=c", Header: http.Header{"Authorization": values}}
	_, err := v.Verify(r)
	return err
}

func requireRefusal(t testing.TB, err error, stale bool, text string) {
	t.Helper()
	var refusal *digest.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, text, refusal.Error())
	require.Equal(t, stale, refusal.Stale)
}

func nc(value string) func(*digest.Credentials) {
	return func(c *digest.Credentials) { c.NC = value }
}

func TestTheChallengeIsMongoDBs(t *testing.T) {
	t.Parallel()
	v := newVerifier(t)
	require.Regexp(t, `^Digest realm="MMS Public API", domain="", nonce="[A-Za-z0-9+/]{32}", algorithm=MD5, qop="auth", stale=false$`, v.Challenge(false).String())
	require.Regexp(t, `, stale=true$`, v.Challenge(true).String())
	without := newVerifier(t, func(c *digest.VerifierConfig) { c.WithoutQOP = true; c.Algorithm = "sha-256" })
	require.Regexp(t, `nonce="[^"]{32}", algorithm=SHA-256, stale=false$`, without.Challenge(false).String())
}

func TestVerifyTakesRightAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*digest.VerifierConfig)
		bend   func(*digest.Credentials)
	}{
		{"MD5", nil, nil},
		{"SHA-256", func(c *digest.VerifierConfig) { c.Algorithm = digest.SHA256 }, nil},
		{"without qop", func(c *digest.VerifierConfig) { c.WithoutQOP = true }, nil},
		{"absent algorithm is MD5", nil, func(c *digest.Credentials) { c.Algorithm = "" }},
		{"qop in capitals", nil, func(c *digest.Credentials) { c.QOP = "AUTH" }},
		{"nc in capitals", nil, nc("0000000A")},
		{"nc far ahead", nil, nc("00000400")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(t)
			if c.change != nil {
				v = newVerifier(t, c.change)
			}
			credentials := answer(v.Challenge(false))
			if c.bend != nil {
				c.bend(&credentials)
			}
			require.NoError(t, verify(t, v, credentials))
		})
	}
}

func TestVerifyReadsQuotedAndBareAlike(t *testing.T) {
	t.Parallel()
	v := newVerifier(t)
	c, err := answer(v.Challenge(false)).Sign("GET", password)
	require.NoError(t, err)
	require.NoError(t, verifyValue(v, `Digest username=ownerkey, realm="MMS Public API", nonce=`+c.Nonce+`, uri=/a?b=c, response=`+c.Response+
		`, algorithm="MD5", qop="auth", nc="00000001", cnonce=c`))
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	qopless := func(c *digest.VerifierConfig) { c.WithoutQOP = true }
	for _, c := range []struct {
		name   string
		change func(*digest.VerifierConfig)
		bend   func(*digest.Credentials)
		stale  bool
		text   string
	}{
		{"another realm", nil, func(c *digest.Credentials) { c.Realm = "x" }, false, "digest: realm is not the one of the challenge"},
		{"another uri", nil, func(c *digest.Credentials) { c.URI = "/a" }, false, "digest: uri is not the request target"},
		{"the uri in another case", nil, func(c *digest.Credentials) { c.URI = "/A?b=c" }, false, "digest: uri is not the request target"},
		{"another algorithm", nil, func(c *digest.Credentials) { c.Algorithm = digest.SHA256 }, false, "digest: algorithm is not the one of the challenge"},
		{"a -sess algorithm", nil, func(c *digest.Credentials) { c.Algorithm = "MD5-sess" }, false, "digest: algorithm is not the one of the challenge"},
		{"absent algorithm for SHA-256", func(c *digest.VerifierConfig) { c.Algorithm = digest.SHA256 },
			func(c *digest.Credentials) { c.Algorithm = "" }, false, "digest: algorithm is not the one of the challenge"},
		{"no qop where it was asked for", nil, func(c *digest.Credentials) { c.QOP, c.NC, c.CNonce = "", "", "" }, false, "digest: qop is not what the challenge asked for"},
		{"qop where none was asked for", qopless, func(c *digest.Credentials) { c.QOP, c.NC, c.CNonce = "auth", "00000001", "c" }, false, "digest: qop is not what the challenge asked for"},
		{"auth-int", nil, func(c *digest.Credentials) { c.QOP = "auth-int" }, false, "digest: qop is not what the challenge asked for"},
		{"no cnonce", nil, func(c *digest.Credentials) { c.CNonce = "" }, false, "digest: qop without cnonce"},
		{"no nc", nil, nc(""), false, "digest: nc is not eight hex digits from 00000001 up"},
		{"nc 0", nil, nc("00000000"), false, "digest: nc is not eight hex digits from 00000001 up"},
		{"nc of seven digits", nil, nc("0000001"), false, "digest: nc is not eight hex digits from 00000001 up"},
		{"nc of nine digits", nil, nc("000000001"), false, "digest: nc is not eight hex digits from 00000001 up"},
		{"nc with a sign", nil, nc("+0000001"), false, "digest: nc is not eight hex digits from 00000001 up"},
		{"nc not hex", nil, nc("0000000g"), false, "digest: nc is not eight hex digits from 00000001 up"},
		{"nc used up", nil, nc("00000401"), true, "digest: the nonce is used up"},
		{"the highest nc", nil, nc("ffffffff"), true, "digest: the nonce is used up"},
		{"a nonce of nobody", nil, func(c *digest.Credentials) { c.Nonce = "n" }, true, "digest: the nonce is not from this server"},
		{"no nonce", nil, func(c *digest.Credentials) { c.Nonce = "" }, true, "digest: the nonce is not from this server"},
		{"32 characters that are no base64", nil, func(c *digest.Credentials) { c.Nonce = "????????????????????????????????" }, true, "digest: the nonce is not from this server"},
		{"an unknown user", nil, func(c *digest.Credentials) { c.Username = "x" }, false, "digest: the user name is unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(t)
			if c.change != nil {
				v = newVerifier(t, c.change)
			}
			requireRefusal(t, verify(t, v, answer(v.Challenge(false), c.bend)), c.stale, c.text)
		})
	}
}

func TestVerifyTellsMissingFromWrong(t *testing.T) {
	t.Parallel()
	v := newVerifier(t)
	requireRefusal(t, verifyValue(v), false, "digest: no Authorization header")
	requireRefusal(t, verifyValue(v, "Basic eDp5"), false, "digest: the Authorization header is not of scheme Digest")
	requireRefusal(t, verifyValue(v, "Digest a=b", "Digest a=b"), false, "digest: Authorization: malformed: 2 headers, want one")
	err := verifyValue(v, "Digest a")
	requireRefusal(t, err, false, "digest: Authorization: malformed: username is missing")
	require.ErrorIs(t, err, digest.ErrMalformed)

	wrong, err := answer(v.Challenge(false)).Sign("GET", "not the password")
	require.NoError(t, err)
	value, err := wrong.FieldValue()
	require.NoError(t, err)
	requireRefusal(t, verifyValue(v, value), false, "digest: the response does not fit: wrong password, or signed for another method")
	otherMethod, err := answer(v.Challenge(false)).Sign("DELETE", password)
	require.NoError(t, err)
	value, err = otherMethod.FieldValue()
	require.NoError(t, err)
	requireRefusal(t, verifyValue(v, value), false, "digest: the response does not fit: wrong password, or signed for another method")
}

func TestAnUnknownUserCannotSignWithTheEmptyPassword(t *testing.T) {
	t.Parallel()
	v := newVerifier(t)
	c, err := answer(v.Challenge(false), func(c *digest.Credentials) { c.Username = "x" }).Sign("GET", "")
	require.NoError(t, err)
	value, err := c.FieldValue()
	require.NoError(t, err)
	requireRefusal(t, verifyValue(v, value), false, "digest: the user name is unknown")
}

func TestEveryBitOfANonceIsGuarded(t *testing.T) {
	t.Parallel()
	v := newVerifier(t)
	c := v.Challenge(false)
	raw, err := base64.StdEncoding.DecodeString(c.Nonce)
	require.NoError(t, err)
	require.Len(t, raw, 24)
	for i := range raw {
		bent := bytes.Clone(raw)
		bent[i] ^= 1
		c.Nonce = base64.StdEncoding.EncodeToString(bent)
		requireRefusal(t, verify(t, v, answer(c)), true, "digest: the nonce is not from this server")
	}
}

func TestACountIsSpentOnlyByARightResponse(t *testing.T) {
	t.Parallel()
	v := newVerifier(t)
	c := v.Challenge(false)
	wrong := answer(c)
	wrong.Response = "00000000000000000000000000000000"
	value, err := wrong.FieldValue()
	require.NoError(t, err)
	requireRefusal(t, verifyValue(v, value), false, "digest: the response does not fit: wrong password, or signed for another method")
	require.NoError(t, verify(t, v, answer(c)))
	requireRefusal(t, verify(t, v, answer(c)), false, "digest: this nc of the nonce was used before")
	require.NoError(t, verify(t, v, answer(c, nc("00000003"))), "counts may come in any order")
	require.NoError(t, verify(t, v, answer(c, nc("00000002"))))
	requireRefusal(t, verify(t, v, answer(c, nc("00000003"))), false, "digest: this nc of the nonce was used before")
}

func TestANonceLivesForItsLifetime(t *testing.T) {
	t.Parallel()
	for _, withoutQOP := range []bool{false, true} {
		now := newClock()
		v := newVerifier(t, func(c *digest.VerifierConfig) { c.Now = now.Now; c.WithoutQOP = withoutQOP })
		c := v.Challenge(false)
		now.Advance(60 * time.Second)
		require.NoError(t, verify(t, v, answer(c)), "its last millisecond")
		now.Advance(time.Millisecond)
		requireRefusal(t, verify(t, v, answer(c)), true, "digest: the nonce has expired")
	}
}

func TestANonceFromTheFutureIsUnknown(t *testing.T) {
	t.Parallel()
	key := migrationlink.NewSecret("0123456789abcdef")
	here, ahead := newClock(), newClock()
	v := newVerifier(t, func(c *digest.VerifierConfig) { c.Now = here.Now; c.Key = key })
	other := newVerifier(t, func(c *digest.VerifierConfig) { c.Now = ahead.Now; c.Key = key })
	ahead.Advance(time.Second)
	require.NoError(t, verify(t, v, answer(other.Challenge(false))), "same key, a second ahead")
	ahead.Advance(time.Millisecond)
	requireRefusal(t, verify(t, v, answer(other.Challenge(false))), true, "digest: the nonce is not from this server")
}

func TestWithoutQOPANonceMayBeUsedAgain(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, func(c *digest.VerifierConfig) { c.WithoutQOP = true; c.Uses = 1 })
	c := v.Challenge(false)
	for range 3 {
		require.NoError(t, verify(t, v, answer(c)))
	}
}

func TestOneOfManyReplaysIsTaken(t *testing.T) {
	t.Parallel()
	v := newVerifier(t)
	c := answer(v.Challenge(false))
	var taken atomic.Int32
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			var refusal *digest.Refusal
			if err := verify(t, v, c); err == nil {
				taken.Add(1)
			} else if assert.ErrorAs(t, err, &refusal) {
				assert.Equal(t, digest.SpentCount, refusal.Reason)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 1, taken.Load())
}

// The state is bounded, and what falls out of it cannot be replayed. The clock stands: nonces are old by the order in which they were made.
func TestManyNoncesAtATimeMakeTheOldestStale(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, func(c *digest.VerifierConfig) { c.Now = newClock().Now })
	unused, first := v.Challenge(false), v.Challenge(false)
	require.NoError(t, verify(t, v, answer(first)))
	var last digest.Challenge
	for range 3 * 8192 {
		last = v.Challenge(false)
		require.NoError(t, verify(t, v, answer(last)))
	}
	requireRefusal(t, verify(t, v, answer(first)), true, "digest: the nonce is used up")
	requireRefusal(t, verify(t, v, answer(unused)), true, "digest: the nonce is used up")
	requireRefusal(t, verify(t, v, answer(last)), false, "digest: this nc of the nonce was used before")
	require.NoError(t, verify(t, v, answer(v.Challenge(false))))
}

// Nodes behind one address share a key, and one of them may count what another has not.
func TestNodesThatShareAKeyMakeDifferentNoncesInTheSameMillisecond(t *testing.T) {
	t.Parallel()
	now, made := newClock(), make(map[string]bool)
	for range 2 {
		v := newVerifier(t, func(c *digest.VerifierConfig) { c.Now, c.Key = now.Now, migrationlink.NewSecret("0123456789abcdef") })
		for range 1000 {
			made[v.Challenge(false).Nonce] = true
		}
	}
	assert.Equal(t, 2000, len(made), "different nonces")
}

func TestCountsOutliveARotationOfTheirGeneration(t *testing.T) {
	t.Parallel()
	now := newClock()
	v := newVerifier(t, func(c *digest.VerifierConfig) { c.Now = now.Now })
	require.NoError(t, verify(t, v, answer(v.Challenge(false))))
	now.Advance(50 * time.Second)
	c := v.Challenge(false)
	require.NoError(t, verify(t, v, answer(c)))
	for range 3 {
		now.Advance(20 * time.Second)
		require.NoError(t, verify(t, v, answer(v.Challenge(false))))
		requireRefusal(t, verify(t, v, answer(c)), false, "digest: this nc of the nonce was used before")
	}
	now.Advance(time.Millisecond)
	requireRefusal(t, verify(t, v, answer(c)), true, "digest: the nonce has expired")
}

func TestNewVerifierRefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*digest.VerifierConfig)
		text   string
	}{
		{"no realm", func(c *digest.VerifierConfig) { c.Realm = "" }, `digest: Realm: empty; want the name that challenges show, such as "MMS Public API"`},
		{"realm with a line feed", func(c *digest.VerifierConfig) { c.Realm = "a\nb" }, "digest: Realm: a control character is in it, which no header can carry; want text"},
		{"no password", func(c *digest.VerifierConfig) { c.Password = nil }, "digest: Password: nil; want the function that tells the password of a user name"},
		{"algorithm", func(c *digest.VerifierConfig) { c.Algorithm = "MD5-sess" }, `digest: Algorithm: "MD5-sess"; want MD5 or SHA-256`},
		{"short key", func(c *digest.VerifierConfig) { c.Key = migrationlink.NewSecret("secret") }, "digest: Key: 6 bytes; want at least 16, or no key for a random one"},
		{"negative lifetime", func(c *digest.VerifierConfig) { c.Lifetime = -time.Second }, "digest: Lifetime: -1s; want 1ms to 24h, in whole milliseconds"},
		{"two days", func(c *digest.VerifierConfig) { c.Lifetime = 48 * time.Hour }, "digest: Lifetime: 48h0m0s; want 1ms to 24h, in whole milliseconds"},
		{"parts of a millisecond", func(c *digest.VerifierConfig) { c.Lifetime = 1500 * time.Microsecond }, "digest: Lifetime: 1.5ms; want 1ms to 24h, in whole milliseconds"},
		{"negative uses", func(c *digest.VerifierConfig) { c.Uses = -1 }, "digest: Uses: -1; want 1 to 16384"},
		{"many uses", func(c *digest.VerifierConfig) { c.Uses = 16385 }, "digest: Uses: 16385; want 1 to 16384"},
		{"everything", func(c *digest.VerifierConfig) { *c = digest.VerifierConfig{Realm: "\n", Uses: -1} },
			"digest: Realm: a control character is in it, which no header can carry; want text\n" +
				"Password: nil; want the function that tells the password of a user name\nUses: -1; want 1 to 16384"},
		{"no randomness", func(c *digest.VerifierConfig) { c.Rand = iotest.ErrReader(errors.New("dry")) }, "digest: reading a random Key from Rand: dry"},
		{"no randomness, and a key", func(c *digest.VerifierConfig) {
			c.Key, c.Rand = migrationlink.NewSecret("0123456789abcdef"), iotest.ErrReader(errors.New("dry"))
		}, "digest: reading where nonces begin from Rand: dry"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := digest.VerifierConfig{Realm: realm, Password: passwordOf}
			c.change(&config)
			_, err := digest.NewVerifier(config)
			require.EqualError(t, err, c.text)
		})
	}
}
