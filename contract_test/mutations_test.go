package contract_test

import (
	"path"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
)

// part is what stands under a key of an object of OpenAPI 3.0.3.
type part struct {
	gone  bool   // the whole of it can be taken out: a constraint
	each  bool   // each of its entries can be taken out: a constraint each
	holds string // the object that it is, or that each of its entries is; empty for a value
}

var (
	note = part{} // binds nobody
	rule = part{gone: true}
)

// grammar says where the contract has constraints. A key that is not here fails the test, so that none is forgotten.
var grammar = map[string]map[string]part{
	"document": {
		"openapi": note, "info": note, "servers": note, "tags": note, "x-contradictions": note,
		"security": {gone: true, each: true}, "paths": {each: true, holds: "path"}, "components": {holds: "components"},
	},
	"components": {
		"securitySchemes": {each: true}, "parameters": {holds: "parameter"}, "headers": {holds: "header"}, "schemas": {holds: "schema"},
		"responses": {holds: "response"}, "links": note,
	},
	"path": {
		"parameters": {each: true, holds: "parameter"}, "get": {gone: true, holds: "operation"}, "post": {gone: true, holds: "operation"},
		"delete": {gone: true, holds: "operation"},
	},
	"operation": {
		"operationId": note, "tags": note, "x-also-at": note, "summary": note, "description": note, "x-decision": note,
		"requestBody": {gone: true, holds: "requestBody"}, "responses": {each: true, holds: "response"},
	},
	"requestBody": {"description": note, "required": rule, "x-max-bytes": rule, "content": {each: true, holds: "mediaType"}},
	"mediaType":   {"example": note, "examples": note, "schema": {gone: true, holds: "schema"}},
	"response": {
		"$ref": note, "description": note, "x-decision": note, "x-empty-body": rule, "x-before-sign-in": rule, "x-refuses": {each: true}, "links": note,
		"headers": {each: true, holds: "header"}, "content": {each: true, holds: "mediaType"},
	},
	"header":    {"$ref": note, "description": note, "example": note, "required": rule, "x-required": rule, "schema": {holds: "schema"}},
	"parameter": {"$ref": note, "name": note, "in": note, "description": note, "example": note, "x-decision": note, "required": rule, "schema": {holds: "schema"}},
	"schema": {
		"$ref": note, "description": note, "default": note, "x-decision": note,
		// These bind the other direction than the one that the schema is used in.
		"readOnly": note, "writeOnly": note,
		"type": rule, "pattern": rule, "format": rule, "minLength": rule, "minimum": rule, "maximum": rule, "nullable": rule, "x-when": rule, "x-equals": rule, "x-format": rule, "x-closed": rule,
		"additionalProperties": rule, "enum": {gone: true, each: true}, "required": {each: true}, "properties": {each: true, holds: "schema"},
		"items": {holds: "schema"}, "oneOf": {holds: "schema"}, // which branch it is, x-when says
	},
}

// binds is false for a rule that binds nobody: format password is a hint for a form, additionalProperties is true by itself (OpenAPI 3.0.3, Data
// Types and Schema Object), and a type says nothing that the enum beside it does not say.
func binds(object *yaml.Node, key, value string) bool {
	switch key {
	case "format":
		return value != "password"
	case "additionalProperties":
		return value != "true"
	case "type":
		return !slices.ContainsFunc(object.Content, func(n *yaml.Node) bool { return n.Value == "enum" })
	default:
		return true
	}
}

// mutation is the contract less one constraint.
type mutation struct {
	name       string // where it was
	key, entry string // the keyword, and which of its entries; empty is all of it
	document   []byte
}

// mutator takes one constraint after the other out of the document, and puts it back.
type mutator struct {
	t    testing.TB
	root *yaml.Node
	all  []mutation
}

// mutations are every one that there is; the first takes nothing out.
func mutations(t testing.TB) []mutation {
	t.Helper()
	var root yaml.Node
	require.NoError(t, yaml.Unmarshal(migrationlink.OpenAPI(), &root))
	bare(root.Content[0])
	m := &mutator{t: t, root: &root}
	m.without(&root, 0, 0, mutation{name: "nothing"})
	m.object(root.Content[0], "document", "")
	return m.all
}

// bare takes out the examples, which would be wrong by the changed document, so that it were refused for them. Examples of ours are objects with a
// value, or stand beside a schema: no property has such a name. What is only read by people goes too: the document is read over and over.
func bare(n *yaml.Node) {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); {
		if key := n.Content[i].Value; key == "example" || key == "examples" || key == "x-decision" || key == "x-contradictions" {
			n.Content = slices.Delete(n.Content, i, i+2)
			continue
		}
		if key := n.Content[i].Value; key == "description" && n.Content[i+1].Kind == yaml.ScalarNode {
			n.Content[i+1].SetString("")
		}
		i += 2
	}
	for _, child := range n.Content {
		bare(child)
	}
}

func (m *mutator) object(n *yaml.Node, kind, at string) {
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		here := path.Join(at, key)
		p, known := grammar[kind][key]
		require.True(m.t, known, "line %d: %s of a %s: say in the grammar whether it is a constraint", n.Content[i].Line, key, kind)
		if value.Kind == yaml.ScalarNode && p.each { // required: true
			p = rule
		}
		if p.gone && binds(n, key, value.Value) {
			m.without(n, i, 2, mutation{name: here, key: key})
		}
		m.entries(value, p, here, key)
	}
}

// entries of a list or a map, or the one object that the value is.
func (m *mutator) entries(value *yaml.Node, p part, at, key string) {
	if p.holds != "" && !p.each && value.Kind == yaml.MappingNode && path.Dir(at) != "components" { // whose parts are maps by names
		m.object(value, p.holds, at)
		return
	}
	width := 1
	if value.Kind == yaml.MappingNode {
		width = 2
	}
	for i := 0; (p.each || p.holds != "") && i < len(value.Content); i += width {
		entry := value.Content[i+width-1]
		name := nameOf(value.Content[i])
		here := path.Join(at, name)
		if p.each {
			m.without(value, i, width, mutation{name: here, key: key, entry: name})
		}
		if p.holds != "" {
			m.object(entry, p.holds, here)
		}
	}
}

// nameOf an entry: its key, its value, or what it refers to.
func nameOf(n *yaml.Node) string {
	if n.Kind != yaml.MappingNode {
		return n.Value
	}
	if n.Content[0].Value == "$ref" {
		return path.Base(n.Content[1].Value)
	}
	return n.Content[0].Value
}

// without makes the document less some nodes.
func (m *mutator) without(parent *yaml.Node, index, count int, made mutation) {
	all := parent.Content
	parent.Content = slices.Delete(slices.Clone(all), index, index+count)
	document, err := yaml.Marshal(m.root)
	require.NoError(m.t, err)
	parent.Content = all
	made.document = document
	m.all = append(m.all, made)
}
