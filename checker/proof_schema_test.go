package checker_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
)

// Proofs know nothing of our contract: by documents with any schemas they change no verdict either.
func TestProofsOfAnySchemaChangeNoVerdict(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	documents, judged, right := 0, 0, 0
	for range 400 {
		d := drawDocument(random)
		content, err := json.Marshal(d.whole())
		require.NoError(t, err)
		if _, err := checker.New(checker.Document(content)); err != nil {
			continue // no schema of OpenAPI
		}
		documents++
		j := newJudges(t, string(content))
		for range 20 {
			e := d.exchange(random)
			if !j.agree(t, e) {
				t.Logf("by the document\n%s", content)
				return
			}
			judged++
			if j.thorough.Judge(e).Kept() {
				right++
			}
		}
	}
	t.Logf("%d documents, %d exchanges, of which %d keep the contract", documents, judged, right)
	assert.Greater(t, documents, 300)
	assert.Greater(t, right, judged/10, "too few that a proof could be right about")
}

// schema is one of OpenAPI 3.0, as JSON has it.
type schema = map[string]any

type document struct {
	path, query, header, request, answer schema
	// shared: request and answer have one schema.
	shared  bool
	unusual int // what the document has that no schema says
}

func drawDocument(random *rand.Rand) document {
	d := document{path: schema{"type": "string"}, query: draw(random, 0), header: drawText(random), request: draw(random, 3), answer: draw(random, 3), unusual: random.IntN(20)}
	if random.IntN(3) == 0 {
		d.path = draw(random, 0)
	}
	if d.shared = random.IntN(4) == 0; d.shared {
		d.answer = d.request
	} else if random.IntN(2) == 0 {
		wrapped := schema{
			"type": "object", "x-when": "wrap", "required": []string{"status", "content"}, "additionalProperties": random.IntN(4) == 0,
			"properties": schema{"status": oneOf(random, schema{"type": "integer", "x-equals": "http-status"}, schema{"x-equals": "http-status"}), "content": d.answer},
		}
		d.answer = schema{"oneOf": []any{d.answer, wrapped}}
	}
	return d
}

func (d document) whole() schema {
	json := func(s schema) schema { return schema{"application/json": schema{"schema": s}} }
	parameter := func(name, in string, required bool, s schema) schema {
		return schema{"name": name, "in": in, "required": required, "schema": s}
	}
	parameters := []any{parameter("p", "path", true, d.path), parameter("q", "query", false, d.query), parameter("wrap", "query", false, schema{"type": "boolean"})}
	request, answer := json(d.request), json(d.answer)
	if d.shared {
		request, answer = json(schema{"$ref": "#/components/schemas/Shared"}), json(schema{"$ref": "#/components/schemas/Shared"})
	}
	switch d.unusual {
	case 1:
		parameters = append(parameters, parameter("Content-Language", "header", true, schema{"type": "string", "maxLength": 2}))
	case 2:
		parameters[0].(schema)["style"] = "label"
	case 3:
		request["application/json"].(schema)["encoding"] = schema{"": schema{"contentType": "text/plain"}}
	}
	return schema{
		"openapi": "3.0.3", "info": schema{"title": "Any", "version": "1"},
		"paths": schema{"/{p}": schema{"post": schema{
			"operationId": "any", "parameters": parameters, "requestBody": schema{"content": request},
			"responses": schema{"200": schema{"description": "", "headers": schema{"X-Any": schema{"schema": d.header}}, "content": answer}},
		}}},
		"components": schema{"schemas": schema{
			"Shared": d.request,
			"Tree":   schema{"type": "object", "properties": schema{"a": schema{"$ref": "#/components/schemas/Tree"}, "b": schema{"type": "string"}}, "additionalProperties": false},
		}},
	}
}

func (d document) exchange(random *rand.Rand) checker.Exchange {
	content := func(s schema) []byte {
		made, _ := json.Marshal(fitting(random, s))
		if random.IntN(4) == 0 {
			made = alterJSON(random, made)
		}
		return made
	}
	query := url.Values{}
	if random.IntN(6) == 0 {
		query.Set("q", fmt.Sprint(fitting(random, d.query)))
	}
	if random.IntN(3) == 0 {
		query.Set("wrap", oneOf(random, "true", "false"))
	}
	e := checker.Exchange{
		Method: http.MethodPost, Target: "/" + url.PathEscape(fmt.Sprint(fitting(random, d.path))) + "?" + query.Encode(),
		RequestHeader: http.Header{"Content-Type": {"application/json"}},
		Status:        http.StatusOK, ResponseHeader: http.Header{"Content-Type": {"application/json"}}, ResponseBody: content(d.answer),
	}
	if random.IntN(2) == 0 {
		e.RequestBody = content(d.request)
	}
	if random.IntN(4) == 0 {
		e.ResponseHeader["X-Any"] = []string{fmt.Sprint(fitting(random, d.header))}
	}
	return e
}

// some draws each of the keywords rarely.
func some(random *rand.Rand, s schema, keywords schema) schema {
	for _, keyword := range strings.Fields("enum pattern format minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum multipleOf x-equals minItems maxItems uniqueItems " +
		"minProperties maxProperties additionalProperties nullable readOnly writeOnly default description deprecated") { // in a fixed order, to draw the same again
		if value, has := keywords[keyword]; has && random.IntN(4) == 0 {
			s[keyword] = value
		}
	}
	return s
}

func drawText(random *rand.Rand) schema {
	return some(random, schema{"type": "string"}, schema{
		"enum": oneOf(random, []any{"a", "b"}, []any{"a", 1}, []any{"é"}), "pattern": oneOf(random, "^a", "[0-9]+$", "^$|b", `^\\u0061`, "é"),
		"format":    oneOf(random, "date-time", "date", "byte", "password", "binary", "uuid", "int32"),
		"minLength": oneOf(random, 0, 1, 3), "maxLength": oneOf(random, 0, 1, 5), "minimum": 3, "description": "x",
	})
}

// draw makes a schema, at most so deep.
func draw(random *rand.Rand, depth int) schema {
	number := schema{
		"minimum": oneOf(random, 0, 5, -1.5), "maximum": oneOf(random, 0, 300, 5.5), "exclusiveMinimum": true, "exclusiveMaximum": false, "multipleOf": oneOf(random, 1, 0.5, 3),
		"format": oneOf(random, "int32", "int64", "double"), "x-equals": "http-status", "enum": []any{1, 200},
	}
	below := func() schema { return draw(random, depth-1) }
	var s schema
	switch kind := random.IntN(15); {
	case kind < 3 || depth <= 0 && kind > 6:
		s = drawText(random)
	case kind < 5:
		s = some(random, schema{"type": "integer"}, number)
	case kind == 5:
		s = some(random, schema{"type": "number"}, number)
	case kind == 6:
		s = some(random, schema{"type": "boolean"}, schema{"enum": []any{true}, "x-equals": "http-status"})
	case kind < 9:
		s = some(random, schema{"type": "array", "items": below()}, schema{"minItems": oneOf(random, 1, 2), "maxItems": oneOf(random, 0, 2), "uniqueItems": true})
	case kind == 9:
		s = some(random, schema{}, schema{"enum": []any{"a", 1, nil}, "pattern": "^a", "minLength": 2, "minimum": 2, "x-equals": "http-status", "description": "x"})
	case kind == 10:
		s = oneOf(random, schema{"allOf": []any{below(), below()}}, schema{"anyOf": []any{below(), below()}}, schema{"not": below()},
			schema{"oneOf": []any{below(), below()}}, schema{"$ref": "#/components/schemas/Tree"})
	case kind == 11:
		s = schema{"oneOf": []any{drawObject(random, depth), drawObject(random, depth)}}
	default:
		s = drawObject(random, depth)
	}
	if _, isReference := s["$ref"]; isReference {
		return s
	}
	return some(random, s, schema{"nullable": true, "deprecated": true, "description": "x"})
}

func drawObject(random *rand.Rand, depth int) schema {
	properties, required := schema{}, []string{}
	for _, name := range []string{"a", "b", "status"} {
		if random.IntN(3) > 0 {
			properties[name] = some(random, draw(random, depth-1), schema{oneOf(random, "readOnly", "writeOnly"): true})
		}
		if random.IntN(3) == 0 {
			required = append(required, name)
		}
	}
	s := some(random, schema{"type": "object", "properties": properties}, schema{"minProperties": 1, "maxProperties": oneOf(random, 1, 2)})
	if random.IntN(2) == 0 {
		s["additionalProperties"] = oneOf[any](random, false, false, true, draw(random, depth-1))
	}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// fitting is a value that a schema is likely to take.
func fitting(random *rand.Rand, s schema) any {
	if random.IntN(12) == 0 {
		return oneOf[any](random, nil, nil, nil, true, "", "a", "é", 0, 1, 200, 1.5, 1e300, []any{}, []any{"a"}, schema{}, schema{"a": "a"}, schema{"a": nil}, schema{"status": 200, "content": "a"})
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		if branches, has := s[keyword].([]any); has {
			return fitting(random, oneOf(random, branches...).(schema))
		}
	}
	if values, has := s["enum"].([]any); has {
		return oneOf(random, values...)
	}
	switch s["type"] {
	case "string":
		return oneOf(random, "", "a", "b", "ab", "abc", "abcdefg", "é", "éé", "a1", "7", "2026-11-28", "2026-11-28T10:00:00Z", "AAAA", `\u0061`, "𝄞𝄞𝄞")
	case "integer":
		return oneOf(random, -3, 0, 1, 3, 5, 6, 200, 301, 1<<40)
	case "number":
		return oneOf[any](random, -1.5, 0, 1, 0.25, 5.5, 6, 1e20)
	case "boolean":
		return random.IntN(2) == 0
	case "array":
		items := make([]any, random.IntN(3))
		for i := range items {
			items[i] = fitting(random, s["items"].(schema))
		}
		return items
	case "object":
		object := schema{}
		properties, _ := s["properties"].(schema)
		for _, name := range []string{"a", "b", "status", "content", "other"} {
			if property, has := properties[name].(schema); has && random.IntN(5) > 0 {
				object[name] = fitting(random, property)
			} else if !has && random.IntN(12) == 0 {
				object[name] = "a"
			}
		}
		return object
	}
	return oneOf[any](random, "a", 1, true, schema{}, []any{}, schema{"b": "a"}, schema{"a": schema{"b": "b"}})
}
