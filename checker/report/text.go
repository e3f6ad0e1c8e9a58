package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/coverage"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/printable"
)

// JSON writes the report as docs/report.schema.json describes it.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Text writes a line for each rule, what failed first, and one at the end that says it all.
func (r Report) Text(w io.Writer) error {
	type line struct{ label, words, rule string }
	var lines []line
	for _, f := range r.Findings {
		label := "FAIL"
		if !f.Fails {
			label = "note"
		}
		words, rule := cut(f)
		lines = append(lines, line{label, words, rule})
	}
	for _, c := range r.Cases {
		if c.Fails {
			for _, problem := range c.Problems {
				lines = append(lines, line{"FAIL", c.Name + ": " + problem, ""})
			}
		}
	}
	for _, problem := range r.Coverage.Problems {
		lines = append(lines, line{"FAIL", problem, ""})
	}
	if r.Stopped != "" && !r.nothing() {
		lines = append(lines, line{"FAIL", "not finished: " + r.Stopped, ""})
	}
	for _, f := range r.Advice {
		words, rule := cut(f)
		label := "advice"
		if f.Rule == checker.NotJudged {
			label = "skip"
		}
		lines = append(lines, line{label, words, rule})
	}
	label, width := len("FAIL"), 0
	for _, l := range lines {
		label = max(label, len(l.label))
		if l.rule != "" {
			width = max(width, utf8.RuneCountInString(l.words))
		}
	}
	var b strings.Builder
	for _, l := range lines {
		text := fmt.Sprintf("%-*s  %s", label, l.label, l.words)
		if l.rule != "" {
			text = fmt.Sprintf("%-*s  %-*s  [%s]", label, l.label, width, l.words, l.rule)
		}
		b.WriteString(printable.Line(text) + "\n")
	}
	b.WriteString(r.Summary() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// cut a finding in two, its words and its rule, so that the rules stand in a column.
func cut(f Finding) (words, rule string) {
	words = f.Where() + ": " + f.Problem
	if f.Count > 1 {
		words += fmt.Sprintf(" (%s times)", count.Thousands(f.Count))
	}
	if f.Decision == "" {
		return words, f.Rule
	}
	return words, f.Rule + ", our decision " + f.Decision
}

// Summary is the report in one line.
func (r Report) Summary() string {
	coverage := r.Covered()
	if r.Passed {
		return fmt.Sprintf("PASS  %s; %s", r.Outcomes(), coverage)
	}
	if r.nothing() {
		return "FAIL  nothing was judged: " + r.Stopped
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
