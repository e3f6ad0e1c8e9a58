package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/migrationlink/migrationlink/checker"
	contracttest "github.com/migrationlink/migrationlink/contract_test"
)

const checkHelp = `Ask a server what the contract says, right and wrong requests, and judge every
answer. Without --write nothing is sent that could change anything: connect and
disconnect are not called.

With --write they are. An organization that is SYNCED is refused; any other is
left as it was found, not connected, or it is said that it could not be. Real
link-tokens are looked into by real servers, so one is read from standard input;
a server on this machine gets invented ones.

What MongoDB leaves open is decided in the contract. A finding that rests on such
a decision is shown as a note, and fails the check only with --decisions.

With --har nothing is sent: exchanges that a browser or a proxy has recorded are
judged, requests and answers. --junit, --json and --html write reports, which hold
no value of any exchange.

The API key comes from ` + envPublicKey + ` and ` + envPrivateKey + `;
it needs the role Organization Owner.

Exit codes: 0 the contract is kept, 1 it is broken or could not be checked,
2 wrong usage or configuration (nothing was sent), 130 interrupted.`

type checkFlags struct {
	callFlags
	write, decisions bool
	only             string
	seed             seed
	har, host        string
	reports          reportFiles
}

func newCheck(p Process) *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:                   "check {--url ADDR --org ID [--write] [--only CASE] [--seed N] | --har FILE [--host HOST]} [--decisions] [--junit FILE] [--json FILE] [--html FILE]",
		Short:                 "Hold a server to the contract",
		Long:                  checkHelp,
		Example:               "  migrationlink check --url http://127.0.0.1:8080 --org 5f7aac56b3a0b94bcdce6d8a --write",
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.har == "" {
				return check(cmd.Context(), p, flags)
			}
			for _, live := range []string{"url", "org", "write", "only", "seed"} {
				if cmd.Flags().Changed(live) {
					return usagef("check: --%s is for a server that is asked; --har judges what was recorded", live)
				}
			}
			return checkRecording(cmd.Context(), p, flags)
		},
	}
	cmd.Flags().StringVar(&flags.org, "org", "", "the organization's `ID` (also --orgId; default $"+envOrg+")")
	cmd.Flags().StringVar(&flags.url, "url", "", "the `ADDR` of the server (default $"+envURL+")")
	alias(cmd, "orgId", "org")
	cmd.Flags().BoolVar(&flags.write, "write", false, "connect and disconnect as well")
	cmd.Flags().BoolVar(&flags.decisions, "decisions", false, "fail where a decision of ours is broken, too")
	cmd.Flags().StringVar(&flags.only, "only", "", "the `CASE` to run, or how the names of several begin")
	flags.seed = 1
	cmd.Flags().Var(&flags.seed, "seed", "what is drawn at random is drawn from `N`")
	cmd.Flags().StringVar(&flags.har, "har", "", "judge the traffic recorded in `FILE` (HAR 1.2) instead; requests are numbered as in the file, from 1")
	cmd.Flags().StringVar(&flags.host, "host", "", "with --har: judge what went to `HOST` alone, with its port")
	cmd.Flags().StringVar(&flags.reports.junit, "junit", "", "write a JUnit report to `FILE`")
	cmd.Flags().StringVar(&flags.reports.json, "json", "", "write a JSON report to `FILE` (docs/report.schema.json)")
	cmd.Flags().StringVar(&flags.reports.html, "html", "", "write a report to look at to `FILE`, with the coverage")
	return cmd
}

// seed is a number, as a flag's value. Its error does not repeat what was given, as that of pflag's own does.
type seed uint64

func (s *seed) String() string { return strconv.FormatUint(uint64(*s), 10) }

func (s *seed) Set(text string) error {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return errors.New("want a whole number, from 0 up")
	}
	*s = seed(n)
	return nil
}

func (*seed) Type() string { return "number" }

func check(ctx context.Context, p Process, flags checkFlags) error {
	if flags.url == "" && p.env(envURL) == "" {
		return usagef("no address: give --url ADDR or set %s; the check does not go to Cloud Manager by itself", envURL)
	}
	c, err := newCall(p, flags.callFlags)
	if err != nil {
		return err
	}
	target := contracttest.Target{
		URL: c.url, OrgID: c.org, Key: contracttest.Key{Public: p.env(envPublicKey), Private: p.env(envPrivateKey)}, Writes: flags.write,
	}
	if flags.write && !onThisMachine(c.url) {
		token, err := readToken(ctx, p, "")
		if err != nil {
			return err
		}
		target.Tokens = append(target.Tokens, token)
	}
	reports, err := newReporting(flags.reports, checker.Answer, flags.decisions)
	if err != nil {
		return err
	}
	session, err := contracttest.Open(ctx, target, contracttest.Seed(uint64(flags.seed)), contracttest.Only(flags.only), contracttest.Report(reports.run.Add))
	var wrong *contracttest.TargetError
	switch {
	case errors.As(err, &wrong):
		return usagef("check: %w", wrong)
	case err != nil:
		return fmt.Errorf("check: %w", err)
	}
	v := &verdict{flags: flags, url: c.url, reports: reports}
	v.run(ctx, p, session)
	// What was changed is changed back even if the run was interrupted.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	err = session.Close(grace)
	if ctx.Err() != nil {
		return errors.Join(fmt.Errorf("interrupted after %d exchanges", session.Exchanges()), err)
	}
	return errors.Join(v.write(p, session), reports.write(), err)
}

// checkRecording judges recorded traffic: both sides of it, since nobody broke a request on purpose.
func checkRecording(ctx context.Context, p Process, flags checkFlags) error {
	reports, err := newReporting(flags.reports, "", flags.decisions)
	if err != nil {
		return err
	}
	err = RunHAR(ctx, p, HARCheck{File: flags.har, Host: flags.host, Decisions: flags.decisions, Report: reports.run.Add})
	var usage *usageError
	if errors.As(err, &usage) || ctx.Err() != nil {
		return err // nothing was judged, or not all of it
	}
	return errors.Join(err, reports.write())
}

// onThisMachine reports whether an address that the client took is a loopback one.
func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()
}

// verdict is what a check found, each rule once.
type verdict struct {
	flags   checkFlags
	url     string
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

func (v *verdict) run(ctx context.Context, p Process, session *contracttest.Session) {
	v.seen = make(map[string]bool)
	progress := newProgress(p.Stderr)
	defer progress.end()
	cases := session.Cases()
	for i, c := range cases {
		if ctx.Err() != nil {
			return
		}
		progress.show(i, len(cases))
		began := time.Now()
		findings := c.Run(ctx, session)
		v.reports.outcome(c, findings, time.Since(began))
		for _, finding := range findings {
			v.add(c.Name, finding)
		}
	}
}

func (v *verdict) add(of string, finding contracttest.Finding) {
	line := finding.String()
	if v.seen[line] {
		return
	}
	v.seen[line] = true
	if finding.Decision != "" && !v.flags.decisions {
		v.notes = append(v.notes, found{of, line})
		return
	}
	v.broken = append(v.broken, found{of, line})
}

// write says what came of it. The error is the last line, on its own.
func (v *verdict) write(p Process, session *contracttest.Session) error {
	if !v.flags.write {
		fmt.Fprintf(p.Stdout, "read-only: %d exchanges, connect and disconnect are not called (--write calls them and leaves the organization as found)\n", session.Exchanges())
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
	if len(v.broken) == 0 {
		fmt.Fprintf(p.Stdout, "PASS  contract kept: %s, %s\n", counted(len(session.Cases()), "case"), counted(session.Exchanges(), "exchange"))
		return nil
	}
	again := fmt.Sprintf("migrationlink check --url %s --only %s --seed %d", v.url, v.broken[0].of, v.flags.seed)
	if v.flags.write {
		again += " --write"
	}
	if v.flags.decisions {
		again += " --decisions"
	}
	return fmt.Errorf("%s broken in %s; repeat the first: %s", counted(len(v.broken), "rule"), counted(session.Exchanges(), "exchange"), again)
}

// progress is one line on a terminal that is written over, and nothing elsewhere.
type progress struct {
	w    io.Writer
	next time.Time
}

func newProgress(w io.Writer) *progress {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &progress{w: w}
	}
	return &progress{}
}

func (l *progress) show(done, all int) {
	if now := time.Now(); l.w != nil && now.After(l.next) {
		l.next = now.Add(100 * time.Millisecond)
		fmt.Fprintf(l.w, "\r%d of %d cases", done, all)
	}
}

// end clears the line.
func (l *progress) end() {
	if l.w != nil {
		fmt.Fprint(l.w, "\r\x1b[K")
	}
}
