package console

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/migrationlink/migrationlink/internal/readfile"
)

// MayWriteOver refuses to write over a file that is something else: the name of a key or of a database, given to the wrong flag. One that is no
// regular file is not looked into, since a pipe would never end.
func MayWriteOver(name, what string, is func(content []byte) bool) error {
	info, err := os.Stat(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, readfile.WithoutPath(err))
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file; want one, or a name that is free", name)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, readfile.WithoutPath(err))
	}
	if !is(content) {
		return fmt.Errorf("%s is there, and holds something else than %s; want a file that may be written over", name, what)
	}
	return nil
}

// WriteWhole writes a file so that whoever finds it finds it whole: it is written beside and then renamed.
func WriteWhole(name string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".migrationlink-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	// CreateTemp lets only the owner read it; what is written here is no secret.
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
