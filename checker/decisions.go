package checker

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// decision is an x-decision that findings can rest on.
type decision struct {
	name string
	// operation is the operationId that it stands under; empty is all of them.
	operation string
	// schema is the named schema that it stands in: then it is about findings on that schema, and on what is in it. Nil is any place.
	schema *openapi3.Schema
	// rules are patterns of direction/rule, as path.Match reads them.
	rules []string
}

// readDecisions finds every x-decision of a document that names rules. doc is what kin-openapi read of it.
func readDecisions(document []byte, doc *openapi3.T) ([]decision, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, err
	}
	w := &decisionWalk{doc: doc}
	err := w.node(&root, "", decision{})
	return w.found, err
}

type decisionWalk struct {
	doc   *openapi3.T
	found []decision
}

// node is what stands at a place of the document, written with slashes. under says which operation and which schema that is in.
func (w *decisionWalk) node(n *yaml.Node, at string, under decision) error {
	if n.Kind != yaml.MappingNode {
		for _, child := range n.Content {
			if err := w.node(child, at, under); err != nil {
				return err
			}
		}
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "operationId" {
			under.operation = n.Content[i+1].Value
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		if key != "x-decision" {
			below := under
			if at == "/components/schemas" && w.doc.Components.Schemas[key] != nil {
				below.schema = w.doc.Components.Schemas[key].Value
			}
			if err := w.node(value, at+"/"+key, below); err != nil {
				return err
			}
			continue
		}
		var entries []struct{ Name, Rules string }
		if err := value.Decode(&entries); err != nil {
			return fmt.Errorf("line %d: x-decision: %w", value.Line, err)
		}
		for _, entry := range entries {
			rules := strings.Fields(entry.Rules)
			for _, rule := range rules {
				if _, err := path.Match(rule, ""); err != nil {
					return fmt.Errorf("line %d: x-decision %s: rules: %q is no pattern", value.Line, entry.Name, rule)
				}
			}
			if len(rules) > 0 {
				w.found = append(w.found, decision{name: entry.Name, operation: under.operation, schema: under.schema, rules: rules})
			}
		}
	}
	return nil
}

// decisionOn is the name of the decision that a finding rests on, or empty. schemas are those that the value which was judged is in, and its own.
func (c *contract) decisionOn(f Finding, schemas ...*openapi3.Schema) string {
	for _, d := range c.decisions {
		if d.operation != "" && d.operation != f.Operation || d.schema != nil && !slices.Contains(schemas, d.schema) {
			continue
		}
		for _, rule := range d.rules {
			if match, _ := path.Match(rule, string(f.Direction)+"/"+f.Rule); match {
				return d.name
			}
		}
	}
	return ""
}
