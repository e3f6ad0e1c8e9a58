// Package fault says what goes wrong in a stand-in, and with which calls. A [Fault] is a value: an operation, which of its calls (the next n, or
// a seeded share with a cap in a row), and what happens to them. A [Set] holds those that are set. It knows no HTTP server: package server
// has them strike.
//
//	s.Faults().Add(fault.On(migrationlink.OperationConnect).Next(2).RateLimited(3 * time.Second))
//
// The same as JSON, which is the form of the admin interface and, in YAML, of the configuration:
//
//	{"operation": "connect", "next": 2, "error": "RATE_LIMITED", "retryAfter": "3s"}
//
// Nothing strikes unless it is set, and what is set strikes exactly: the next n calls are n calls, however many come at a time.
package fault

import (
	"time"

	"github.com/migrationlink/migrationlink"
)

// Fault is what goes wrong, and with which calls. [On] makes one, and so does JSON; the zero Fault is refused by [Set.Add], as every other is
// that says something wrong.
type Fault struct {
	operation migrationlink.Operation
	next      int
	byShare   bool // and not the next
	share     float64
	seed      uint64
	inARow    int

	kind       Kind
	when       When // empty: what the kind does unless told otherwise
	code       migrationlink.Code
	retryAfter time.Duration
	comesBack  bool // retryAfter is given
	from, to   time.Duration
	location   string
}

// Calls say which calls a fault strikes.
type Calls struct{ fault Fault }

// On is the next call of an operation, or of each with [Any].
func On(operation migrationlink.Operation) Calls { return Calls{Fault{operation: operation, next: 1}} }

// Next is the next n calls, 1 to 1,000,000.
func (c Calls) Next(n int) Calls {
	c.fault.next, c.fault.byShare, c.fault.share, c.fault.seed, c.fault.inARow = n, false, 0, 0, 0
	return c
}

// Share is a share of the calls, more than 0 and at most 1, until the fault is removed. Which ones follows from seed and their order. Of an
// organization's calls at most inARow in a row are struck, 1 to 1,000, so that whoever tries again more often than that gets through.
func (c Calls) Share(share float64, seed uint64, inARow int) Calls {
	c.fault.next, c.fault.byShare, c.fault.share, c.fault.seed, c.fault.inARow = 0, true, share, seed, inARow
	return c
}

// Error is a documented error, by its errorCode: see [Errors].
func (c Calls) Error(code migrationlink.Code) Fault {
	c.fault.kind, c.fault.code = Error, code
	return c.fault
}

// RateLimited is 429 RATE_LIMITED with Retry-After, whole seconds from 0 to 24 hours.
func (c Calls) RateLimited(retryAfter time.Duration) Fault {
	return c.Error(migrationlink.CodeRateLimited).WithRetryAfter(retryAfter)
}

// Latency has the answer come late: by d, more than 0 and at most 10 minutes.
func (c Calls) Latency(d time.Duration) Fault { return c.LatencyBetween(d, d) }

// LatencyBetween has the answer come late by a time between two, each as likely; which follows from the seed of [Calls.Share], else 0.
func (c Calls) LatencyBetween(from, to time.Duration) Fault {
	c.fault.kind, c.fault.from, c.fault.to = Latency, from, to
	return c.fault
}

// RedirectTo is a redirect to an absolute http or https URL.
func (c Calls) RedirectTo(location string) Fault {
	c.fault.kind, c.fault.location = Redirect, location
	return c.fault
}

// Do is a fault of a kind that needs no more to be said: any but [Error] and [Latency].
func (c Calls) Do(kind Kind) Fault {
	c.fault.kind = kind
	return c.fault
}

// At strikes at another point than the kind does by itself.
func (f Fault) At(when When) Fault {
	f.when = when
	return f
}

// WithRetryAfter gives an error that may have it the header Retry-After, whole seconds from 0 to 24 hours.
func (f Fault) WithRetryAfter(d time.Duration) Fault {
	f.retryAfter, f.comesBack = d, true
	return f
}

// Operation that is struck; [Any] is each.
func (f Fault) Operation() migrationlink.Operation { return f.operation }

// Kind is what happens.
func (f Fault) Kind() Kind { return f.kind }

// When it strikes.
func (f Fault) When() When {
	if f.when != "" {
		return f.when
	}
	if allowed := f.allowed(); len(allowed) > 0 {
		return allowed[0]
	}
	return ""
}

// Documented is the error, of a fault of kind [Error].
func (f Fault) Documented() (Documented, bool) { return contract().documented(f.code) }

// defaultRetryAfter stands in an answer that must have the header.
const defaultRetryAfter = time.Minute

// RetryAfter is the header, where the answer has it. An error that must have it has a minute unless told otherwise.
func (f Fault) RetryAfter() (time.Duration, bool) {
	if d, _ := f.Documented(); !f.comesBack && d.RetryAfter == Always {
		return defaultRetryAfter, true
	}
	return f.retryAfter, f.comesBack
}

// elsewhere is nobody's: the top-level domain is reserved for what does not exist (RFC 6761 section 6.4).
const elsewhere = "https://elsewhere.invalid/"

// Location is where a [Redirect] leads.
func (f Fault) Location() string {
	if f.location == "" {
		return elsewhere
	}
	return f.location
}

// allowed are the points at which the fault may strike, its own first.
func (f Fault) allowed() []When {
	if f.kind == Error {
		d, _ := f.Documented()
		return d.When
	}
	d, _ := contract().describe(f.kind)
	return d.When
}
