package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/migrationlink/migrationlink/internal/secret"
)

const uuid = "ab9e6f7c-d42b-4ade-b44e-e07fc1f9aaef"

// content is what a link-token holds, without its private key.
const content = `{"orgId":"4888442a3354817a7320eb61","orgName":"Prod","publicApiKey":"mnbvcxyz","privateApiKey":"%s"}`

func bare(s string) string { return strings.ReplaceAll(s, "-", "") }

// swapCase makes small letters capital, and capital ones small.
func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if up := strings.ToUpper(string(r)); up != string(r) {
			return []rune(up)[0]
		}
		return []rune(strings.ToLower(string(r)))[0]
	}, s)
}

func atFullWidth(s string) string {
	return strings.Map(func(r rune) rune { return r + '\uff01' - '!' }, s)
}

func same(s string) string { return s }

func each(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
func hexOf(s string) string    { return hex.EncodeToString([]byte(s)) }

func TestASecretIsFoundInAnyLetterCase(t *testing.T) {
	t.Parallel()
	token := base64Of(fmt.Sprintf(content, uuid))
	mixed := "mdb_sa_sk_QwErTyUiOpAsDfGh"
	for name, c := range map[string]struct{ secret, planted string }{
		"capitals":                              {uuid, strings.ToUpper(uuid)},
		"capitals without dashes":               {uuid, strings.ToUpper(bare(uuid))},
		"a part in capitals":                    {uuid, strings.ToUpper(uuid[20:32])},
		"capitals, dots in the place of dashes": {uuid, strings.ReplaceAll(strings.ToUpper(uuid), "-", ".")},
		"capitals, torn by zeros":               {uuid, strings.Join(strings.Split(strings.ToUpper(uuid), ""), "\x00")},
		"capitals, torn by U+200B":              {uuid, strings.Join(strings.Split(strings.ToUpper(uuid), ""), "\u200b")},
		"small letters":                         {mixed, strings.ToLower(mixed)},
		"each letter in the other case":         {mixed, swapCase(mixed)},
		"full width":                            {uuid, atFullWidth(strings.ToUpper(uuid))},
		"the Kelvin sign":                       {"kkkkkkkkkkkkkk", strings.Repeat("\u212a", 14)},
		"letters outside ASCII":                 {"пароль-сервера", "ПАРОЛЬ-СЕРВЕРА"},
		"hex of capitals":                       {uuid, hexOf(strings.ToUpper(uuid))},
		"hex in capitals":                       {uuid, strings.ToUpper(hexOf(uuid))},
		"hex without dashes, in capitals":       {uuid, strings.ToUpper(hexOf(strings.ToUpper(bare(uuid))))},
		"hex with colons":                       {uuid, each(uuid, "%02X:")},
		"base64 in small letters":               {uuid, strings.ToLower(base64Of(uuid))},
		"base64 in capitals after one byte":     {uuid, strings.ToUpper(base64Of("x" + uuid))},
		"base64 of capitals":                    {uuid, base64Of(strings.ToUpper(uuid))},
		"base64 of capitals without dashes":     {uuid, base64Of("xy" + strings.ToUpper(bare(uuid)))},
		"base64 of base64 of capitals":          {uuid, base64Of(base64Of(strings.ToUpper(uuid)))},
		"base64 in lines":                       {token, base64Of(token)[:10] + "\r\n" + base64Of(token)[10:]},
		"base64 of hex":                         {uuid, base64Of(hexOf(strings.ToUpper(uuid)))},
		"JSON escapes of capitals":              {uuid, each(strings.ToUpper(uuid), `\u%04x`)},
		"JSON escapes in JSON":                  {uuid, each(strings.ToUpper(uuid), `\\u%04X`)},
		"\\x escapes":                           {uuid, each(strings.ToUpper(uuid), `\x%02x`)},
		"percent escapes of capitals":           {uuid, each(strings.ToUpper(uuid), "%%%02x")},
		"percent escapes twice":                 {uuid, each(strings.ToUpper(uuid), "%%25%02x")},
		"references of HTML":                    {uuid, each(strings.ToUpper(uuid), "&#%d;")},
		"a token in small letters":              {token, strings.ToLower(token)},
		"a token's beginning as a scheme":       {token, "Location: " + strings.ToLower(token[:20]) + "://x/"},
		"a short secret in capitals":            {"s3cret!", "the password is S3CRET!"},
		"a short secret in capitals, torn":      {"hkqwertz", "H K Q W E R T Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, c.planted)
			found := secret.Find([]byte("detail: <"+c.planted+">."), secret.New("the secret", c.secret))
			require.NotEmpty(t, found)
			assert.Equal(t, "the secret", found[0].Secret)
			assert.GreaterOrEqual(t, found[0].Offset, 8)
			assert.LessOrEqual(t, found[0].Offset, 8+len(c.planted))
		})
	}
}

func TestATokenOfAnybodyIsFoundInAnyLetterCase(t *testing.T) {
	t.Parallel()
	for before := range 3 {
		token := base64Of(strings.Repeat(" ", before) + fmt.Sprintf(content, uuid))
		for _, planted := range []string{
			token, strings.ToLower(token), strings.ToUpper(token), `"` + token + `"`, "LINK_TOKEN=" + token,
			"a-" + token, base64Of(token), url.QueryEscape(token),
			strings.NewReplacer("+", "-", "/", "_").Replace(token), token[:60] + "\n" + token[60:],
		} {
			assert.True(t, secret.HasToken("see "+planted+" there"), planted)
		}
	}
	for _, innocent := range []string{
		"", `{"privateApiKey":"[redacted]"}`, "privateApiKey", base64Of("a private API key"),
		base64Of(`{"orgId":"4888442a3354817a7320eb61"}`),
		"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
	} {
		assert.False(t, secret.HasToken(innocent), innocent)
	}
}

// drawnSecret is a credential of any of the kinds there are.
func drawnSecret() *rapid.Generator[string] {
	key := rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	return rapid.OneOf(
		key,
		rapid.StringMatching(`mdb_sa_sk_[A-Za-z0-9_-]{40}`),
		rapid.Custom(func(t *rapid.T) string {
			return base64Of(fmt.Sprintf(`{"orgId":%q,"orgName":%q,"publicApiKey":%q,"privateApiKey":%q}`,
				rapid.StringMatching(`[0-9a-f]{24}`).Draw(t, "org"), rapid.StringMatching(`[A-Z][a-z]{3,20}`).Draw(t, "name"),
				rapid.StringMatching(`[a-z]{8}`).Draw(t, "public"), key.Draw(t, "private")))
		}),
	)
}

// A secret that went through up to three transformations, of which each keeps it legible, is found,
// wherever in a text it stands.
func TestWhatIsTransformedIsFound(t *testing.T) {
	t.Parallel()
	// What changes letters comes first: base64 in another letter case cannot be decoded any more.
	written := map[string]func(string) string{
		"as it is": same, "capitals": strings.ToUpper, "small letters": strings.ToLower, "other case": swapCase,
		"without dashes": bare, "capitals without dashes": func(s string) string { return strings.ToUpper(bare(s)) },
		"torn": func(s string) string { return strings.Join(strings.Split(s, ""), "\u200b") },
	}
	travels := map[string]func(string) string{
		"as it is": same, "base64": base64Of, "hex": hexOf, "HTML": html.EscapeString, "URL": url.QueryEscape,
		"base64 for URLs": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("x" + s)) },
		"HEX":             func(s string) string { return strings.ToUpper(hexOf(s)) },
		"%":               func(s string) string { return each(s, "%%%02X") },
		"&#":              func(s string) string { return each(s, "&#x%x;") },
		"JSON": func(s string) string {
			encoded, _ := json.Marshal(s)
			return string(encoded)
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		drawn := drawnSecret().Draw(t, "secret")
		how := rapid.SampledFrom(slices.Sorted(maps.Keys(written))).Draw(t, "written")
		way := rapid.SampledFrom(slices.Sorted(maps.Keys(travels)))
		once, twice := way.Draw(t, "first"), way.Draw(t, "then")
		planted := travels[twice](travels[once](written[how](drawn)))
		text := ordinaryText().Draw(t, "before") + " " + planted + " " + ordinaryText().Draw(t, "after")
		found := secret.Find([]byte(text), secret.New("secret", drawn))
		assert.NotEmpty(t, found, "%s, %s, %s: %s", how, once, twice, text)
	})
}

// ordinaryText is what servers, proxies and people write, in any letter case: sentences, ids,
// times, addresses, and identifiers of others.
func ordinaryText() *rapid.Generator[string] {
	words := strings.Fields(`the The a organization Organization ORG_OWNER link-token linkToken private public key
		API apiKey privateApiKey "privateApiKey" publicApiKey secret credentials password service account
		mdb_sa_id_ mdb_sa_sk_ is was not No such found exists, refused. access list IP address error: 401 403 500
		NO_CURRENT_USER LINK_TOKEN_IN_USE Unauthorized Forbidden "detail": "errorCode": {"status":"SYNCED"} [redacted]
		Digest realm="MMS Public API", nonce= cnonce= response= Basic Bearer &amp; %20 %2F \n \u00e9 <html> --
		https://cloud.mongodb.com/api/public/v1.0/orgs/ /liveExport/migrationLink <title>Bad Gateway</title>
		nginx/1.25.3 X-Request-Id: müssen Срок 接続`)
	return rapid.Custom(func(t *rapid.T) string {
		word := rapid.OneOf(
			rapid.SampledFrom(words), rapid.StringMatching(`[a-z]{1,12}`),
			rapid.StringMatching(`[0-9a-f]{24}`), rapid.StringMatching(`[0-9]{1,13}`),
			rapid.StringMatching(`20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z`),
			rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`),
			rapid.StringMatching(`[A-Za-z0-9+/]{16,64}`),
		)
		text := strings.Join(rapid.SliceOfN(word, 0, 40).Draw(t, "words"), " ")
		cased := []func(string) string{same, strings.ToUpper, strings.ToLower}
		return rapid.SampledFrom(cased).Draw(t, "case")(text)
	})
}

// Nothing but the secret is found, in whatever letter case a text is: else each sentence of a
// server would be withheld.
func TestOrdinaryTextIsNotFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		drawn, text := drawnSecret().Draw(t, "secret"), ordinaryText().Draw(t, "text")
		finder := secret.NewFinder(secret.NewAll("secret", drawn)...)
		assert.False(t, finder.Shows(text), text)
	})
}
