// Package readfile reads the small files that a person names: certificates, configurations, lists.
package readfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// Max is the size of the largest file that [Small] reads, in bytes.
const Max = 1 << 20

// Small reads a file of at most [Max] bytes. The error of a file that cannot be read is an [*fs.PathError], as of os.ReadFile.
func Small(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, Max+1))
	if err == nil && len(content) > Max {
		err = errors.New("larger than 1 MiB")
	}
	return content, err
}

// WithoutPath takes the name of the file off an error. The message names the flag instead, since what was given for a
// name may be a secret in the wrong place.
func WithoutPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
