package bulk

import (
	"fmt"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/many"
)

// plan is what is known before anything is sent: how many would be, and which would not, and why.
func (r *Run) plan(ready string) []string {
	var synced []int
	earlier, byStatus, refused, unknown := 0, 0, 0, 0
	lines := []string{""}
	for _, item := range r.work.Items {
		switch {
		case item.Earlier:
			earlier++
		case item.Outcome == many.Skipped:
			synced = append(synced, item.Line)
		case item.Outcome == many.Connected: // an earlier run was ended while it connected this
			byStatus++
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
	add(earlier, "done by earlier runs")
	add(byStatus, "connected by an earlier run, as the status tells")
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

func (r *Run) explained(lines []string, item *many.Item) []string {
	switch {
	case len(lines) <= maxExplained:
		return append(lines, r.explain(item))
	case len(lines) == maxExplained+1:
		return append(lines, "and more of them: -o json and the results file have them all")
	}
	return lines
}

// explain is what there is to say of a row that did not end well.
func (r *Run) explain(item *many.Item) string {
	why := item.Why()
	if item.Outcome == many.Unknown {
		why = "unknown: " + strings.TrimSuffix(why, ".") + "."
		if item.Status != migrationlink.StatusUnknown {
			why += " The status is " + string(item.Status) + "."
		}
	}
	return fmt.Sprintf("line %d  %s  %s%s", item.Line, item.OrgID, why, r.by[item.OrgID].Advice(item.Err))
}

// where counts what would be sent by server, and by the organization of Atlas that the link-tokens name.
func (r *Run) where() []string {
	var servers, targets tally
	for _, item := range r.work.Items {
		if item.Outcome != "" {
			continue
		}
		servers.add("at " + item.Server.Address)
		if r.Operation == migrationlink.OperationConnect {
			targets.add(console.AtlasOrganization(item.Token))
		}
	}
	return append(servers.lines(), targets.lines()...)
}

// tally counts what is the same, in the order of its first appearance.
type tally struct {
	names  []string
	counts map[string]int
}

func (t *tally) add(name string) {
	if t.counts == nil {
		t.counts = make(map[string]int)
	}
	if t.counts[name] == 0 {
		t.names = append(t.names, name)
	}
	t.counts[name]++
}

// lines are the first ten, and how many more there are.
func (t *tally) lines() []string {
	var lines []string
	for _, name := range t.names[:min(len(t.names), maxLines)] {
		lines = append(lines, name+": "+count.Thousands(t.counts[name]))
	}
	if more := len(t.names) - maxLines; more > 0 {
		lines = append(lines, "and "+count.Thousands(more)+" more")
	}
	return lines
}

func titled(operation migrationlink.Operation) string {
	return strings.ToUpper(string(operation[:1])) + string(operation[1:])
}

// summary is written at the end of a run.
func (r *Run) summary(took time.Duration) error {
	if r.output == console.JSON {
		return r.writeJSON()
	}
	lines := []string{r.counts(took)}
	for _, item := range r.work.Items {
		if item.Outcome == many.Failed || item.Outcome == many.Unknown {
			lines = r.explained(lines, item)
		}
	}
	if r.work.Count(many.Unknown) > 0 && r.Operation == migrationlink.OperationConnect {
		lines = append(lines, "unknown: run again to ask once more; --retry-unknown sends the link-token once more, which may connect twice")
	}
	_, err := fmt.Fprintln(r.Process.Stdout, strings.Join(lines, "\n"))
	return err
}

// counts is the line that tells how many have which outcome.
func (r *Run) counts(took time.Duration) string {
	total, left := len(r.work.Items), r.work.Count("")
	done := many.Connected
	if r.Operation == migrationlink.OperationDisconnect {
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
	return line + "   " + minutes(took) + "   (" + count.Thousands(r.List.atOnce) + " at once)"
}

// minutes writes minutes and seconds.
func minutes(d time.Duration) string {
	seconds := int(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
}

// listed names organizations: the first ten, and how many more there are.
func listed(orgs []migrationlink.OrgID) string {
	names := make([]string, 0, maxLines)
	for _, org := range orgs[:min(len(orgs), maxLines)] {
		names = append(names, org.String())
	}
	text := strings.Join(names, ", ")
	if more := len(orgs) - maxLines; more > 0 {
		text += " and " + count.Thousands(more) + " more"
	}
	return text
}
