package check

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/report"
	"github.com/migrationlink/migrationlink/contracttest"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
)

// ReportFiles are where the reports of a run go.
type ReportFiles []reportFile

// reportFile is where the report of one format goes. Without a name it is not written.
type reportFile struct {
	format report.Format
	flag   string
	name   *string
}

// NewReportFiles gives a command a flag for each format, with the name of the format or another one.
func NewReportFiles(cmd *cobra.Command, others map[string]string) ReportFiles {
	var files ReportFiles
	for _, format := range report.Formats() {
		flag := cmp.Or(others[format.Name], format.Name)
		files = append(files, reportFile{format, flag, cmd.Flags().String(flag, "", format.Usage)})
	}
	return files
}

// Write writes the files that were asked for, each whole or not at all, whatever becomes of the others.
func (files ReportFiles) Write(made report.Report) error {
	var failed []error
	for _, f := range files {
		if *f.name != "" {
			failed = append(failed, f.write(made))
		}
	}
	return errors.Join(failed...)
}

func (f reportFile) write(made report.Report) error {
	content := new(bytes.Buffer)
	err := f.format.Write(made, content)
	if err == nil {
		err = console.WriteWhole(*f.name, content.Bytes())
	}
	if err != nil {
		return fmt.Errorf("--%s: write the report: %w", f.flag, err)
	}
	return nil
}

// page is the file of the report to look at, or empty.
func (files ReportFiles) page() string {
	for _, f := range files {
		if f.format.Name == "html" {
			return *f.name
		}
	}
	return ""
}

// reporting collects what the reports of a check are made of.
type reporting struct {
	files ReportFiles
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

// conclude ends what a check has to say with what it has seen of the contract. The error says how many rules were broken, and whether too little was
// seen.
func (r *reporting) conclude(p console.Process, made report.Report, broken int, written bool) error {
	covered := made.Covered()
	if page := r.files.page(); page != "" && written {
		covered += " (details: " + page + ")"
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
