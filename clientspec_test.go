package migrationlink_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/clientspec/derive"
)

func TestTheDocumentForGeneratorsFollowsTheContract(t *testing.T) {
	t.Parallel()
	want, err := derive.Client(migrationlink.OpenAPI())
	require.NoError(t, err)
	assert.Equal(t, string(want), string(clientSpec(t)), "openapi.client.yaml is not what openapi.yaml gives; run go generate ./...")
	require.NoError(t, load(t, clientSpec(t)).Validate(t.Context()))
}

// Generators fail on each of these, or send a request or a secret to another server than the one that the user named.
func TestTheDocumentForGeneratorsHasNothingThatGeneratorsFailOn(t *testing.T) {
	t.Parallel()
	document := string(clientSpec(t))
	for _, text := range []string{"oneOf", "anyOf", "allOf", "nvelope", " x-", "go-type", "https://cloud.mongodb.com/api/oauth", "LinkAnswer", "ErrorAnswer"} {
		assert.NotContains(t, document, text)
	}
	assert.Equal(t, 1, strings.Count(document, "servers:"), "servers at the root only")

	doc := load(t, clientSpec(t))
	assert.NotEmpty(t, doc.Servers)
	for _, a := range answers(doc) {
		for name, header := range a.response.Headers {
			assert.False(t, header.Value.Required, "%s: header %s is required", a, name)
		}
		if content := a.response.Content["application/json"]; content != nil {
			assert.Contains(t, []string{"#/components/schemas/Link", "#/components/schemas/ApiError"}, content.Schema.Ref, a)
			closed := slices.DeleteFunc(schemaFacts("", content.Schema.Value), func(fact string) bool {
				return !strings.Contains(fact, "additionalProperties: false")
			})
			assert.Empty(t, closed, a)
		}
	}
}

// The derived document says what the contract says, apart from the differences that are named here.
func TestTheDocumentForGeneratorsDiffersOnlyWhereItShould(t *testing.T) {
	t.Parallel()
	contract, derived := facts(load(t, migrationlink.OpenAPI())), facts(load(t, clientSpec(t)))
	assert.Greater(t, len(derived), 200)

	var gone, added []string
	for fact := range contract {
		if !derived[fact] {
			_, what, _ := strings.Cut(fact, ": ")
			gone = append(gone, what)
		}
	}
	for fact := range derived {
		if !contract[fact] {
			_, what, _ := strings.Cut(fact, ": ")
			added = append(added, what)
		}
	}
	slices.Sort(gone)
	assert.Equal(t, []string{
		"example enveloped",
		"header Allow: required",
		"header Retry-After: required",
		"header WWW-Authenticate: required",
		"header X-MongoDB-Service-Version: required",
		"query parameter envelope: boolean",
		"the form that the query parameter envelope asks for",
	}, slices.Compact(gone), "what openapi.yaml says and openapi.client.yaml does not")
	assert.Empty(t, added, "what openapi.client.yaml says and openapi.yaml does not")
}

func clientSpec(t *testing.T) []byte {
	t.Helper()
	document, err := os.ReadFile("openapi.client.yaml")
	require.NoError(t, err)
	return document
}

// facts are all that a document says to a client, each in a sentence that begins with the operation and the status it is about.
func facts(doc *openapi3.T) map[string]bool {
	all := map[string]bool{}
	say := func(about, format string, args ...any) { all[about+": "+fmt.Sprintf(format, args...)] = true }
	for _, server := range doc.Servers {
		say("document", "server %s", server.URL)
	}
	for name, scheme := range doc.Components.SecuritySchemes {
		say("document", "security scheme %s: %s %s", name, scheme.Value.Type, scheme.Value.Scheme)
	}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			id := operation.OperationID
			say(id, "%s %s %v %s %s", method, path, operation.Tags, operation.Summary, operation.Description)
			for _, parameter := range slices.Concat(operation.Parameters, item.Parameters) {
				p := parameter.Value
				say(id, "%s parameter %s: %s", p.In, p.Name, strings.Join(p.Schema.Value.Type.Slice(), " "))
				if p.Name != "envelope" {
					say(id, "%s parameter %s: required %v, %s, %v", p.In, p.Name, p.Required, p.Schema.Value.Pattern, p.Schema.Value.Default)
				}
			}
			if body := operation.RequestBody; body != nil {
				say(id, "content required: %v", body.Value.Required)
				contentFacts(body.Value.Content, func(fact string) { say(id, "request %s", fact) })
			}
			for status, response := range operation.Responses.Map() {
				about := id + " " + status
				say(about, "%s", *response.Value.Description)
				for name, header := range response.Value.Headers {
					say(about, "header %s: %s", name, header.Value.Schema.Value.Pattern)
					if header.Value.Required {
						say(about, "header %s: required", name)
					}
				}
				contentFacts(response.Value.Content, func(fact string) { say(about, "%s", fact) })
			}
		}
	}
	return all
}

func contentFacts(content openapi3.Content, say func(fact string)) {
	for name, mediaType := range content {
		say(name)
		for example := range mediaType.Examples {
			say("example " + example)
		}
		schema := mediaType.Schema.Value
		for _, branch := range schema.OneOf {
			if when, conditional := branch.Value.Extensions["x-when"]; conditional {
				say(fmt.Sprintf("the form that the query parameter %v asks for", when))
			} else {
				schema = branch.Value
			}
		}
		for _, fact := range schemaFacts("/", schema) {
			say("schema " + fact)
		}
	}
}

// schemaFacts are the keywords of a schema and of the schemas in it, extensions apart.
func schemaFacts(at string, schema *openapi3.Schema) []string {
	var all []string
	for name, property := range schema.Properties {
		all = append(all, schemaFacts(at+name+"/", property.Value)...)
	}
	if schema.Items != nil {
		all = append(all, schemaFacts(at+"*/", schema.Items.Value)...)
	}
	flat := *schema
	flat.Properties, flat.Items, flat.Extensions = nil, nil, nil
	content, err := flat.MarshalJSON()
	keywords := map[string]json.RawMessage{}
	if err != nil || json.Unmarshal(content, &keywords) != nil {
		return append(all, at+": cannot be read")
	}
	for _, keyword := range slices.Sorted(maps.Keys(keywords)) {
		all = append(all, fmt.Sprintf("%s: %s: %s", at, keyword, keywords[keyword]))
	}
	return append(all, fmt.Sprintf("%s: properties: %v", at, slices.Sorted(maps.Keys(schema.Properties))))
}
