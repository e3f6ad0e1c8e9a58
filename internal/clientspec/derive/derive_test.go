package derive_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/clientspec/derive"
)

// Each rule of the derivation at one small document: a choice, an inline parameter, servers below the root, names that look like
// fields, and closed objects in requests and responses.
const contract = `openapi: 3.0.3
# A comment for the authors.
info: {title: T, version: '1', x-note: n}
servers: [{url: /base, x-advice: a}]
x-decision: d
paths:
  /things:
    servers: [{url: 'https://elsewhere.example'}]
    get:
      servers: [{url: 'https://elsewhere.example'}]
      parameters:
        - {name: wrapped, in: query, schema: {type: boolean}}
        - {name: x-kept, in: header, schema: {type: string, x-go-type: T}}
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Ask'}}}
      responses:
        '200':
          description: Done
          headers: {x-kept: {required: true, schema: {type: string}}}
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Answer'}
              examples:
                bare: {value: {x-kept: 1}}
                other: {value: {body: {}, code: 1}}
components:
  schemas:
    Ask: {type: object, additionalProperties: false, properties: {servers: {type: string}, x-kept: {type: string}}}
    Thing:
      type: object
      additionalProperties: false
      required: [x-kept]
      properties:
        x-kept: {type: integer, x-equals: http-status}
        parts: {type: array, items: {type: object, additionalProperties: false}}
        more: {type: object, additionalProperties: true}
        again: {$ref: '#/components/schemas/Thing'}
    Wrapped: {type: object, x-when: wrapped, required: [code, body], properties: {code: {type: integer}, body: {$ref: '#/components/schemas/Thing'}}}
    Answer: {oneOf: [{$ref: '#/components/schemas/Wrapped'}, {$ref: '#/components/schemas/Thing'}]}
`

func TestClient(t *testing.T) {
	t.Parallel()
	got, err := derive.Client([]byte(contract))
	require.NoError(t, err)
	assert.YAMLEq(t, `openapi: 3.0.3
info: {title: T, version: '1'}
servers: [{url: /base}]
paths:
  /things:
    get:
      parameters:
        - {name: x-kept, in: header, schema: {type: string}}
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Ask'}}}
      responses:
        '200':
          description: Done
          headers: {x-kept: {schema: {type: string}}}
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Thing'}
              examples:
                bare: {value: {x-kept: 1}}
components:
  schemas:
    Ask: {type: object, additionalProperties: false, properties: {servers: {type: string}, x-kept: {type: string}}}
    Thing:
      type: object
      required: [x-kept]
      properties:
        x-kept: {type: integer}
        parts: {type: array, items: {type: object}}
        more: {type: object, additionalProperties: true}
        again: {$ref: '#/components/schemas/Thing'}
`, string(got))
	assert.NotContains(t, string(got), "for the authors")

	again, err := derive.Client([]byte(contract))
	require.NoError(t, err)
	assert.Equal(t, string(got), string(again))
}

func TestClientRefuses(t *testing.T) {
	t.Parallel()
	const schemas = "components:\n  schemas:\n    A: {type: object}\n    B: {type: object}\n    W: {type: object, x-when: w}\n    C:\n      oneOf: "
	for name, tt := range map[string]struct{ contract, want string }{
		"no YAML":                 {"a: [", "openapi.yaml: yaml: line 1: did not find expected node content"},
		"no mapping":              {"[]", "openapi.yaml: want an OpenAPI document, a mapping"},
		"nothing":                 {"", "openapi.yaml: want an OpenAPI document, a mapping"},
		"a oneOf without x-when":  {schemas + "[{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]", "openapi.yaml:7: want two branches in the oneOf of C, one of them with x-when"},
		"a oneOf without a plain": {schemas + "[{$ref: '#/components/schemas/W'}, {$ref: '#/components/schemas/W'}]", "openapi.yaml:7: want two branches in the oneOf of C, one of them with x-when"},
		"a branch without a name": {schemas + "[{type: object}]", "openapi.yaml:7: want the $ref of a named schema in the oneOf of C"},
		"a oneOf without a name": {"paths:\n  /a:\n    get:\n      responses:\n        '200':\n          content:\n            application/json:\n              schema: {oneOf: [{type: string}]}",
			"openapi.yaml:8: want a named schema in components for this choice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := derive.Client([]byte(tt.contract))
			require.EqualError(t, err, tt.want)
		})
	}
}
