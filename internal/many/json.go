package many

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// readJSON reads an array of objects whose values are strings, as strict as a list of credentials wants it: no key twice, none that is not known, and
// nothing behind the array.
func readJSON(content []byte) ([]record, Problems) {
	s := &scanner{content: content, decoder: json.NewDecoder(bytes.NewReader(content)), at: place{1, 1}}
	s.decoder.UseNumber()
	all := s.list()
	return all, s.wrong
}

// scanner reads tokens of JSON with their places.
type scanner struct {
	content []byte
	decoder *json.Decoder
	at      place // of the token that was read last
	offset  int   // of at, in bytes
	wrong   Problems
}

func (s *scanner) list() []record {
	token, ok := s.next()
	if !ok {
		return nil
	}
	if token != json.Delim('[') {
		s.refuse(s.at, "", "want an array of objects, like [{\"orgId\": …}]")
		return nil
	}
	var all []record
	for s.decoder.More() {
		if token, ok = s.next(); !ok {
			return all
		}
		if token != json.Delim('{') {
			s.refuse(s.at, "", "want an object, like {\"orgId\": …}")
			if !s.skip(token) {
				return all
			}
			continue
		}
		told := len(s.wrong)
		r, ok := s.object()
		if !ok {
			return all
		}
		if len(s.wrong) == told {
			all = append(all, r)
		}
	}
	if _, ok := s.next(); !ok { // the end of the array
		return all
	}
	if _, err := s.decoder.Token(); !errors.Is(err, io.EOF) {
		s.refuse(placeOf(s.content, int(s.decoder.InputOffset())), "", "something follows the array; want nothing behind it")
	}
	return all
}

// object reads what follows its brace.
func (s *scanner) object() (record, bool) {
	r := record{place: place{line: s.at.line}, cells: make(map[string]cell)}
	seen := make(map[string]bool)
	for s.decoder.More() {
		token, ok := s.next()
		if !ok {
			return r, false
		}
		key, _ := token.(string) // encoding/json lets nothing else be a key
		at := s.at
		name, problem := columnNamed(key, func(a, b string) bool { return a == b })
		value, ok := s.next()
		if !ok {
			return r, false
		}
		text, isText := value.(string)
		switch {
		case problem != "":
			s.refuse(at, "", "the object has "+problem)
		case seen[name]:
			s.refuse(at, "", "the object has "+name+" twice; want it once")
		case !isText:
			s.refuse(s.at, name, "want a string")
		case strings.ContainsRune(text, utf8.RuneError):
			s.refuse(s.at, name, "a character of it is lost (half of a surrogate pair, or U+FFFD); want it as it was")
		case text != "":
			r.cells[name] = cell{s.at, text}
		}
		seen[name] = true
		if !s.skip(value) {
			return r, false
		}
	}
	_, ok := s.next() // the end of the object
	return r, ok
}

// skip reads to the end of what a token begins.
func (s *scanner) skip(token json.Token) bool {
	for depth := 0; ; {
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
		if depth == 0 {
			return true
		}
		var ok bool
		if token, ok = s.next(); !ok {
			return false
		}
	}
}

// next is the next token. What is no JSON ends the reading; the decoder's own words could repeat a part of a token.
func (s *scanner) next() (json.Token, bool) {
	before := int(s.decoder.InputOffset())
	token, err := s.decoder.Token()
	if err != nil {
		at := int(s.decoder.InputOffset())
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = max(at, int(syntax.Offset)-1)
		}
		s.refuse(placeOf(s.content, min(at, len(s.content))), "", "no JSON from here on; want an array of objects, like [{\"orgId\": …}]")
		return nil, false
	}
	s.advance(before)
	return token, true
}

// advance finds where the token begins that was read from an offset on.
func (s *scanner) advance(from int) {
	for from < len(s.content) && strings.IndexByte(" \t\r\n,:", s.content[from]) >= 0 {
		from++
	}
	passed := s.content[s.offset:from]
	if end := bytes.LastIndexByte(passed, '\n'); end >= 0 {
		s.at = place{line: s.at.line + bytes.Count(passed, []byte("\n")), column: 1}
		passed = passed[end+1:]
	}
	s.at.column += utf8.RuneCount(passed)
	s.offset = from
}

func (s *scanner) refuse(at place, field, text string) {
	s.wrong = append(s.wrong, Problem{at, field, text})
}
