package cli

import (
	"context"

	"github.com/migrationlink/migrationlink/internal/many"
)

// doctorMany examines every organization of a list.
func doctorMany(ctx context.Context, p Process, flags callFlags, list manyFlags) error {
	ctx, end := call{flags: flags}.bound(ctx)
	defer end()
	r, items, err := readMany(ctx, p, flags, list)
	if err != nil {
		return err
	}
	found := make(map[*many.Item]*examination, len(items))
	for _, item := range items {
		found[item] = new(examination) // each is filled by one goroutine
	}
	r.pace.Each(ctx, items, func(item *many.Item) { *found[item] = *examine(ctx, p, r.by[item.OrgID]) })
	if ctx.Err() != nil {
		return errInterrupted
	}
	all := make([]examined, 0, len(items))
	for _, item := range items {
		all = append(all, examined{item.Line, found[item]})
	}
	if err := writeExamined(p.Stdout, r.output, all); err != nil {
		return notWritten("examined", err)
	}
	for _, x := range all {
		if x.result() != nil {
			return resultError(ExitSomeFailed)
		}
	}
	return nil
}
