package check

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
)

// progress is one line on a terminal that is written over. Elsewhere it is a line every ten seconds, so that the log of a job shows that a slow server
// is still being asked, and nothing of a quick one.
type progress struct {
	w        io.Writer
	now      func() time.Time
	terminal bool
	every    time.Duration

	cases, ran, exchanges int
	began, next           time.Time
}

func newProgress(p console.Process) *progress {
	l := &progress{w: p.Stderr, now: p.Time, every: 10 * time.Second}
	if f, ok := p.Stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		l.terminal, l.every = true, 100*time.Millisecond
	}
	return l
}

// begin says how many cases there are.
func (l *progress) begin(cases int) {
	l.cases, l.began = cases, l.now()
	l.next = l.began
	if !l.terminal {
		l.next = l.began.Add(l.every)
	}
}

// done counts a case that has been run.
func (l *progress) done() { l.ran++ }

// exchange counts one, and shows how far things are when it is time to.
func (l *progress) exchange() {
	l.exchanges++
	if l.cases == 0 {
		return // not begun
	}
	now := l.now()
	if now.Before(l.next) {
		return
	}
	for !now.Before(l.next) {
		l.next = l.next.Add(l.every)
	}
	line := fmt.Sprintf("%s of %s, %s", count.Thousands(l.ran), count.Of(l.cases, "case"), count.Of(l.exchanges, "exchange"))
	if l.terminal {
		fmt.Fprintf(l.w, "\r%s\x1b[K", line)
		return
	}
	fmt.Fprintf(l.w, "%s after %s\n", line, now.Sub(l.began).Round(time.Second))
}

// end clears the line.
func (l *progress) end() {
	if l.terminal {
		fmt.Fprint(l.w, "\r\x1b[K")
	}
}
