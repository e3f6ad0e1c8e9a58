package httpcheck

import (
	"errors"
	"io"
	"slices"
	"sync"
)

// maxBody is how much of a body is kept to be judged: what the contract takes, and one byte to see that there is more.
const maxBody = 1<<20 + 1

// capture is the start of a body, at most maxBody bytes of it, kept as somebody else reads or writes it. net/http may still send a
// request while its answer is read, so it is locked.
type capture struct {
	mu      sync.Mutex
	content []byte
	length  int64 // of all that went by
	ended   bool  // to its end
}

func (c *capture) add(p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.length += int64(len(p))
	c.content = append(c.content, p[:min(len(p), maxBody-len(c.content))]...)
}

func (c *capture) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
}

// all returns what was kept, and whether that is the whole body, of the length that was announced; less than 0 is none.
func (c *capture) all(announced int64) (content []byte, whole bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.content), (c.ended || c.length == announced) && c.length == int64(len(c.content))
}

// capturedBody is a body that is kept as it is read. It reads no more than its reader does, and passes on every error.
type capturedBody struct {
	io.ReadCloser
	kept *capture
}

func (b capturedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.kept.add(p[:n])
	if errors.Is(err, io.EOF) {
		b.kept.end()
	}
	return n, err
}
