package har

import (
	"errors"
	"fmt"
	"io"
)

// tooLarge is the error of a file that is larger than the limit.
type tooLarge struct{ limit int64 }

func (e *tooLarge) Error() string {
	return fmt.Sprintf("the recording is larger than %d bytes; record less, or export the API's requests alone", e.limit)
}

// limitError is the error on the limit that err wraps, if it does.
func limitError(err error) error {
	var large *tooLarge
	if errors.As(err, &large) {
		return large
	}
	return nil
}

// bounded reads no more than the limit, and fails if there is more. After an error it reads nothing: a decoder asks again.
type bounded struct {
	from        io.Reader
	left, limit int64
	err         error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	b.err = err
	if int64(n) > b.left {
		n, b.err = int(b.left), &tooLarge{b.limit}
	}
	b.left -= int64(n)
	return n, b.err
}

var errLargeValue = errors.New("a value is too large")

// window lets a decoder, which holds each value whole, read no more than the limit from where it is. It gives out little at a time, so that the
// decoder is never far ahead.
type window struct {
	from                io.Reader
	total, until, limit int64
}

// next moves the window to where the decoder is.
func (w *window) next(offset int64) { w.until = offset + w.limit }

func (w *window) Read(p []byte) (int, error) {
	if w.total >= w.until {
		return 0, errLargeValue
	}
	n, err := w.from.Read(p[:min(int64(len(p)), w.until-w.total)])
	w.total += int64(n)
	return n, err
}
