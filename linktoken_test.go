package migrationlink_test

import (
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
)

func TestMarshalJSONIsErrLinkTokenHidden(t *testing.T) {
	t.Parallel()
	_, err := json.Marshal(exported{migrationlink.NewLinkToken(token)})
	require.ErrorIs(t, err, migrationlink.ErrLinkTokenHidden)
	_, err = json.Marshal(exported{})
	require.ErrorIs(t, err, migrationlink.ErrLinkTokenHidden, "the zero value neither")
}

func TestForRequest(t *testing.T) {
	t.Parallel()
	const odd = "a\"b\\c<d>&\u2028é"
	l := migrationlink.NewLinkToken(odd)

	b, err := json.Marshal(map[string]any{"linkToken": l.ForRequest()})
	require.NoError(t, err)
	var back map[string]string
	require.NoError(t, json.Unmarshal(b, &back))
	assert.Equal(t, map[string]string{"linkToken": odd}, back)

	b, err = json.Marshal(migrationlink.NewLinkToken(token).ForRequest())
	require.NoError(t, err)
	assert.Equal(t, `"`+token+`"`, string(b))

	_, err = json.Marshal(l)
	assert.EqualError(t, err, "json: error calling MarshalJSON for type migrationlink.LinkToken: "+hidden, "the token it was made from stays hidden")
}

func TestUnmarshalJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, want string
		token          string
	}{
		{name: "string", in: `{"Token": "abc"}`, token: "abc"},
		{name: "escapes", in: `{"Token": "a\u0062\n"}`, token: "ab\n"},
		{name: "empty", in: `{"Token": ""}`, token: ""},
		{name: "number", in: `{"Token": 123456789012345}`, want: "linkToken: want a JSON string"},
		{name: "null", in: `{"Token": null}`, want: "linkToken: want a JSON string"},
		{name: "list of a string", in: `{"Token": ["` + token + `"]}`, want: "linkToken: want a JSON string"},
		{name: "object", in: `{"Token": ` + tokenContent + `}`, want: "linkToken: want a JSON string"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got exported
			err := json.Unmarshal([]byte(tt.in), &got)
			if tt.want != "" {
				require.EqualError(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.token, got.Token.Reveal())
			_, err = json.Marshal(got)
			assert.ErrorIs(t, err, migrationlink.ErrLinkTokenHidden, "a token that was read is not one to send")
		})
	}
}

func TestReveal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		token migrationlink.LinkToken
		want  string
		zero  bool
	}{
		{"zero value", migrationlink.LinkToken{}, "", true},
		{"empty", migrationlink.NewLinkToken(""), "", true},
		{"token", migrationlink.NewLinkToken(token), token, false},
		{"blanks are kept", migrationlink.NewLinkToken(" a \n"), " a \n", false},
		{"marked", migrationlink.NewLinkToken(token).ForRequest(), token, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, tt.token.Reveal())
			assert.Equal(t, tt.zero, tt.token.IsZero())
		})
	}
}

// TestFingerprint has vectors made with sha256sum: printf 'migrationlink link-token\0string' | sha256sum
func TestFingerprint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, token, want string
	}{
		{"string", "string", "784e41e932608b1a24017fe9bee2244f9aa4270b6050fea472b69ed1c1c5f46b"},
		{"empty", "", "a072d7d958203030a6bc2412ac9d75dd7a2e6e9034f2c36477ee1a4a38301e5e"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sum := migrationlink.NewLinkToken(tt.token).Fingerprint()
			assert.Equal(t, tt.want, hex.EncodeToString(sum[:]))
			assert.Equal(t, sum, migrationlink.NewLinkToken(tt.token).ForRequest().Fingerprint(), "the mark is no part of it")
		})
	}
	assert.NotEqual(t, migrationlink.NewLinkToken(token).Fingerprint(), migrationlink.NewLinkToken(token+"=").Fingerprint())
	assert.Equal(t, migrationlink.LinkToken{}.Fingerprint(), migrationlink.NewLinkToken("").Fingerprint())
}

// FuzzUnmarshalJSON holds UnmarshalJSON to encoding/json, also where it is called with what is no JSON.
func FuzzUnmarshalJSON(f *testing.F) {
	for _, raw := range []string{
		`"` + token + `"`, `""`, `"`, ``, `"a"b"`, `"a\`, `"a\"`, `"a\\"`, `"a\u0062"`, "\"a\x01\"", "\"a\n\"", `"ä"`, "\"\xff\"", "\"\x7f\"", ` "a"`, `"a" `, `null`, `1`, `["a"]`,
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want *string
		failed := json.Unmarshal(raw, &want) != nil || want == nil
		var got migrationlink.LinkToken
		err := got.UnmarshalJSON(raw)
		if failed {
			assert.EqualError(t, err, "linkToken: want a JSON string")
			assert.True(t, got.IsZero())
			return
		}
		require.NoError(t, err)
		assert.Equal(t, *want, got.Reveal())
	})
}
