package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/tlsalert"
)

const (
	firstWait   = 500 * time.Millisecond
	longestWait = 8 * time.Second // without Retry-After
)

// do attempts the call until it succeeds, or until another attempt would do harm or no good. build makes the request of an attempt, read
// tells what its answer means.
func (c *call) do(ctx context.Context, read func(context.Context, answer) (Link, error), build func() (*http.Request, error)) (Link, error) {
	for attempt := 1; ; attempt++ {
		link, err := c.attempt(ctx, read, build)
		var e *Error
		if !errors.As(err, &e) {
			return link, err
		}
		e.Attempts = attempt
		if !e.passing || attempt >= c.client.attempts {
			return Link{}, e
		}
		wait, fits := c.client.wait(ctx, e, attempt)
		if !fits {
			return Link{}, e
		}
		if !sleep(ctx, wait) {
			if !errors.Is(e, ctx.Err()) {
				e.Ended = ctx.Err()
				e.said = append(e.said.and(" Ended while it waited for the next attempt: "), ended(e.Ended)).and(".")
				e.causes = append(e.causes, ctx.Err())
			}
			return Link{}, e
		}
		c.before = max(c.before, attempted(e, c.progress.reach()))
	}
}

func (c *call) attempt(ctx context.Context, read func(context.Context, answer) (Link, error), build func() (*http.Request, error)) (Link, error) {
	a, err := c.exchange(ctx, build)
	if err != nil {
		return Link{}, err
	}
	return read(ctx, a)
}

// wait is how long to wait after an attempt, and whether the server's wish and the context leave room for it.
func (c *Client) wait(ctx context.Context, e *Error, attempt int) (time.Duration, bool) {
	wait := c.spread(min(firstWait<<(attempt-1), longestWait))
	if asked, ok := e.RetryIn(e.received); ok {
		if asked > c.maxWait {
			return 0, false
		}
		wait = max(wait, asked)
	}
	deadline, bounded := ctx.Deadline()
	return wait, !bounded || wait < time.Until(deadline)
}

// spread is a wait between half of d and d, so that callers that failed together do not come back together.
func (c *Client) spread(d time.Duration) time.Duration {
	return d/2 + time.Duration(c.jitter()*float64(d/2))
}

// sleep reports whether the time has passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// isPassing reports whether an answer of failure may be another one the next time, and whether asking for it does no harm.
func (c *call) isPassing(e *Error) bool {
	switch e.HTTPStatus {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		return e.comesBack() || c.operation != migrationlink.OperationConnect || c.progress.reach() != open
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return c.operation != migrationlink.OperationConnect || c.progress.reach() != open
	}
	return false
}

// lasting reports whether an error of the network will be the same the next time.
func lasting(err error) bool {
	var (
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		proxy       *proxyError
	)
	switch {
	case errors.As(err, &name):
		return name.IsNotFound
	case errors.As(err, &proxy):
		return proxy.status < 500
	}
	_, alert := tlsalert.Text(err)
	return alert || errors.As(err, &certificate) || errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch)
}
