package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

// object is a JSON object of an answer. Its properties are read one by one, so that one of an unexpected type spoils no other, and their
// names must match to the letter, which encoding/json does not ask of the fields of a struct.
type object map[string]json.RawMessage

var errNoObject = errors.New("not one JSON object")

// readObject reads content that is one JSON object, with nothing but white space around it.
func readObject(content []byte) (object, error) {
	var o object
	if json.Unmarshal(content, &o) != nil || o == nil { // nil: the content is null
		return nil, errNoObject
	}
	return o, nil
}

// text is a property that is a string, or empty.
func (o object) text(name string) string {
	var s string
	if json.Unmarshal(o[name], &s) != nil {
		return ""
	}
	return s
}

// time is a property that is a date-time of RFC 3339, or zero.
func (o object) time(name string) time.Time {
	t, err := time.Parse(time.RFC3339, o.text(name))
	if err != nil {
		return time.Time{}
	}
	return t
}

// value is a property of any type, or nil. Numbers are json.Number, which keeps every digit.
func (o object) value(name string) any {
	var v any
	d := json.NewDecoder(bytes.NewReader(o[name]))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}
