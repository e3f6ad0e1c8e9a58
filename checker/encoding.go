package checker

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDecoded is how much of compressed content is decoded, in bytes: a small answer can inflate to any size.
const maxDecoded = 1 << 20

// decoded is the content of the answer without its Content-Encoding. The error says what is wrong with that header, or with the content.
func decoded(e Exchange) ([]byte, error) {
	switch coding := strings.ToLower(strings.Join(e.ResponseHeader.Values("Content-Encoding"), ", ")); coding {
	case "", "identity":
		return e.ResponseBody, nil
	case "gzip", "x-gzip": // RFC 9110 section 8.4.1.3
		reader, err := gzip.NewReader(bytes.NewReader(e.ResponseBody))
		if err != nil {
			return nil, errors.New("is gzip, and the content is not")
		}
		content, err := io.ReadAll(io.LimitReader(reader, maxDecoded+1))
		switch {
		case err != nil:
			return nil, errors.New("is gzip, and the content is not")
		case len(content) > maxDecoded:
			return nil, fmt.Errorf("is gzip of more than %d bytes", maxDecoded)
		}
		return content, nil
	default:
		return nil, errors.New("is none that can be judged: want gzip, or none")
	}
}
