package strictjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/strictjson"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]any{
		`{"a":[1e400,null,true],"b":"\ud83d\ude00"}`: map[string]any{"a": []any{json.Number("1e400"), nil, true}, "b": "😀"},
		" 404.0\n":                     json.Number("404.0"),
		`""`:                           "",
		strings.Repeat("[", 3) + "]]]": []any{[]any{[]any{}}},
	} {
		value, deep, err := strictjson.Parse([]byte(content))
		require.NoError(t, err, content)
		assert.Equal(t, want, value, content)
		assert.False(t, deep, content)
	}
	_, deep, err := strictjson.Parse([]byte(strings.Repeat("[", 100) + strings.Repeat("]", 100)))
	require.NoError(t, err, "a reader has a limit, the sender has done nothing wrong")
	assert.True(t, deep)
}

func TestParse_refuses(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"":                        "is not JSON: it ends too early",
		`{"secret":`:              "is not JSON: it ends too early",
		`{'secret':1}`:            "is not JSON, from byte 1 on",
		"\"\xff\"":                "is not UTF-8",
		`"\ud800"`:                "has half of a surrogate pair at byte 1",
		`{"a":1}{}`:               "goes on after the JSON value, which ends before byte 9",
		`{"secret":1,"secret":2}`: "has a property twice",
	} {
		_, _, err := strictjson.Parse([]byte(content))
		require.Error(t, err, content)
		assert.Contains(t, err.Error(), want, content)
		assert.NotContains(t, err.Error(), "secret", "an error says where, never what")
	}
}

// Whatever is accepted here, encoding/json accepts too, and reads the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e3,null]}`, `"\ud83d\ude00"`, `[[[[]]]]`, `{"a":1,"a":2}`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		value, deep, err := strictjson.Parse(content)
		if err != nil || deep {
			return
		}
		decoder := json.NewDecoder(strings.NewReader(string(content)))
		decoder.UseNumber()
		var want any
		require.NoError(t, decoder.Decode(&want))
		assert.Equal(t, want, value)
	})
}
