//go:build unix

package many

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lock keeps other runs away from a file, for as long as it is open.
func lock(file *os.File) error {
	err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errInUse
	}
	return err
}
