package cli

import (
	"github.com/migrationlink/migrationlink/internal/check"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/settings"
	"github.com/spf13/cobra"
)

const checkHelp = `Ask a server what the contract says, right and wrong requests, and judge every
answer. Without --write nothing is sent that could change anything: connect and
disconnect are not called.

With --write they are. An organization that is SYNCED is refused; any other is
left as it was found, not connected, or it is said that it could not be. Real
link-tokens are looked into by real servers, so one is read from standard input;
a server on this machine gets invented ones.

One signed request for the status comes first. If the response shows that the key, its
role, its access list or the organization is wrong, or if none comes, nothing is
judged and the exit code is that of status. --no-preflight leaves this request out.
A request that takes longer than --request-timeout has no response. The run ends when
the first one has none, and later when three in a row have none.

What MongoDB leaves open is decided in the contract. A finding that rests on such
a decision is shown as a note, and fails the check only with --decisions.

With --har nothing is sent: exchanges that a browser or a proxy has recorded are
judged, requests and answers. --junit, --json and --html write reports, which hold
no value of any exchange. They are written too when the check ends early, and say why.

An exchange is valid, a violation, or not judged, for example because its body was
not recorded. If not one could be judged, the check fails; --allow-unjudged lets it pass.

The last line counts the verdicts and what was seen of the contract. --coverage makes it a failure if
that is too little: it counts the operations × declared statuses × security schemes
that an answer was seen for, in percent of all that --excuses does not excuse.
docs/coverage.md has the excuses of a run that only reads.

The API key comes from ` + settings.EnvPublicKey + ` and ` + settings.EnvPrivateKey + `;
it needs the role Organization Owner. So does a service account, whose client id
and secret come from ` + settings.EnvClientID + ` and
` + settings.EnvClientSecret + `; without one, nothing is asked by OAuth 2.0.

Exit codes: 0 the contract is kept; 1 it is broken or could not be checked; 2 wrong
usage or configuration (nothing was sent); and of what ended the check before it was
done: 4 not signed in; 5 not allowed; 6 no such organization; 8 no response, or the
end of --timeout; 130 interrupted.`

func newCheck(p console.Process) *cobra.Command {
	var flags check.Flags
	cmd := &cobra.Command{
		Use:                   "check {--url ADDR --org ID [--allow-http] [--write] [--only CASE] [--seed N] [--timeout T] [--request-timeout T] [--no-preflight] | --har FILE [--host HOST]} [--decisions] [--allow-unjudged] [--coverage PERCENT] [--excuses FILE] [--junit FILE] [--json FILE] [--html FILE]",
		Short:                 "Hold a server to the contract",
		Long:                  checkHelp,
		Example:               "  migrationlink check --url http://127.0.0.1:8080 --org 5f7aac56b3a0b94bcdce6d8a --write",
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.Coverage > 0 && flags.Only != "" {
				return console.Usagef("check: --coverage is asked of a whole run, and --only leaves a part; want one of the two")
			}
			if flags.HAR == "" && cmd.Flags().Changed("host") {
				return console.Usagef("check: --host goes with --har, which is not given")
			}
			if flags.HAR == "" {
				return check.Run(cmd.Context(), p, flags)
			}
			for _, live := range []string{"url", "org", "orgId", "write", "only", "seed", "allow-http", "timeout", "request-timeout", "no-preflight"} {
				if cmd.Flags().Changed(live) {
					return console.Usagef("check: --%s is for a server that is asked; --har judges what was recorded", live)
				}
			}
			return check.RunRecording(cmd.Context(), p, flags)
		},
	}
	cmd.Flags().StringVar(&flags.Org, "org", "", "the organization's `ID` (also --orgId; default $"+settings.EnvOrg+")")
	cmd.Flags().StringVar(&flags.URL, "url", "", "the `ADDR` of the server (default $"+settings.EnvURL+")")
	settings.Alias(cmd, "orgId", "org")
	cmd.Flags().BoolVar(&flags.Write, "write", false, "connect and disconnect as well")
	cmd.Flags().BoolVar(&flags.Decisions, "decisions", false, "fail where a decision of ours is broken, too")
	cmd.Flags().StringVar(&flags.Only, "only", "", "the `CASE` to run, or how the names of several begin")
	flags.Seed = 1
	cmd.Flags().Var(&flags.Seed, "seed", "what is drawn at random is drawn from `N`")
	cmd.Flags().StringVar(&flags.HAR, "har", "", "judge the traffic recorded in `FILE` (HAR 1.2; - is standard input) instead;\nrequests are numbered as in the file, from 1")
	cmd.Flags().StringVar(&flags.Host, "host", "", "with --har: judge what went to `HOST` only, with its port unless it is the default one")
	cmd.Flags().BoolVar(&flags.AllowHTTP, "allow-http", false, "permit plain http to another machine: whoever listens\n"+
		"on the way sees all that is sent, with --write a link-token")
	cmd.Flags().Var(&flags.Timeout, "timeout", "how long the whole of it may take, like 90s or 20m\n(default: without end)")
	cmd.Flags().Var(&flags.RequestTimeout, "request-timeout", "how long one request may take (default: 60s)")
	cmd.Flags().BoolVar(&flags.NoPreflight, "no-preflight", false, "judge whatever the server says of key, role and organization")
	cmd.Flags().BoolVar(&flags.AllowUnjudged, "allow-unjudged", false, "pass even if there were exchanges and none could be judged")
	cmd.Flags().Var(&flags.Coverage, "coverage", "fail below `PERCENT` seen of operation × status × security scheme")
	cmd.Flags().StringVar(&flags.Excuses, "excuses", "", "what need not be seen is listed in `FILE` (docs/coverage.md)")
	flags.Reports = check.NewReportFiles(cmd, nil)
	return cmd
}
