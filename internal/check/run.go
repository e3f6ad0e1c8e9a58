// Package check holds a server, or what was recorded of one, to the contract, and reports how that went.
package check

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/migrationlink/migrationlink/checker"
	contracttest "github.com/migrationlink/migrationlink/contract_test"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/loopback"
	"github.com/migrationlink/migrationlink/internal/serving"
	"github.com/migrationlink/migrationlink/internal/settings"
)

// Run asks a server and judges its responses.
func Run(ctx context.Context, p console.Process, flags Flags) error {
	if flags.URL == "" && p.Env(settings.EnvURL) == "" {
		return console.Usagef("no address: give --url ADDR or set %s; the check does not go to Cloud Manager by itself", settings.EnvURL)
	}
	flags.Attempts, flags.Checking = 1, true
	c, err := settings.NewCall(p, flags.Flags)
	if err != nil {
		return err
	}
	key, account := c.Settings.SignIn, settings.ServiceAccount(p)
	if err := account.Half(); err != nil {
		return &console.UsageError{Err: err}
	}
	if err := account.Misplaced(); err != nil {
		return &console.UsageError{Err: err}
	}
	target := contracttest.Target{
		URL: c.URL, OrgID: c.Org, Key: contracttest.Key{Public: key.Name.Value, Private: key.Secret.Value},
		ServiceAccount: contracttest.Key{Public: account.Name.Value, Private: account.Secret.Value}, Writes: flags.Write,
	}
	reports, err := newReporting(p, flags, checker.Answer)
	if err != nil {
		return err
	}
	if flags.Write && !loopback.URL(c.URL) {
		token, err := console.ReadToken(ctx, p, "")
		if err != nil {
			return err
		}
		target.Tokens = append(target.Tokens, token)
	}
	progress := newProgress(p)
	session, err := contracttest.Open(ctx, target, contracttest.Seed(uint64(flags.Seed)), contracttest.Only(flags.Only),
		contracttest.Report(func(e checker.Exchange, v checker.Verdict) {
			reports.run.Add(e, v)
			progress.exchange()
		}))
	var wrong *contracttest.TargetError
	switch {
	case errors.As(err, &wrong):
		return console.Usagef("check: %w", wrong)
	case err != nil:
		return fmt.Errorf("check: %w", err)
	}
	v := &verdict{flags: flags, url: c.URL, org: c.Org, reports: reports}
	v.run(ctx, p, session, progress)
	// What was changed is changed back even if the run was interrupted.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), serving.StopGrace)
	defer cancel()
	closed := session.Close(grace)
	made := reports.made()
	if ctx.Err() != nil {
		return errors.Join(fmt.Errorf("interrupted after %s", count.Of(made.Exchanges, "exchange")), closed)
	}
	written := reports.write(made)
	return errors.Join(v.write(p, session, made, written == nil), written, closed)
}

// Flags are those of check.
type Flags struct {
	settings.Flags
	Write, Decisions bool
	Only             string
	Seed             seed
	HAR, Host        string
	Coverage         percent
	Excuses          string
	Reports          reportFiles
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
