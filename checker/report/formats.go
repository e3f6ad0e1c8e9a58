package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/migrationlink/migrationlink/checker/coverage"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/printable"
)

// Format is a form in which a report is written to a file.
type Format struct {
	// Name of the format, and of the flag of a command that asks for it.
	Name string
	// Usage is the help of the flag. It names the flag's value in backquotes.
	Usage string
	// Write writes a report.
	Write func(Report, io.Writer) error
}

// Formats returns every format there is, in a fixed order. The commands and the tests ask here.
func Formats() []Format {
	return []Format{
		{"junit", "write a JUnit report to `FILE`", Report.JUnit},
		{"json", "write a JSON report to `FILE` (docs/report.schema.json)", Report.JSON},
		{"html", "write a report to look at to `FILE`, with the coverage", Report.HTML},
	}
}

// JSON writes the report as docs/report.schema.json describes it.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Summary is the report in one line.
func (r Report) Summary() string {
	coverage := r.Covered()
	if r.Passed {
		return fmt.Sprintf("PASS  %s; %s", r.Outcomes(), coverage)
	}
	if r.nothing() {
		return "FAIL  nothing was judged: " + printable.Line(r.Stopped)
	}
	return fmt.Sprintf("FAIL  %s; %s", r.failed(), coverage)
}

// failed says what failed in how many exchanges; where some were not judged, it counts the verdicts too.
func (r Report) failed() string {
	words := r.failures() + " in " + count.Of(r.Exchanges, "exchange")
	if r.NotJudged > 0 {
		words += ": " + r.Outcomes()
	}
	return words
}

// Outcomes counts the exchanges by verdict: 41 valid, 1 violation, 3 not judged (response body was not recorded).
func (r Report) Outcomes() string {
	words := count.Thousands(r.Valid) + " valid"
	if r.Violations > 0 {
		words += ", " + count.Of(r.Violations, "violation")
	}
	if r.NotJudged > 0 {
		words += fmt.Sprintf(", %s not judged (%s)", count.Thousands(r.NotJudged), r.reasons())
	}
	return words
}

// reasons says why exchanges were not judged, with numbers if there is more than one reason.
func (r Report) reasons() string {
	if len(r.Unjudged) == 1 {
		return r.Unjudged[0].Reason
	}
	var parts []string
	for _, u := range r.Unjudged {
		parts = append(parts, fmt.Sprintf("%s: %s", u.Reason, count.Thousands(u.Exchanges)))
	}
	return strings.Join(parts, ", ")
}

// failures counts what failed, by kind.
func (r Report) failures() string {
	var parts []string
	if r.nothingJudged {
		parts = append(parts, "nothing was judged")
	}
	if n := len(r.failing()); n > 0 {
		parts = append(parts, count.Of(n, "rule")+" broken")
	}
	failed := 0
	for _, c := range r.Cases {
		if c.Fails {
			failed++
		}
	}
	if failed > 0 {
		parts = append(parts, count.Of(failed, "case")+" failed")
	}
	if n := len(r.Coverage.Problems); n > 0 {
		parts = append(parts, count.Of(n, "problem")+" of coverage")
	}
	if r.Stopped != "" {
		parts = append(parts, "not finished")
	}
	return strings.Join(parts, ", ")
}

// Covered says how many operations, statuses and security schemes were seen, of those that the contract declares.
func (r Report) Covered() string {
	return "coverage: " + r.sum(coverage.Operation, "operations") + ", " + r.sum(coverage.Status, "statuses") + ", " + r.schemes()
}

func (r Report) sum(kind coverage.Kind, what string) string {
	sum := r.Coverage.Sum(kind)
	s := fmt.Sprintf("%s %d/%d", what, sum.Seen, sum.Declared)
	if sum.Excused > 0 {
		s += fmt.Sprintf(" (%d excused)", sum.Excused)
	}
	return s
}

// schemes counts the schemes that signed in to any operation.
func (r Report) schemes() string {
	declared, seen := make(map[string]bool), make(map[string]bool)
	for _, t := range r.Coverage.Cells {
		if t.Kind == coverage.Security && t.Scheme != coverage.Unsigned {
			declared[t.Scheme] = true
			if t.Seen > 0 {
				seen[t.Scheme] = true
			}
		}
	}
	return fmt.Sprintf("security schemes %d/%d", len(seen), len(declared))
}
