package servertest

import (
	"log/slog"
	"strings"
	"sync"
)

// test is the test that a server belongs to, as long as it runs. A testing.T panics when a goroutine that is late logs to it; this one is deaf then.
type test struct {
	t TB

	mu      sync.Mutex
	closing bool
	ended   bool
}

func (t *test) errorf(format string, args ...any) {
	t.t.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.t.Errorf(format, args...)
	}
}

func (t *test) logf(format string, args ...any) {
	t.t.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.t.Logf(format, args...)
	}
}

// close has what the server says of itself passed over: that it is being closed is no news.
func (t *test) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closing = true
}

func (t *test) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
}

// logger logs what goes wrong inside the server: only there stands why an answer was 500, or a handshake failed.
func (t *test) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(lines{t}, &slog.HandlerOptions{
		Level: slog.LevelError,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
				return slog.Attr{} // the test has a time, and all are errors
			}
			return a
		},
	}))
}

// lines logs what is written to it, until the server is closed.
type lines struct{ test *test }

func (l lines) Write(p []byte) (int, error) {
	l.test.mu.Lock()
	defer l.test.mu.Unlock()
	if !l.test.closing {
		l.test.t.Logf("servertest: %s", strings.TrimSuffix(string(p), "\n"))
	}
	return len(p), nil
}
