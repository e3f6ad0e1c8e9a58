package proof

import (
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// unlimited is the maximum of a length where there is none.
const unlimited = math.MaxInt

// Set holds the proofs of the schemas that the values of one direction, request or response, are judged by.
type Set struct {
	proofs   map[*openapi3.Schema]*Proof
	maxDepth int
	blocked  func(property *openapi3.Schema) bool
}

// NewSet makes a Set without proofs. A proof accepts no JSON that is nested deeper than maxDepth, and no property that is
// blocked: one that is readOnly or writeOnly and may stand in the other direction only.
func NewSet(maxDepth int, blocked func(property *openapi3.Schema) bool) *Set {
	return &Set{proofs: make(map[*openapi3.Schema]*Proof), maxDepth: maxDepth, blocked: blocked}
}

// Of returns the proof of a schema that was added, and nil where it has none.
func (all *Set) Of(s *openapi3.Schema) *Proof { return all.proofs[s] }

// Add compiles the proof of a schema, and those of the schemas in it.
func (all *Set) Add(s *openapi3.Schema) { all.compile(s, nil) }

// compile returns the proof of a schema, and nil where there is a keyword in it that is not understood. above are the schemas that it is in.
func (all *Set) compile(s *openapi3.Schema, above []*openapi3.Schema) *Proof {
	if p, done := all.proofs[s]; done {
		return p
	}
	if slices.Contains(above, s) || len(above) == all.maxDepth || s.Extensions["x-equals"] != nil && !s.Type.Is(openapi3.TypeInteger) {
		return nil
	}
	above = append(slices.Clone(above), s)
	var p *Proof
	switch {
	case understood(s, func(rest *openapi3.Schema) {}):
		p = anything
	case understood(s, func(rest *openapi3.Schema) { rest.OneOf = nil }):
		p = all.oneOf(s, above)
	case s.Type.Is(openapi3.TypeString):
		p = text(s)
	case s.Type.Is(openapi3.TypeInteger):
		p = integer(s)
	case s.Type.Is(openapi3.TypeBoolean) && understood(s, func(rest *openapi3.Schema) { rest.Type = nil }):
		p = &Proof{is: openapi3.TypeBoolean}
	case s.Type.Is(openapi3.TypeArray):
		p = all.array(s, above)
	case s.Type.Is(openapi3.TypeObject):
		p = all.object(s, above)
	}
	if p != nil {
		all.proofs[s] = p
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

func text(s *openapi3.Schema) *Proof {
	if !understood(s, func(rest *openapi3.Schema) {
		rest.Type, rest.Enum, rest.Pattern, rest.Format, rest.MinLength, rest.MaxLength = nil, nil, "", "", 0, nil
	}) || s.Format == "binary" { // which kin-openapi does not read as JSON
		return nil
	}
	p := &Proof{is: openapi3.TypeString, minLength: length(&s.MinLength), maxLength: length(s.MaxLength), format: s.Format}
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

func integer(s *openapi3.Schema) *Proof {
	if !understood(s, func(rest *openapi3.Schema) { rest.Type, rest.Min, rest.Max = nil, nil, nil }) {
		return nil
	}
	p := &Proof{is: openapi3.TypeInteger, minimum: math.Inf(-1), maximum: math.Inf(1), status: s.Extensions["x-equals"] == "http-status"}
	if s.Min != nil {
		p.minimum = *s.Min
	}
	if s.Max != nil {
		p.maximum = *s.Max
	}
	return p
}

func (all *Set) array(s *openapi3.Schema, above []*openapi3.Schema) *Proof {
	if !understood(s, func(rest *openapi3.Schema) { rest.Type, rest.Items, rest.MinItems, rest.MaxItems = nil, nil, 0, nil }) || s.Items == nil {
		return nil
	}
	return &Proof{
		is: openapi3.TypeArray, items: all.compile(s.Items.Value, above), minItems: length(&s.MinItems), maxItems: length(s.MaxItems),
	}
}

func (all *Set) object(s *openapi3.Schema, above []*openapi3.Schema) *Proof {
	if !understood(s, func(rest *openapi3.Schema) {
		rest.Type, rest.Properties, rest.Required, rest.AdditionalProperties.Has = nil, nil, nil, nil
	}) || len(s.Properties) > 64 { // bits of the set of those that were there
		return nil
	}
	p := &Proof{is: openapi3.TypeObject, closed: s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		property := provenProperty{name: name, required: slices.Contains(s.Required, name)}
		schema := s.Properties[name].Value
		if !all.blocked(schema) {
			property.value = all.compile(schema, above)
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
func (all *Set) oneOf(s *openapi3.Schema, above []*openapi3.Schema) *Proof {
	p := new(Proof)
	for _, option := range s.OneOf {
		branch := all.compile(option.Value, above)
		if branch == nil || slices.ContainsFunc(p.oneOf, func(other *Proof) bool { return !other.excludes(branch) }) {
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
