package client

import (
	"net/http"

	"github.com/migrationlink/migrationlink"
)

// Outcome is what is known of the effect of a call that failed.
type Outcome int

// The outcomes, from the least that may have happened to the most.
const (
	// OutcomeNotSent: no request with credentials, and so with a link-token, was sent.
	OutcomeNotSent Outcome = iota
	// OutcomeNotApplied: a request was sent, and nothing has changed by it.
	OutcomeNotApplied
	// OutcomeUnknown: the operation may have taken effect.
	OutcomeUnknown
)

// String is the outcome in words.
func (o Outcome) String() string {
	switch o {
	case OutcomeNotSent:
		return "not sent"
	case OutcomeNotApplied:
		return "not applied"
	}
	return "unknown"
}

// reach is how far requests with credentials have come. The values are ordered: what is known of several
// requests is the greatest of them.
type reach int32

const (
	// unsent: none was handed to the network.
	unsent reach = iota
	// refused: one was sent, and its response says that nothing was done.
	refused
	// deferred: the server took one and asks to come back.
	deferred
	// open: one may have taken effect.
	open
)

// attempted is what one attempt adds to what is known, once it has failed and is repeated.
func attempted(e *Error, at reach) reach {
	switch {
	case e.Outcome == OutcomeUnknown:
		return open
	case at == open && e.HTTPStatus != http.StatusTooManyRequests:
		return deferred
	}
	return min(at, refused)
}

// outcomeOf is what is known of an operation after an attempt that failed. before is the reach of the attempts
// before it, at its own.
func outcomeOf(operation migrationlink.Operation, e *Error, before, at reach) Outcome {
	switch known := max(before, at); {
	case known == unsent:
		return OutcomeNotSent
	case operation == migrationlink.OperationStatus || known != open:
		return OutcomeNotApplied
	case e.HTTPStatus == http.StatusConflict: // so it has not taken effect before either
		return OutcomeNotApplied
	case before == open:
		return OutcomeUnknown
	case e.HTTPStatus >= 300 && e.HTTPStatus < 500: // refused, or sent elsewhere
		return OutcomeNotApplied
	case e.HTTPStatus == http.StatusServiceUnavailable && e.comesBack(): // it asks to be asked again
		return OutcomeNotApplied
	}
	return OutcomeUnknown
}
