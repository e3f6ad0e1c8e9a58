// Package decisions reads the x-decisions of an OpenAPI document: what the document decides where its sources leave something open.
// The checker, the suite and docs/decisions.md read them here.
package decisions

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Decision is one entry of an x-decision.
type Decision struct {
	Name  string
	Rules []string // patterns of direction/rule, as path.Match reads them: findings by these rest on it
	Object
}

// Object is an object of the document.
type Object struct {
	// Place holds the keys and indexes that lead to the object from the root.
	Place []string
	// Operation is the operationId of the operation that the object is or stands in. It is empty elsewhere.
	Operation string
	Node      *yaml.Node
}

// Read finds every x-decision of a document, in its order.
func Read(document []byte) ([]Decision, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, err
	}
	var found []Decision
	err := Walk(&root, func(o Object) error {
		list, err := o.Decisions()
		found = append(found, list...)
		return err
	})
	return found, err
}

// Walk visits each object of a document from top to bottom, except what stands in an x-decision. It ends at the first error.
func Walk(document *yaml.Node, visit func(Object) error) error {
	return walk(Object{Node: document}, visit)
}

func walk(o Object, visit func(Object) error) error {
	if o.Node.Kind != yaml.MappingNode {
		for i, child := range o.Node.Content {
			below := o.at(child)
			if o.Node.Kind == yaml.SequenceNode {
				below = o.under(fmt.Sprint(i), child)
			}
			if err := walk(below, visit); err != nil {
				return err
			}
		}
		return nil
	}
	if _, id := o.Find("operationId"); id != nil {
		o.Operation = id.Value
	}
	if err := visit(o); err != nil {
		return err
	}
	for i := 0; i+1 < len(o.Node.Content); i += 2 {
		if key := o.Node.Content[i].Value; key != "x-decision" {
			if err := walk(o.under(key, o.Node.Content[i+1]), visit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o Object) at(n *yaml.Node) Object {
	o.Node = n
	return o
}

func (o Object) under(key string, n *yaml.Node) Object {
	o.Place = append(slices.Clip(o.Place), key)
	return o.at(n)
}

// Decisions reads the x-decision of an object itself. Without one there are none.
func (o Object) Decisions() ([]Decision, error) {
	_, list := o.Find("x-decision")
	if list == nil {
		return nil, nil
	}
	var entries []struct{ Name, Rules string }
	if list.Decode(&entries) != nil {
		return nil, fmt.Errorf("line %d: x-decision: want a list of entries, each with the texts name and, perhaps, rules", list.Line)
	}
	found := make([]Decision, len(entries))
	for i, e := range entries {
		found[i] = Decision{Name: e.Name, Rules: strings.Fields(e.Rules), Object: o}
		for _, rule := range found[i].Rules {
			if _, err := path.Match(rule, ""); err != nil {
				return nil, fmt.Errorf("line %d: x-decision %s: rules: %q is no pattern", list.Line, e.Name, rule)
			}
		}
	}
	return found, nil
}

// Find returns a key of the object and its value, and nil where the object does not have it.
func (o Object) Find(name string) (key, value *yaml.Node) {
	for i := 0; i+1 < len(o.Node.Content); i += 2 {
		if o.Node.Content[i].Value == name {
			return o.Node.Content[i], o.Node.Content[i+1]
		}
	}
	return nil, nil
}
