package check

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
)

// every is how often a line is written where there is no terminal.
const every = 10 * time.Second

// progress shows how far a check is: by a bar on a terminal, by a line every ten seconds elsewhere. So the log of a job shows that a slow server
// is still being asked, and nothing of a quick one.
type progress struct {
	w        io.Writer
	now      func() time.Time
	terminal bool
	bar      *console.Bar // nil where there is none

	cases, ran  int
	exchanges   atomic.Int64 // the bar is drawn from it
	began, next time.Time
}

func newProgress(p console.Process) *progress {
	return &progress{w: p.Stderr, now: p.Time, terminal: p.ErrorsOnTerminal()}
}

// begin says how many cases there are.
func (l *progress) begin(cases int) {
	l.cases, l.began = cases, l.now()
	l.next = l.began.Add(every)
	if l.terminal && cases > 0 {
		l.bar = console.NewBar(l.w, "check", cases, func() string { return "  " + count.Of(int(l.exchanges.Load()), "exchange") })
	}
}

// done counts a case that has been run.
func (l *progress) done() {
	l.ran++
	if l.bar != nil {
		l.bar.Step()
	}
}

// exchange counts one, and shows how far things are when it is time to.
func (l *progress) exchange() {
	exchanges := l.exchanges.Add(1)
	if l.terminal || l.cases == 0 { // not begun
		return
	}
	now := l.now()
	if now.Before(l.next) {
		return
	}
	for !now.Before(l.next) {
		l.next = l.next.Add(every)
	}
	fmt.Fprintf(l.w, "%s of %s, %s after %s\n", count.Thousands(l.ran), count.Of(l.cases, "case"), count.Of(int(exchanges), "exchange"),
		now.Sub(l.began).Round(time.Second))
}

// end takes the bar away.
func (l *progress) end() {
	if l.bar != nil {
		l.bar.End()
	}
}
