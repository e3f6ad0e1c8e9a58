package migrationlink_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
)

func TestASecretIsWhatItWasMadeFrom(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		secret      migrationlink.Secret
		want        string
		isZero, set bool
	}{
		"zero value":      {migrationlink.Secret{}, "", true, false},
		"empty":           {migrationlink.NewSecret(""), "", true, true},
		"text":            {migrationlink.NewSecret(canary), canary, false, true},
		"blanks are kept": {migrationlink.NewSecret(" a \n"), " a \n", false, true},
		"bytes":           {migrationlink.NewSecret("\x00\xff"), "\x00\xff", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, c.secret.Reveal())
			assert.Equal(t, c.isZero, c.secret.IsZero())
			assert.Equal(t, c.set, c.secret.IsSet())
		})
	}
}

func TestSecretsAreEqualByTheirValues(t *testing.T) {
	t.Parallel()
	secrets := []string{"", "a", "b", "aa", "A", "a\x00", canary, canary + " "}
	for _, one := range secrets {
		for _, other := range secrets {
			equal := migrationlink.NewSecret(one).Equal(migrationlink.NewSecret(other))
			assert.Equal(t, one == other, equal, "%q and %q", one, other)
		}
	}
	assert.True(t, migrationlink.Secret{}.Equal(migrationlink.NewSecret("")), "an empty secret is empty, however it was made")
}

// settings have a secret, as a configuration has.
type settings struct {
	Name string
	Key  migrationlink.Secret
}

// codec is a way to write and to read a configuration.
type codec struct {
	marshal   func(any) ([]byte, error)
	unmarshal func([]byte, any) error
	want      string
}

func codecs() map[string]codec {
	return map[string]codec{
		"JSON": {json.Marshal, json.Unmarshal, `{"Name":"ownerkey","Key":"[redacted]"}`},
		"XML":  {xml.Marshal, xml.Unmarshal, "<settings><Name>ownerkey</Name><Key>[redacted]</Key></settings>"},
		"YAML": {yaml.Marshal, yaml.Unmarshal, "name: ownerkey\nkey: '[redacted]'\n"},
		"TOML": {toml.Marshal, toml.Unmarshal, "Name = 'ownerkey'\nKey = '[redacted]'\n"},
	}
}

// What an encoder writes in the place of a secret is nothing that a decoder takes for one.
func TestAnEncodedSecretIsRedactedAndNotReadAgain(t *testing.T) {
	t.Parallel()
	for name, c := range codecs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, key := range []migrationlink.Secret{migrationlink.NewSecret(canary), {}} {
				out, err := c.marshal(settings{"ownerkey", key})
				require.NoError(t, err)
				assert.Equal(t, c.want, string(out))
				require.ErrorContains(t, c.unmarshal(out, new(settings)), notTheSecret)
			}
		})
	}
	t.Run("gob", func(t *testing.T) {
		t.Parallel()
		var b bytes.Buffer
		require.NoError(t, gob.NewEncoder(&b).Encode(settings{"ownerkey", migrationlink.NewSecret(canary)}))
		assert.Contains(t, b.String(), redacted)
		require.ErrorContains(t, gob.NewDecoder(&b).Decode(new(settings)), notTheSecret)
	})
}

const notTheSecret = "secret: [redacted] stands in the place of a secret: want the secret itself"

func TestASecretIsReadFromAConfiguration(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ format, in, want string }{
		"JSON":                {"JSON", `{"Key": "a\u0062c"}`, "abc"},
		"JSON, empty":         {"JSON", `{"Key": ""}`, ""},
		"XML":                 {"XML", "<settings><Key>abc</Key></settings>", "abc"},
		"YAML":                {"YAML", "key: abc", "abc"},
		"YAML, quoted":        {"YAML", `key: "a b"`, "a b"},
		"YAML, digits alone":  {"YAML", "key: 0123", "0123"},
		"YAML, several lines": {"YAML", "key: |\n  a\n  b\n", "a\nb\n"},
		"TOML":                {"TOML", `Key = "abc"`, "abc"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got settings
			require.NoError(t, codecs()[c.format].unmarshal([]byte(c.in), &got))
			assert.Equal(t, c.want, got.Key.Reveal())
		})
	}
}

func TestWhatIsNoTextIsNoSecretAndNotRepeated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ format, in string }{
		"JSON, a number": {"JSON", `{"Key": 1234567890123}`},
		"JSON, a list":   {"JSON", `{"Key": ["` + canary + `"]}`},
		"JSON, a map":    {"JSON", `{"Key": {"` + canary + `": 1}}`},
		"YAML, a list":   {"YAML", "key: [" + canary + "]"},
		"TOML, a list":   {"TOML", `Key = ["` + canary + `"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got settings
			err := codecs()[c.format].unmarshal([]byte(c.in), &got)
			require.Error(t, err)
			assert.Empty(t, canaries.Find([]byte(err.Error())), err)
			assert.NotContains(t, err.Error(), "1234567890123")
			assert.True(t, got.Key.IsZero())
		})
	}
}

// The help of a command that has a secret for a flag does not show its default.
func TestAFlagThatIsASecret(t *testing.T) {
	t.Parallel()
	var key migrationlink.Secret
	var help bytes.Buffer
	flags := flag.NewFlagSet("x", flag.ContinueOnError)
	flags.SetOutput(&help)
	flags.TextVar(&key, "key", migrationlink.NewSecret(canary), "the key")
	flags.PrintDefaults()
	assert.Empty(t, canaries.Find(help.Bytes()), help.String())
	require.NoError(t, flags.Parse([]string{"-key", "abc"}))
	assert.Equal(t, "abc", key.Reveal())
}

func ExampleNewSecret() {
	key := migrationlink.NewSecret("11111111-2222-3333-4444-555555555555")
	fmt.Println(key)
	fmt.Println(key.Equal(migrationlink.NewSecret("another")), len(key.Reveal()))
	// Output:
	// [redacted]
	// false 36
}
