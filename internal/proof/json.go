package proof

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// JSON reports whether content is certainly one JSON value that is valid. It reads the plain JSON that programs write: what has an escape,
// a fraction or null in it, or a property that the schema does not declare, it does not know.
func (p *Proof) JSON(content []byte, status int) bool {
	if !utf8.Valid(content) {
		return false
	}
	r := reader{text: string(content), status: status}
	if !p.json(&r) {
		return false
	}
	r.space()
	return r.at == len(r.text)
}

// reader is at a place in JSON.
type reader struct {
	text   string
	at     int
	status int // of the answer
}

// json reads the next value, and reports whether it is certainly valid.
func (p *Proof) json(r *reader) bool {
	r.space()
	start := *r
	for _, branch := range p.oneOf {
		if *r = start; branch.json(r) {
			return true
		}
	}
	switch {
	case len(p.oneOf) > 0:
		return false
	case r.is('"') && p.is == "":
		_, ok := r.string()
		return ok
	case r.is('"'):
		s, ok := r.string()
		return ok && p.Text(s)
	case r.is('{'):
		return p.is == openapi3.TypeObject && p.object(r)
	case r.is('['):
		return p.is == openapi3.TypeArray && p.array(r)
	case r.word("true"), r.word("false"):
		return p.is == "" || p.is == openapi3.TypeBoolean
	}
	n, ok := r.integer()
	return ok && (p.is == "" || p.is == openapi3.TypeInteger && p.integer(n, r.status))
}

// object reads an object, each property of which has to be declared, and there once.
func (p *Proof) object(r *reader) bool {
	r.at++
	var seen uint64 // by index; no more are compiled
	for r.space(); !r.take('}'); r.space() {
		if seen != 0 && !r.take(',') {
			return false
		}
		r.space()
		if !r.is('"') {
			return false
		}
		name, ok := r.string()
		i := p.property(name)
		if !ok || i < 0 || seen&(1<<i) != 0 || p.properties[i].value == nil {
			return false
		}
		seen |= 1 << i
		if r.space(); !r.take(':') || !p.properties[i].value.json(r) {
			return false
		}
	}
	for i, property := range p.properties {
		if property.required && seen&(1<<i) == 0 {
			return false
		}
	}
	return true
}

func (p *Proof) array(r *reader) bool {
	r.at++
	n := 0
	for r.space(); !r.take(']'); r.space() {
		if n > 0 && !r.take(',') || p.items == nil || !p.items.json(r) {
			return false
		}
		n++
	}
	return p.minItems <= n && n <= p.maxItems
}

func (r *reader) is(c byte) bool { return r.at < len(r.text) && r.text[r.at] == c }

func (r *reader) take(c byte) bool {
	if !r.is(c) {
		return false
	}
	r.at++
	return true
}

func (r *reader) word(word string) bool {
	if !strings.HasPrefix(r.text[r.at:], word) {
		return false
	}
	r.at += len(word)
	return true
}

// space is skipped (RFC 8259 section 2).
func (r *reader) space() {
	for r.at < len(r.text) && (r.text[r.at] == ' ' || r.text[r.at] == '\t' || r.text[r.at] == '\n' || r.text[r.at] == '\r') {
		r.at++
	}
}

// string reads a string without escapes and control characters (RFC 8259 section 7).
func (r *reader) string() (s string, ok bool) {
	for i := r.at + 1; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			s, r.at = r.text[r.at+1:i], i+1
			return s, true
		case c == '\\' || c < ' ':
			return "", false
		}
	}
	return "", false
}

// integer reads a number without fraction and exponent (RFC 8259 section 6). Where it has one, what follows is not what may follow a number.
func (r *reader) integer() (n int64, ok bool) {
	start := r.at
	negative := r.take('-')
	digits := r.at
	for r.at < len(r.text) && '0' <= r.text[r.at] && r.text[r.at] <= '9' {
		r.at++
	}
	length := r.at - digits
	if length == 0 || r.text[digits] == '0' && (length > 1 || negative) {
		return 0, false
	}
	n, err := strconv.ParseInt(r.text[start:r.at], 10, 64)
	return n, err == nil
}
