package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/standinfile"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
)

// schema is one in docs, judged as JSON Schema 2020-12.
func schema(t *testing.T, name string) (judge func(content []byte) error, plain map[string]any) {
	t.Helper()
	content, err := os.ReadFile("../../docs/" + name)
	require.NoError(t, err)
	var s openapi3.Schema
	require.NoError(t, json.Unmarshal(content, &s))
	require.NoError(t, json.Unmarshal(content, &plain))
	return func(content []byte) error {
		var value any
		if err := yaml.Unmarshal(content, &value); err != nil {
			return err
		}
		asJSON, err := json.Marshal(value) // to have numbers as JSON has them
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(asJSON, &value))
		return s.VisitJSON(value, openapi3.EnableJSONSchema2020())
	}, plain
}

// printed is what --print-config writes.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	r := run(t, "", nil, append([]string{"serve", "--print-config"}, args...)...)
	require.Equal(t, console.ExitDone, r.code, r.stderr)
	require.Empty(t, r.stderr)
	return r.stdout
}

// configFile writes a configuration.
func configFile(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	return name
}

// leftOut is a field that --print-config shows as left out.
var leftOut = regexp.MustCompile(`(?m)^( *)#([^ \n]|  )`)

// What is printed is what is read, whether what is left out stays so or is taken as shown.
func TestWhatIsPrintedIsRead(t *testing.T) {
	t.Parallel()
	judge, _ := schema(t, "config.schema.json")
	example := printed(t)
	whole := leftOut.ReplaceAllString(example, "$1$2")
	require.NotEqual(t, example, whole)
	for name, c := range map[string]struct{ content, counts string }{
		"as it is":   {example, "1 organization, 1 API key"},
		"everything": {whole, "1 organization, 1 API key, 1 service account, 1 bearer token, 1 fault"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.NoError(t, judge([]byte(c.content)))
			name := configFile(t, c.content)
			r := run(t, "", nil, "serve", "--config", name, "--check-config")
			assert.Equal(t, ran{console.ExitDone, name + ": ok: " + c.counts + "\n", ""}, r)

			again := printed(t, "--config", name)
			assert.NoError(t, judge([]byte(again)))
			for _, secret := range []string{"11111111-2222-3333-4444-555555555555", "mdb_sa_sk_an-example-that-anybody-can-read", "token: an-example-that-anybody-can-read"} {
				assert.Contains(t, c.content, secret)
				again := regexp.MustCompile(`(?m)^ *#.*\n`).ReplaceAllString(again, "")
				assert.NotContains(t, again, secret)
			}
			assert.Contains(t, again, "\n# Secrets are shown as [redacted]. Replace them before you serve this file.\n")
			put := strings.NewReplacer(
				"privateKey: '[redacted]'", "privateKey: 11111111-2222-3333-4444-555555555555",
				"secret: '[redacted]'", "secret: mdb_sa_sk_an-example-that-anybody-can-read",
				"token: '[redacted]'", "token: an-example-that-anybody-can-read",
			).Replace(again)
			r = run(t, "", nil, "serve", "--config", configFile(t, put), "--check-config")
			assert.Equal(t, console.ExitDone, r.code, r.stderr)
			assert.Equal(t, again, printed(t, "--config", configFile(t, put)), "nothing is lost")
		})
	}
}

// notSaid is what no schema says: what holds between two places, and what YAML is before it is a value.
var notSaid = []string{
	"example's key for everybody", "merged", "organization twice", "organization twice in roles", "public key twice",
	"role in an organization that is not listed", "secrets as --print-config shows them", "two documents",
}

func TestTheSchemaRefusesWhatServeRefuses(t *testing.T) {
	t.Parallel()
	judge, _ := schema(t, "config.schema.json")
	archive, err := txtar.ParseFile("testdata/config.txtar")
	require.NoError(t, err)
	var accepted []string
	for _, f := range archive.Files {
		if name, isCase := strings.CutSuffix(f.Name, ".yaml"); isCase && judge(f.Data) == nil {
			accepted = append(accepted, name)
		}
	}
	slices.Sort(accepted)
	assert.Equal(t, notSaid, accepted)
}

// The schema lists what the code lists.
func TestTheSchemaKnowsWhatTheCodeKnows(t *testing.T) {
	t.Parallel()
	_, plain := schema(t, "config.schema.json")
	at := func(path ...string) any {
		var value any = plain
		for _, name := range path {
			value = value.(map[string]any)[name]
		}
		return value
	}
	names := func(from any) (all []any) {
		content, err := json.Marshal(from)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(content, &all))
		return all
	}
	organization := []string{"properties", "organizations", "items", "properties"}
	assert.Equal(t, names(server.OrganizationKinds()), at(append(organization, "kind", "enum")...))
	assert.Equal(t, names(migrationlink.Statuses()), at(append(organization, "link", "enum")...))
	assert.Equal(t, names(server.Roles()), at("$defs", "roles", "additionalProperties", "items", "enum"))
	assert.Equal(t, names(migrationlink.Operations()), at("$defs", "fault", "properties", "operation", "enum"))
	var fields, kinds []string
	for _, field := range fault.Fields() {
		fields = append(fields, field.Name)
	}
	for _, d := range fault.Kinds() {
		if d.Kind != fault.Error && d.Kind != fault.Latency {
			kinds = append(kinds, string(d.Kind))
		}
	}
	known := at("$defs", "fault", "properties").(map[string]any)
	for _, name := range fields {
		assert.Contains(t, known, name)
	}
	assert.Len(t, known, len(fields))
	assert.Equal(t, names(kinds), at("$defs", "fault", "properties", "fault", "enum"))
}

// What a stand-in does by itself is decided in Go. The schema, --print-config and the documentation repeat it.
func TestDefaultsAndBoundsAreRepeatedAsDecided(t *testing.T) {
	t.Parallel()
	_, plain := schema(t, "config.schema.json")
	at := func(path ...string) map[string]any {
		value := plain
		for _, name := range path {
			value = value[name].(map[string]any)
		}
		return value
	}
	// in are the times and numbers that a text has in the place of each %s.
	in := func(text, pattern string) (values []string) {
		found := regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(pattern), "%s", `([0-9a-z]+)`)).FindStringSubmatch(text)
		require.NotEmpty(t, found, "%s is not in %s", pattern, text)
		return found[1:]
	}
	times := func(texts ...string) (all []time.Duration) {
		for _, text := range texts {
			d, err := time.ParseDuration(text)
			require.NoError(t, err)
			all = append(all, d)
		}
		return all
	}
	operating, err := os.ReadFile("../../docs/operating.md")
	require.NoError(t, err)
	config := printed(t)

	nonce := at("properties", "nonce", "properties")
	lifetime, uses := nonce["lifetime"].(map[string]any), nonce["uses"].(map[string]any)
	assert.Equal(t, []time.Duration{digest.DefaultLifetime}, times(lifetime["default"].(string)))
	assert.Equal(t, []time.Duration{digest.MinLifetime, digest.MaxLifetime},
		times(in(lifetime["description"].(string), "%s to %s, in whole milliseconds")...))
	assert.Equal(t, map[string]float64{"default": digest.DefaultUses, "minimum": 1, "maximum": digest.MaxUses},
		map[string]float64{"default": uses["default"].(float64), "minimum": uses["minimum"].(float64), "maximum": uses["maximum"].(float64)})
	shown := in(config, "\nnonce: {lifetime: %s, uses: %s}\n")
	assert.Equal(t, []time.Duration{digest.DefaultLifetime}, times(shown[0]))
	assert.Equal(t, strconv.Itoa(digest.DefaultUses), shown[1])
	assert.Contains(t, string(operating),
		fmt.Sprintf("| each nonce: %g s and %s requests (", digest.DefaultLifetime.Seconds(), count.Thousands(digest.DefaultUses)))

	token := at("properties", "accessToken", "properties", "lifetime")
	assert.Equal(t, []time.Duration{server.DefaultAccessTokenLifetime}, times(token["default"].(string)))
	assert.Equal(t, []time.Duration{server.MinAccessTokenLifetime, server.MaxAccessTokenLifetime},
		times(in(token["description"].(string), "%s to %s, in whole seconds")...))
	assert.Equal(t, []time.Duration{server.DefaultAccessTokenLifetime}, times(in(config, "\naccessToken: {lifetime: %s}\n")...))
	assert.Contains(t, string(operating), fmt.Sprintf("| each access token: %g s (", server.DefaultAccessTokenLifetime.Seconds()))

	bearer := at("properties", "bearerTokens", "items", "properties", "token")["anyOf"].([]any)[0].(map[string]any)
	assert.EqualValues(t, server.MaxBearerToken, bearer["maxLength"])

	limits := at("properties", "limits")
	assert.Equal(t, []any{string(server.LimitsOff), string(server.LimitsDocumented)}, limits["enum"])
	assert.Equal(t, string(server.LimitsOff), limits["default"])
	assert.Contains(t, config, fmt.Sprintf("\nlimits: %q\n", server.LimitsOff))
	assert.Contains(t, regexp.MustCompile(`\n# `).ReplaceAllString(config, " "), fmt.Sprintf(
		"%d token requests a minute and %d live tokens for each service account, and %d calls a minute for each caller",
		server.TokenRequestsAMinute, server.LiveAccessTokens, server.CallsAMinute))
	for what, many := range map[string]string{
		"token requests of one service account":     strconv.Itoa(server.TokenRequestsAMinute) + " a minute",
		"live access tokens of one service account": strconv.Itoa(server.LiveAccessTokens),
		"calls of one caller":                       strconv.Itoa(server.CallsAMinute) + " a minute",
	} {
		assert.Contains(t, string(operating), "| "+what+" | "+many+" |")
	}
	assert.Equal(t, standinfile.DefaultListen, at("properties", "listen")["default"])

	next, inARow := at("$defs", "fault", "properties", "next")["maximum"].(float64), at("$defs", "fault", "properties", "inARow")["maximum"].(float64)
	for more, valid := range []bool{true, false} {
		calls := fault.On(migrationlink.OperationConnect)
		assert.Equal(t, valid, calls.Next(int(next)+more).Do(fault.Reset).Validate() == nil, "next: %g and %d more", next, more)
		assert.Equal(t, valid, calls.Share(0.5, 1, int(inARow)+more).Do(fault.Reset).Validate() == nil, "inARow: %g and %d more", inARow, more)
	}
}

// TestEachBoundIsTheSameInEveryReader asks the schema, the file and Go about values at the bounds and beyond.
func TestEachBoundIsTheSameInEveryReader(t *testing.T) {
	t.Parallel()
	judge, _ := schema(t, "config.schema.json")
	for _, c := range []struct {
		field  string
		config server.Config
		want   string // in Go and in the file; empty is valid
		schema bool   // says it too
	}{
		{"nonce: {lifetime: 1ms}", server.Config{Nonce: server.Nonce{Lifetime: digest.MinLifetime}}, "", true},
		{"nonce: {lifetime: 24h}", server.Config{Nonce: server.Nonce{Lifetime: digest.MaxLifetime}}, "", true},
		{"nonce: {lifetime: 86400001ms}", server.Config{Nonce: server.Nonce{Lifetime: digest.MaxLifetime + time.Millisecond}},
			"24h0m0.001s; want 1ms to 24h, in whole milliseconds", false},
		{"nonce: {lifetime: 1.5ms}", server.Config{Nonce: server.Nonce{Lifetime: 1500 * time.Microsecond}},
			"1.5ms; want 1ms to 24h, in whole milliseconds", false},
		{"nonce: {uses: 16384}", server.Config{Nonce: server.Nonce{Uses: digest.MaxUses}}, "", true},
		{"nonce: {uses: 16385}", server.Config{Nonce: server.Nonce{Uses: digest.MaxUses + 1}}, "16385; want 1 to 16384", true},
		{"nonce: {uses: -1}", server.Config{Nonce: server.Nonce{Uses: -1}}, "-1; want 1 to 16384", true},
		{"accessToken: {lifetime: 1s}", server.Config{AccessToken: server.AccessToken{Lifetime: server.MinAccessTokenLifetime}}, "", true},
		{"accessToken: {lifetime: 24h}", server.Config{AccessToken: server.AccessToken{Lifetime: server.MaxAccessTokenLifetime}}, "", true},
		{"accessToken: {lifetime: 86401s}", server.Config{AccessToken: server.AccessToken{Lifetime: server.MaxAccessTokenLifetime + time.Second}},
			"24h0m1s; want 1s to 24h, in whole seconds", false},
		{"limits: offf", server.Config{Limits: "offf"}, "unknown; did you mean off?", true},
	} {
		t.Run(c.field, func(t *testing.T) {
			t.Parallel()
			var inGo []string
			for _, problem := range c.config.Problems() {
				inGo = append(inGo, problem.Text)
			}
			content := "organizations: [{id: 5f7aac56b3a0b94bcdce6d8a}]\napiKeys: [{publicKey: a, privateKey: b}]\n" + c.field + "\n"
			name := configFile(t, content)
			r := run(t, "", nil, "serve", "--check-config", "--config", name)
			if c.want == "" {
				assert.Empty(t, inGo)
				assert.Equal(t, console.ExitDone, r.code, r.stderr)
				assert.NoError(t, judge([]byte(content)))
				return
			}
			assert.Equal(t, []string{c.want}, inGo)
			field := strings.NewReplacer(": {", ".", "}", "").Replace(c.field)
			field, _, _ = strings.Cut(field, ": ")
			assert.Equal(t, ran{console.ExitUsage, "", name + ":3: " + field + ": " + c.want + "\n"}, r)
			if c.schema {
				assert.Error(t, judge([]byte(content)))
			}
		})
	}
}
