package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker/report"
	contracttest "github.com/migrationlink/migrationlink/contract_test"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
)

// verdict is what a check found, each rule once.
type verdict struct {
	flags   Flags
	url     string
	org     migrationlink.OrgID
	reports *reporting
	broken  []found // what fails the check
	notes   []found // what rests on decisions, unless they count
	seen    map[string]bool
}

// found is a finding and the case that found it first.
type found struct {
	of   string
	line string
}

func (v *verdict) run(ctx context.Context, p console.Process, session *contracttest.Session, progress *progress) {
	v.seen = make(map[string]bool)
	defer progress.end()
	cases := session.Cases()
	progress.begin(len(cases))
	for _, c := range cases {
		if ctx.Err() != nil {
			return
		}
		began := p.Time()
		findings := c.Run(ctx, session)
		v.reports.outcome(c, findings, p.Time().Sub(began))
		for _, finding := range findings {
			v.add(c.Name, finding)
		}
		progress.done()
	}
}

func (v *verdict) add(of string, finding contracttest.Finding) {
	line := finding.String()
	if v.seen[line] {
		return
	}
	v.seen[line] = true
	if finding.Decision != "" && !v.flags.Decisions {
		v.notes = append(v.notes, found{of, line})
		return
	}
	v.broken = append(v.broken, found{of, line})
}

// write says what came of it. The error is the last line, on its own. The numbers are those of the report.
func (v *verdict) write(p console.Process, session *contracttest.Session, made report.Report, reported bool) error {
	exchanges := count.Of(made.Exchanges, "exchange")
	if v.flags.Write {
		fmt.Fprintf(p.Stdout, "%s, connect and disconnect among them\n", exchanges)
	} else {
		fmt.Fprintf(p.Stdout, "read-only: %s, connect and disconnect are not called (--write calls them and leaves the organization as found)\n", exchanges)
	}
	if v.flags.Only == "" { // which leaves out whatever else there is
		for _, reason := range session.LeftOut() {
			fmt.Fprintln(p.Stdout, reason)
		}
	}
	for _, f := range v.notes {
		fmt.Fprintf(p.Stdout, "note  %s\n", f.line)
	}
	for _, f := range v.broken {
		fmt.Fprintf(p.Stdout, "FAIL  %s\n", f.line)
	}
	if len(v.notes) > 0 {
		fmt.Fprintln(p.Stdout, "notes rest on decisions of ours (docs/decisions.md); --decisions makes them failures")
	}
	err := v.reports.conclude(p, made, len(v.broken), reported)
	if len(v.broken) == 0 {
		return err
	}
	again := []string{"migrationlink check --url", v.url, "--org", v.org.String(), "--only", v.broken[0].of, "--seed", v.flags.Seed.String()}
	for _, flag := range []struct {
		given bool
		name  string
	}{{v.flags.Write, "--write"}, {v.flags.Decisions, "--decisions"}, {v.flags.AllowHTTP, "--allow-http"}} {
		if flag.given {
			again = append(again, flag.name)
		}
	}
	return fmt.Errorf("%w; repeat the first: %s", err, strings.Join(again, " "))
}
