package digest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/digest"
)

func TestHostileChallenges(t *testing.T) {
	t.Parallel()
	for _, c := range hostileChallenges {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			challenges, err := digest.ParseChallenges([]string{c.line})
			var got []string
			for _, challenge := range challenges {
				text := challenge.String()
				if !challenge.Usable() {
					text = "unusable " + text
				}
				got = append(got, text)
			}
			require.Equal(t, c.want, got)
			if c.err == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.err)
			require.ErrorIs(t, err, digest.ErrMalformed)
		})
	}
}

func TestHostileCredentials(t *testing.T) {
	t.Parallel()
	for _, c := range hostileCredentials {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := digest.ParseCredentials(c.value)
			if c.err == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.err)
		})
	}
}

func TestChallengesOnManyLinesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	challenges, err := digest.ParseChallenges([]string{`Bearer realm="x"`, `Digest realm`, `Digest realm="a", nonce="1"`, `Digest realm="b", nonce="2"`})
	require.EqualError(t, err, "digest: WWW-Authenticate, line 2: malformed: a Digest challenge without realm")
	require.Len(t, challenges, 2)
	require.Equal(t, "a", challenges[0].Realm)
	require.Equal(t, "b", challenges[1].Realm)
}

func TestAChallengeCannotInjectAHeader(t *testing.T) {
	t.Parallel()
	c := digest.Challenge{Realm: "a\r\nSet-Cookie: b", Nonce: "n"}
	require.Equal(t, `Digest realm="aSet-Cookie: b", domain="", nonce="n", stale=false`, c.String())
}

func TestCredentialsAreWrittenAsTheRFCSays(t *testing.T) {
	t.Parallel()
	c := digest.Credentials{
		Username: `back\slash "q"`, Realm: realm, Nonce: "n", URI: "/a?b,c", Response: "x", Algorithm: digest.SHA256,
		CNonce: "c", Opaque: new(""), QOP: "auth", NC: "0000000a",
	}
	value, err := c.FieldValue()
	require.NoError(t, err)
	require.Equal(t, `Digest username="back\\slash \"q\"", realm="MMS Public API", nonce="n", uri="/a?b,c", response="x", `+
		`cnonce="c", opaque="", algorithm=SHA-256, qop=auth, nc=0000000a`, value)
}

func TestCredentialsThatNoHeaderCanCarryAreAnError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, err   string
		credentials digest.Credentials
	}{
		{"line feed", "digest: username holds a control character (byte 2), which no header can carry", digest.Credentials{Username: "a\nb"}},
		{"NUL", "digest: uri holds a control character (byte 1), which no header can carry", digest.Credentials{URI: "\x00"}},
		{"DEL", "digest: opaque holds a control character (byte 1), which no header can carry", digest.Credentials{Opaque: new("\x7f")}},
		{"bare algorithm", "digest: algorithm is not a token (RFC 9110 section 5.6.2)", digest.Credentials{Algorithm: "MD5, x"}},
		{"bare qop", "digest: qop is not a token (RFC 9110 section 5.6.2)", digest.Credentials{QOP: "auth\r\nX: y"}},
		{"bare nc", "digest: nc is not a token (RFC 9110 section 5.6.2)", digest.Credentials{NC: "é"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := c.credentials.FieldValue()
			require.EqualError(t, err, c.err)
		})
	}
}

// What is written is read back the same, for any values that can be carried.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	quotable := func() string {
		alphabet := []rune("ab \t\\\",=;é/+\u00ff{}'%")
		text := make([]rune, random.IntN(12))
		for i := range text {
			text[i] = alphabet[random.IntN(len(alphabet))]
		}
		return string(text)
	}
	optional := func() *string {
		if random.IntN(2) == 0 {
			return nil
		}
		return new(quotable())
	}
	for range 2000 {
		c := digest.Credentials{
			Username: quotable(), Realm: quotable(), Nonce: quotable(), URI: quotable(), Response: quotable(),
			CNonce: quotable(), Opaque: optional(),
			Algorithm: []digest.Algorithm{"", digest.MD5, digest.SHA256, "MD5-sess"}[random.IntN(4)],
			QOP:       []string{"", "auth", "AUTH", "auth-int"}[random.IntN(4)],
			NC:        []string{"", fmt.Sprintf("%08x", random.Uint32())}[random.IntN(2)],
		}
		value, err := c.FieldValue()
		require.NoError(t, err)
		read, err := digest.ParseCredentials(value)
		require.NoError(t, err, value)
		require.Equal(t, c, read, value)

		challenge := digest.Challenge{
			Realm: quotable(), Domain: quotable(), Nonce: quotable(), Opaque: optional(), Stale: random.IntN(2) == 0,
			Algorithm: c.Algorithm, QOP: [][]string{nil, {"auth"}, {"auth-int", "auth"}}[random.IntN(3)],
		}
		challenges, err := digest.ParseChallenges([]string{challenge.String()})
		require.NoError(t, err, challenge.String())
		require.Equal(t, []digest.Challenge{challenge}, challenges, challenge.String())
	}
}
