package migrationlink_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/secret"
)

const (
	insidePublic  = "abcdefgh"
	insidePrivate = "01234567-89ab-cdef-0123-456789abcdef"

	unknownTarget = "the link-token does not tell which organization of Atlas it is for: "
	notTheShape   = unknownTarget + "it is not base64 of a JSON object, which is all that has been seen of tokens"
	withoutID     = unknownTarget + "there is no organization id in it"
	showsAKey     = unknownTarget + "what stands in the place of its id or name looks like a key"
)

// encoded is a token with this content.
func encoded(content string) string { return base64.StdEncoding.EncodeToString([]byte(content)) }

// named is a token with this JSON value for a name.
func named(name string) string {
	return encoded(`{"orgId":"5f7aac56b3a0b94bcdce6d8a","orgName":` + name + `,"publicApiKey":"` + insidePublic + `","privateApiKey":"` + insidePrivate + `"}`)
}

func TestInspect(t *testing.T) {
	t.Parallel()
	const id = "5f7aac56b3a0b94bcdce6d8a"
	slashes := encoded(`{"orgId":"` + id + `","orgName":"Ü??>>~~ÿÿÿ"}`)
	require.Regexp(t, `[+/]`, slashes, "it tells the alphabets apart")
	longest := strings.Repeat("ü", 64)
	tests := []struct {
		name, token string
		want        migrationlink.Target
		wrong       string // the whole error
	}{
		{name: "as seen", token: token, want: migrationlink.Target{OrgID: id, OrgName: "Target"}},
		{name: "without padding", token: strings.TrimRight(token, "="), want: migrationlink.Target{OrgID: id, OrgName: "Target"}},
		{name: "a line ending", token: token + "\r\n", want: migrationlink.Target{OrgID: id, OrgName: "Target"}},
		{name: "the standard alphabet", token: slashes, want: migrationlink.Target{OrgID: id, OrgName: "Ü??>>~~ÿÿÿ"}},
		{
			name: "the alphabet of URLs", token: strings.NewReplacer("+", "-", "/", "_").Replace(slashes),
			want: migrationlink.Target{OrgID: id, OrgName: "Ü??>>~~ÿÿÿ"},
		},
		{
			name: "unknown properties, white space", token: encoded(" {\n\"v\": 2, \"orgId\": \"" + strings.ToUpper(id) + "\", \"orgName\": \"A & B\"}\n"),
			want: migrationlink.Target{OrgID: id, OrgName: "A & B"},
		},
		{name: "no name", token: encoded(`{"orgId":"` + id + `"}`), want: migrationlink.Target{OrgID: id}},
		{name: "a name that is no string", token: named(`["Target"]`), want: migrationlink.Target{OrgID: id}},
		{name: "the longest name", token: named(`"` + longest + `"`), want: migrationlink.Target{OrgID: id, OrgName: longest}},
		{name: "a name that is longer", token: named(`"` + longest + `x"`), want: migrationlink.Target{OrgID: id}},
		{name: "a name with a line ending", token: named(`"Prod\nyes"`), want: migrationlink.Target{OrgID: id}},
		{name: "a name that a terminal obeys", token: named(`"\u001b[2JProd"`), want: migrationlink.Target{OrgID: id}},
		{name: "a name that runs backwards", token: named(`"Prod\u202edorP"`), want: migrationlink.Target{OrgID: id}},
		{name: "a name that is not UTF-8", token: encoded("{\"orgId\":\"" + id + "\",\"orgName\":\"\xff\"}"), want: migrationlink.Target{OrgID: id, OrgName: "\ufffd"}},
		{name: "a name of half a surrogate pair", token: named(`"\ud800"`), want: migrationlink.Target{OrgID: id, OrgName: "\ufffd"}},

		{name: "empty", wrong: unknownTarget + "it is empty"},
		{name: "no base64", token: "not base64!", wrong: notTheShape},
		{name: "base64 of something else", token: encoded("something else"), wrong: notTheShape},
		{name: "JSON as it is", token: tokenContent, wrong: notTheShape},
		{name: "a list", token: encoded(`["` + id + `"]`), wrong: notTheShape},
		{name: "null", token: encoded("null"), wrong: notTheShape},
		{name: "two objects", token: encoded(`{"orgId":"` + id + `"}{}`), wrong: notTheShape},
		{name: "cut off", token: token[:len(token)-20], wrong: notTheShape},
		{name: "no id", token: encoded(`{"orgName":"Target"}`), wrong: withoutID},
		{name: "an id that is none", token: encoded(`{"orgId":"` + insidePrivate + `"}`), wrong: withoutID},
		{name: "an id in another case", token: encoded(`{"OrgID":"` + id + `"}`), wrong: withoutID},

		{name: "the private key for a name", token: named(`"` + insidePrivate + `"`), wrong: showsAKey},
		{name: "half of the private key in a name", token: named(`"Prod cdef-0123-4567"`), wrong: showsAKey},
		{name: "the private key in capitals", token: named(`"89AB-CDEF-0123"`), wrong: showsAKey},
		{name: "the private key torn", token: named(`"01 23 45 67 89 ab cd ef 01 23 45 67 89 ab cd ef"`), wrong: showsAKey},
		{name: "the private key without hyphens", token: named(`"0123456789abcdef0123456789abcdef"`), wrong: showsAKey},
		{name: "the private key in base64", token: named(`"` + base64.RawStdEncoding.EncodeToString([]byte(insidePrivate)) + `"`), wrong: showsAKey},
		{name: "the public key in a name", token: named(`"Prod-` + insidePublic + `"`), wrong: showsAKey},
		{name: "somebody's private key", token: named(`"9a8b7c6d-5e4f-4321-8765-0fedcba98765"`), wrong: showsAKey},
		{
			name:  "the private key for an id",
			token: encoded(`{"orgId":"0123456789abcdef01234567","privateApiKey":"` + insidePrivate + `"}`), wrong: showsAKey,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := migrationlink.NewLinkToken(tt.token).Inspect()
			assert.Equal(t, tt.want, got)
			assert.Empty(t, insideKeys(tt.token).Find(fmt.Appendf(nil, "%+v %#v %v", got, got, err)))
			if tt.wrong == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tt.wrong)
			assert.ErrorIs(t, err, migrationlink.ErrTargetUnknown)
		})
	}
}

// insideKeys finds the keys that are inside the tokens of these tests, and the token.
func insideKeys(token string) *secret.Finder {
	return secret.NewFinder(
		secret.New("the token", token),
		secret.New("the public key inside", insidePublic),
		secret.New("the private key inside", insidePrivate),
	)
}

// TestAKeyInATargetIsFound by the search that finds nothing above.
func TestAKeyInATargetIsFound(t *testing.T) {
	t.Parallel()
	for _, name := range []string{token, "Prod-" + insidePublic, insidePrivate, insidePrivate[9:21]} {
		planted := migrationlink.Target{OrgID: "5f7aac56b3a0b94bcdce6d8a", OrgName: name}
		assert.NotEmpty(t, insideKeys(token).Find(fmt.Appendf(nil, "%+v", planted)), name)
	}
}

// FuzzInspect wants of a token what may be shown, or nothing.
func FuzzInspect(f *testing.F) {
	f.Add(tokenContent, insidePublic, insidePrivate)
	f.Add("Target", insidePublic, insidePrivate)
	f.Add("Target "+insidePrivate, insidePublic, insidePrivate)
	f.Add("a\nb", "", "")
	f.Fuzz(func(t *testing.T, text, public, private string) {
		if len(text) > 1<<10 || len(private) > 1<<10 || len(public) > 1<<10 {
			return // the search below takes long, and finds nothing else
		}
		keys := map[string]string{"orgId": "5f7aac56b3a0b94bcdce6d8a", "orgName": text, "publicApiKey": public, "privateApiKey": private}
		content, err := json.Marshal(keys)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(content, &keys)) // what is not UTF-8 has changed
		for _, content := range []string{string(content), text} {
			l := migrationlink.NewLinkToken(encoded(content))
			target, err := l.Inspect()
			if err != nil {
				require.ErrorIs(t, err, migrationlink.ErrTargetUnknown)
				require.Zero(t, target)
				continue
			}
			_, err = migrationlink.ParseOrgID(target.OrgID.String())
			require.NoError(t, err)
			require.LessOrEqual(t, utf8.RuneCountInString(target.OrgName), 64)
			require.False(t, strings.ContainsFunc(target.OrgName, func(r rune) bool { return !unicode.IsPrint(r) }))
			if content != text {
				require.Empty(t, secret.Find([]byte(target.OrgID.String()+"\n"+target.OrgName), secret.New("token", l.Reveal()),
					secret.New("public key", keys["publicApiKey"]), secret.New("private key", keys["privateApiKey"])))
			}
		}
	})
}
