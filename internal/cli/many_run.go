package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/many"
)

// manyRun is a connect or disconnect of every organization of a list.
type manyRun struct {
	p            Process
	flags        callFlags
	many         manyFlags
	operation    migrationlink.Operation
	yes, replace bool

	output output
	pace   *many.Pace
	by     accounts
	work   *many.Run
	show   *manyProgress
}

func (r *manyRun) run(ctx context.Context) error {
	ctx, end := call{flags: r.flags}.bound(ctx)
	defer end()
	r.pace = many.NewPace(r.many.atOnce, r.p.now)
	results, err := r.prepare(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = results.Close() }() // every line was written without a buffer
	r.show = newManyProgress(r.p, r.flags.debug)
	r.work.Told = r.show.told
	r.tellResumed(results)
	if err := r.ask(ctx); err != nil {
		return err
	}
	if r.many.dryRun {
		return r.dryRun()
	}
	if err := r.confirm(ctx); err != nil {
		return err
	}
	return r.send(ctx)
}

// prepare finds everything that is wrong with the command line, the list and the results file before anything is sent.
func (r *manyRun) prepare(ctx context.Context) (*many.Results, error) {
	if r.many.results == "" && !r.many.dryRun {
		return nil, usagef("--results FILE is missing: what was begun and what came of it is kept there, so that a run that was cut off can go on")
	}
	if !r.yes && !r.many.dryRun {
		if err := r.p.canAsk(); err != nil {
			return nil, err
		}
	}
	list, err := readList(ctx, r.p, r.many.from, r.operation == migrationlink.OperationConnect)
	if err != nil {
		return nil, err
	}
	if r.by, err = r.accounts(list.Rows); err != nil {
		return nil, err
	}
	results, err := r.openResults()
	if err != nil {
		return nil, usagef("--results: %w", err)
	}
	items, err := many.NewItems(list.Rows, r.by.server, results)
	if err != nil {
		_ = results.Close()
		return nil, listError(err)
	}
	r.work = &many.Run{
		Operation: r.operation, Items: items, Results: results, Pace: r.pace,
		Replace: r.replace, RetryUnknown: r.many.retryUnknown, Now: r.p.now,
	}
	r.work.Resume()
	return results, nil
}

func (r *manyRun) openResults() (*many.Results, error) {
	switch {
	case !r.many.dryRun:
		return many.OpenResults(r.many.results, r.operation)
	case r.many.results != "":
		return many.LookAtResults(r.many.results, r.operation)
	}
	return new(many.Results), nil
}

// tellResumed tells what earlier runs have left.
func (r *manyRun) tellResumed(results *many.Results) {
	if results.Repaired() {
		fmt.Fprintln(r.p.Stderr, "the last line of the results file was cut off in the middle and is taken off; nothing was sent for it, or what was is asked about")
	}
	rows := make([]many.Row, 0, len(r.work.Items))
	var otherToken []int
	for _, item := range r.work.Items {
		rows = append(rows, item.Row)
		if item.OtherToken() {
			otherToken = append(otherToken, item.Line)
		}
	}
	missing := results.Missing(rows)
	if todo := r.work.Count(""); results.Resumed() {
		fmt.Fprintf(r.p.Stderr, "resuming: %s done, %s to do\n", count.Thousands(len(rows)-todo), count.Thousands(todo))
	}
	if len(otherToken) > 0 {
		fmt.Fprintf(r.p.Stderr, "another link-token than the one that was sent is on %s; what is connected stays as it is. To connect it anew: a new results file and --replace\n", onLines(otherToken))
	}
	if len(missing) == 0 {
		return
	}
	fmt.Fprintf(r.p.Stderr, "in the results file, and no more in the list: %s; left as they are\n", listed(missing))
	missing = slices.DeleteFunc(missing, func(org migrationlink.OrgID) bool { return !results.Unsettled(org) })
	if len(missing) > 0 {
		fmt.Fprintf(r.p.Stderr, "among them it is not known what became of %s; put them back into the list to have them asked\n", listed(missing))
	}
}

func (r *manyRun) ask(ctx context.Context) error {
	r.show.begin("asking", r.work.Count(""))
	err := r.work.Ask(ctx)
	r.show.end()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &failure{fmt.Sprintf("not every status was told within %s; nothing was sent", &r.flags.timeout), err}
	case err != nil:
		return errInterrupted
	}
	return nil
}

// dryRun says what a run would do.
func (r *manyRun) dryRun() error {
	if r.output == outputJSON {
		if err := r.writeJSON(); err != nil {
			return notWritten("asked", err)
		}
	} else if _, err := fmt.Fprintln(r.p.Stdout, strings.Join(r.plan("ready"), "\n")); err != nil {
		return notWritten("asked", err)
	}
	return r.verdict()
}

// confirm asks whether to go on, where there is something to send.
func (r *manyRun) confirm(ctx context.Context) error {
	n := r.work.Count("")
	if r.yes || n == 0 {
		return nil
	}
	lines := append(r.plan("to "+string(r.operation)), r.where()...)
	lines = append(lines, r.stake()...)
	question := fmt.Sprintf("%s\n%s %s", strings.Join(lines, "\n"), titled(r.operation), count.Of(n, "organization"))
	return confirm(ctx, r.p, question)
}

// stake is what is lost by what would be sent.
func (r *manyRun) stake() []string {
	if r.operation == migrationlink.OperationDisconnect {
		return []string{"Nothing is synchronized any more of what is disconnected; connecting it again takes a link-token."}
	}
	synced := 0
	for _, item := range r.work.Items {
		if item.Outcome == "" && item.Status == migrationlink.StatusSynced {
			synced++
		}
	}
	if synced == 0 {
		return nil
	}
	return []string{fmt.Sprintf("SYNCED already, and to be replaced: %s. What migrates by these connections loses them.", count.Of(synced, "organization"))}
}

// send does what was confirmed, and tells how it went.
func (r *manyRun) send(ctx context.Context) error {
	began := r.p.now()
	r.show.begin(string(r.operation), r.work.Count(""))
	quiet := context.AfterFunc(ctx, func() {
		what := "interrupted"
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			what = "--timeout has passed"
		}
		r.show.say(what + ": nothing more is begun, and what is under way comes to its end; interrupt again to leave at once\n")
	})
	err := r.work.Send(ctx)
	quiet()
	r.show.end()
	if written := r.summary(r.p.now().Sub(began)); written != nil {
		return notWritten("done", written)
	}
	switch {
	case errors.Is(err, many.ErrNotWritten):
		return r.notKept(err)
	case errors.Is(ctx.Err(), context.Canceled):
		return resultError(ExitInterrupted)
	}
	return r.verdict()
}

// notKept tells what the results file does not have.
func (r *manyRun) notKept(err error) error {
	text := "--results: " + err.Error() + "; nothing more was sent. Make room, and run again with the same file: what was under way is asked about."
	for _, item := range r.work.Items {
		if item.Unwritten {
			text += fmt.Sprintf("\nwas under way: line %d  %s  %s", item.Line, item.OrgID, item.Outcome)
		}
	}
	return &failure{text, err}
}

// verdict is the exit code of a run that came to its end.
func (r *manyRun) verdict() error {
	left := 0
	if !r.many.dryRun {
		left = r.work.Count("")
	}
	if r.work.Count(many.Failed)+r.work.Count(many.Unknown)+left > 0 {
		return resultError(ExitSomeFailed)
	}
	return nil
}
