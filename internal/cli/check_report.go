package cli

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/report"
	contracttest "github.com/migrationlink/migrationlink/contract_test"
)

// reportFiles are where a check's reports go; an empty one is not written.
type reportFiles struct {
	junit, json, html string
}

// reporting collects what the reports of a check are made of.
type reporting struct {
	files reportFiles
	began time.Time
	run   *report.Run
}

func newReporting(files reportFiles, judged checker.Direction, decisions bool) (*reporting, error) {
	judge, err := checker.New()
	if err != nil {
		return nil, err
	}
	r := &reporting{files: files, began: time.Now()}
	r.run, err = report.NewRun(judge, report.Options{Judged: judged, Decisions: decisions, Started: r.began})
	return r, err
}

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

// write writes the files that were asked for, each whole or not at all.
func (r *reporting) write() error {
	made := r.run.Report(time.Since(r.began))
	for _, file := range []struct {
		flag, name string
		format     func(io.Writer) error
	}{
		{"--junit", r.files.junit, made.JUnit},
		{"--json", r.files.json, made.JSON},
		{"--html", r.files.html, made.HTML},
	} {
		if file.name == "" {
			continue
		}
		if err := writeReport(file.flag, file.name, file.format); err != nil {
			return err
		}
	}
	return nil
}

func writeReport(flag, name string, format func(io.Writer) error) error {
	content := new(bytes.Buffer)
	err := format(content)
	if err == nil {
		err = writeWhole(name, content.Bytes())
	}
	if err != nil {
		return fmt.Errorf("%s: write the report: %w", flag, err)
	}
	return nil
}
