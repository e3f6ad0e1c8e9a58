package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/many"
)

// manyRun is a connect or disconnect of every organization of a list.
type manyRun struct {
	p            Process
	flags        callFlags
	many         manyFlags
	operation    many.Operation
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
	list, err := readList(ctx, r.p, r.many.from, r.operation == many.Connect)
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
	if len(missing) > 0 {
		var ids []string
		for _, org := range missing[:min(len(missing), maxLines)] {
			ids = append(ids, org.String())
		}
		if more := len(missing) - maxLines; more > 0 {
			ids = append(ids, count.Thousands(more)+" more")
		}
		fmt.Fprintf(r.p.Stderr, "in the results file, and no more in the list: %s; left as they are\n", strings.Join(ids, ", "))
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

// plan is what is known before anything is sent: how many would be, and which would not, and why.
func (r *manyRun) plan(ready string) []string {
	var synced, earlier, other []int
	refused, unknown := 0, 0
	lines := []string{""}
	for _, item := range r.work.Items {
		switch {
		case item.Earlier:
			earlier = append(earlier, item.Line)
		case item.Outcome == many.Skipped:
			synced = append(synced, item.Line)
		case item.Outcome == many.Connected: // an earlier run was ended while it connected this
			other = append(other, item.Line)
		case item.Outcome == many.Failed:
			refused++
			lines = r.explained(lines, item)
		case item.Outcome == many.Unknown:
			unknown++
			lines = r.explained(lines, item)
		}
	}
	said := []string{fmt.Sprintf("%s: %s %s", count.Of(len(r.work.Items), "row"), count.Thousands(r.work.Count("")), ready)}
	add := func(n int, text string) {
		if n > 0 {
			said = append(said, count.Thousands(n)+" "+text)
		}
	}
	add(len(earlier), "done by earlier runs")
	add(len(other), "connected by an earlier run, as the status tells")
	if len(synced) > 0 {
		add(len(synced), "already SYNCED ("+onLines(synced)+")")
	}
	add(refused, "refused")
	add(unknown, "unknown")
	lines[0] = strings.Join(said, ", ")
	return lines
}

// maxExplained is how many rows that failed are told one by one at the end: the results file has them all.
const maxExplained = 20

func (r *manyRun) explained(lines []string, item *many.Item) []string {
	switch {
	case len(lines) <= maxExplained:
		return append(lines, r.explain(item))
	case len(lines) == maxExplained+1:
		return append(lines, "and more of them: -o json and the results file have them all")
	}
	return lines
}

// explain is what there is to say of a row that did not end well.
func (r *manyRun) explain(item *many.Item) string {
	why := item.Why()
	if item.Outcome == many.Unknown {
		why = "unknown: " + why
		if item.Status != client.Unknown {
			why += " The status is " + string(item.Status) + "."
		}
	}
	return fmt.Sprintf("line %d  %s  %s%s", item.Line, item.OrgID, why, r.by[item.OrgID].advice(item.Err))
}

// confirm asks whether to go on, where there is something to send.
func (r *manyRun) confirm(ctx context.Context) error {
	n := r.work.Count("")
	if r.yes || n == 0 {
		return nil
	}
	stake := "Nothing is synchronized any more of what is disconnected; connecting it again takes a link-token.\n"
	if r.operation == many.Connect {
		stake = ""
		synced := 0
		for _, item := range r.work.Items {
			if item.Outcome == "" && item.Status == client.Synced {
				synced++
			}
		}
		if synced > 0 {
			stake = fmt.Sprintf("SYNCED already, and to be replaced: %s. What migrates by these connections loses them.\n", count.Of(synced, "organization"))
		}
	}
	question := fmt.Sprintf("%s\n%s%s %s", strings.Join(r.plan("to "+string(r.operation)), "\n"), stake, titled(r.operation), count.Of(n, "organization"))
	return confirm(ctx, r.p, question)
}

func titled(operation many.Operation) string {
	return strings.ToUpper(string(operation[:1])) + string(operation[1:])
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
		r.show.say(what + ": nothing more is begun, and what is under way comes to its end; interrupt to leave at once\n")
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

// summary is written at the end of a run.
func (r *manyRun) summary(took time.Duration) error {
	if r.output == outputJSON {
		return r.writeJSON()
	}
	lines := []string{r.counts(took)}
	for _, item := range r.work.Items {
		if item.Outcome == many.Failed || item.Outcome == many.Unknown {
			lines = r.explained(lines, item)
		}
	}
	if r.work.Count(many.Unknown) > 0 && r.operation == many.Connect {
		lines = append(lines, "unknown: run again to ask once more; --retry-unknown sends the link-token once more, which may connect twice")
	}
	_, err := fmt.Fprintln(r.p.Stdout, strings.Join(lines, "\n"))
	return err
}

// counts is the line that tells how many have which outcome.
func (r *manyRun) counts(took time.Duration) string {
	total, left := len(r.work.Items), r.work.Count("")
	done := many.Connected
	if r.operation == many.Disconnect {
		done = many.Disconnected
	}
	line := fmt.Sprintf("%s/%s  %s %s  skipped %s  failed %s", count.Thousands(total-left), count.Thousands(total), done,
		count.Thousands(r.work.Count(done)), count.Thousands(r.work.Count(many.Skipped)), count.Thousands(r.work.Count(many.Failed)))
	if unknown := r.work.Count(many.Unknown); unknown > 0 {
		line += "  unknown " + count.Thousands(unknown)
	}
	if left > 0 {
		line += "  left " + count.Thousands(left)
	}
	return line + "   " + minutes(took) + "   (" + count.Thousands(r.many.atOnce) + " at once)"
}

// minutes writes minutes and seconds.
func minutes(d time.Duration) string {
	seconds := int(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
}
