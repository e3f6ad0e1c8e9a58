// Package standinfile reads and prints the configuration of the stand-in that serve starts: a YAML file, or the example.
package standinfile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/migrationlink/migrationlink/internal/spelling"

	"go.yaml.in/yaml/v3"
)

// configFile reads YAML by its nodes, which know their lines, and gathers what is wrong with them.
type configFile struct {
	name     string
	problems []problem
}

type problem struct {
	line   int // 0 is the file as a whole
	column int // 0 is the whole line
	text   string
}

func (f *configFile) refuse(n *yaml.Node, format string, args ...any) {
	f.problems = append(f.problems, problem{n.Line, n.Column, fmt.Sprintf(format, args...)})
}

// refused reports whether something is wrong with the node itself.
func (f *configFile) refused(n *yaml.Node) bool {
	return slices.ContainsFunc(f.problems, func(p problem) bool { return p.line == n.Line && p.column == n.Column })
}

// place is the name of the file, and the line if there is one.
func (f *configFile) place(line int) string {
	if line == 0 {
		return f.name
	}
	return f.name + ":" + strconv.Itoa(line)
}

// err is all problems in the order of their lines, or nil.
func (f *configFile) err() error {
	slices.SortStableFunc(f.problems, func(a, b problem) int { return cmp.Compare(a.line, b.line) })
	var errs []error
	for _, p := range f.problems {
		errs = append(errs, fmt.Errorf("%s: %s", f.place(p.line), p.text))
	}
	return errors.Join(errs...)
}

// parse reads the one document of the file, and returns nil if there is a problem with it.
func (f *configFile) parse(content []byte) *yaml.Node {
	for i, line := range bytes.Split(content, []byte("\n")) {
		if !utf8.Valid(line) {
			return f.unreadable(i+1, "not UTF-8; want a text file in UTF-8")
		}
		if bytes.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\r' }) {
			return f.unreadable(i+1, "a control character; want text alone")
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return f.unreadable(1, "empty; want organizations and apiKeys, as in migrationlink serve --help")
	}
	if err == nil {
		if err = decoder.Decode(&second); errors.Is(err, io.EOF) {
			return document.Content[0]
		}
	}
	if err != nil {
		return f.unreadable(yamlProblem(content, err))
	}
	return f.unreadable(second.Line, "a second YAML document; want one")
}

func (f *configFile) unreadable(line int, text string) *yaml.Node {
	f.problems = append(f.problems, problem{line: line, text: text})
	return nil
}

var (
	yamlError    = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	unknownAlias = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// yamlProblem is the line and text of an error of the YAML parser. Its texts are fixed but for one, which repeats what stands after a *.
func yamlProblem(content []byte, err error) (int, string) {
	line, text := 1, "cannot be parsed"
	if m := yamlError.FindStringSubmatch(err.Error()); m != nil {
		text = m[2]
		if m[1] != "" {
			line, _ = strconv.Atoi(m[1])
		}
	}
	if m := unknownAlias.FindStringSubmatch(text); m != nil {
		before, _, _ := bytes.Cut(content, []byte("*"+m[1]))
		return 1 + bytes.Count(before, []byte("\n")), "an alias to an anchor that is not there; want quotes around a text that begins with *"
	}
	// The parser counts the lines of these from 0, those of its other errors from 1.
	if strings.HasPrefix(text, "did not find expected") && line > 1 {
		line++
	}
	return line, "not YAML, here or soon after: " + text + "; want a file like the one in migrationlink serve --help"
}

// resolve is the node itself, or what it is an alias of, at the place of the alias.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind != yaml.AliasNode {
		return n
	}
	target := *n.Alias
	target.Line, target.Column = n.Line, n.Column
	return &target
}

type entry struct{ key, value *yaml.Node }

// entries is what a mapping holds.
func (f *configFile) entries(n *yaml.Node, what string) []entry {
	if n.Kind != yaml.MappingNode {
		f.refuse(n, "%s is %s; want a mapping", what, kind(n))
		return nil
	}
	var entries []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		entries = append(entries, entry{resolve(n.Content[i]), resolve(n.Content[i+1])})
	}
	return entries
}

// fields is what a mapping holds, by name: every required field, some optional ones, no other and none twice.
func (f *configFile) fields(n *yaml.Node, what string, required, optional []string) map[string]*yaml.Node {
	known := slices.Concat(required, optional)
	if n.Kind != yaml.MappingNode {
		wanted := strings.Join(required, " and ")
		if len(required) == 0 {
			wanted = strings.Join(optional, ", ")
		}
		f.refuse(n, "%s is %s; want a mapping with %s", what, kind(n), wanted)
		return nil
	}
	lines, fields := map[string]int{}, map[string]*yaml.Node{}
	for _, entry := range f.entries(n, what) {
		name := entry.key.Value
		if entry.key.Kind != yaml.ScalarNode || !slices.Contains(known, name) {
			f.refuse(entry.key, "unknown field; %s", spelling.Want(name, known))
			continue
		}
		if line, twice := lines[name]; twice {
			f.refuse(entry.key, "%s twice, first on line %d; want it once", name, line)
			continue
		}
		lines[name], fields[name] = entry.key.Line, entry.value
	}
	for _, name := range required {
		if fields[name] == nil {
			f.refuse(n, "%s without %s; want it", what, name)
		}
	}
	return fields
}

// list is what a sequence holds, which must be something. A nil node is a field that is missing, which was refused before.
func (f *configFile) list(n *yaml.Node, what, wanted string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		f.refuse(n, "%s is %s; want a list of %s", what, kind(n), wanted)
		return nil
	}
	if len(n.Content) == 0 {
		f.refuse(n, "%s is empty; want at least one: %s", what, wanted)
	}
	items := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		items[i] = resolve(item)
	}
	return items
}

// text is a scalar as it is written, so that an id of digits alone needs no quotes. It must not be empty.
func (f *configFile) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		f.refuse(n, "%s is %s; want text", what, kind(n))
		return "", false
	}
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float":
		if n.Value != "" {
			return n.Value, true
		}
		f.refuse(n, "%s is empty; want text", what)
	case "!!null":
		f.refuse(n, "%s is empty; want text", what)
	case "!!bool", "!!timestamp":
		f.refuse(n, "%s is a truth value or a date; want text, in quotes if it is meant so", what)
	default: // the tag is not shown: it is the start of a text that was meant
		f.refuse(n, "%s has a tag; want text, in quotes if it begins with !", what)
	}
	return "", false
}

// scalar is the text of a field. A nil node is a field that is missing, which was refused before, or left out.
func (f *configFile) scalar(n *yaml.Node, what string) string {
	if n == nil {
		return ""
	}
	text, _ := f.text(n, what)
	return text
}

// duration is a time with its unit, and not 0, which would be as if it was left out. A nil node is a
// field that was left out.
func (f *configFile) duration(n *yaml.Node, what string) time.Duration {
	text := f.scalar(n, what)
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d == 0 {
		f.refuse(n, "%s: want a time like 90s, 5m or 1h", what)
		return 0
	}
	return d
}

// count is a whole number, and not 0. A nil node is a field that was left out.
func (f *configFile) count(n *yaml.Node, what string) int {
	text := f.scalar(n, what)
	if text == "" {
		return 0
	}
	number, err := strconv.Atoi(text)
	if err != nil || number == 0 {
		f.refuse(n, "%s: want a whole number, from 1", what)
		return 0
	}
	return number
}

func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	if n.ShortTag() == "!!null" {
		return "empty"
	}
	return "a single value"
}
