package mongocli

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/migrationlink/migrationlink/internal/secret"
)

// fill goes through the file with the parser itself, since what toml.Unmarshal makes of it knows no lines. The content is TOML. The error is all
// that is wrong with it, one a line.
func (f *File) fill(content []byte) error {
	r := reader{file: f, content: content, at: 1, written: map[string]int{}}
	r.parser.Reset(content)
	for r.parser.NextExpression() {
		e := r.parser.Expression()
		switch e.Kind {
		case unstable.Table:
			r.table = path(e)
			r.heading(e)
		case unstable.ArrayTable:
			r.table = path(e)
			r.refuse(e, "a list, [[…]]; want a profile, [NAME]")
		case unstable.KeyValue:
			r.set(r.table, e)
		}
	}
	return errors.Join(r.wrong...)
}

type reader struct {
	file    *File
	parser  unstable.Parser
	content []byte
	counted int            // bytes of content whose lines were counted
	at      int            // the line that they end on
	table   []string       // that the lines belong to, as it is written
	written map[string]int // the line of each profile and key, by its path
	wrong   []error
}

// path is the name of a table, or of a key.
func path(n *unstable.Node) []string {
	var parts []string
	for it := n.Key(); it.Next(); {
		parts = append(parts, string(it.Node().Data))
	}
	return parts
}

// line is that of a node. The parser would count from the first one each time, which takes long in a file of ten thousand profiles.
func (r *reader) line(n *unstable.Node) int {
	key := n.Key()
	key.Next()
	offset := int(key.Node().Raw.Offset)
	if offset < r.counted {
		r.counted, r.at = 0, 1
	}
	r.at += bytes.Count(r.content[r.counted:offset], []byte("\n"))
	r.counted = offset
	return r.at
}

func (r *reader) refuse(n *unstable.Node, format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Errorf("%s:%d: %s", r.file.name, r.line(n), fmt.Sprintf(format, args...)))
}

// heading opens a profile. Tables inside one mean nothing here.
func (r *reader) heading(n *unstable.Node) {
	if len(r.table) != 1 {
		return
	}
	if name := strings.ToLower(r.table[0]); slices.Contains(keys, name) {
		r.refuse(n, "%s is a table; want text in quotes", name)
		return
	}
	if line, twice := r.once(n, r.table); twice {
		r.refuse(n, "a profile twice, first on line %d; upper and lower case are the same", line)
		return
	}
	r.profile(r.table[0])
}

// once notes where a path is written, and tells the line if it is another time. TOML itself has refused what is the same to the letter.
func (r *reader) once(n *unstable.Node, path []string) (int, bool) {
	name := strings.ToLower(strings.Join(path, "\x00"))
	line, twice := r.written[name]
	if !twice {
		r.written[name] = r.line(n)
	}
	return line, twice
}

func (r *reader) profile(name string) table {
	name = strings.ToLower(name)
	if r.file.profiles[name] == nil {
		r.file.profiles[name] = table{}
	}
	return r.file.profiles[name]
}

// set takes a key at the top level or in a profile, however that is written: under a heading, with a dot, or in braces.
func (r *reader) set(table []string, n *unstable.Node) {
	path := append(slices.Clone(table), path(n)...)
	key := strings.ToLower(path[len(path)-1])
	known := slices.Contains(keys, key)
	value := n.Value()
	if value.Kind == unstable.InlineTable && !known {
		if len(path) == 1 {
			r.profile(key)
		}
		for it := value.Children(); it.Next(); {
			r.set(path, it.Node())
		}
		return
	}
	if !known || len(path) > 2 {
		return
	}
	if line, twice := r.once(n, path); twice {
		r.refuse(n, "%s twice, first on line %d; upper and lower case are the same", key, line)
		return
	}
	if value.Kind != unstable.String && (value.Kind != unstable.Bool || key != OpsManagerSkipVerify) {
		r.refuse(n, "%s is %s; want text in quotes", key, kind(value))
		return
	}
	values := r.file.global
	if len(path) == 2 {
		values = r.profile(path[0])
	}
	values[key] = Value{Text: string(value.Data), Place: fmt.Sprintf("%s:%d: %s", r.file.name, r.line(n), key)}
}

func kind(n *unstable.Node) string {
	switch n.Kind {
	case unstable.Bool:
		return "true or false"
	case unstable.Integer, unstable.Float:
		return "a number"
	case unstable.Array:
		return "a list"
	case unstable.InlineTable:
		return "a table"
	}
	return "a date or a time"
}

// plain is a name as it is, what stands for it where a secret is in it, or in quotes where it could be misread.
func plain(name string) string {
	name = secret.Shown(name, "")
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == '"' || r == ',' }) {
		return strconv.Quote(name)
	}
	return name
}
