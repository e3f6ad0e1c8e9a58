package bulk

import (
	"cmp"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/many"
)

// manyDocument is what the commands write of a list with -o json; docs/many.schema.json describes it.
type manyDocument struct {
	Organizations []manyResult   `json:"organizations"`
	Counts        map[string]int `json:"counts"`
}

// manyResult is one row. Status is null where it is not known.
type manyResult struct {
	Line   int                   `json:"line"`
	OrgID  migrationlink.OrgID   `json:"orgId"`
	Status *migrationlink.Status `json:"status"`
	Result string                `json:"result,omitempty"`
	Error  string                `json:"error,omitempty"`
}

func (d *manyDocument) add(item *many.Item, result, why string) {
	row := manyResult{Line: item.Line, OrgID: item.OrgID, Result: result, Error: why}
	if item.Status != migrationlink.StatusUnknown {
		row.Status = &item.Status
	}
	d.Organizations = append(d.Organizations, row)
	d.Counts[cmp.Or(result, string(item.Status), "unknown")]++
}

func (d *manyDocument) write(p console.Process) error { return console.WriteJSON(p.Stdout, d) }

func newManyDocument() *manyDocument {
	return &manyDocument{Organizations: []manyResult{}, Counts: make(map[string]int)}
}

// writeJSON writes a run: what has no outcome is ready in a dry run, and was left in another.
func (r *Run) writeJSON() error {
	d := newManyDocument()
	for _, item := range r.work.Items {
		result := string(item.Outcome)
		switch {
		case result != "":
		case r.List.dryRun:
			result = "ready"
		default:
			result = "left"
		}
		d.add(item, result, item.Why())
	}
	return d.write(r.Process)
}
