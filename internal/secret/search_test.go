package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/secret"
)

// canary has what every encoding writes differently.
const canary = `c4n<a"r&y/+='\é-4711`

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return strings.Trim(string(b), `"`)
}

func TestEveryEncodingIsFound(t *testing.T) {
	t.Parallel()
	plain := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(canary)
	for _, c := range []struct {
		name, planted, encoding string
	}{
		{"as it is", canary, "raw"},
		{"JSON", plain, "JSON"},
		{"JSON of encoding/json", marshal(t, canary), "JSON"},
		{"JSON with escaped slashes", strings.ReplaceAll(plain, "/", `\/`), "JSON"},
		{"Go in ASCII", strings.Trim(strconv.QuoteToASCII(canary), `"`), "Go"},
		{"HTML", html.EscapeString(canary), "HTML"},
		{"HTML with names", strings.NewReplacer("&#34;", "&quot;", "&#39;", "&apos;").Replace(html.EscapeString(canary)), "HTML"},
		{"URL query", url.QueryEscape(canary), "URL"},
		{"URL query in lower case", lowerTriplets(url.QueryEscape(canary)), "URL"},
		{"URL path", url.PathEscape(canary), "URL"},
		{"URL path in lower case", lowerTriplets(url.PathEscape(canary)), "URL"},
		{"base64", base64.StdEncoding.EncodeToString([]byte(canary)), "base64"},
		{"base64 after one byte", base64.StdEncoding.EncodeToString([]byte("x" + canary + "yz")), "base64"},
		{"base64 after two bytes", base64.StdEncoding.EncodeToString([]byte("xy" + canary + "z")), "base64"},
		{"base64 for URLs", base64.URLEncoding.EncodeToString([]byte("x" + canary)), "base64"},
		{"base64 without padding", base64.RawURLEncoding.EncodeToString([]byte("xy" + canary)), "base64"},
		{"hex", hex.EncodeToString([]byte(canary)), "hex"},
		{"hex in upper case", strings.ToUpper(hex.EncodeToString([]byte(canary))), "hex"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := "level=ERROR detail="
			found := secret.Find([]byte(before+c.planted+" status=500"), secret.New("the private key", canary))
			require.NotEmpty(t, found)
			assert.Equal(t, "the private key", found[0].Secret)
			var encodings []string // what two encodings write alike is called by the first
			for _, f := range found {
				encodings = append(encodings, f.Encoding)
			}
			assert.Contains(t, encodings, c.encoding)
			assert.InDelta(t, len(before), found[0].Offset, 5) // base64 begins where the neighbours end
		})
	}
}

func lowerTriplets(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			s = s[:i] + strings.ToLower(s[i:i+3]) + s[i+3:]
		}
	}
	return s
}

func TestBase64IsFoundInBothAlphabetsAtEveryAlignment(t *testing.T) {
	t.Parallel()
	const value = "\xff\xfe\xfb>>>???~~~\xff\xef\xbe" // its base64 is full of + and /, or - and _
	for before := range 3 {
		for after := range 3 {
			content := []byte(strings.Repeat("a", before) + value + strings.Repeat("b", after))
			for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
				found := secret.Find([]byte(e.EncodeToString(content)), secret.New("key", value))
				require.Len(t, found, 1, "%d bytes before, %d after", before, after)
				assert.Equal(t, "base64", found[0].Encoding)
			}
		}
	}
}

func TestEveryWindowOfTwelveIsFoundAndElevenAreNot(t *testing.T) {
	t.Parallel()
	const value = "11aa22bb-33cc-44dd-55ee-66ff77aa88bb"
	finder := secret.NewFinder(secret.New("key", value))
	for i := range len(value) - 11 {
		assert.Equal(t, []secret.Finding{{Secret: "key", Encoding: "raw", Offset: 3}}, finder.Find([]byte(">> "+value[i:i+12]+" <<")), "window %d", i)
		assert.Empty(t, finder.Find([]byte(">> "+value[i:i+11]+" <<")), "window %d", i)
		assert.NotEmpty(t, finder.Find([]byte(hex.EncodeToString([]byte(value[i:i+12])))), "window %d", i)
		assert.Empty(t, finder.Find([]byte(hex.EncodeToString([]byte(value[i:i+11])))), "window %d", i)
	}
}

func TestAShortSecretIsFoundWhole(t *testing.T) {
	t.Parallel()
	wanted := secret.New("password", "pass/w0rd")
	for planted, want := range map[string]string{
		"user: pass/w0rd!":       "password, raw, at byte 6",
		"user: pass%2Fw0rd!":     "password, URL, at byte 6",
		"user: pass%2fw0rd!":     "password, URL, at byte 6",
		`user: pass\/w0rd!`:      "password, JSON, at byte 6",
		"user: cGFzcy93MHJk!":    "password, base64, at byte 6",
		"user: eHBhc3MvdzByZHk=": "password, base64, at byte 8", // xpass/w0rdy
		"user: eHlwYXNzL3cwcmQ=": "password, base64, at byte 9", // xypass/w0rd
		"706173732f77307264 hex": "password, hex, at byte 0",
		"706173732F77307264 HEX": "password, hex, at byte 0",
	} {
		found := secret.Find([]byte(planted), wanted)
		require.Len(t, found, 1, planted)
		assert.Equal(t, want, found[0].String())
	}
	assert.Empty(t, secret.Find([]byte("pass/w0r and ass/w0rd"), wanted), "a part of a short secret is no finding")
}

func TestNothingIsFoundInInnocentText(t *testing.T) {
	t.Parallel()
	token := base64.StdEncoding.EncodeToString([]byte(`{"orgId":"4888442a3354817a7320eb61","orgName":"Prod","publicApiKey":"hkqwertz","privateApiKey":"9a8b7c6d-5e4f-4321-8765-0fedcba98765"}`))
	secrets := []secret.Named{
		secret.New("token", token),
		secret.New("key", "11aa22bb-33cc-44dd-55ee-66ff77aa88bb"),
		secret.New("empty", ""),
	}
	for _, innocent := range []string{
		"", "a", "connect organization 5f7aac56b3a0b94bcdce6d8a: not signed in (401)",
		`{"privateApiKey":"[redacted]","linkToken":"[redacted]"}`,
		`Digest username="ownerkey", realm="MMS Public API", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c0"`,
		base64.StdEncoding.EncodeToString([]byte("another content, and long enough to be a window")),
		strings.Repeat("0123456789abcdef-", 200),
		strings.Repeat("\uFFFD", 100),
	} {
		assert.Empty(t, secret.Find([]byte(innocent), secrets...), innocent)
	}
}

func TestInvalidUTF8IsLookedForAsItIs(t *testing.T) {
	t.Parallel()
	wanted := secret.New("key", strings.Repeat("\xff\xfe", 10))
	assert.Empty(t, secret.Find([]byte(strings.Repeat(`\ufffd`, 30)), wanted), "what replaces invalid bytes is not the secret")
	assert.Equal(t, []secret.Finding{{Secret: "key", Encoding: "raw", Offset: 1}}, secret.Find([]byte(" "+wanted.Value.Reveal()), wanted))
}

func TestEachOccurrenceIsOneFinding(t *testing.T) {
	t.Parallel()
	const first = "first-secret-of-two"
	one := secret.New("one", first)
	two := secret.New("two", "tiny!")
	output := "tiny! " + first + " tiny! " + first + first[:12]
	assert.Equal(t, []secret.Finding{
		{Secret: "two", Encoding: "raw", Offset: 0},
		{Secret: "one", Encoding: "raw", Offset: 6},
		{Secret: "two", Encoding: "raw", Offset: 26},
		{Secret: "one", Encoding: "raw", Offset: 32},
		{Secret: "one", Encoding: "raw", Offset: 51},
	}, secret.Find([]byte(output), one, two))
}

func TestOfALongSecretTheBeginningIsLookedFor(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 100_000)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz"[r.IntN(26)]
	}
	wanted := secret.New("long", string(b))
	finder := secret.NewFinder(wanted)
	assert.Len(t, finder.Find(b[4096-12:4096]), 1)
	assert.Empty(t, finder.Find(b[4096-11:4096+11]))
}

func TestASecretIsNotPrinted(t *testing.T) {
	t.Parallel()
	wanted := secret.New("key", canary)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		shown := fmt.Sprintf(verb, wanted)
		assert.Contains(t, shown, "key", verb)
		assert.Contains(t, shown, "[redacted]", verb)
		assert.Empty(t, secret.Find([]byte(shown), wanted), verb)
	}
}

func BenchmarkFindIn1MiB(b *testing.B) {
	output := bytes.Repeat([]byte(`{"detail":"You are not authorized for this resource.","error":401}`+"\n"), 1<<20/67)
	finder := secret.NewFinder(
		secret.New("token", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("0123456789"), 14))),
		secret.New("key", "11aa22bb-33cc-44dd-55ee-66ff77aa88bb"),
	)
	b.SetBytes(int64(len(output)))
	for b.Loop() {
		finder.Find(output)
	}
}

func BenchmarkNewFinder(b *testing.B) {
	wanted := secret.New("token", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("0123456789"), 14)))
	for b.Loop() {
		secret.NewFinder(wanted)
	}
}
