package checker

import (
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// constraints are all that a request or an answer of the operation can break. Each is written as the judge writes the finding: what
// stands here and what stands there have to agree, and a test breaks each one to see that they do.
func (c *contract) constraints(op *operation) []Constraint {
	l := &list{contract: c, operation: op, known: make(map[Constraint]bool), direction: Request}
	for _, p := range op.parameters {
		l.parameter(p.Value)
	}
	l.add(Query, "", "", "parameters/undeclared")
	l.add(Query, "", "", "parameters/syntax")
	if len(op.schemes) > 0 {
		l.add(Header, "Authorization", "", "security/scheme")
	}
	l.add(Header, "Authorization", "", "security/repeated")
	l.requestBody(op)

	l.direction = Answer
	if op.mustSignIn {
		l.add(Status, "", "", "security")
	}
	l.add(Status, "", "", "responses/rejection")
	l.add(Status, "", "", "responses/acceptance")
	l.add(Status, "", "", "responses/405")
	for _, status := range sortedKeys(op.route.Operation.Responses.Map()) {
		l.status = status
		l.response(op.route.Operation.Responses.Value(status).Value)
	}
	return l.all
}

// list collects constraints, each once: the branches of a oneOf, and media types, have most in common.
type list struct {
	contract  *contract
	operation *operation
	direction Direction
	status    string
	known     map[Constraint]bool
	all       []Constraint
}

func (l *list) add(place Place, name, pointer, rule string) {
	constraint := Constraint{Direction: l.direction, Status: l.status, Place: place, Name: name, Pointer: AnyIndex(pointer), Rule: rule}
	if l.known[constraint] {
		return
	}
	l.known[constraint] = true
	l.all = append(l.all, constraint)
}

func (l *list) parameter(p *openapi3.Parameter) {
	place := Place(p.In)
	if p.Required && place != Path {
		l.add(place, p.Name, "", "parameters/required")
	}
	if p.Schema == nil {
		return // described by a media type, which nothing here looks into
	}
	schema := p.Schema.Value
	if place == Query && !schema.Type.Is(openapi3.TypeArray) {
		l.add(place, p.Name, "", "parameters/repeated")
	}
	element := schema
	if schema.Type.Is(openapi3.TypeArray) && schema.Items != nil {
		element = schema.Items.Value
	}
	text := element.Type == nil || element.Type.Is(openapi3.TypeString)
	if !text {
		l.add(place, p.Name, "", "parameters/type")
	}
	l.schema(schema, "", nil, func(_, rule string) {
		if inText(rule) && (text || rule != "schema/format") { // a number that does not fit its format is none
			l.add(place, p.Name, "", rule)
		}
	})
}

// inText reports whether a value that is text, as each is in a URL or a header, can break the rule.
func inText(rule string) bool { return rule != "schema/type" && rule != "schema/nullable" }

func (l *list) requestBody(op *operation) {
	if op.route.Operation.RequestBody == nil {
		l.add(Body, "", "", "requestBody/undeclared")
		return
	}
	body := op.route.Operation.RequestBody.Value
	if body.Required {
		l.add(Body, "", "", "requestBody/required")
	}
	l.add(Header, "Content-Type", "", "requestBody/mediaType")
	l.add(Header, "Content-Type", "", "requestBody/charset")
	l.add(Header, "Content-Encoding", "", "requestBody/encoding")
	if _, limited := maxBytes(body); limited {
		l.add(Body, "", "", "requestBody/maxBytes")
	}
	l.add(Body, "", "", "requestBody/syntax")
	l.content(body.Content)
}

func (l *list) response(response *openapi3.Response) {
	rule := "responses/" + l.status
	if l.operation.mustSignIn && l.status[0] > '2' && l.contract.lateOnly(response) {
		l.add(Status, "", "", "x-before-sign-in")
	}
	if l.status == "401" && len(l.operation.schemes) > 0 {
		l.add(Header, "WWW-Authenticate", "", rule+"/challenge")
	}
	for _, name := range sortedKeys(response.Headers) {
		header := response.Headers[name].Value
		if header.Required {
			l.add(Header, name, "", rule+"/headers/required")
		}
		if header.Schema != nil {
			l.schema(header.Schema.Value, "", nil, func(_, rule string) {
				if inText(rule) {
					l.add(Header, name, "", rule)
				}
			})
			if header.Schema.Value.Extensions["x-format"] == "http-date" {
				l.add(Header, name, "", "schema/x-format")
			}
		}
	}
	if len(response.Content) == 0 {
		l.add(Body, "", "", rule+"/content")
		l.add(Header, "Content-Type", "", rule+"/content")
		l.add(Header, "Content-Length", "", rule+"/content")
		return
	}
	if response.Extensions["x-empty-body"] != true {
		l.add(Body, "", "", rule+"/content")
	}
	l.add(Header, "Content-Type", "", rule+"/mediaType")
	l.add(Header, "Content-Encoding", "", rule+"/encoding")
	l.add(Body, "", "", rule+"/syntax")
	l.content(response.Content)
	if !beforeSignIn(response) && isError(l.status) && hasCondition(response.Content) {
		l.add(Body, "", "", "schema/x-when/error")
	}
}

func isError(status string) bool { return status == "default" || status[0] == '4' || status[0] == '5' }

// hasCondition reports whether the query chooses between two bodies.
func hasCondition(content openapi3.Content) bool {
	for mediaType := range content {
		if schema := bodySchema(content, mediaType); schema != nil {
			if _, conditional, _ := branch(schema, func(string) bool { return false }); conditional != nil {
				return true
			}
		}
	}
	return false
}

// content lists the constraints of a body: of both branches where the query chooses between them.
func (l *list) content(content openapi3.Content) {
	add := func(pointer, rule string) { l.add(Body, "", pointer, rule) }
	for _, mediaType := range sortedKeys(content) {
		schema := bodySchema(content, mediaType)
		if schema == nil {
			continue
		}
		plain, conditional, _ := branch(schema, func(string) bool { return false })
		if conditional != nil {
			add("", "schema/x-when")
			l.schema(conditional, "", nil, func(pointer, rule string) {
				if rule != "schema/required" || strings.Count(pointer, "/") > 1 { // without one it is not this branch, but a wrong other one
					add(pointer, rule)
				}
			})
		}
		l.schema(plain, "", nil, add)
	}
}

// schema tells what a value can break of a schema. It stops where kin-openapi stops: at an enum, an
// anyOf and a not.
func (l *list) schema(s *openapi3.Schema, pointer string, above []*openapi3.Schema, add func(pointer, rule string)) {
	if slices.Contains(above, s) {
		return // a schema that contains itself
	}
	above = append(slices.Clone(above), s)
	for _, branch := range slices.Concat(s.OneOf, s.AllOf) { // a finding names what the branch wants
		l.schema(branch.Value, pointer, above, add)
	}
	for _, keyword := range keywords(s) {
		add(pointer, "schema/"+keyword)
	}
	if len(s.Enum) > 0 {
		return
	}
	for _, name := range sortedKeys(s.Properties) {
		property, below := s.Properties[name].Value, pointer+"/"+escapePointer(name)
		if blocked := blocked(property, l.direction); blocked != "" {
			add(below, "schema/"+blocked)
			continue
		}
		if slices.Contains(s.Required, name) {
			add(below, "schema/required")
		}
		if property.Extensions["x-equals"] == "http-status" && l.direction == Answer {
			add(below, "schema/x-equals")
		}
		l.schema(property, below, above, add)
	}
	for _, name := range s.Required {
		if s.Properties[name] == nil {
			add(pointer, "schema/required")
		}
	}
	if s.Items != nil {
		l.schema(s.Items.Value, pointer+"/*", above, add)
	}
}

// blocked is the keyword that keeps a property out of a direction, or empty.
func blocked(property *openapi3.Schema, direction Direction) string {
	switch {
	case direction == Request && property.ReadOnly:
		return "readOnly"
	case direction == Answer && property.WriteOnly:
		return "writeOnly"
	default:
		return ""
	}
}

// keywords of a schema that a value can break by itself. Of a schema with an enum that is the enum alone: it is judged before the type.
func keywords(s *openapi3.Schema) []string {
	if len(s.Enum) > 0 {
		return []string{"enum"}
	}
	var all []string
	for _, k := range []struct {
		name    string
		present bool
	}{
		{"anyOf", len(s.AnyOf) > 0},
		{"not", s.Not != nil},
		{"type", s.Type != nil},
		{"nullable", s.Type != nil && !s.Nullable},
		{"format", hasFormat(s)},
		{"pattern", s.Pattern != ""},
		{"minLength", s.MinLength > 0},
		{"maxLength", s.MaxLength != nil},
		{"minimum", s.Min != nil && !exclusive(s.ExclusiveMin)},
		{"maximum", s.Max != nil && !exclusive(s.ExclusiveMax)},
		{"exclusiveMinimum", s.Min != nil && exclusive(s.ExclusiveMin)},
		{"exclusiveMaximum", s.Max != nil && exclusive(s.ExclusiveMax)},
		{"multipleOf", s.MultipleOf != nil},
		{"minItems", s.MinItems > 0},
		{"maxItems", s.MaxItems != nil},
		{"uniqueItems", s.UniqueItems},
		{"minProperties", s.MinProps > 0},
		{"maxProperties", s.MaxProps != nil},
		{"additionalProperties", s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has},
	} {
		if k.present {
			all = append(all, k.name)
		}
	}
	return all
}

func exclusive(bound openapi3.ExclusiveBound) bool { return bound.Bool != nil && *bound.Bool }

// hasFormat reports whether kin-openapi judges the format, and does not take it for a remark.
func hasFormat(s *openapi3.Schema) bool {
	switch {
	case s.Type.Is(openapi3.TypeString):
		return openapi3.SchemaStringFormats[s.Format] != nil
	case s.Type.Is(openapi3.TypeInteger):
		return openapi3.SchemaIntegerFormats[s.Format] != nil
	case s.Type.Is(openapi3.TypeNumber):
		return openapi3.SchemaNumberFormats[s.Format] != nil
	default:
		return false
	}
}

// ConstraintOn is the constraint that a finding is a breach of; ok is false where the operation has none, as for a status that it does not declare.
func (o Operation) ConstraintOn(f Finding) (broken Constraint, ok bool) {
	status, rule := "", f.Rule
	if f.Direction == Answer {
		status = o.DeclaredStatus(f.Status)
		rule = strings.Replace(rule, "responses/"+strconv.Itoa(f.Status)+"/", "responses/"+status+"/", 1)
	}
	pointer := AnyIndex(f.Pointer)
	for _, c := range o.Constraints {
		if c.Rule == rule && c.Direction == f.Direction && c.Place == f.Place && c.Name == f.Name && c.Pointer == pointer &&
			(c.Status == "" || c.Status == status) {
			return c, true
		}
	}
	return Constraint{}, false
}

// AnyIndex writes the JSON pointer of a finding with * for every index, as constraints have it.
func AnyIndex(pointer string) string {
	tokens := strings.Split(pointer, "/")
	for i, token := range tokens {
		if isIndex(token) {
			tokens[i] = "*"
		}
	}
	return strings.Join(tokens, "/")
}
