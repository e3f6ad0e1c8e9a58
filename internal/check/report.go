package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/report"
	contracttest "github.com/migrationlink/migrationlink/contract_test"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
)

// reportFiles are where a check's reports go; an empty one is not written.
type reportFiles struct {
	JUnit, JSON, HTML string
}

// reporting collects what the reports of a check are made of.
type reporting struct {
	files reportFiles
	now   func() time.Time
	began time.Time
	run   *report.Run
}

// newReporting begins the report of a check. The error is a usage error for excuses that are wrong.
func newReporting(p console.Process, flags Flags, judged checker.Direction) (*reporting, error) {
	judge, err := checker.New()
	if err != nil {
		return nil, err
	}
	excuses, err := readExcuses(flags.Excuses)
	if err != nil {
		return nil, err
	}
	r := &reporting{files: flags.Reports, now: p.Time, began: p.Time()}
	r.run, err = report.NewRun(judge, report.Options{
		Judged: judged, Decisions: flags.Decisions, Threshold: flags.Coverage.share(), Excuses: excuses, Started: r.began,
		AllowUnjudged: flags.AllowUnjudged,
	})
	if err != nil {
		return nil, console.Usagef("--excuses: %w", err)
	}
	return r, nil
}

// made is the report so far.
func (r *reporting) made() report.Report { return r.run.Report(r.now().Sub(r.began)) }

// outcome adds a case and what it found. One whose findings all rest on decisions of ours fails only where those count.
func (r *reporting) outcome(c contracttest.Case, findings []contracttest.Finding, took time.Duration) {
	outcome := report.Case{Name: c.Name, Rule: c.Rule, Seconds: took.Seconds()}
	for _, finding := range findings {
		outcome.Problems = append(outcome.Problems, finding.String())
	}
	for i, finding := range findings {
		if i == 0 {
			outcome.Decision = finding.Decision
		}
		if finding.Decision == "" {
			outcome.Decision = ""
			break
		}
	}
	r.run.Case(outcome)
}

// skipped adds a case that was not run, or not to its end.
func (r *reporting) skipped(c contracttest.Case, why error) {
	r.run.Case(report.Case{Name: c.Name, Rule: c.Rule, Skipped: "not run to its end: " + why.Error()})
}

// write writes the files that were asked for, each whole or not at all, whatever becomes of the others.
func (r *reporting) write(made report.Report) error {
	var failed []error
	for _, file := range []struct {
		flag, name string
		format     func(io.Writer) error
	}{
		{"--junit", r.files.JUnit, made.JUnit},
		{"--json", r.files.JSON, made.JSON},
		{"--html", r.files.HTML, made.HTML},
	} {
		if file.name == "" {
			continue
		}
		failed = append(failed, WriteReport(file.flag, file.name, file.format))
	}
	return errors.Join(failed...)
}

// WriteReport writes a report to a file, whole or not at all.
func WriteReport(flag, name string, format func(io.Writer) error) error {
	content := new(bytes.Buffer)
	err := format(content)
	if err == nil {
		err = console.WriteWhole(name, content.Bytes())
	}
	if err != nil {
		return fmt.Errorf("%s: write the report: %w", flag, err)
	}
	return nil
}

// conclude ends what a check has to say with what it has seen of the contract. The error says how many rules were broken, and whether too little was
// seen.
func (r *reporting) conclude(p console.Process, made report.Report, broken int, written bool) error {
	covered := made.Covered()
	if r.files.HTML != "" && written {
		covered += " (details: " + r.files.HTML + ")"
	}
	for _, problem := range made.Coverage.Problems {
		fmt.Fprintf(p.Stdout, "FAIL  %s\n", problem)
	}
	var failed []string
	if made.NothingJudged() {
		failed = append(failed, "nothing was judged")
	}
	if broken > 0 {
		failed = append(failed, count.Of(broken, "rule")+" broken")
	}
	if n := len(made.Coverage.Problems); n > 0 {
		failed = append(failed, count.Of(n, "problem")+" of coverage")
	}
	if len(failed) == 0 && made.Stopped != "" {
		fmt.Fprintln(p.Stdout, covered)
		return nil
	}
	if len(failed) == 0 {
		fmt.Fprintf(p.Stdout, "PASS  %s; %s\n", made.Outcomes(), covered)
		return nil
	}
	fmt.Fprintln(p.Stdout, covered)
	text := fmt.Sprintf("%s in %s", strings.Join(failed, ", "), count.Of(made.Exchanges, "exchange"))
	if made.NotJudged > 0 {
		text += ": " + made.Outcomes()
	}
	if made.NothingJudged() {
		text += "; --allow-unjudged passes all the same"
	}
	return errors.New(text)
}
