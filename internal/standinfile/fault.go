package standinfile

import (
	"encoding/json"
	"errors"

	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink/server/fault"
)

// fault reads a fault as package fault has it in JSON, which says what is wrong with it; here that gets its line.
func (f *configFile) fault(n *yaml.Node) (fault.Fault, bool) {
	entries := f.entries(n, "a fault")
	if entries == nil {
		return fault.Fault{}, false
	}
	content := []byte{'{'}
	lines := map[string]*yaml.Node{}
	for i, entry := range entries {
		if i > 0 {
			content = append(content, ',')
		}
		name, err := json.Marshal(entry.key.Value)
		value, ok := f.json(entry.value)
		if err != nil || !ok {
			return fault.Fault{}, false
		}
		content = append(append(append(content, name...), ':'), value...)
		lines[entry.key.Value] = entry.key
	}
	var read fault.Fault
	err := read.UnmarshalJSON(append(content, '}'))
	var problems fault.Problems
	if err != nil && !errors.As(err, &problems) {
		problems = fault.Problems{{Text: err.Error()}}
	}
	for _, p := range problems {
		at := n
		if line := lines[p.Field]; line != nil {
			at = line
		}
		f.refuse(at, "fault: %s", p.Text)
	}
	return read, len(problems) == 0
}

// json is a scalar as JSON. A fault has no other values.
func (f *configFile) json(n *yaml.Node) (json.RawMessage, bool) {
	if n.Kind != yaml.ScalarNode {
		f.refuse(n, "fault: a field is %s; want a single value", kind(n))
		return nil, false
	}
	var value any
	if err := n.Decode(&value); err != nil {
		f.refuse(n, "fault: a field cannot be read; want text or a number")
		return nil, false
	}
	content, err := json.Marshal(value)
	if err != nil { // a number that JSON does not have
		f.refuse(n, "fault: a number that is none; want a finite one")
		return nil, false
	}
	return content, true
}
