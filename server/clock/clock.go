// Package clock is a clock that can be put forward, so that a test of what expires does not wait for it.
package clock

import (
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

// Advance puts the clock forward and returns the time after that. It panics if by is less than 0: no clock of a server goes back.
func (c *Clock) Advance(by time.Duration) time.Time {
	if by < 0 {
		panic("clock: Advance by " + by.String() + ": want 0 or more")
	}
	c.mu.Lock()
	c.ahead += by
	c.mu.Unlock()
	return c.Now()
}
