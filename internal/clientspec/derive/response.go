package derive

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// openResponses lets every object of a response have more properties than are declared, and requires no header. OpenAPI's way to
// say "open" is to say nothing: a written additionalProperties: true makes a HashMap of each class in Kotlin.
func openResponses(root *yaml.Node) {
	for _, header := range entries(get(root, "components", "headers")) {
		remove(header, "required")
	}
	o := opener{root: root, seen: make(map[*yaml.Node]bool)}
	object(root, func(n *yaml.Node) {
		responses := get(n, "responses")
		if responses == nil {
			return
		}
		for _, response := range entries(responses) {
			for _, header := range entries(get(response, "headers")) {
				remove(header, "required")
			}
			for _, mediaType := range entries(get(response, "content")) {
				o.open(get(mediaType, "schema"))
			}
		}
	})
}

// opener goes through the schemas of responses, each once.
type opener struct {
	root *yaml.Node
	seen map[*yaml.Node]bool
}

func (o *opener) open(schema *yaml.Node) {
	if ref := text(get(schema, "$ref")); ref != "" {
		schema = get(o.root, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	if schema == nil || o.seen[schema] {
		return
	}
	o.seen[schema] = true
	if text(get(schema, "additionalProperties")) == "false" {
		remove(schema, "additionalProperties")
	}
	for _, property := range entries(get(schema, "properties")) {
		o.open(property)
	}
	o.open(get(schema, "items"))
}
