package many

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/durable"
	"github.com/migrationlink/migrationlink/internal/readfile"
)

// Results is a file that says what was begun and what came of it, for the run and for those after it; docs/results.schema.json describes its lines.
// It holds no link-token. It is safe for concurrent use.
type Results struct {
	operation migrationlink.Operation
	past      map[migrationlink.OrgID]past
	repaired  bool

	mu     sync.Mutex
	file   *os.File // nil: nothing is written
	lock   *flock.Flock
	failed error // of the first write that failed; there is none after it
}

// ErrNotWritten is found in the error of a line that is not on the disk for sure. No line is written after it.
var ErrNotWritten = errors.New("the results file cannot be written")

// ErrInUse is found in the error of [OpenResults] where another run has the file.
var ErrInUse = errors.New("in use by another run")

var errInUse = fmt.Errorf("%w; wait for its end, or give another name. Nothing was sent", ErrInUse)

// OpenResults opens a results file to go on with it, or makes it, for its owner alone, and keeps other runs out until [Results.Close]. A last line
// that was cut off, when a run or the machine ended in the middle of it, is taken off; nothing was sent for it. An error is a sentence that goes after
// the name of the file, which was not changed.
func OpenResults(name string, operation migrationlink.Operation) (*Results, error) {
	if err := inspect(name); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, readfile.WithoutPath(err)
	}
	l, err := lock(name)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	r := &Results{operation: operation, file: file, lock: l}
	if err := r.open(filepath.Dir(name)); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// LookAtResults reads a results file and writes nothing. One that is not there is as an empty one.
func LookAtResults(name string, operation migrationlink.Operation) (*Results, error) {
	r := &Results{operation: operation}
	err := inspect(name)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, readfile.WithoutPath(err)
	}
	_, err = r.read(content)
	return r, err
}

// inspect refuses what is no file to write to, before anything is opened: a pipe would wait for its other end.
func inspect(name string) error {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(name)); errors.Is(err, fs.ErrNotExist) {
			return errors.New("its directory does not exist; make that first")
		}
		return nil
	case err != nil:
		return readfile.WithoutPath(err)
	case !info.Mode().IsRegular():
		return errors.New("no regular file; want one, or a name that is not there yet")
	}
	return nil
}

func (r *Results) open(directory string) error {
	content, err := io.ReadAll(r.file)
	if err != nil {
		return readfile.WithoutPath(err)
	}
	whole, err := r.read(content)
	if err != nil {
		return err
	}
	if r.repaired = whole < len(content); r.repaired {
		if err := r.file.Truncate(int64(whole)); err != nil {
			return readfile.WithoutPath(err)
		}
	}
	if _, err := r.file.Seek(int64(whole), io.SeekStart); err != nil {
		return readfile.WithoutPath(err)
	}
	if whole == 0 {
		if _, err := io.WriteString(r.file, headerOf(r.operation)); err != nil {
			return readfile.WithoutPath(err)
		}
	}
	if err := r.file.Sync(); err != nil {
		return readfile.WithoutPath(err)
	}
	return readfile.WithoutPath(durable.Directory(directory))
}

// Repaired reports whether the last line was cut off in the middle, and was taken off.
func (r *Results) Repaired() bool { return r.repaired }

// Resumed reports whether earlier runs have written of any organization.
func (r *Results) Resumed() bool { return len(r.past) > 0 }

// Close lets other runs have the file.
func (r *Results) Close() error {
	if r.file == nil {
		return nil
	}
	return errors.Join(r.file.Close(), unlock(r.lock))
}

// begin writes what is about to be sent, and returns when it is on the disk.
func (r *Results) begin(l line) error {
	l.Event = eventIntent
	return r.write(l, true)
}

// end writes what came of a row. Where it is lost with the machine, the next run asks.
func (r *Results) end(l line) error {
	l.Event = eventOutcome
	return r.write(l, false)
}

func (r *Results) write(l line, sync bool) error {
	content, err := l.encode()
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return r.failed
	}
	_, err = r.file.Write(content)
	if err == nil && sync {
		err = r.file.Sync()
	}
	if err != nil {
		r.failed = fmt.Errorf("%w: %w", ErrNotWritten, readfile.WithoutPath(err))
	}
	return r.failed
}
