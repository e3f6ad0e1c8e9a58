package derive

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const schemas = "#/components/schemas/"

// choices are the schemas between whose forms a query parameter chooses.
type choices struct {
	plain      map[string]string // the form without the parameter, by the $ref of the schema that has the choice
	dropped    []string          // names of the schemas that no response has then
	parameters []string          // names of the query parameters that choose
	forms      [][]string        // properties that each dropped form requires, sorted
}

// findChoices reads every oneOf of the named schemas. Each is a choice by x-when: generators cannot tell the forms of any other
// oneOf apart, so one is an error.
func findChoices(root *yaml.Node) (*choices, error) {
	c := &choices{plain: make(map[string]string)}
	named := get(root, "components", "schemas")
	for name, schema := range entries(named) {
		branches := get(schema, "oneOf")
		if branches == nil {
			continue
		}
		conditional := len(c.forms)
		for _, branch := range branches.Content {
			ref := text(get(branch, "$ref"))
			target := strings.TrimPrefix(ref, schemas)
			form := get(named, target)
			if form == nil {
				return nil, fmt.Errorf("openapi.yaml:%d: want the $ref of a named schema in the oneOf of %s", branch.Line, name)
			}
			when := get(form, "x-when")
			if when == nil {
				c.plain[schemas+name] = ref
				continue
			}
			c.parameters = append(c.parameters, when.Value)
			c.dropped = append(c.dropped, target)
			c.forms = append(c.forms, values(get(form, "required")))
		}
		if c.plain[schemas+name] == "" || len(branches.Content) != 2 || len(c.forms) != conditional+1 {
			return nil, fmt.Errorf("openapi.yaml:%d: want two branches in the oneOf of %s, one of them with x-when", branches.Line, name)
		}
		c.dropped = append(c.dropped, name)
	}
	return c, nil
}

// settle leaves only the plain form of each choice in the document.
func (c *choices) settle(root *yaml.Node) {
	for _, name := range c.dropped {
		remove(get(root, "components", "schemas"), name)
	}
	dropped := make(map[string]bool) // $refs of parameters
	for name, parameter := range entries(get(root, "components", "parameters")) {
		if slices.Contains(c.parameters, text(get(parameter, "name"))) {
			dropped["#/components/parameters/"+name] = true
		}
	}
	for ref := range dropped {
		remove(get(root, "components", "parameters"), ref[strings.LastIndex(ref, "/")+1:])
	}
	object(root, func(o *yaml.Node) {
		if ref := get(o, "$ref"); ref != nil && c.plain[ref.Value] != "" {
			ref.Value = c.plain[ref.Value]
		}
		if parameters := get(o, "parameters"); parameters != nil && parameters.Kind == yaml.SequenceNode {
			parameters.Content = slices.DeleteFunc(parameters.Content, func(p *yaml.Node) bool {
				return dropped[text(get(p, "$ref"))] || slices.Contains(c.parameters, text(get(p, "name")))
			})
		}
		examples := get(o, "examples")
		for name, example := range entries(examples) {
			if c.isForm(get(example, "value")) {
				remove(examples, name)
			}
		}
	})
}

// isForm reports whether an example has a form that is dropped.
func (c *choices) isForm(value *yaml.Node) bool {
	var names []string
	for name := range entries(value) {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.ContainsFunc(c.forms, func(form []string) bool { return slices.Equal(form, names) })
}

// choiceLeft is a choice that has not been settled, or nil.
func choiceLeft(root *yaml.Node) *yaml.Node {
	var left *yaml.Node
	object(root, func(o *yaml.Node) {
		for key, value := range entries(o) {
			if key == "oneOf" || key == "anyOf" || key == "allOf" {
				left = value
			}
		}
	})
	return left
}
