// Package strictjson reads JSON as strictly as RFC 8259 allows, for the checker.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// MaxDepth is how deep JSON is read. The contract needs four levels; a limit keeps hostile input from costing stack.
const MaxDepth = 64

// Parse reads exactly one JSON value (RFC 8259). It is stricter than encoding/json and kin-openapi: UTF-8 throughout, no lone
// surrogate, no property twice, nothing behind the value. Its errors say where, never what. Numbers are json.Number, as they
// are written: 404.00000000000000001 is not 404, and 1e400 is JSON, though no float64. deep reports that something is nested
// deeper than [MaxDepth]. Parse skips that value, and null stands in its place.
func Parse(content []byte) (value any, deep bool, err error) {
	if !utf8.Valid(content) {
		return nil, false, errors.New("is not UTF-8")
	}
	if at, lone := loneSurrogate(content); lone {
		return nil, false, fmt.Errorf("has half of a surrogate pair at byte %d", at)
	}
	r := valueReader{dec: json.NewDecoder(bytes.NewReader(content))}
	r.dec.UseNumber()
	if value, err = r.value(0); err != nil {
		return nil, false, err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, false, fmt.Errorf("goes on after the JSON value, which ends before byte %d", r.dec.InputOffset()+1)
	}
	return value, r.deep, nil
}

// valueReader reads values token by token, to see the names that a map would swallow.
type valueReader struct {
	dec  *json.Decoder
	deep bool
}

func (r *valueReader) token() (json.Token, error) {
	token, err := r.dec.Token()
	if err != nil {
		return nil, notJSON(err, r.dec.InputOffset())
	}
	return token, nil
}

func (r *valueReader) value(depth int) (any, error) {
	if depth > MaxDepth {
		r.deep = true
		return nil, r.over()
	}
	token, err := r.token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return r.object(depth)
	case json.Delim('['):
		return r.array(depth)
	default:
		return token, nil
	}
}

func (r *valueReader) object(depth int) (any, error) {
	object := make(map[string]any)
	for r.dec.More() {
		token, err := r.token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // encoding/json lets nothing else be a name
		if _, again := object[name]; again {
			return nil, fmt.Errorf("has a property twice, again at byte %d", r.dec.InputOffset())
		}
		if object[name], err = r.value(depth + 1); err != nil {
			return nil, err
		}
	}
	_, err := r.token()
	return object, err
}

func (r *valueReader) array(depth int) (any, error) {
	array := []any{}
	for r.dec.More() {
		value, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := r.token()
	return array, err
}

// over reads over one value, however deep it is.
func (r *valueReader) over() error {
	for open := 0; ; {
		token, err := r.token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			open++
		case json.Delim('}'), json.Delim(']'):
			open--
		}
		if open == 0 {
			return nil
		}
	}
}

// notJSON keeps the place of a syntax error and drops its text, which repeats a character of the input.
func notJSON(err error, offset int64) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = syntax.Offset
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("is not JSON: it ends too early")
	}
	return fmt.Errorf("is not JSON, from byte %d on", offset)
}

// loneSurrogate finds a \u escape that is half of a UTF-16 surrogate pair and stands alone (RFC 8259 section 8.2); encoding/json replaces
// it in silence.
func loneSurrogate(content []byte) (at int, lone bool) {
	for i := 0; i < len(content); i++ {
		if content[i] != '\\' {
			continue
		}
		high, ok := unicodeEscape(content[i:])
		switch {
		case !ok:
			i++ // an escape of one character: what it escapes is no backslash of its own
		case 0xDC00 <= high && high <= 0xDFFF:
			return i, true
		case 0xD800 <= high && high <= 0xDBFF:
			low, ok := unicodeEscape(content[i+6:])
			if !ok || low < 0xDC00 || low > 0xDFFF {
				return i, true
			}
			i += 11
		default:
			i += 5
		}
	}
	return 0, false
}

// unicodeEscape reads an escape of four hex digits at the start of b.
func unicodeEscape(b []byte) (uint32, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var unit uint32
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			unit = unit<<4 | uint32(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			unit = unit<<4 | uint32(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return unit, true
}
