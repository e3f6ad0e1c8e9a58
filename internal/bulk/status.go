package bulk

import (
	"context"
	"fmt"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/many"
	"github.com/migrationlink/migrationlink/internal/settings"
)

// Status asks every organization of a list.
func Status(ctx context.Context, p console.Process, flags settings.Flags, list Flags) error {
	ctx, end := settings.Call{Flags: flags}.Bound(ctx)
	defer end()
	r, items, err := readMany(ctx, p, flags, list)
	if err != nil {
		return err
	}
	r.show = newManyProgress(p, flags.Debug)
	r.work = &many.Run{Operation: migrationlink.OperationStatus, Items: items, Pace: r.pace, Told: r.show.told, Now: p.Time}
	if err := r.ask(ctx); err != nil {
		return err
	}
	if err := r.writeStatuses(); err != nil {
		return console.NotWritten("answered", err)
	}
	return r.statusVerdict()
}

// readMany reads a list whose organizations are asked about, and left as they are.
func readMany(ctx context.Context, p console.Process, flags settings.Flags, list Flags) (*Run, []*many.Item, error) {
	r := &Run{Process: p, Flags: flags, List: list, pace: many.NewPace(list.atOnce, p.Time)}
	rows, err := readList(ctx, p, list.from, false)
	if err != nil {
		return nil, nil, err
	}
	if r.by, err = r.accounts(rows.Rows); err != nil {
		return nil, nil, err
	}
	items, err := many.NewItems(rows.Rows, r.by.server, nil)
	if err != nil {
		return nil, nil, listError(err)
	}
	return r, items, nil
}

func (r *Run) writeStatuses() error {
	if r.output == console.JSON {
		d := newManyDocument()
		for _, item := range r.work.Items {
			d.add(item, string(item.Outcome), item.Why())
		}
		return d.write(r.Process)
	}
	lines := make([]string, 0, len(r.work.Items)+1)
	counts := make(map[string]int)
	for _, item := range r.work.Items {
		text, kind := console.StatusText(item.Status), string(item.Status)
		switch {
		case item.Outcome == many.Failed:
			text, kind = "failed: "+item.Why()+r.by[item.OrgID].Advice(item.Err), "failed"
		case item.Status == migrationlink.StatusUnknown:
			kind = "unknown"
		}
		counts[kind]++
		lines = append(lines, fmt.Sprintf("line %d  %s  %s", item.Line, item.OrgID, text))
	}
	sums := []string{count.Of(len(r.work.Items), "organization")}
	for _, kind := range []string{string(migrationlink.StatusSynced), string(migrationlink.StatusNotSynced), "failed", "unknown"} {
		if n := counts[kind]; n > 0 {
			sums = append(sums, kind+" "+count.Thousands(n))
		}
	}
	_, err := fmt.Fprintln(r.Process.Stdout, strings.Join(append(lines, strings.Join(sums, "  ")), "\n"))
	return err
}

func (r *Run) statusVerdict() error {
	if r.work.Count(many.Failed) > 0 {
		return console.ResultError(console.ExitSomeFailed)
	}
	notSynced := 0
	for _, item := range r.work.Items {
		switch item.Status {
		case migrationlink.StatusSynced:
		case migrationlink.StatusUnknown:
			return console.ResultError(console.ExitFailed)
		default:
			notSynced++
		}
	}
	if notSynced > 0 {
		return console.ResultError(console.ExitNotSynced)
	}
	return nil
}
