package console

import (
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// ErrorsOnTerminal reports whether standard error is a terminal, where a [Bar] can be drawn.
func (p Process) ErrorsOnTerminal() bool {
	f, ok := p.Stderr.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Bar shows on one line of a terminal how far something is. It is safe for concurrent use.
type Bar struct {
	bars *mpb.Progress
	bar  *mpb.Bar
}

// NewBar draws a bar for so many steps until [Bar.End]: what and the numbers stand before it, what after returns behind it. after is called from another
// goroutine.
func NewBar(w io.Writer, what string, steps int, after func() string) *Bar {
	bars := mpb.New(mpb.WithOutput(w), mpb.WithRefreshRate(100*time.Millisecond))
	return &Bar{bars, bars.New(int64(steps), mpb.BarStyle(), mpb.BarWidth(30), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(what+" "), decor.CountersNoUnit("%d/%d ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return after() })),
	)}
}

// Step goes one step on.
func (b *Bar) Step() { b.bar.Increment() }

// Say writes a text above the bar.
func (b *Bar) Say(text string) {
	_, _ = b.bars.Write([]byte("\r\x1b[K" + text)) // the terminal may have written ^C into the bar
}

// End takes the bar away.
func (b *Bar) End() {
	b.bar.Abort(true)
	b.bars.Wait()
}
