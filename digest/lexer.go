package digest

import (
	"errors"
	"fmt"
	"strings"
)

// ErrMalformed is what errors of a header that breaks the grammar (RFC 9110 section 11) wrap. Their text says where, counted in bytes
// from 1, and what would be right; it never repeats a value.
var ErrMalformed = errors.New("malformed")

// maxField is the longest field value that is read, in bytes.
const maxField = 8 << 10

const (
	usualParams = 10 // parameters of credentials, opaque included
	maxParams   = 32 // parameters of a scheme that are read: each is looked for among those before it
)

// scheme is one challenge or one set of credentials as the grammar sees it: a name and what follows.
type scheme struct {
	name    string
	params  []param
	token68 bool  // what follows is a token68 (Basic, Negotiate), not parameters
	err     error // the first thing wrong with it
}

// param is a parameter, its name in lower case.
type param struct{ name, value string }

// param is the value of a parameter, by its name in lower case, and whether it is there.
func (s scheme) param(name string) (value string, given bool) {
	for _, p := range s.params {
		if p.name == name {
			return p.value, true
		}
	}
	return "", false
}

// value of a parameter; empty for one that is not there.
func (s scheme) value(name string) string {
	value, _ := s.param(name)
	return value
}

// readSchemes reads a list of challenges (RFC 9110 section 11.6.1). Something malformed spoils only the scheme it stands in: reading goes
// on behind the next comma outside quotes. A scheme without a name holds what is wrong before the first one.
func readSchemes(field string) []scheme {
	if len(field) > maxField {
		return []scheme{{err: fmt.Errorf("%w: %d bytes, at most %d are read", ErrMalformed, len(field), maxField)}}
	}
	l := lexer{text: field}
	var list []scheme
	for {
		l.skip(" \t,") // empty list elements are allowed: RFC 9110 section 5.6.1
		if l.end() {
			return list
		}
		var err error
		if list, err = l.element(list); err != nil {
			if len(list) == 0 {
				list = []scheme{{}}
			}
			if current := &list[len(list)-1]; current.err == nil {
				current.err = err
			}
			l.skipElement()
		}
	}
}

type lexer struct {
	text string
	pos  int
}

// element reads what stands between two commas: a parameter of the last scheme, or a new scheme with what follows it.
func (l *lexer) element(list []scheme) ([]scheme, error) {
	name := l.run(isTokenChar)
	if name == "" {
		return list, l.fault("want the name of a scheme or of a parameter")
	}
	spaced := l.skip(" \t")
	if l.at('=') {
		if len(list) == 0 {
			return list, l.fault("a parameter before any scheme")
		}
		if list[len(list)-1].token68 {
			return list, l.fault("a parameter behind a token68")
		}
		return list, l.value(&list[len(list)-1], name)
	}
	list = append(list, scheme{name: name, params: make([]param, 0, usualParams)})
	current := &list[len(list)-1]
	switch {
	case l.end() || l.at(','):
		return list, nil
	case !spaced:
		return list, l.fault("want a space after the scheme")
	case l.token68():
		current.token68 = true
		return list, nil
	}
	if name = l.run(isTokenChar); name == "" {
		return list, l.fault("want the name of a parameter")
	}
	l.skip(" \t")
	if !l.at('=') {
		return list, l.fault("want = after the name of a parameter")
	}
	return list, l.value(current, name)
}

// value reads = and the value behind it. A bare value may hold more than RFC 9110 allows in a token, since clients send base64 and paths
// bare: it ends at a blank, a comma or a quote.
func (l *lexer) value(current *scheme, name string) error {
	l.pos++ // the =
	l.skip(" \t")
	var value string
	if l.at('"') {
		var err error
		if value, err = l.quoted(); err != nil {
			return err
		}
	} else if value = l.run(isBareChar); value == "" {
		return l.fault("a value is missing")
	}
	l.skip(" \t")
	if !l.end() && !l.at(',') {
		return l.fault("want a comma after a value")
	}
	name = strings.ToLower(name)
	if _, twice := current.param(name); twice {
		return l.fault("a parameter is given twice") // RFC 9110 section 11.2: once per challenge
	}
	if len(current.params) == maxParams {
		return l.fault(fmt.Sprintf("more than %d parameters", maxParams))
	}
	current.params = append(current.params, param{name, value})
	return nil
}

// quoted reads a quoted-string (RFC 9110 section 5.6.4) to its closing quote, even when something in it is wrong.
func (l *lexer) quoted() (string, error) {
	l.pos++
	if plain := strings.IndexFunc(l.text[l.pos:], isEndOfPlain); plain >= 0 && l.text[l.pos+plain] == '"' {
		start := l.pos
		l.pos += plain + 1
		return l.text[start : l.pos-1], nil
	}
	var value strings.Builder
	var err error
	for !l.end() {
		c := l.text[l.pos]
		if c == '"' {
			l.pos++
			return value.String(), err
		}
		if c == '\\' && l.pos+1 < len(l.text) {
			l.pos++
			c = l.text[l.pos]
		}
		if isControl(c) && err == nil {
			err = l.fault("a control character inside quotes")
		}
		value.WriteByte(c)
		l.pos++
	}
	return "", l.fault("a closing quote is missing")
}

// token68 reads a token68 (RFC 9110 section 11.2) if one stands here with nothing behind it but a comma or the end.
func (l *lexer) token68() bool {
	start := l.pos
	l.run(func(c byte) bool { return isAlphanumeric(c) || strings.IndexByte("-._~+/", c) >= 0 })
	l.run(func(c byte) bool { return c == '=' })
	found := l.pos > start
	l.skip(" \t")
	if found && (l.end() || l.at(',')) {
		return true
	}
	l.pos = start
	return false
}

// skipElement moves to the next comma outside quotes.
func (l *lexer) skipElement() {
	for !l.end() && !l.at(',') {
		if l.at('"') {
			_, _ = l.quoted()
		} else {
			l.pos++
		}
	}
}

func (l *lexer) end() bool      { return l.pos >= len(l.text) }
func (l *lexer) at(c byte) bool { return !l.end() && l.text[l.pos] == c }

func (l *lexer) skip(any string) bool {
	return l.run(func(c byte) bool { return strings.IndexByte(any, c) >= 0 }) != ""
}

func (l *lexer) run(of func(byte) bool) string {
	start := l.pos
	for !l.end() && of(l.text[l.pos]) {
		l.pos++
	}
	return l.text[start:l.pos]
}

func (l *lexer) fault(what string) error {
	return fmt.Errorf("%w at byte %d: %s", ErrMalformed, l.pos+1, what)
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
func isTokenChar(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}
func isBareChar(c byte) bool { return '!' <= c && c <= '~' && c != '"' && c != ',' }

// isEndOfPlain is what a quoted-string can't be taken as it stands beyond: its end, an escape, and what it must not hold.
func isEndOfPlain(r rune) bool { return r == '"' || r == '\\' || r < 0x80 && isControl(byte(r)) }
func isControl(c byte) bool    { return c < ' ' && c != '\t' || c == 0x7f }

func isToken(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r > '~' || !isTokenChar(byte(r)) }) < 0
}

// quote writes a quoted-string; control characters, which none can carry, are left out.
func quote(s string) string {
	quoted := []byte{'"'}
	for i := range len(s) {
		switch c := s[i]; {
		case isControl(c):
		case c == '"' || c == '\\':
			quoted = append(quoted, '\\', c)
		default:
			quoted = append(quoted, c)
		}
	}
	return string(append(quoted, '"'))
}
