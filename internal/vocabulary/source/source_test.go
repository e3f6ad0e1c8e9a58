package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/vocabulary/source"
)

func TestTheConstantsFollowTheContract(t *testing.T) {
	t.Parallel()
	want, err := source.Render(migrationlink.OpenAPI())
	require.NoError(t, err)

	got, err := os.ReadFile(filepath.FromSlash("../../../vocabulary.gen.go"))
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "vocabulary.gen.go is not what openapi.yaml says; run go generate ./...")
}

const contract = `openapi: 3.0.3
paths:
  /link:
    parameters: []
    post: {operationId: connect}
    delete: {operationId: disconnect}
  /link/state:
    get: {operationId: describeState}
components:
  schemas:
    LinkStatus: {type: string, enum: [SYNCED, NOT_SYNCED]}
    Error:
      properties:
        error: {type: integer}
        errorCode: {type: string}
  responses:
    Late:
      content:
        application/json:
          examples:
            RATE_LIMITED: {value: {error: 429, errorCode: RATE_LIMITED}}
            enveloped: {value: {status: 429, content: {error: 429, errorCode: RATE_LIMITED}}}
    Missing:
      content:
        application/json:
          example: {error: 404, errorCode: INVALID_ORG_ID}
  securitySchemes:
    digest: {type: http, scheme: digest}
    serviceAccount: {type: oauth2}
`

const rendered = `// Code generated from openapi.yaml by internal/vocabulary; DO NOT EDIT.

package migrationlink

// The operations of the contract.
const (
	// OperationConnect is POST /link.
	OperationConnect Operation = "connect"
	// OperationDescribeState is GET /link/state.
	OperationDescribeState Operation = "describeState"
	// OperationDisconnect is DELETE /link.
	OperationDisconnect Operation = "disconnect"
)

// Operations returns every operation, in the order of a link's life: what creates it comes first.
func Operations() []Operation {
	return []Operation{OperationConnect, OperationDescribeState, OperationDisconnect}
}

// The security schemes of the contract.
const (
	SecuritySchemeDigest         SecurityScheme = "digest"
	SecuritySchemeServiceAccount SecurityScheme = "serviceAccount"
)

// SecuritySchemes returns every security scheme, in the order of the contract.
func SecuritySchemes() []SecurityScheme {
	return []SecurityScheme{SecuritySchemeDigest, SecuritySchemeServiceAccount}
}

// Authorization is what the Authorization header calls the scheme; empty for one that the contract does not have.
func (s SecurityScheme) Authorization() string {
	switch s {
	case SecuritySchemeDigest:
		return "Digest"
	case SecuritySchemeServiceAccount:
		return "Bearer"
	}
	return ""
}

// The statuses of a link. [Status] says what they mean.
const (
	StatusSynced    Status = "SYNCED"
	StatusNotSynced Status = "NOT_SYNCED"
)

// Statuses returns every status, in the order of the contract.
func Statuses() []Status {
	return []Status{StatusSynced, StatusNotSynced}
}

// The error codes that the contract has an example of, by HTTP status.
const (
	CodeInvalidOrgID Code = "INVALID_ORG_ID" // 404
	CodeRateLimited  Code = "RATE_LIMITED"   // 429
)

// Codes returns every error code, sorted by HTTP status and then by name.
func Codes() []Code {
	return []Code{
		CodeInvalidOrgID,
		CodeRateLimited,
	}
}

// HTTPStatus is the status of a response with the code; 0 for a code that the contract does not have.
func (c Code) HTTPStatus() int {
	switch c {
	case CodeInvalidOrgID:
		return 404 // Not Found
	case CodeRateLimited:
		return 429 // Too Many Requests
	}
	return 0
}
`

func TestRender(t *testing.T) {
	t.Parallel()
	got, err := source.Render([]byte(contract))
	require.NoError(t, err)
	assert.Equal(t, rendered, string(got))
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, old, new, want string
	}{
		{"what is not YAML", contract, "a: [", "openapi.yaml: yaml: line 1: did not find expected node content"},
		{"an empty document", contract, "", "openapi.yaml: want an OpenAPI document, a mapping"},
		{"no operation", "paths:", "x-paths:", "openapi.yaml: want operations in paths"},
		{"an operation without id", "operationId: disconnect", "summary: x",
			"openapi.yaml:6: want an operationId like connect: it becomes a name in Go"},
		{"an id that is no name", "operationId: disconnect", "operationId: dis-connect",
			"openapi.yaml:6: want an operationId like connect: it becomes a name in Go"},
		{"no security scheme", "securitySchemes:", "x-schemes:", "openapi.yaml: want security schemes in components.securitySchemes"},
		{"a security scheme that is no name", "serviceAccount:", "service-account:",
			"openapi.yaml:29: want a security scheme like digest: it becomes a name in Go"},
		{"a security scheme of another kind", "{type: oauth2}", "{type: apiKey, in: query}",
			"openapi.yaml:29: want a security scheme of type http, oauth2 or openIdConnect, which have the header Authorization"},
		{"a security scheme without its scheme", ", scheme: digest}", "}",
			"openapi.yaml:28: want a security scheme of type http, oauth2 or openIdConnect, which have the header Authorization"},
		{"no status", "LinkStatus:", "Status:", "openapi.yaml: want an enum in components.schemas.LinkStatus"},
		{"a status that is no name", "NOT_SYNCED]", "not synced]", "openapi.yaml:11: want a status like NOT_SYNCED: it becomes a name in Go"},
		{"a code that is no name", "errorCode: INVALID_ORG_ID", "errorCode: invalid",
			"openapi.yaml:26: want an errorCode like RATE_LIMITED: it becomes a name in Go"},
		{"a code without status", "{error: 404, ", "{error: many, ", "openapi.yaml:26: want an HTTP status beside errorCode"},
		{"a code with two statuses", "errorCode: INVALID_ORG_ID", "errorCode: RATE_LIMITED",
			"openapi.yaml:26: errorCode RATE_LIMITED has status 404 here and 429 elsewhere; want one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, contract, tt.old)
			_, err := source.Render([]byte(strings.Replace(contract, tt.old, tt.new, 1)))
			assert.EqualError(t, err, tt.want)
		})
	}
}
