package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/many"
)

// examined is one organization of a list, and what was found out about it.
type examined struct {
	line int
	*examination
}

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
	r.pace.Each(ctx, items, func(item *many.Item) { *found[item] = *r.by[item.OrgID].examine(ctx, p) })
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

// writeExamined writes a line for each organization, and under it the steps that failed; or JSON, each organization as doctor.schema.json describes it.
func writeExamined(w io.Writer, o output, all []examined) error {
	if o == outputJSON {
		documents := make([]examinedJSON, 0, len(all))
		for _, x := range all {
			d := x.document()
			d.Line = x.line
			documents = append(documents, d)
		}
		return writeJSON(w, map[string]any{"organizations": documents})
	}
	var b strings.Builder
	works := 0
	for _, x := range all {
		how := "a call fails"
		if x.result() == nil {
			works++
			how = "a call works, " + shown(x.link.Status)
		} else if x.err == nil {
			how = "a call works, " + shown(x.link.Status) + ", but"
		}
		fmt.Fprintf(&b, "line %d  %s  %s\n", x.line, x.call.org, how)
		for _, s := range x.steps {
			if s.outcome == failed {
				b.WriteString(indented(s.text([]string{s.name})))
			}
		}
	}
	fmt.Fprintf(&b, "%s  works %s", count.Of(len(all), "organization"), count.Thousands(works))
	if works < len(all) {
		fmt.Fprintf(&b, "  failed %s", count.Thousands(len(all)-works))
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("  " + line)
	}
	return b.String()
}

// statusOf is the status that a call told; nil where it told none.
func (x *examination) statusOf() *client.Status {
	if x.err != nil || x.link.Status == client.Unknown {
		return nil
	}
	return &x.link.Status
}
