package checker

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// demand writes what only a checker demands of responses, x-closed and x-required, into the fields of OpenAPI that say the same to
// everybody: additionalProperties: false and required. It changes the checker's own copy of the document.
func demand(doc *openapi3.T) {
	d := demands{seen: make(map[*openapi3.Schema]bool)}
	if doc.Components != nil {
		for _, response := range doc.Components.Responses {
			d.response(response)
		}
	}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for _, response := range operation.Responses.Map() {
				d.response(response)
			}
		}
	}
}

type demands struct{ seen map[*openapi3.Schema]bool }

func (d demands) response(response *openapi3.ResponseRef) {
	if response.Value == nil {
		return
	}
	for _, header := range response.Value.Headers {
		if header.Value != nil && header.Value.Extensions["x-required"] == true {
			header.Value.Required = true
		}
	}
	for _, mediaType := range response.Value.Content {
		d.schema(mediaType.Schema)
	}
}

func (d demands) schema(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Value == nil || d.seen[ref.Value] {
		return
	}
	schema := ref.Value
	d.seen[schema] = true
	if schema.Extensions["x-closed"] == true {
		schema.AdditionalProperties.Has = new(false)
	}
	for _, inner := range slices.Concat(schema.OneOf, schema.AnyOf, schema.AllOf) {
		d.schema(inner)
	}
	for _, property := range schema.Properties {
		d.schema(property)
	}
	d.schema(schema.Items)
	d.schema(schema.Not)
	d.schema(schema.AdditionalProperties.Schema)
}
