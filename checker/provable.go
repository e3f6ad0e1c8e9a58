package checker

import (
	"github.com/getkin/kin-openapi/openapi3"

	"github.com/migrationlink/migrationlink/internal/proof"
	"github.com/migrationlink/migrationlink/internal/strictjson"
)

// proofs of the schemas that a contract judges values by, for each direction: what is readOnly or writeOnly may stand in the other alone.
type proofs map[Direction]*proof.Set

func newProofs() proofs {
	all := make(proofs)
	for _, direction := range []Direction{Request, Answer} {
		all[direction] = proof.NewSet(strictjson.MaxDepth, func(property *openapi3.Schema) bool { return blocked(property, direction) != "" })
	}
	return all
}

// add compiles what the values of an operation are judged by. It reports whether that is all that kin-openapi judges them by: parameters that are not
// in path or query, and ways to write a value that are not the usual one, are left to it.
func (all proofs) add(op *operation) (provable bool) {
	provable = true
	for _, p := range op.parameters {
		provable = provable && p.Value.Style == "" && (p.Value.In == openapi3.ParameterInPath || p.Value.In == openapi3.ParameterInQuery)
		all[Request].Add(p.Value.Schema.Value)
	}
	content := func(content openapi3.Content, direction Direction) {
		for name, mediaType := range content {
			provable = provable && len(mediaType.Encoding) == 0
			if schema := bodySchema(content, name); schema != nil {
				all[direction].Add(schema)
			}
		}
	}
	if body := op.route.Operation.RequestBody; body != nil {
		content(body.Value.Content, Request)
	}
	for _, response := range op.route.Operation.Responses.Map() {
		for _, header := range response.Value.Headers {
			provable = provable && header.Value.Style == ""
			all[Answer].Add(header.Value.Schema.Value)
		}
		content(response.Value.Content, Answer)
	}
	return provable
}
