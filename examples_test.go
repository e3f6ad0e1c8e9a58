package migrationlink_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
)

// TestEveryExampleIsValid looks at every example itself: kin-openapi's Validate passes over those of headers, and heeds neither formats
// nor the direction of a message.
func TestEveryExampleIsValid(t *testing.T) {
	t.Parallel()
	all := examples(load(t, migrationlink.OpenAPI()))
	for _, e := range all {
		assert.NoError(t, e.validate(), e.where)
	}
	written := regexp.MustCompile(`(?m)^ +(example|value):`).FindAll(migrationlink.OpenAPI(), -1)
	assert.Len(t, all, len(written), "examples that were looked at, of those written in openapi.yaml")
}

// TestBrokenExamplesAreFound breaks one example of each kind.
func TestBrokenExamplesAreFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, old, new, where, want string
	}{
		{
			name:  "request",
			old:   "example:\n              linkToken: string",
			new:   "example:\n              linkToken: ''",
			where: "connect, request",
			want:  "minimum string length is 1",
		},
		{
			name:  "answer",
			old:   "value: {status: NOT_SYNCED}",
			new:   "value: {status: UNSYNCED}",
			where: "status, answer 200, example notSynced",
			want:  `value is not one of the allowed values ["SYNCED","NOT_SYNCED"]`,
		},
		{
			name:  "answer in an envelope",
			old:   "value: {status: 201, content: {status: SYNCED}}",
			new:   "value: {status: 401, content: {status: SYNCED}}",
			where: "connect, answer 201, example enveloped",
			want:  "number must be at most 299",
		},
		{
			name:  "error",
			old:   "errorCode: RATE_LIMITED",
			new:   "errorCode: rate limited",
			where: "answer TooManyRequests, example RATE_LIMITED",
			want:  `string doesn't match the regular expression "^[A-Z][A-Z0-9_]*$"`,
		},
		{
			name:  "parameter",
			old:   "example: 5f7aac56b3a0b94bcdce6d8a",
			new:   "example: 5f7aac56b3a0b94bcdce6d8",
			where: "parameter orgId",
			want:  `string doesn't match the regular expression "^[0-9a-fA-F]{24}$"`,
		},
		{
			name:  "header",
			old:   "example: DELETE, OPTIONS, POST",
			new:   "example: any",
			where: "header AllowedMethods",
			want:  `string doesn't match the regular expression "^[A-Z]+([ \t]*,[ \t]*[A-Z]+)*$"`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			contract := strings.Replace(string(migrationlink.OpenAPI()), tt.old, tt.new, 1)
			require.NotEqual(t, string(migrationlink.OpenAPI()), contract, "openapi.yaml no longer has %q", tt.old)

			var found []string
			for _, e := range examples(load(t, []byte(contract))) {
				if err := e.validate(); err != nil {
					found = append(found, e.where+": "+err.Error())
				}
			}
			require.Len(t, found, 1)
			assert.Contains(t, found[0], tt.where)
			assert.Contains(t, found[0], tt.want)
		})
	}
}

// example is one example of the contract, with the schema that it stands beside.
type example struct {
	where     string
	value     any
	schema    *openapi3.Schema
	direction openapi3.SchemaValidationOption // of the message it is in
}

func (e example) validate() error {
	return e.schema.VisitJSON(e.value, e.direction, openapi3.EnableFormatValidation())
}

// examples returns every example once, however many references lead to it.
func examples(doc *openapi3.T) []example {
	var all []example
	for name, parameter := range doc.Components.Parameters {
		all = appendExamples(all, "parameter "+name, parameter.Value.Schema, parameter.Value.Example, parameter.Value.Examples, openapi3.VisitAsRequest())
	}
	for name, header := range doc.Components.Headers {
		all = appendExamples(all, "header "+name, header.Value.Schema, header.Value.Example, header.Value.Examples, openapi3.VisitAsResponse())
	}
	for name, response := range doc.Components.Responses {
		all = appendContent(all, "answer "+name, response.Value.Content, openapi3.VisitAsResponse())
	}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.RequestBody != nil {
				all = appendContent(all, operation.OperationID+", request", operation.RequestBody.Value.Content, openapi3.VisitAsRequest())
			}
			for status, response := range operation.Responses.Map() {
				if response.Ref == "" {
					all = appendContent(all, operation.OperationID+", answer "+status, response.Value.Content, openapi3.VisitAsResponse())
				}
			}
		}
	}
	return all
}

func appendContent(all []example, where string, content openapi3.Content, direction openapi3.SchemaValidationOption) []example {
	for _, media := range content {
		all = appendExamples(all, where, media.Schema, media.Example, media.Examples, direction)
	}
	return all
}

func appendExamples(
	all []example, where string, schema *openapi3.SchemaRef, one any, named openapi3.Examples, direction openapi3.SchemaValidationOption,
) []example {
	if one != nil {
		all = append(all, example{where: where, value: one, schema: schema.Value, direction: direction})
	}
	for name, e := range named {
		all = append(all, example{where: where + ", example " + name, value: e.Value.Value, schema: schema.Value, direction: direction})
	}
	return all
}
