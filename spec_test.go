package migrationlink_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
)

func TestContractIsValid(t *testing.T) {
	t.Parallel()
	require.NoError(t, load(t, migrationlink.OpenAPI()).Validate(t.Context()))
}

func TestOpenAPIIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	clear(migrationlink.OpenAPI())
	assert.True(t, strings.HasPrefix(string(migrationlink.OpenAPI()), "openapi: 3.0.3\n"))
}

// TestServersStandAtTheRootAlone, since servers of an operation override those of the root (OpenAPI 3.0.3, Operation
// Object): a generated client would send that operation to another host than the one that its user configured.
func TestServersStandAtTheRootAlone(t *testing.T) {
	t.Parallel()
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal(migrationlink.OpenAPI(), &doc))
	var found []string
	var walk func(n *yaml.Node, at string)
	walk = func(n *yaml.Node, at string) {
		for i, child := range n.Content {
			switch {
			case n.Kind != yaml.MappingNode:
				walk(child, at)
			case i%2 == 1:
				key := n.Content[i-1]
				if key.Value == "servers" || key.Value == "server" { // a Link Object has one server
					found = append(found, fmt.Sprintf("line %d: %s in %s", key.Line, key.Value, at))
				}
				walk(child, at+"/"+key.Value)
			}
		}
	}
	walk(&doc, "#")
	require.NotEmpty(t, found)
	assert.Regexp(t, `^line \d+: servers in #$`, found[0])
	assert.Empty(t, found[1:], "want servers at the root of openapi.yaml alone; whatever only the stand-in serves is an extension")
}

// TestErrorCodes wants each code of MongoDB's documentation, and those of ours, as an example of the status it comes with, in each
// operation that answers it; and no other.
func TestErrorCodes(t *testing.T) {
	t.Parallel()
	connect, disconnect := []string{"connect"}, []string{"disconnect"}
	all := []string{"connect", "disconnect", "status"}
	tests := []struct {
		status     int
		code       string
		operations []string
	}{
		{400, "INVALID_JSON", all},
		{400, "MALFORMED_JSON", all},
		{400, "INVALID_JSON_ATTRIBUTE", all},
		{400, "MISSING_ATTRIBUTE", all},
		{400, "INVALID_ATTRIBUTE", all},
		{400, "INVALID_ENUM_VALUE", all},
		{400, "INVALID_QUERY_PARAMETER", all},
		{400, "VALIDATION_ERROR", all},
		{401, "NO_CURRENT_USER", all},
		{401, "USER_UNAUTHORIZED", all},
		{401, "NOT_ORG_OWNER", all},
		{401, "NOT_ORG_ADMIN", all},
		{401, "USER_CANNOT_ACCESS_ORG", all},
		{402, "ACCOUNT_SUSPENDED", all},
		{403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", all},
		{403, "ORG_REQUIRES_ACCESS_LIST", all},
		{403, "ACCESS_FORBIDDEN", all},
		{403, "NO_FREE_TIER_API", all},
		{404, "INVALID_ORG_ID", all},
		{404, "ORG_NOT_FOUND", all},
		{404, "RESOURCE_NOT_FOUND", all},
		{404, "EXPECTED_NON_ATLAS_ORG", all},
		{405, "METHOD_NOT_ALLOWED", all},
		{409, "LINK_TOKEN_IN_USE", connect},
		{409, "CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT", disconnect},
		{413, "REQUEST_ENTITY_TOO_LARGE", connect},
		{415, "UNSUPPORTED_MEDIA_TYPE", connect},
		{429, "RATE_LIMITED", all},
		{500, "UNEXPECTED_ERROR", all},
		{503, "SERVICE_UNAVAILABLE", all},
	}
	var want []string
	for _, tt := range tests {
		for _, operation := range tt.operations {
			want = append(want, fmt.Sprintf("%s answers %d %s", operation, tt.status, tt.code))
		}
	}
	var got []string
	for _, a := range answers(load(t, migrationlink.OpenAPI())) {
		for name, e := range jsonExamples(a.response) {
			if code, ok := e["errorCode"].(string); ok {
				assert.Equal(t, code, name, "an example with an errorCode is named for it")
				got = append(got, fmt.Sprintf("%s answers %s %s", a.operation, a.status, code))
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	assert.Equal(t, want, got)
}

// TestExamplesRepeatTheirStatus holds `error` and `reason`, and `status` of an envelope, to the status that the example stands under.
func TestExamplesRepeatTheirStatus(t *testing.T) {
	t.Parallel()
	for _, a := range answers(load(t, migrationlink.OpenAPI())) {
		status, err := strconv.Atoi(a.status)
		require.NoError(t, err, a)
		for name, e := range jsonExamples(a.response) {
			if content, enveloped := e["content"].(map[string]any); enveloped {
				assert.EqualValues(t, status, e["status"], "%s, example %s: status", a, name)
				e = content
			}
			if status >= 400 {
				assert.EqualValues(t, status, e["error"], "%s, example %s: error", a, name)
				assert.Equal(t, http.StatusText(status), e["reason"], "%s, example %s: reason", a, name)
			}
		}
	}
}

// TestEveryAnswerDeclaresAHeader, since the code generated for an answer without one does not compile.
func TestEveryAnswerDeclaresAHeader(t *testing.T) {
	t.Parallel()
	for _, a := range answers(load(t, migrationlink.OpenAPI())) {
		assert.NotEmpty(t, a.response.Headers, "%s declares no header", a)
	}
}

func TestHeadersThatAStatusNeeds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status, header string
		required       bool
	}{
		{"401", "WWW-Authenticate", true}, // RFC 9110 section 11.6.1
		{"405", "Allow", true},            // RFC 9110 section 15.5.6
		{"429", "Retry-After", true},
		{"503", "Retry-After", false},
	}
	all := answers(load(t, migrationlink.OpenAPI()))
	for _, tt := range tests {
		t.Run(tt.status, func(t *testing.T) {
			t.Parallel()
			seen := 0
			for _, a := range all {
				if a.status != tt.status {
					continue
				}
				seen++
				if header := a.response.Headers[tt.header]; assert.NotNil(t, header, "%s declares no %s", a, tt.header) {
					assert.Equal(t, tt.required, header.Value.Required, "%s: whether %s is required", a, tt.header)
				}
			}
			assert.Equal(t, 3, seen, "operations that answer %s", tt.status)
		})
	}
}

// TestComponentNamesDiffer, also in the case of their letters: the generator makes one Go type of each.
func TestComponentNamesDiffer(t *testing.T) {
	t.Parallel()
	var doc struct {
		Components map[string]map[string]any `yaml:"components"`
	}
	require.NoError(t, yaml.Unmarshal(migrationlink.OpenAPI(), &doc))
	require.NotEmpty(t, doc.Components)

	sections := map[string]string{}
	for section, components := range doc.Components {
		for name := range components {
			folded := strings.ToLower(name)
			assert.Empty(t, sections[folded], "%s stands in another section of the components too: %s", name, section)
			sections[folded] = section
		}
	}
}

// TestAlternatives wants of every oneOf what generated code and the checker go by: exactly one branch with x-when, which names a boolean
// query parameter. The overlay of gen/ gives the Go type of the other one, and no part of the contract names a Go type.
func TestAlternatives(t *testing.T) {
	t.Parallel()
	doc := load(t, migrationlink.OpenAPI())
	assert.NotContains(t, string(migrationlink.OpenAPI()), "x-go-")
	overlay, err := os.ReadFile("oapi-codegen.overlay.yaml")
	require.NoError(t, err)
	seen := 0
	for name, schema := range doc.Components.Schemas {
		if len(schema.Value.OneOf) == 0 {
			continue
		}
		seen++
		var when, plain []string
		for _, branch := range schema.Value.OneOf {
			if parameter, conditional := branch.Value.Extensions["x-when"]; conditional {
				when = append(when, fmt.Sprint(parameter))
			} else {
				plain = append(plain, strings.TrimPrefix(branch.Ref, "#/components/schemas/"))
			}
		}
		if assert.Len(t, when, 1, "%s: branches with x-when", name) {
			parameter := doc.Components.Parameters[when[0]]
			if assert.NotNil(t, parameter, "%s: x-when names the parameter %s, which there is not", name, when[0]) {
				assert.True(t, parameter.Value.In == openapi3.ParameterInQuery && parameter.Value.Schema.Value.Type.Is("boolean"),
					"%s: %s is no boolean in the query", name, when[0])
			}
		}
		require.Len(t, plain, 1, "%s: branches without x-when", name)
		assert.Contains(t, string(overlay), fmt.Sprintf("- target: $.components.schemas.%s\n    update: {x-go-type: %s}\n", name, plain[0]))
	}
	assert.Equal(t, strings.Count(string(migrationlink.OpenAPI()), "oneOf:"), seen, "every oneOf has a name among the schemas")
}

// answer is one declared answer of one operation.
type answer struct {
	operation, status string
	response          *openapi3.Response
}

func (a answer) String() string { return a.operation + " " + a.status }

func answers(doc *openapi3.T) []answer {
	var all []answer
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for status, response := range operation.Responses.Map() {
				all = append(all, answer{operation: operation.OperationID, status: status, response: response.Value})
			}
		}
	}
	return all
}

// jsonExamples returns the named examples of an answer that are objects.
func jsonExamples(response *openapi3.Response) map[string]map[string]any {
	objects := map[string]map[string]any{}
	if content := response.Content["application/json"]; content != nil {
		for name, e := range content.Examples {
			if object, ok := e.Value.Value.(map[string]any); ok {
				objects[name] = object
			}
		}
	}
	return objects
}

func load(t *testing.T, contract []byte) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(contract)
	require.NoError(t, err)
	return doc
}
