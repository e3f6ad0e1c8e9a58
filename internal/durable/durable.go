// Package durable makes changes of files outlive the machine.
package durable

import (
	"errors"
	"os"
	"runtime"
)

// Directory has the names of new files in a directory last as their content does once it is synced. Windows has nothing of the kind.
func Directory(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	directory, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
