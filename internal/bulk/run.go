// Package bulk works on the organizations of a list, for the commands that have --from. Package many has what it does; here is
// what it says.
package bulk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/many"
	"github.com/migrationlink/migrationlink/internal/settings"
)

// Run is a connect or disconnect of every organization of a list.
type Run struct {
	Process      console.Process
	Flags        settings.Flags
	List         Flags
	Operation    migrationlink.Operation
	Yes, Replace bool

	output console.Format
	pace   *many.Pace
	by     accounts
	work   *many.Run
	show   *manyProgress
}

// Do reads the list, asks every status, asks the person, and sends.
func (r *Run) Do(ctx context.Context) error {
	ctx, end := settings.Call{Flags: r.Flags}.Bound(ctx)
	defer end()
	r.pace = many.NewPace(r.List.atOnce, r.Process.Time)
	results, err := r.prepare(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = results.Close() }() // every line was written without a buffer
	r.show = newManyProgress(r.Process, r.Flags.Debug)
	r.work.Told = r.show.told
	r.tellResumed(results)
	if err := r.ask(ctx); err != nil {
		return err
	}
	if r.List.dryRun {
		return r.dryRun()
	}
	if err := r.confirm(ctx); err != nil {
		return err
	}
	return r.send(ctx)
}

// prepare finds everything that is wrong with the command line, the list and the results file before anything is sent.
func (r *Run) prepare(ctx context.Context) (*many.Results, error) {
	if r.List.results == "" && !r.List.dryRun {
		return nil, console.Usagef("--results FILE is missing: what was begun and what came of it is kept there, so that a run that was cut off can go on")
	}
	if !r.Yes && !r.List.dryRun {
		if err := r.Process.CanAsk(); err != nil {
			return nil, err
		}
	}
	list, err := readList(ctx, r.Process, r.List.from, r.Operation == migrationlink.OperationConnect)
	if err != nil {
		return nil, err
	}
	if r.by, err = r.accounts(list.Rows); err != nil {
		return nil, err
	}
	results, err := r.openResults()
	if err != nil {
		return nil, console.Usagef("--results: %w", err)
	}
	items, err := many.NewItems(list.Rows, r.by.server, results)
	if err != nil {
		_ = results.Close()
		return nil, listError(err)
	}
	r.work = &many.Run{
		Operation: r.Operation, Items: items, Results: results, Pace: r.pace,
		Replace: r.Replace, RetryUnknown: r.List.RetryUnknown, Now: r.Process.Time,
	}
	r.work.Resume()
	return results, nil
}

func (r *Run) openResults() (*many.Results, error) {
	switch {
	case !r.List.dryRun:
		return many.OpenResults(r.List.results, r.Operation)
	case r.List.results != "":
		return many.LookAtResults(r.List.results, r.Operation)
	}
	return new(many.Results), nil
}

// tellResumed tells what earlier runs have left.
func (r *Run) tellResumed(results *many.Results) {
	if results.Repaired() {
		fmt.Fprintln(r.Process.Stderr, "the last line of the results file was cut off in the middle and is taken off; nothing was sent for it, or what was is asked about")
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
		fmt.Fprintf(r.Process.Stderr, "resuming: %s done, %s to do\n", count.Thousands(len(rows)-todo), count.Thousands(todo))
	}
	if len(otherToken) > 0 {
		fmt.Fprintf(r.Process.Stderr, "another link-token than the one that was sent is on %s; what is connected stays as it is. To connect it anew: a new results file and --replace\n", onLines(otherToken))
	}
	if len(missing) == 0 {
		return
	}
	fmt.Fprintf(r.Process.Stderr, "in the results file, and no more in the list: %s; left as they are\n", listed(missing))
	missing = slices.DeleteFunc(missing, func(org migrationlink.OrgID) bool { return !results.Unsettled(org) })
	if len(missing) > 0 {
		fmt.Fprintf(r.Process.Stderr, "among them it is not known what became of %s; put them back into the list to have them asked\n", listed(missing))
	}
}

func (r *Run) ask(ctx context.Context) error {
	r.show.begin("asking", r.work.Count(""))
	err := r.work.Ask(ctx)
	r.show.end()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &settings.Failure{Text: fmt.Sprintf("not every status was told within %s; nothing was sent", &r.Flags.Timeout), Err: err}
	case err != nil:
		return console.ErrInterrupted
	}
	return nil
}

// dryRun says what a run would do.
func (r *Run) dryRun() error {
	if r.output == console.JSON {
		if err := r.writeJSON(); err != nil {
			return console.NotWritten("asked", err)
		}
	} else if _, err := fmt.Fprintln(r.Process.Stdout, strings.Join(r.plan("ready"), "\n")); err != nil {
		return console.NotWritten("asked", err)
	}
	return r.verdict()
}

// confirm asks whether to go on, where there is something to send.
func (r *Run) confirm(ctx context.Context) error {
	n := r.work.Count("")
	if r.Yes || n == 0 {
		return nil
	}
	lines := append(r.plan("to "+string(r.Operation)), r.where()...)
	lines = append(lines, r.stake()...)
	question := fmt.Sprintf("%s\n%s %s", strings.Join(lines, "\n"), titled(r.Operation), count.Of(n, "organization"))
	return console.Confirm(ctx, r.Process, question)
}

// stake is what is lost by what would be sent.
func (r *Run) stake() []string {
	if r.Operation == migrationlink.OperationDisconnect {
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
func (r *Run) send(ctx context.Context) error {
	began := r.Process.Time()
	r.show.begin(string(r.Operation), r.work.Count(""))
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
	if written := r.summary(r.Process.Time().Sub(began)); written != nil {
		return console.NotWritten("done", written)
	}
	switch {
	case errors.Is(err, many.ErrNotWritten):
		return r.notKept(err)
	case errors.Is(ctx.Err(), context.Canceled):
		return console.ResultError(console.ExitInterrupted)
	}
	return r.verdict()
}

// notKept tells what the results file does not have.
func (r *Run) notKept(err error) error {
	text := "--results: " + err.Error() + "; nothing more was sent. Make room, and run again with the same file: what was under way is asked about."
	for _, item := range r.work.Items {
		if item.Unwritten {
			text += fmt.Sprintf("\nwas under way: line %d  %s  %s", item.Line, item.OrgID, item.Outcome)
		}
	}
	return &settings.Failure{Text: text, Err: err}
}

// verdict is the exit code of a run that came to its end.
func (r *Run) verdict() error {
	left := 0
	if !r.List.dryRun {
		left = r.work.Count("")
	}
	if r.work.Count(many.Failed)+r.work.Count(many.Unknown)+left > 0 {
		return console.ResultError(console.ExitSomeFailed)
	}
	return nil
}
