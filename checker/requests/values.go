package requests

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// encode writes a value as compact JSON, with <, > and & as they are.
func encode(value any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil // values are made of what JSON has
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// valid makes a value that a schema takes; name is that of the property or parameter. It knows no string for a pattern without an example.
func (m *Maker) valid(name string, schema *openapi3.Schema) (value any, ok bool) {
	if given, has := m.config.Values[name]; has {
		return given, true
	}
	switch {
	case schema.Example != nil:
		return schema.Example, true
	case len(schema.Enum) > 0:
		return schema.Enum[0], true
	case schema.Type.Is(openapi3.TypeObject):
		object := make(map[string]any)
		for _, required := range schema.Required {
			if property := schema.Properties[required]; property != nil {
				if object[required], ok = m.valid(required, property.Value); !ok {
					return nil, false
				}
			}
		}
		return object, true
	case schema.Type.Is(openapi3.TypeArray):
		array := []any{}
		for range schema.MinItems {
			item, ok := m.valid("", schema.Items.Value)
			if !ok {
				return nil, false
			}
			array = append(array, item)
		}
		return array, true
	case schema.Type.Is(openapi3.TypeBoolean):
		return true, true
	case schema.Type.Is(openapi3.TypeInteger), schema.Type.Is(openapi3.TypeNumber):
		number := 0.0
		if schema.Min != nil {
			number = math.Ceil(*schema.Min)
		} else if schema.Max != nil {
			number = math.Min(0, math.Floor(*schema.Max))
		}
		return number, schema.VisitJSON(number) == nil
	default:
		text := strings.Repeat("x", int(max(schema.MinLength, 1)))
		return text, schema.VisitJSON(text) == nil
	}
}

// validStrings are strings that a schema takes, at its borders and drawn. Where the schema says less than "string", there are other values too.
func (m *Maker) validValues(name string, schema *openapi3.Schema) []any {
	var all []any
	add := func(value any) {
		if schema.VisitJSON(value, openapi3.EnableFormatValidation()) == nil {
			all = append(all, value)
		}
	}
	if value, ok := m.valid(name, schema); ok {
		add(value)
	}
	if _, given := m.config.Values[name]; given {
		return all // whoever gives a value wants no other to be sent
	}
	for _, value := range m.valuesOfAllTypes() {
		add(value)
	}
	add("")
	add(strings.Repeat("a", int(schema.MinLength)))
	if schema.MaxLength != nil {
		add(strings.Repeat("z", int(*schema.MaxLength)))
	}
	for range m.config.Variants {
		add(m.text(textAlphabet, 1, 40))
	}
	return all
}

// Alphabets that are drawn from.
var (
	textAlphabet = []rune(`abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=-_.~ "\/<>&{}[]:,äöß€漢字😀` + "\t\n\u2028")
	nameAlphabet = []rune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
)

// text draws a string of at least low and at most high characters.
func (m *Maker) text(alphabet []rune, low, high int) string {
	var b strings.Builder
	for range low + m.random.IntN(high-low+1) {
		b.WriteRune(alphabet[m.random.IntN(len(alphabet))])
	}
	return b.String()
}

// valuesOfAllTypes are one value of each type of JSON, and drawn ones.
func (m *Maker) valuesOfAllTypes() []any {
	all := []any{nil, true, false, 0.0, 1.0, -1.5, "x", []any{}, map[string]any{}}
	for range m.config.Variants {
		switch m.random.IntN(4) {
		case 0:
			all = append(all, float64(m.random.IntN(1<<30)))
		case 1:
			all = append(all, m.random.Float64())
		case 2:
			all = append(all, []any{m.text(nameAlphabet, 1, 9)})
		default:
			all = append(all, map[string]any{m.text(nameAlphabet, 1, 9): m.text(nameAlphabet, 1, 9)})
		}
	}
	return all
}
