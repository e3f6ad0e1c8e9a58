package servertest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/migrationlink/migrationlink/server/servertest"
)

var _ servertest.TB = testing.TB(nil)

// recorder is a test that writes down what is said to it. Once it has ended it takes no word, as a testing.T.
type recorder struct {
	folder func() string

	mu       sync.Mutex
	said     []string
	failed   bool
	ended    bool
	cleanups []func()
}

func record(t testing.TB) *recorder { return &recorder{folder: t.TempDir} }

func (r *recorder) Helper()         {}
func (r *recorder) TempDir() string { return r.folder() }
func (r *recorder) Cleanup(f func()) {
	r.cleanups = append(r.cleanups, f)
}

func (r *recorder) say(kind, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		panic("said after the test has ended: " + fmt.Sprintf(format, args...))
	}
	r.failed = r.failed || kind != "log: "
	r.said = append(r.said, kind+fmt.Sprintf(format, args...))
}

func (r *recorder) Logf(format string, args ...any) { r.say("log: ", format, args...) }

func (r *recorder) Errorf(format string, args ...any) { r.say("fail: ", format, args...) }

func (r *recorder) Fatalf(format string, args ...any) { r.say("fatal: ", format, args...) }

// end cleans up, as at the end of a test, and returns what was said.
func (r *recorder) end() string {
	for len(r.cleanups) > 0 {
		last := len(r.cleanups) - 1
		f := r.cleanups[last]
		r.cleanups = r.cleanups[:last]
		f()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	return strings.Join(r.said, "\n")
}
