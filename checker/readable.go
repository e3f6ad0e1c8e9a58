package checker

import (
	"fmt"
	"mime"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// readable refuses a document with what the checker would judge wrongly: better no verdict than a false one.
func readable(doc *openapi3.T) error {
	if doc.Components != nil {
		for _, name := range sortedKeys(doc.Components.SecuritySchemes) {
			switch s := doc.Components.SecuritySchemes[name].Value; s.Type {
			case "http", "oauth2", "openIdConnect":
			default:
				return fmt.Errorf("security scheme %s: type %s; want http, oauth2 or openIdConnect, which sign in by Authorization", name, s.Type)
			}
		}
	}
	for _, template := range doc.Paths.InMatchingOrder() {
		for segment := range strings.SplitSeq(template, "/") {
			if strings.Contains(segment, "{") && (!strings.HasPrefix(segment, "{") || strings.IndexByte(segment, '}') != len(segment)-1) {
				return fmt.Errorf("path %s: want a parameter to be a whole segment", template)
			}
		}
		item := doc.Paths.Value(template)
		for method, op := range item.Operations() {
			if err := readableOperation(parameters(item, op), op); err != nil {
				return fmt.Errorf("%s %s: %w", method, template, err)
			}
		}
	}
	return nil
}

func readableOperation(all openapi3.Parameters, op *openapi3.Operation) error {
	for _, p := range all {
		if p.Value.Schema == nil {
			return fmt.Errorf("parameter %s: want it described by a schema, not by content", p.Value.Name)
		}
		if p.Value.In == openapi3.ParameterInQuery && p.Value.Schema.Value.Type.Is(openapi3.TypeObject) {
			return fmt.Errorf("parameter %s: an object in the query; want a value or an array", p.Value.Name)
		}
	}
	if op.RequestBody != nil {
		if err := readableContent(op.RequestBody.Value.Content); err != nil {
			return fmt.Errorf("request body: %w", err)
		}
	}
	for _, status := range sortedKeys(op.Responses.Map()) {
		response := op.Responses.Map()[status].Value
		if err := readableContent(response.Content); err != nil {
			return fmt.Errorf("response %s: %w", status, err)
		}
		for _, rule := range sortedKeys(refuses(response)) {
			if _, isName := refuses(response)[rule].(string); !isName {
				return fmt.Errorf("response %s: x-refuses: %s: want the name of a decision", status, rule)
			}
		}
		for _, name := range sortedKeys(response.Headers) {
			if schema := response.Headers[name].Value.Schema; schema == nil || !schema.Value.Type.Is(openapi3.TypeString) {
				return fmt.Errorf("response %s: header %s: want it described by a schema of type string", status, name)
			}
		}
	}
	return nil
}

// readableContent takes JSON alone, under names without ranges or parameters.
func readableContent(content openapi3.Content) error {
	for _, name := range sortedKeys(content) {
		mediaType, parameters, err := mime.ParseMediaType(name)
		if err != nil || len(parameters) > 0 || mediaType != "application/json" && !strings.HasSuffix(mediaType, "+json") {
			return fmt.Errorf("media type %s; want application/json, or one that ends in +json", name)
		}
		if schema := bodySchema(content, name); schema != nil && len(schema.OneOf) > 0 {
			if plain, conditional, _ := branch(schema, func(string) bool { return false }); conditional != nil && plain == nil {
				return fmt.Errorf("media type %s: every branch of oneOf has x-when; want one without", name)
			}
		}
	}
	return nil
}
