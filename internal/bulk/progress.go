package bulk

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/many"
)

// manyProgress shows how far a run is: by a bar on a terminal, by a line for each row that has its outcome elsewhere.
type manyProgress struct {
	w        io.Writer
	terminal bool
	now      func() time.Time

	drawing sync.Mutex   // for the bar, which an interrupt speaks through
	bar     *console.Bar // nil while there is none

	leftOut map[string]bool // what was said of servers that are left out

	counting sync.Mutex // for counts, which a bar is drawn from
	counts   map[many.Outcome]int
}

func newManyProgress(p console.Process, debug bool) *manyProgress {
	return &manyProgress{
		w: p.Stderr, now: p.Time, counts: make(map[many.Outcome]int), leftOut: make(map[string]bool),
		terminal: p.ErrorsOnTerminal() && !debug, // lines of --debug would go through the bar
	}
}

// begin shows that something is done to so many rows.
func (m *manyProgress) begin(what string, rows int) {
	if rows == 0 {
		return
	}
	if !m.terminal {
		fmt.Fprintf(m.w, "%s: %s\n", what, count.Of(rows, "organization"))
		return
	}
	began := m.now()
	m.bar = console.NewBar(m.w, what, rows, func() string { return m.counted() + "  " + minutes(m.now().Sub(began)) })
}

// end takes the bar away.
func (m *manyProgress) end() {
	if m.bar == nil {
		return
	}
	m.bar.End()
	m.drawing.Lock()
	defer m.drawing.Unlock()
	m.bar = nil
}

// say tells something while things go on.
func (m *manyProgress) say(text string) {
	m.drawing.Lock()
	defer m.drawing.Unlock()
	if m.bar == nil {
		fmt.Fprint(m.w, text)
		return
	}
	m.bar.Say(text)
}

// told takes in a row that was asked, or has its outcome.
func (m *manyProgress) told(item *many.Item) {
	m.counting.Lock()
	m.counts[item.Outcome]++
	m.counting.Unlock()
	switch {
	case m.bar != nil:
		m.bar.Step()
	case errors.Is(item.Err, many.ErrLeftOut):
		if why := item.Why(); !m.leftOut[why] { // once, and not for each of what may be thousands
			m.leftOut[why] = true
			fmt.Fprintln(m.w, why+"; so are the rows from here on that it has")
		}
	case item.Outcome != "":
		fmt.Fprintln(m.w, rowLine(item))
	}
}

// counted are the outcomes so far.
func (m *manyProgress) counted() string {
	m.counting.Lock()
	defer m.counting.Unlock()
	text := ""
	for _, outcome := range []many.Outcome{many.Connected, many.Disconnected, many.Skipped, many.Failed, many.Unknown} {
		if n := m.counts[outcome]; n > 0 {
			text += fmt.Sprintf("  %s %d", outcome, n)
		}
	}
	return text
}

// rowLine is the line of a row that has its outcome.
func rowLine(item *many.Item) string {
	line := fmt.Sprintf("line %d  %s  %s", item.Line, item.OrgID, item.Outcome)
	switch {
	case item.Err != nil:
		return line + ": " + item.Why()
	case item.ByStatus:
		return line + ", as the status tells: " + string(item.Status)
	case item.Outcome == many.Skipped && item.Status == migrationlink.StatusSynced:
		return line + ", already SYNCED"
	case item.Outcome == many.Skipped:
		return line + ", not connected"
	case item.Status != migrationlink.StatusUnknown:
		return line + ", " + string(item.Status)
	}
	return line
}
