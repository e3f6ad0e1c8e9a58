package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/many"
)

// statusMany asks every organization of a list.
func statusMany(ctx context.Context, p Process, flags callFlags, list manyFlags) error {
	ctx, end := call{flags: flags}.bound(ctx)
	defer end()
	r, items, err := readMany(ctx, p, flags, list)
	if err != nil {
		return err
	}
	r.show = newManyProgress(p, flags.debug)
	r.work = &many.Run{Operation: migrationlink.OperationStatus, Items: items, Pace: r.pace, Told: r.show.told, Now: p.now}
	if err := r.ask(ctx); err != nil {
		return err
	}
	if err := r.writeStatuses(); err != nil {
		return notWritten("answered", err)
	}
	return r.statusVerdict()
}

// readMany reads a list whose organizations are asked about, and left as they are.
func readMany(ctx context.Context, p Process, flags callFlags, list manyFlags) (*manyRun, []*many.Item, error) {
	r := &manyRun{p: p, flags: flags, many: list, pace: many.NewPace(list.atOnce, p.now)}
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

func (r *manyRun) writeStatuses() error {
	if r.output == outputJSON {
		d := newManyDocument()
		for _, item := range r.work.Items {
			d.add(item, string(item.Outcome), item.Why())
		}
		return d.write(r.p)
	}
	lines := make([]string, 0, len(r.work.Items)+1)
	counts := make(map[string]int)
	for _, item := range r.work.Items {
		text, kind := shown(item.Status), string(item.Status)
		switch {
		case item.Outcome == many.Failed:
			text, kind = "failed: "+item.Why()+r.by[item.OrgID].advice(item.Err), "failed"
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
	_, err := fmt.Fprintln(r.p.Stdout, strings.Join(append(lines, strings.Join(sums, "  ")), "\n"))
	return err
}

func (r *manyRun) statusVerdict() error {
	if r.work.Count(many.Failed) > 0 {
		return resultError(ExitSomeFailed)
	}
	notSynced := 0
	for _, item := range r.work.Items {
		switch item.Status {
		case migrationlink.StatusSynced:
		case migrationlink.StatusUnknown:
			return resultError(ExitFailed)
		default:
			notSynced++
		}
	}
	if notSynced > 0 {
		return resultError(ExitNotSynced)
	}
	return nil
}
