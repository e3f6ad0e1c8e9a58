package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker/report"
	"github.com/migrationlink/migrationlink/contracttest"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/settings"
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
	cases   []contracttest.Case
	ran     int // of the cases, to their end or to a finding
}

// found is a finding and the case that found it first.
type found struct {
	of   string
	line string
}

// run runs the cases, and returns why it ended before the last one. Those that are left are skipped.
func (v *verdict) run(ctx context.Context, p console.Process, session *contracttest.Session, progress *progress) error {
	v.seen = make(map[string]bool)
	defer progress.end()
	v.cases = session.Cases()
	progress.begin(len(v.cases))
	stopped := func() error {
		if ctx.Err() != nil {
			return ended(ctx)
		}
		return session.Ended()
	}
	for _, c := range v.cases {
		if err := stopped(); err != nil {
			v.reports.skipped(c, err)
			continue
		}
		began := p.Time()
		findings := c.Run(ctx, session)
		whole := slices.DeleteFunc(slices.Clone(findings), func(f contracttest.Finding) bool { return f.Rule == contracttest.Unfinished })
		if len(whole) == 0 && len(findings) > 0 {
			v.reports.skipped(c, stopped())
			continue
		}
		v.reports.outcome(c, whole, p.Time().Sub(began))
		for _, finding := range whole {
			v.add(c.Name, finding)
		}
		v.ran++
		progress.done()
	}
	if v.ran == len(v.cases) {
		return nil
	}
	return stopped()
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
func (v *verdict) write(p console.Process, session *contracttest.Session, made report.Report, stopped error, reported bool) error {
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
	if stopped != nil {
		err = v.unfinished(err, stopped, exchanges)
	}
	if len(v.broken) == 0 {
		return err
	}
	return fmt.Errorf("%w; repeat the first: %s", err, v.again())
}

// unfinished says that a check did not come to its end. Unless a rule was broken by then, the code is that of what ended it.
func (v *verdict) unfinished(broken, stopped error, exchanges string) error {
	text := fmt.Sprintf("not finished, %s of %s run: %s", count.Thousands(v.ran), count.Of(len(v.cases), "case"), stopped)
	if broken != nil {
		return fmt.Errorf("%w; %s", broken, text)
	}
	if errors.Is(stopped, contracttest.ErrUnresponsive) {
		stopped = unreached(stopped)
	}
	return &settings.Failure{Text: exchanges + ", none of them broke a rule; " + text, Err: stopped}
}

// again is the command that repeats the first case that was broken.
func (v *verdict) again() string {
	again := []string{"migrationlink check --url", v.url, "--org", v.org.String(), "--only", v.broken[0].of, "--seed", v.flags.Seed.String()}
	for _, flag := range []struct {
		given bool
		name  string
	}{
		{v.flags.Write, "--write"}, {v.flags.Decisions, "--decisions"}, {v.flags.AllowHTTP, "--allow-http"},
		{v.flags.NoPreflight, "--no-preflight"},
	} {
		if flag.given {
			again = append(again, flag.name)
		}
	}
	return strings.Join(again, " ")
}
