package fault

import (
	"fmt"
	"time"
)

// String is the fault in words: 429 RATE_LIMITED, Retry-After 3 s: the next 2 calls of connect.
func (f Fault) String() string {
	return f.what() + ": " + f.which()
}

// what happens.
func (f Fault) what() string {
	text := string(f.kind)
	switch f.kind {
	case Error:
		d, _ := f.Documented()
		text = fmt.Sprintf("%d %s", d.HTTPStatus, f.code)
		if after, has := f.RetryAfter(); has {
			text += fmt.Sprintf(", Retry-After %d s", int(after.Seconds()))
		}
	case Latency:
		text += " " + latency(f.from, f.to)
	case Redirect:
		text += " to " + f.Location()
	}
	switch f.When() {
	case BeforeSignIn:
		text += ", before sign-in"
	case AfterEffect:
		text += ", after the effect"
	}
	return text
}

// which calls.
func (f Fault) which() string {
	of := ""
	if f.operation != Any {
		of = " of " + string(f.operation)
	}
	switch {
	case f.byShare:
		return fmt.Sprintf("a share of %v of the calls%s, at most %d in a row, seed %d", f.share, of, f.inARow, f.seed)
	case f.next == 1:
		return "the next call" + of
	default:
		return fmt.Sprintf("the next %d calls%s", f.next, of)
	}
}

// latency is a fixed time, or two with a hyphen between them.
func latency(from, to time.Duration) string {
	if from == to {
		return from.String()
	}
	return from.String() + "-" + to.String()
}
