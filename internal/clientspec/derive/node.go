package derive

import (
	"iter"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maps are the keys of OpenAPI 3.0.3 under which the keys are names, not fields.
var maps = []string{
	"callbacks", "content", "encoding", "examples", "headers", "links", "parameters", "paths", "properties", "requestBodies", "responses",
	"schemas", "securitySchemes", "variables",
}

// values are the keys of OpenAPI 3.0.3 under which anything may stand.
var free = []string{"default", "enum", "example", "mapping", "scopes", "value"}

// object calls do for an OpenAPI object, and then for every object in it. do may change the object.
func object(o *yaml.Node, do func(*yaml.Node)) {
	if o == nil {
		return
	}
	if o.Kind == yaml.SequenceNode {
		for _, entry := range o.Content {
			object(entry, do)
		}
		return
	}
	if o.Kind != yaml.MappingNode {
		return
	}
	do(o)
	for key, value := range entries(o) {
		switch {
		case slices.Contains(free, key) || isExtension(key):
		case slices.Contains(maps, key) && value.Kind == yaml.MappingNode:
			for _, named := range entries(value) {
				object(named, do)
			}
		default:
			object(value, do)
		}
	}
}

func isExtension(key string) bool { return strings.HasPrefix(key, "x-") }

// entries of a mapping, those that it has now. Anything else has none.
func entries(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		content := slices.Clone(n.Content)
		for i := 0; i+1 < len(content); i += 2 {
			if !yield(content[i].Value, content[i+1]) {
				return
			}
		}
	}
}

// get follows keys into mappings; nil where there is no such key.
func get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var found *yaml.Node
		for name, value := range entries(n) {
			if name == key {
				found = value
			}
		}
		n = found
	}
	return n
}

// remove takes a key out of a mapping.
func remove(n *yaml.Node, key string) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = slices.Delete(n.Content, i, i+2)
			return
		}
	}
}

func text(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	return n.Value
}

// values of a sequence, sorted.
func values(n *yaml.Node) []string {
	var all []string
	if n != nil {
		for _, entry := range n.Content {
			all = append(all, entry.Value)
		}
	}
	slices.Sort(all)
	return all
}
