package migrationlink_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"reflect"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/contracttest"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/admin"
	"github.com/migrationlink/migrationlink/server/clock"
)

// printers are what a user prints, logs, encodes and compares values with. Each returns what it
// wrote, or its error.
var printers = map[string]func(any) string{
	"slog as text": func(v any) string { return logged(textHandler, "value", v) },
	"slog as JSON": func(v any) string { return logged(jsonHandler, "value", v) },
	"slog, in a group": func(v any) string {
		return logged(jsonHandler, slog.Group("group", "value", v)) + logged(textHandler, slog.Group("group", "value", v))
	},
	"JSON":          func(v any) string { return outcome(json.Marshal(v)) },
	"JSON of a map": func(v any) string { return outcome(json.Marshal(map[string]any{"value": v})) },
	"XML":           func(v any) string { return outcome(xml.Marshal(v)) },
	"YAML":          func(v any) string { return outcome(yaml.Marshal(v)) },
	"TOML":          func(v any) string { return outcome(toml.Marshal(map[string]any{"value": v})) },
	"gob": func(v any) string {
		var b bytes.Buffer
		err := gob.NewEncoder(&b).Encode(v)
		return outcome(b.Bytes(), err)
	},
	"a failed Equal": func(v any) string {
		return failed(func(t assert.TestingT) { assert.Equal(t, reflect.Zero(reflect.TypeOf(v)).Interface(), v) })
	},
	"a failed Equal of lists": func(v any) string {
		return failed(func(t assert.TestingT) { assert.Equal(t, []any{1}, []any{v}) })
	},
	"a failed Empty":    func(v any) string { return failed(func(t assert.TestingT) { assert.Empty(t, v) }) },
	"a failed Nil":      func(v any) string { return failed(func(t assert.TestingT) { assert.Nil(t, v) }) },
	"a failed Len":      func(v any) string { return failed(func(t assert.TestingT) { assert.Len(t, []any{v}, 2) }) },
	"a failed Contains": func(v any) string { return failed(func(t assert.TestingT) { assert.Contains(t, []any{v}, 1) }) },
	"a failed ElementsMatch": func(v any) string {
		return failed(func(t assert.TestingT) { assert.ElementsMatch(t, []any{1}, []any{v}) })
	},
	"a panic, recovered": func(v any) (out string) {
		defer func() { out = fmt.Sprint(recover()) }()
		panic(v)
	},
	"an error": func(v any) string { return fmt.Errorf("wrong: %v, %s", v, v).Error() },
}

// verbs are all that fmt has, and one that it has not.
var verbs = []string{
	"%v", "%+v", "%#v", "%s", "%q", "%#q", "%x", "%X", "% x", "%d", "%o", "%b", "%c", "%U", "%e", "%g", "%t", "%p", "%T",
	"%10.3s", "%!", "%w",
}

// shownBy is what each printer makes of a value, of a pointer to it, of a list of it, and of fields
// that hold it. A *server.Server and its like fill megabytes: they are printed by themselves alone.
func shownBy(value any) map[string]string {
	held := map[string]any{"": value}
	of := reflect.TypeOf(value)
	large := of.Kind() == reflect.Pointer
	if !large {
		pointer := reflect.New(of)
		pointer.Elem().Set(reflect.ValueOf(value))
		held[" of a pointer"], held[" of a list"] = pointer.Interface(), []any{value}
		held[" of an exported field"] = struct{ Value any }{value}
		held[" of an unexported field"] = struct{ value any }{value}
	}
	shown := make(map[string]string)
	for how, v := range held {
		for _, verb := range verbs {
			shown[verb+how] = fmt.Sprintf(verb, v)
		}
		for name, show := range printers {
			if large && (name == "a failed Equal" || name == "a failed ElementsMatch") {
				continue // the diff is that of lists
			}
			shown[name+how] = recovered(show, v)
		}
	}
	return shown
}

// recovered is what a printer says, be it by a panic: that is how YAML refuses a func.
func recovered(show func(any) string, v any) (out string) {
	defer func() {
		if r := recover(); r != nil {
			out = fmt.Sprint(r)
		}
	}()
	return show(v)
}

// Every type of the public API that holds a secret, as a user would fill it in. The test prints each
// in each way and looks for the secret.
func TestNoTypeShowsItsSecret(t *testing.T) {
	t.Parallel()
	for name, value := range secretTypes(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for how, shown := range shownBy(value) {
				assert.Empty(t, canaries.Find([]byte(shown)), how)
			}
		})
	}
}

// planted is what the types of the public API would be with a secret in a string.
type planted struct{ Key string }

// Every printer shows a secret that stands in a string, and the search finds it there.
func TestAPlantedSecretIsFoundInWhatEachPrinterShows(t *testing.T) {
	t.Parallel()
	for _, verb := range verbs {
		if verb != "%T" && verb != "%10.3s" { // the type alone, and three characters
			assert.NotEmpty(t, canaries.Find(fmt.Appendf(nil, verb, planted{canary})), verb)
		}
	}
	for how, show := range printers {
		assert.NotEmpty(t, canaries.Find([]byte(show(planted{canary}))), how)
	}
}

const (
	canary       = "Canary7Qw2Lr5Tz8Ux1Yv4Bn6Ms9Kd3"
	canaryID     = "mdb_sa_id_0123456789abcdef01234567"
	canarySecret = "mdb_sa_sk_canary3Tz8Ux1Yv4Bn6Ms9Kd7Qw2Lr5"
)

var canaries = secret.NewFinder(secret.New("the secret", canary), secret.New("the client secret", canarySecret))

func secretTypes(t *testing.T) map[string]any {
	t.Helper()
	hidden := migrationlink.NewSecret(canary)
	key := server.APIKey{PublicKey: "ownerkey", PrivateKey: hidden}
	account := server.ServiceAccount{ClientID: canaryID, Secret: migrationlink.NewSecret(canarySecret)}
	bearer := server.BearerToken{Token: hidden}
	config := server.Config{
		APIKeys: []server.APIKey{key}, ServiceAccounts: []server.ServiceAccount{account},
		BearerTokens: []server.BearerToken{bearer}, NonceKey: hidden,
	}
	standIn, err := server.New(config)
	require.NoError(t, err)
	administered := admin.Config{Server: standIn, Clock: new(clock.Clock), Token: hidden}
	administrator, err := admin.New(administered)
	require.NoError(t, err)
	verified := digest.VerifierConfig{
		Realm: "r", Password: func(string) (string, bool) { return canary, true }, Key: hidden,
	}
	verifier, err := digest.NewVerifier(verified)
	require.NoError(t, err)
	byKey, err := client.New(client.APIKey("ownerkey", canary))
	require.NoError(t, err)
	byAccount, err := client.New(client.ServiceAccount(canaryID, canarySecret))
	require.NoError(t, err)
	suiteKey := contracttest.Key{Public: "ownerkey", Private: hidden}
	return map[string]any{
		"migrationlink.Secret":              hidden,
		"migrationlink.LinkToken":           migrationlink.NewLinkToken(canary),
		"server.APIKey":                     key,
		"server.ServiceAccount":             account,
		"server.BearerToken":                bearer,
		"server.Config":                     config,
		"server.Server":                     standIn,
		"admin.Config":                      administered,
		"admin.Admin":                       administrator,
		"digest.VerifierConfig":             verified,
		"digest.Verifier":                   verifier,
		"digest.Transport":                  digest.NewTransport("ownerkey", canary),
		"client.Client, by API key":         byKey,
		"client.Client, by service account": byAccount,
		"contracttest.Key":                  suiteKey,
		"contracttest.Target": contracttest.Target{
			Key: suiteKey, Tokens: []migrationlink.LinkToken{migrationlink.NewLinkToken(canary)},
		},
	}
}
