package wiretap

import (
	"bytes"
	"io"
	"log/slog"
	"sync"
)

// Page is what the demo writes to. It keeps what was shown, so that the link-token can be looked for in it, and takes from both sides of
// the wire at once.
type Page struct {
	Out io.Writer

	mu     sync.Mutex
	copied bytes.Buffer
	errors int
}

func (p *Page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.write(b)
}

func (p *Page) write(b []byte) (int, error) {
	p.copied.Write(b)
	return p.Out.Write(b)
}

// Shown is a copy of everything written so far.
func (p *Page) Shown() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.copied.Bytes())
}

// Logger shows lines of level ERROR, without their time, and leaves out the others.
func (p *Page) Logger() *slog.Logger {
	return slog.New(slog.NewTextHandler((*logLines)(p), &slog.HandlerOptions{
		Level: slog.LevelError,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// Logged reports whether the logger has shown a line.
func (p *Page) Logged() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.errors > 0
}

// logLines is a page to a handler of log/slog, which writes a line at a time.
type logLines Page

func (l *logLines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errors++
	if _, err := (*Page)(l).write([]byte("the stand-in logs an error: ")); err != nil {
		return 0, err
	}
	return (*Page)(l).write(line)
}
