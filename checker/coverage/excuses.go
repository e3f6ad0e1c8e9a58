package coverage

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink/internal/spelling"
)

// Excuses are the cells that need not be seen, with the reasons. They are in a file of their own:
//
//	count: 4
//	cells:
//	  scheme connect 402 Digest: no account is suspended
//	  scheme connect|status 429 Digest: the server limits nobody
//	  scheme status 503 *: the same
//
// A cell goes by its [Cell.String]; * stands for any one word, and a|b for each of two, both of which must be there. The count is that of the
// cells, so that a pattern cannot grow unseen.
type Excuses struct {
	file    string
	entries []excuse
	count   int
	line    int // of count
}

type excuse struct {
	pattern, reason string
	line            int
}

// ReadExcuses reads the content of a file. Errors name the file and the line.
func ReadExcuses(file string, content []byte) (Excuses, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(content, &root); err != nil {
		return Excuses{}, fmt.Errorf("%s: %w", file, err)
	}
	e := Excuses{file: file}
	if len(root.Content) == 0 || root.Content[0].Kind != yaml.MappingNode {
		return Excuses{}, e.problem(1, "want the keys count and cells")
	}
	hasCount := false
	for key, value := range pairs(root.Content[0]) {
		switch key.Value {
		case "count":
			if err := value.Decode(&e.count); err != nil {
				return Excuses{}, e.problem(value.Line, "count is no number")
			}
			e.line, hasCount = value.Line, true
		case "cells":
			if value.Kind != yaml.MappingNode {
				return Excuses{}, e.problem(value.Line, "cells wants one line for each cell, with its reason")
			}
			for name, reason := range pairs(value) {
				if strings.TrimSpace(reason.Value) == "" {
					return Excuses{}, e.problem(name.Line, "%q is excused without a reason", name.Value)
				}
				e.entries = append(e.entries, excuse{pattern: name.Value, reason: strings.TrimSpace(reason.Value), line: name.Line})
			}
		default:
			return Excuses{}, e.problem(key.Line, "the key %q is none of count, cells", key.Value)
		}
	}
	if !hasCount {
		return Excuses{}, e.problem(1, "count is missing: the number of cells that are excused")
	}
	return e, nil
}

func pairs(n *yaml.Node) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

func (e Excuses) problem(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", e.file, line, fmt.Sprintf(format, args...))
}

// apply finds the cells that are excused. All problems are told at once.
func (e Excuses) apply(cells []Cell) (map[Cell]string, error) {
	excused := make(map[Cell]string)
	names := make([]string, len(cells))
	for i, cell := range cells {
		names[i] = cell.String()
	}
	var problems []error
	for _, entry := range e.entries {
		for _, pattern := range alternatives(strings.Fields(entry.pattern)) {
			found := false
			for i, cell := range cells {
				if !matches(pattern, names[i]) {
					continue
				}
				found = true
				if _, twice := excused[cell]; twice {
					problems = append(problems, e.problem(entry.line, "%s is excused twice", names[i]))
				}
				excused[cell] = entry.reason
			}
			if !found {
				hint, words := "", strings.Join(pattern, " ")
				if nearest := spelling.Nearest(words, names); nearest != "" {
					hint = "; did you mean " + nearest + "?"
				}
				problems = append(problems, e.problem(entry.line, "%q is no cell of the contract%s", words, hint))
			}
		}
	}
	if len(problems) == 0 && e.count != len(excused) {
		problems = append(problems, e.problem(e.line, "count is %d, and the excused cells are %d", e.count, len(excused)))
	}
	return excused, errors.Join(problems...)
}

// alternatives are the patterns that one with bars stands for: a|b 402 is a 402 and b 402.
func alternatives(words []string) [][]string {
	all := [][]string{nil}
	for _, word := range words {
		var longer [][]string
		for _, begun := range all {
			for one := range strings.SplitSeq(word, "|") {
				longer = append(longer, append(slices.Clip(begun), one))
			}
		}
		all = longer
	}
	return all
}

// matches compares word by word.
func matches(pattern []string, name string) bool {
	got := strings.Fields(name)
	if len(pattern) != len(got) {
		return false
	}
	for i, word := range pattern {
		if word != "*" && word != got[i] {
			return false
		}
	}
	return true
}
