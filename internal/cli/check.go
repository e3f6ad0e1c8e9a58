package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/migrationlink/migrationlink/checker"
	contracttest "github.com/migrationlink/migrationlink/contract_test"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/loopback"
)

func check(ctx context.Context, p Process, flags checkFlags) error {
	if flags.url == "" && p.env(envURL) == "" {
		return usagef("no address: give --url ADDR or set %s; the check does not go to Cloud Manager by itself", envURL)
	}
	flags.attempts, flags.checking = 1, true
	c, err := newCall(p, flags.callFlags)
	if err != nil {
		return err
	}
	key, account := c.settings.signIn, serviceAccount(p)
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
	if flags.write && !loopback.URL(c.url) {
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
