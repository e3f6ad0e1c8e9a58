package checker

import (
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// proven names a schema in one direction: what is readOnly or writeOnly may stand in the other alone.
type proven struct {
	schema    *openapi3.Schema
	direction Direction
}

// proofs of the schemas that a contract judges values by. One that is not there has none.
type proofs map[proven]*proof

// unlimited is the maximum of a length where there is none.
const unlimited = math.MaxInt

// add compiles what the values of an operation are judged by. It reports whether that is all that kin-openapi judges them by: parameters that are not
// in path or query, and ways to write a value that are not the usual one, are left to it.
func (all proofs) add(op *operation) (provable bool) {
	provable = true
	for _, p := range op.parameters {
		provable = provable && p.Value.Style == "" && (p.Value.In == openapi3.ParameterInPath || p.Value.In == openapi3.ParameterInQuery)
		all.compile(p.Value.Schema.Value, Request, nil)
	}
	content := func(content openapi3.Content, direction Direction) {
		for name, mediaType := range content {
			provable = provable && len(mediaType.Encoding) == 0
			if schema := bodySchema(content, name); schema != nil {
				all.compile(schema, direction, nil)
			}
		}
	}
	if body := op.route.Operation.RequestBody; body != nil {
		content(body.Value.Content, Request)
	}
	for _, response := range op.route.Operation.Responses.Map() {
		for _, header := range response.Value.Headers {
			provable = provable && header.Value.Style == ""
			all.compile(header.Value.Schema.Value, Answer, nil)
		}
		content(response.Value.Content, Answer)
	}
	return provable
}

// compile returns the proof of a schema, and nil where there is a keyword in it that is not understood. above are the schemas that it is in.
func (all proofs) compile(s *openapi3.Schema, direction Direction, above []*openapi3.Schema) *proof {
	key := proven{s, direction}
	if p, done := all[key]; done {
		return p
	}
	if slices.Contains(above, s) || len(above) == maxDepth || s.Extensions["x-equals"] != nil && !s.Type.Is(openapi3.TypeInteger) {
		return nil
	}
	above = append(slices.Clone(above), s)
	var p *proof
	switch {
	case understood(s, func(rest *openapi3.Schema) {}):
		p = anything
	case understood(s, func(rest *openapi3.Schema) { rest.OneOf = nil }):
		p = all.oneOf(s, direction, above)
	case s.Type.Is(openapi3.TypeString):
		p = text(s)
	case s.Type.Is(openapi3.TypeInteger):
		p = integer(s)
	case s.Type.Is(openapi3.TypeBoolean) && understood(s, func(rest *openapi3.Schema) { rest.Type = nil }):
		p = &proof{is: openapi3.TypeBoolean}
	case s.Type.Is(openapi3.TypeArray):
		p = all.array(s, direction, above)
	case s.Type.Is(openapi3.TypeObject):
		p = all.object(s, direction, above)
	}
	if p != nil {
		all[key] = p
	}
	return p
}

// understood reports whether nothing is left of a schema once what binds no value is taken out of it, and what but takes out, which is what the
// caller understands. So a keyword that nobody thought of keeps a schema from being proved.
func understood(s *openapi3.Schema, but func(rest *openapi3.Schema)) bool {
	rest := *s
	rest.Origin, rest.ExternalDocs, rest.Default, rest.Example = nil, nil, nil, nil // defaults are not set, see kinInput
	rest.Title, rest.Description, rest.Deprecated = "", "", false
	rest.Nullable = false                        // null is never proved
	rest.ReadOnly, rest.WriteOnly = false, false // a property that is may not be there at all, see object
	rest.Extensions = nil                        // of ours, x-when says which branch is judged by, and x-equals is in integer
	but(&rest)
	return reflect.ValueOf(rest).IsZero()
}

func text(s *openapi3.Schema) *proof {
	if !understood(s, func(rest *openapi3.Schema) {
		rest.Type, rest.Enum, rest.Pattern, rest.Format, rest.MinLength, rest.MaxLength = nil, nil, "", "", 0, nil
	}) || s.Format == "binary" { // which kin-openapi does not read as JSON
		return nil
	}
	p := &proof{is: openapi3.TypeString, minLength: length(&s.MinLength), maxLength: length(s.MaxLength), format: s.Format}
	for _, value := range s.Enum {
		member, isString := value.(string)
		if !isString {
			return nil
		}
		p.enum = append(p.enum, member)
	}
	if s.Pattern != "" {
		pattern, err := regexp.Compile(s.Pattern)
		if err != nil || strings.Contains(s.Pattern, `\u`) { // which kin-openapi writes for Go before it compiles it
			return nil
		}
		p.pattern = pattern
	}
	return p
}

func integer(s *openapi3.Schema) *proof {
	if !understood(s, func(rest *openapi3.Schema) { rest.Type, rest.Min, rest.Max = nil, nil, nil }) {
		return nil
	}
	p := &proof{is: openapi3.TypeInteger, minimum: math.Inf(-1), maximum: math.Inf(1), status: s.Extensions["x-equals"] == "http-status"}
	if s.Min != nil {
		p.minimum = *s.Min
	}
	if s.Max != nil {
		p.maximum = *s.Max
	}
	return p
}

func (all proofs) array(s *openapi3.Schema, direction Direction, above []*openapi3.Schema) *proof {
	if !understood(s, func(rest *openapi3.Schema) { rest.Type, rest.Items, rest.MinItems, rest.MaxItems = nil, nil, 0, nil }) || s.Items == nil {
		return nil
	}
	return &proof{
		is: openapi3.TypeArray, items: all.compile(s.Items.Value, direction, above), minItems: length(&s.MinItems), maxItems: length(s.MaxItems),
	}
}

func (all proofs) object(s *openapi3.Schema, direction Direction, above []*openapi3.Schema) *proof {
	if !understood(s, func(rest *openapi3.Schema) {
		rest.Type, rest.Properties, rest.Required, rest.AdditionalProperties.Has = nil, nil, nil, nil
	}) || len(s.Properties) > 64 { // bits of the set of those that were there
		return nil
	}
	p := &proof{is: openapi3.TypeObject, closed: s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has}
	for _, name := range sortedKeys(s.Properties) {
		property := provenProperty{name: name, required: slices.Contains(s.Required, name)}
		schema := s.Properties[name].Value
		if blocked(schema, direction) == "" {
			property.value = all.compile(schema, direction, above)
		}
		if property.value == nil && property.required {
			return nil
		}
		p.properties = append(p.properties, property)
	}
	for _, name := range s.Required {
		if p.property(name) < 0 {
			return nil
		}
	}
	return p
}

// oneOf is provable where no two branches can be valid.
func (all proofs) oneOf(s *openapi3.Schema, direction Direction, above []*openapi3.Schema) *proof {
	p := new(proof)
	for _, option := range s.OneOf {
		branch := all.compile(option.Value, direction, above)
		if branch == nil || slices.ContainsFunc(p.oneOf, func(other *proof) bool { return !other.excludes(branch) }) {
			return nil
		}
		p.oneOf = append(p.oneOf, branch)
	}
	return p
}

func length(n *uint64) int {
	if n == nil || *n > unlimited {
		return unlimited
	}
	return int(*n)
}
