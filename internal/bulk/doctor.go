package bulk

import (
	"context"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/doctor"
	"github.com/migrationlink/migrationlink/internal/many"
	"github.com/migrationlink/migrationlink/internal/settings"
)

// Doctor examines every organization of a list.
func Doctor(ctx context.Context, p console.Process, flags settings.Flags, list Flags) error {
	ctx, end := settings.Call{Flags: flags}.Bound(ctx)
	defer end()
	r, items, err := readMany(ctx, p, flags, list)
	if err != nil {
		return err
	}
	found := make(map[*many.Item]*doctor.Examination, len(items))
	for _, item := range items {
		found[item] = new(doctor.Examination) // each is filled by one goroutine
	}
	r.pace.Each(ctx, items, func(item *many.Item) { *found[item] = *doctor.Examine(ctx, p, r.by[item.OrgID]) })
	if ctx.Err() != nil {
		return console.ErrInterrupted
	}
	all := make([]doctor.Examined, 0, len(items))
	for _, item := range items {
		all = append(all, doctor.Examined{Line: item.Line, Examination: found[item]})
	}
	if err := doctor.WriteExamined(p.Stdout, r.output, all); err != nil {
		return console.NotWritten("examined", err)
	}
	for _, x := range all {
		if x.Result() != nil {
			return console.ResultError(console.ExitSomeFailed)
		}
	}
	return nil
}
