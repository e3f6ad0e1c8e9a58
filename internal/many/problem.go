package many

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/migrationlink/migrationlink/internal/count"
)

// place is where in a list something stands: line and column from 1, columns in characters. The zero place is the whole list.
type place struct{ line, column int }

// placeOf is the place of a byte.
func placeOf(content []byte, at int) place {
	before := content[:at]
	start := bytes.LastIndexByte(before, '\n') + 1
	return place{line: bytes.Count(before, []byte("\n")) + 1, column: utf8.RuneCount(before[start:]) + 1}
}

// Problem is what is wrong with a list at one place, and what would be right. It repeats nothing of the list but what cannot be a token.
type Problem struct {
	place
	field string // a column, or empty
	text  string
}

// String tells line, column and field, and what is wrong.
func (p Problem) String() string {
	var where []string
	if p.line > 0 {
		where = append(where, fmt.Sprintf("line %d", p.line))
	}
	if p.column > 0 {
		where = append(where, fmt.Sprintf("column %d", p.column))
	}
	if p.field != "" {
		where = append(where, p.field)
	}
	if len(where) == 0 {
		return p.text
	}
	return strings.Join(where, ", ") + ": " + p.text
}

// Problems are all that is wrong with a list, in its order.
type Problems []Problem

// maxTold is how many problems are told one by one.
const maxTold = 20

// Error tells them one a line: the first 20, and how many more there are.
func (p Problems) Error() string { return strings.Join(p.Lines(), "\n") }

// Lines are what Error tells.
func (p Problems) Lines() []string {
	var lines []string
	for _, problem := range p[:min(len(p), maxTold)] {
		lines = append(lines, problem.String())
	}
	if more := len(p) - maxTold; more > 0 {
		lines = append(lines, "and "+count.Of(more, "more problem"))
	}
	return lines
}

func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
}
