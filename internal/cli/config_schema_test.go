package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
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
