// Package derive makes the document for client generators, openapi.client.yaml, out of openapi.yaml. Generators turn every
// schema into a type and every constraint on a response into a reason to refuse it. So the derived document promises less:
//
//   - A response has one form. The query parameter that chooses another form (x-when) is left out, with its schemas and examples.
//   - Responses are open: a property that MongoDB adds one day breaks no generated client.
//   - No response header is required: a proxy that drops one breaks no generated client.
//   - Servers are named at the root only: a generated client sends its requests to the server that its user names.
//   - There are no extensions.
//
// Everything else is what openapi.yaml says.
package derive

import (
	"bytes"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

const notice = `Code generated from openapi.yaml by go generate; DO NOT EDIT.
The migration link for client generators: plain responses, open to properties that MongoDB may add. Everything that judges
requests and responses reads openapi.yaml instead.`

// Client derives the document for client generators from a contract in YAML. The same contract always gives the same document.
// Its errors name the line.
func Client(contract []byte) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(contract, &document); err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	if len(document.Content) == 0 || document.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("openapi.yaml: want an OpenAPI document, a mapping")
	}
	root := document.Content[0]
	choices, err := findChoices(root)
	if err != nil {
		return nil, err
	}
	choices.settle(root)
	if left := choiceLeft(root); left != nil {
		return nil, fmt.Errorf("openapi.yaml:%d: want a named schema in components for this choice", left.Line)
	}
	openResponses(root)
	serversAtTheRoot(root)
	object(root, plain)
	document.HeadComment = notice

	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(&document); err != nil {
		return nil, fmt.Errorf("write the document for generators: %w", err)
	}
	return b.Bytes(), nil
}

// plain takes out what only readers and tools of this project understand: extensions and comments.
func plain(o *yaml.Node) {
	for i := 0; i < len(o.Content); {
		key := o.Content[i]
		key.HeadComment, key.LineComment, key.FootComment = "", "", ""
		if isExtension(key.Value) {
			remove(o, key.Value)
			continue
		}
		i += 2
	}
}

// serversAtTheRoot drops every server of a path or an operation, which overrides the one that the user of a client names
// (OpenAPI 3.0.3, Operation Object).
func serversAtTheRoot(root *yaml.Node) {
	object(get(root, "paths"), func(o *yaml.Node) { remove(o, "servers") })
}
