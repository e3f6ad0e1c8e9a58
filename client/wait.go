package client

import (
	"context"
	"errors"
	"time"

	"github.com/migrationlink/migrationlink"
)

const (
	firstPoll   = 2 * time.Second
	longestPoll = 30 * time.Second
)

// Waiting is what [Client.WaitSynced] has learned so far.
type Waiting struct {
	// Link is the last answer; its Status is not [migrationlink.StatusSynced].
	Link Link
	// Err is why the last Status failed, in a way that may pass; nil if it did not.
	Err error
	// Next is how long it is until the next Status.
	Next time.Duration
}

// WaitSynced asks for the status until it is [migrationlink.StatusSynced], and returns that link. It waits one to two seconds after the first answer, then half as long
// again each time, up to 30 seconds. The deadline is that of ctx: without one it goes on for as long as the organization is not synced. progress
// may be nil; it is called after each answer that is not the last, by the goroutine that called WaitSynced.
//
// The error is an [*Error]. Where ctx ended, errors.Is finds its error, and the Link is the last one. What may pass, [ErrUnavailable] and
// [ErrRateLimited], ends nothing, unless the server asks for a longer wait than [MaxWait].
func (c *Client) WaitSynced(ctx context.Context, org migrationlink.OrgID, progress func(Waiting)) (Link, error) {
	var last Link
	answered := false
	var failed error // why the last Status told nothing
	for poll := firstPoll; ; poll = min(poll*3/2, longestPoll) {
		link, err := c.Status(ctx, org)
		next := c.spread(poll)
		var e *Error
		switch {
		case err == nil && link.Status == migrationlink.StatusSynced:
			return link, nil
		case err == nil:
			last, answered = link, true
		case ctx.Err() != nil && answered:
			return last, c.notInTime(ctx, org, last, failed)
		case ctx.Err() != nil || !errors.As(err, &e) || !errors.Is(e, ErrUnavailable) && !errors.Is(e, ErrRateLimited):
			return last, err
		default:
			asked, _ := e.RetryIn(e.received)
			if asked > c.maxWait {
				return last, err
			}
			next = max(next, asked)
		}
		failed = err
		if progress != nil {
			progress(Waiting{Link: last, Err: failed, Next: next})
		}
		if !sleep(ctx, next) {
			return last, c.notInTime(ctx, org, last, failed)
		}
	}
}

// notInTime is the error of a wait whose context ended.
func (c *Client) notInTime(ctx context.Context, org migrationlink.OrgID, last Link, failed error) *Error {
	e := &Error{Operation: migrationlink.OperationStatus, OrgID: org, causes: []error{ctx.Err()}, Ended: ctx.Err()}
	switch {
	case failed != nil:
		e.said = append(said("not known to be SYNCED: "), ended(e.Ended)).and(".")
		e.causes = append(e.causes, failed)
	case last.Status == migrationlink.StatusUnknown:
		e.said = append(said("not SYNCED yet: "), ended(e.Ended)).and(".")
	default:
		e.said = append(said("still "+string(last.Status)+": "), ended(e.Ended)).and(".")
	}
	return e
}
