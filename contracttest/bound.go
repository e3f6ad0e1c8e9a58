package contracttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// defaultRequestTimeout is how long a request may take, unless [RequestTimeout] says otherwise.
const defaultRequestTimeout = 60 * time.Second

// RequestTimeout is how long one request may take, from the connection to the end of the response. The
// default is 60 seconds.
func RequestTimeout(d time.Duration) Option { return func(o *options) { o.requestTimeout = d } }

// lateError ends a request that took too long.
type lateError struct{ after time.Duration }

func (e *lateError) Error() string { return "no complete response within " + e.after.String() }

// ErrUnresponsive is in the error of [Session.Ended] where the server stopped responding.
var ErrUnresponsive = errors.New("the server does not respond")

// maxSilent is how many requests in a row may stay without a response. The first of all may not.
const maxSilent = 3

// Ended says why the session sends no more requests of cases; nil while it does. The cases that are left
// have not been judged.
func (s *Session) Ended() error { return s.ended }

// heard notes a response.
func (s *Session) heard() { s.responded, s.silent = true, 0 }

// unheard notes a request without a response, and ends the session where there were too many.
func (s *Session) unheard(err error) {
	s.silent++
	switch {
	case s.ended != nil:
	case !s.responded:
		s.ended = fmt.Errorf("%w: %w", ErrUnresponsive, plainly(err))
	case s.silent == maxSilent:
		s.ended = fmt.Errorf("%w: %d requests in a row have no response; of the last one: %w",
			ErrUnresponsive, maxSilent, plainly(err))
	}
}

// putOff notes a request that the server answered by asking to come back later, again and again. Waiting
// for nothing ends the session as silence does.
func (s *Session) putOff(later time.Duration) {
	if later == 0 {
		return // nobody waits
	}
	s.deferred++
	if s.deferred == maxSilent && s.ended == nil {
		s.ended = fmt.Errorf("%w: it put off %d requests in a row, again and again", ErrUnresponsive, maxSilent)
	}
}

// bounded bounds each request on the wire and notes whether it has a response.
type bounded struct{ session *Session }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	s := b.session
	ctx, late, end := s.within(r.Context())
	s.last = onWire{signed: r.Header.Get("Authorization") != ""}
	if s.current != nil { // the context of a request for an access token is none of the run's
		defer context.AfterFunc(s.current, end)()
	}
	response, err := s.base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		err = late(err)
		end()
		if r.Context().Err() == nil && (s.current == nil || s.current.Err() == nil) {
			s.unheard(err)
		}
		return nil, err
	}
	s.last.status, s.responded = response.StatusCode, true
	if response.Body == nil || response.Body == http.NoBody {
		end()
		s.heard()
		return response, nil
	}
	response.Body = &boundedBody{body: response.Body, request: r, session: s, late: late, end: end}
	return response, nil
}

// CloseIdleConnections lets those of the base be closed.
func (b bounded) CloseIdleConnections() {
	if base, ok := b.session.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// onWire is the last request on the wire, and the status of its response; 0 is none.
type onWire struct {
	signed bool
	status int
}

// within bounds a request. late puts the bound in the place of an error that the bound has caused. The
// context has no deadline: a dialer keeps one by a clock of its own, and says nothing of whose it was.
func (s *Session) within(parent context.Context) (ctx context.Context, late func(error) error, end func()) {
	bound := &lateError{s.options.requestTimeout}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	timer := time.AfterFunc(s.options.requestTimeout, func() { cancel(bound) })
	stop := context.AfterFunc(parent, func() { cancel(context.Cause(parent)) })
	end = func() {
		timer.Stop()
		stop()
		cancel(nil)
	}
	return ctx, func(err error) error {
		if errors.Is(context.Cause(ctx), bound) {
			return bound
		}
		return err
	}, end
}

// boundedBody is the body of a response, which has to come to its end within the bound too.
type boundedBody struct {
	body    io.ReadCloser
	request *http.Request
	session *Session
	late    func(error) error
	end     func()
	noted   bool
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if err == nil {
		return n, nil
	}
	var late *lateError
	if told := b.late(err); !errors.Is(err, io.EOF) && errors.As(told, &late) {
		err = told
		b.note(func() { b.session.unheard(told) })
	}
	b.note(b.session.heard)
	return n, err
}

func (b *boundedBody) Close() error {
	err := b.body.Close()
	b.note(b.session.heard)
	b.end()
	return err
}

// note counts the response once.
func (b *boundedBody) note(as func()) {
	if !b.noted {
		b.noted = true
		as()
	}
}
