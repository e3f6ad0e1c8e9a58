// Package clock is a clock that can be put forward, so that a test of what expires does not wait for it.
package clock

import (
	"errors"
	"sync"
	"time"
)

// Clock tells the time. The zero value runs as time.Now does. It is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	stands time.Time // zero is a clock that runs
	ahead  time.Duration
}

// Stopped is a clock that stands at a time until it is put forward.
func Stopped(at time.Time) *Clock { return &Clock{stands: at} }

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.stands
	if now.IsZero() {
		now = time.Now()
	}
	return now.Add(c.ahead)
}

// Furthest is how far a clock can be put forward in all: a hundred years. Beyond what a [time.Duration] can be it would go back.
const Furthest = 100 * 365 * 24 * time.Hour

// ErrTooFar is that a clock would be put forward by more than [Furthest] in all.
var ErrTooFar = errors.New("the clock is put forward by a hundred years at most, in all")

// Advance puts the clock forward and returns the time after that. It panics if by is less than 0, since no clock of a server goes back, and
// where [Clock.TryAdvance] has an error.
func (c *Clock) Advance(by time.Duration) time.Time {
	if by < 0 {
		panic("clock: Advance by " + by.String() + ": want 0 or more")
	}
	now, err := c.TryAdvance(by)
	if err != nil {
		panic("clock: Advance by " + by.String() + ": " + err.Error())
	}
	return now
}

// TryAdvance is Advance for who cannot know how far the clock was put forward before: it returns [ErrTooFar], and the clock stays.
func (c *Clock) TryAdvance(by time.Duration) (time.Time, error) {
	c.mu.Lock()
	tooFar := by > Furthest-c.ahead
	if !tooFar {
		c.ahead += by
	}
	c.mu.Unlock()
	if tooFar {
		return time.Time{}, ErrTooFar
	}
	return c.Now(), nil
}
