package many

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/migrationlink/migrationlink/client"
)

// inVain is how many calls in a row a server may leave without a useful answer before a run leaves it alone: each was tried four times then.
const inVain = 20

// ErrLeftOut is found in the error of a row whose server is left alone by then.
var ErrLeftOut = errors.New("left out")

// gone knows the servers that are not to be asked any more. The zero value knows none.
type gone struct {
	mu      sync.Mutex
	servers map[string]*absence
}

type absence struct {
	failures int
	err      error // why it is left alone
}

// is says why a server is left alone, or nil.
func (g *gone) is(address string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if a := g.servers[address]; a != nil {
		return a.err
	}
	return nil
}

// note takes in how a call has ended, just now.
func (g *gone) note(address string, err error, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.servers == nil {
		g.servers = make(map[string]*absence)
	}
	a := g.servers[address]
	if a == nil {
		a = new(absence)
		g.servers[address] = a
	}
	var e *client.Error
	wait := time.Duration(0)
	if errors.As(err, &e) {
		wait, _ = e.RetryIn(now)
	}
	switch {
	case wait > longestHint:
		a.err = fmt.Errorf("%w: %s asks to be left alone for %s", ErrLeftOut, address, wait.Round(time.Second))
	case !errors.Is(err, client.ErrUnavailable):
		a.failures = 0
	default:
		if a.failures++; a.failures >= inVain && a.err == nil {
			a.err = fmt.Errorf("%w: %s was asked %d times in a row and could not answer", ErrLeftOut, address, inVain)
		}
	}
}
