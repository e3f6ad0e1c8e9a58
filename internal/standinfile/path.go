package standinfile

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink/server"
)

// judge refuses what is wrong with the config, at its place in the file. A value that could not be
// read has been refused before.
func (f *configFile) judge(document *yaml.Node, config server.Config) {
	var found []problem
	for _, p := range config.Problems() {
		at := findPath(document, p.Path)
		if f.refused(at.node) {
			continue
		}
		text := at.name + ": " + p.Text
		if p.First != "" {
			text += " (first on line " + strconv.Itoa(findPath(document, p.First).node.Line) + ")"
		}
		found = append(found, problem{at.node.Line, at.node.Column, text})
	}
	f.problems = append(f.problems, found...)
}

// place is a node of the file, and what the field is called that it is the value of.
type place struct {
	node *yaml.Node
	name string
}

// step is a field, or an index or a key in brackets.
var step = regexp.MustCompile(`\w+|\[\w+\]`)

// findPath is the place of a path in server.Config: of the value or, where there is none, of what is around it.
func findPath(document *yaml.Node, path string) place {
	at := place{node: document}
	inside, named := document, false
	for _, s := range step.FindAllString(path, -1) {
		key, value := child(inside, s)
		switch {
		case s[0] == '[':
			named = false
		case named:
			at.name += "." + fieldName(s)
		default:
			at.name, named = fieldName(s), true
		}
		if inside = value; inside != nil {
			at.node = key
		}
	}
	return at
}

// child is what a step leads to, or nil, and the node that shows its place: the key where the keys of a
// mapping are not fields.
func child(n *yaml.Node, s string) (at, value *yaml.Node) {
	key, inBrackets := strings.CutPrefix(strings.TrimSuffix(s, "]"), "[")
	switch {
	case n == nil:
	case n.Kind == yaml.SequenceNode && inBrackets:
		if i, err := strconv.Atoi(key); err == nil && i < len(n.Content) {
			item := resolve(n.Content[i])
			return item, item
		}
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, value := resolve(n.Content[i]), resolve(n.Content[i+1])
			switch {
			case inBrackets && oneSpelling(name.Value) == oneSpelling(key):
				return name, value
			case !inBrackets && name.Value == fieldName(s):
				return value, value
			}
		}
	}
	return nil, nil
}

// fieldName is what the file calls a field of server.Config.
func fieldName(field string) string {
	switch field {
	case "ID":
		return "id"
	case "APIKeys":
		return "apiKeys"
	case "ClientID":
		return "clientId"
	}
	return strings.ToLower(field[:1]) + field[1:]
}
