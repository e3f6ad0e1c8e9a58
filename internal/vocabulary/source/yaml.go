package source

import (
	"iter"

	"go.yaml.in/yaml/v3"
)

// properties are the keys and values of a mapping, in its order; none where n is no mapping.
func properties(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// property is the value under a path of keys; nil where there is none.
func property(n *yaml.Node, path ...string) *yaml.Node {
	for _, name := range path {
		var found *yaml.Node
		for key, value := range properties(n) {
			if key.Value == name {
				found = value
			}
		}
		n = found
	}
	return n
}
