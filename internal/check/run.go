// Package check holds a server, or what was recorded of one, to the contract, and reports how that went.
package check

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/contracttest"
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
		URL: c.URL, OrgID: c.Org, Key: contracttest.Key{Public: key.Name.Value, Private: migrationlink.NewSecret(key.Secret.Value)},
		ServiceAccount: contracttest.Key{Public: account.Name.Value, Private: migrationlink.NewSecret(account.Secret.Value)}, Writes: flags.Write,
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
	ctx, end := c.Bound(ctx)
	defer end()
	session, progress, err := openSession(ctx, p, flags, target, reports)
	if err != nil {
		return reports.stop(notJudged(ctx, c, err))
	}
	v := &verdict{flags: flags, url: c.URL, org: c.Org, reports: reports}
	stopped := v.run(ctx, p, session, progress)
	// What was changed is changed back even if the run was interrupted.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), serving.StopGrace)
	defer cancel()
	closed := session.Close(grace)
	made := reports.made()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		interrupted := interruptedCheck("interrupted after " + count.Of(made.Exchanges, "exchange"))
		return errors.Join(reports.stop(interrupted), closed)
	case stopped != nil && made.Exchanges == 0 && v.ran == 0:
		return errors.Join(reports.stop(notJudged(ctx, c, stopped)), closed)
	case stopped != nil:
		reports.run.Stop(stopped.Error())
		made = reports.made()
	}
	written := reports.files.Write(made)
	return errors.Join(v.write(p, session, made, stopped, written == nil), written, closed)
}

// openSession asks first whether the set-up is right, and says what seems strange about it.
func openSession(
	ctx context.Context, p console.Process, flags Flags, target contracttest.Target, reports *reporting,
) (*contracttest.Session, *progress, error) {
	progress := newProgress(p)
	options := []contracttest.Option{
		contracttest.Seed(uint64(flags.Seed)), contracttest.Only(flags.Only),
		contracttest.Report(func(e checker.Exchange, v checker.Verdict) {
			reports.run.Add(e, v)
			progress.exchange()
		}),
	}
	if flags.NoPreflight {
		options = append(options, contracttest.NoPreflight())
	}
	if flags.RequestTimeout > 0 {
		options = append(options, contracttest.RequestTimeout(time.Duration(flags.RequestTimeout)))
	}
	session, err := contracttest.Open(ctx, target, options...)
	if err != nil {
		return nil, nil, err
	}
	for _, doubt := range session.Doubts() {
		fmt.Fprintln(p.Stderr, "warning: "+doubt)
	}
	return session, progress, nil
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
	Reports          ReportFiles
	NoPreflight      bool
	AllowUnjudged    bool
	RequestTimeout   console.Duration
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
