package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink/checker"
	contracttest "github.com/migrationlink/migrationlink/contract_test"
	"github.com/migrationlink/migrationlink/internal/count"
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

The last line counts what was seen of the contract. --coverage makes it a failure if
that is too little: it counts the operations × declared statuses × security schemes
that an answer was seen for, in percent of all that --excuses does not excuse.
docs/coverage.md has the excuses of a run that only reads.

The API key comes from ` + envPublicKey + ` and ` + envPrivateKey + `;
it needs the role Organization Owner. So does a service account, whose client id
and secret come from ` + envClientID + ` and
` + envClientSecret + `; without one, nothing is asked by OAuth 2.0.

Exit codes: 0 the contract is kept, 1 it is broken or could not be checked,
2 wrong usage or configuration (nothing was sent), 130 interrupted.`

type checkFlags struct {
	callFlags
	write, decisions bool
	only             string
	seed             seed
	har, host        string
	coverage         percent
	excuses          string
	reports          reportFiles
}

func newCheck(p Process) *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:                   "check {--url ADDR --org ID [--allow-http] [--write] [--only CASE] [--seed N] | --har FILE [--host HOST]} [--decisions] [--coverage PERCENT] [--excuses FILE] [--junit FILE] [--json FILE] [--html FILE]",
		Short:                 "Hold a server to the contract",
		Long:                  checkHelp,
		Example:               "  migrationlink check --url http://127.0.0.1:8080 --org 5f7aac56b3a0b94bcdce6d8a --write",
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.coverage > 0 && flags.only != "" {
				return usagef("check: --coverage is asked of a whole run, and --only leaves a part; want one of the two")
			}
			if flags.har == "" {
				return check(cmd.Context(), p, flags)
			}
			for _, live := range []string{"url", "org", "write", "only", "seed", "allow-http"} {
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
	cmd.Flags().BoolVar(&flags.allowHTTP, "allow-http", false, "permit plain http to another machine: whoever listens\n"+
		"on the way sees all that is sent, with --write a link-token")
	cmd.Flags().Var(&flags.coverage, "coverage", "fail below `PERCENT` seen of operation × status × security scheme")
	cmd.Flags().StringVar(&flags.excuses, "excuses", "", "what need not be seen is listed in `FILE` (docs/coverage.md)")
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
	flags.attempts, flags.checking = 1, true
	c, err := newCall(p, flags.callFlags)
	if err != nil {
		return err
	}
	key, account := c.settings.signIn, p.serviceAccount()
	if err := account.half(); err != nil {
		return &usageError{err}
	}
	target := contracttest.Target{
		URL: c.url, OrgID: c.org, Key: contracttest.Key{Public: key.name.value, Private: key.secret.value},
		ServiceAccount: contracttest.Key{Public: account.name.value, Private: account.secret.value}, Writes: flags.write,
	}
	reports, err := newReporting(p, flags, checker.Answer)
	if err != nil {
		return err
	}
	if flags.write && !onThisMachine(c.url) {
		token, err := readToken(ctx, p, "")
		if err != nil {
			return err
		}
		target.Tokens = append(target.Tokens, token)
	}
	progress := newProgress(p)
	session, err := contracttest.Open(ctx, target, contracttest.Seed(uint64(flags.seed)), contracttest.Only(flags.only),
		contracttest.Report(func(e checker.Exchange, v checker.Verdict) {
			reports.run.Add(e, v)
			progress.exchange()
		}))
	var wrong *contracttest.TargetError
	switch {
	case errors.As(err, &wrong):
		return usagef("check: %w", wrong)
	case err != nil:
		return fmt.Errorf("check: %w", err)
	}
	v := &verdict{flags: flags, url: c.url, org: c.org, reports: reports}
	v.run(ctx, p, session, progress)
	// What was changed is changed back even if the run was interrupted.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	closed := session.Close(grace)
	made := reports.made()
	if ctx.Err() != nil {
		return errors.Join(fmt.Errorf("interrupted after %s", count.Of(made.Exchanges, "exchange")), closed)
	}
	written := reports.write(made)
	return errors.Join(v.write(p, session, made, written == nil), written, closed)
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
