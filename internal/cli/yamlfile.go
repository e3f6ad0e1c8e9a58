package cli

import (
	"errors"
	"io"
	"os"
)

// maxYAML is the size of the largest file that is read, in bytes.
const maxYAML = 1 << 20

func readYAMLFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxYAML+1))
	if err == nil && len(content) > maxYAML {
		err = errors.New("larger than 1 MiB")
	}
	return content, err
}
