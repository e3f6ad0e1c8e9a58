package many

import (
	"os"
	"runtime"

	"github.com/gofrs/flock"

	"github.com/migrationlink/migrationlink/internal/readfile"
)

// lock keeps other runs away from a results file until [unlock]. A lock keeps everybody on Windows from reading the file, and a person may want
// to look on: there it is the lock of a file beside it.
func lock(name string) (*flock.Flock, error) {
	if runtime.GOOS == "windows" {
		name += ".lock"
	}
	l := flock.New(name)
	switch locked, err := l.TryLock(); {
	case err != nil:
		return nil, readfile.WithoutPath(err)
	case !locked:
		return nil, errInUse
	}
	return l, nil
}

func unlock(l *flock.Flock) error {
	err := l.Unlock()
	if runtime.GOOS == "windows" {
		_ = os.Remove(l.Path()) // Windows refuses while another run has it open
	}
	return err
}
