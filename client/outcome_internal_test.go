package client

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/migrationlink/migrationlink"
)

// TestOutcomeIsThatOfTheOracle compares the one ordered value with the flags that it replaced, over the attempts of
// a call and the requests of each attempt.
func TestOutcomeIsThatOfTheOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		operation := rapid.SampledFrom(migrationlink.Operations()).Draw(t, "operation")
		scheme := rapid.SampledFrom(migrationlink.SecuritySchemes()).Draw(t, "security scheme")
		c := &call{operation: operation, client: &Client{as: credentials{scheme: scheme}}}
		o := &oracle{operation: operation, account: scheme == migrationlink.SecuritySchemeServiceAccount}
		for range rapid.IntRange(1, 4).Draw(t, "attempts") {
			c.progress, o.progress = new(progress), oracleProgress{}
			status := 0 // of the last request: none was answered
			for range rapid.IntRange(0, 3).Draw(t, "requests") {
				status = drawRequest(t, c.progress, &o.progress)
			}
			if rapid.Bool().Draw(t, "another request had the last word") { // one without credentials, or for an access token
				status = rapid.SampledFrom([]int{0, 400, 401, 403, 411, 429, 500, 503}).Draw(t, "its status")
			}
			e := &Error{Operation: operation, HTTPStatus: status, RetryAfter: rapid.SampledFrom([]string{"", "3", "soon"}).Draw(t, "Retry-After")}
			was := &oracleError{HTTPStatus: status, comesBack: e.comesBack()}
			c.tellOutcome(e)
			o.tellOutcome(was)

			told := ""
			if was.outcome != "" {
				told = " " + was.outcome
			}
			require.Equal(t, told, e.told(Words{}))
			require.Equal(t, was.unknown(), errors.Is(e, ErrOutcomeUnknown))
			require.Equal(t, was.unknown(), e.Outcome == OutcomeUnknown)
			require.Equal(t, o.reached, c.before >= deferred)
			require.Equal(t, o.progress.sent, c.progress.reach() != unsent)
			require.Equal(t, o.progress.open, c.progress.reach() == open)
			o.next(was)
			c.before = max(c.before, attempted(e, c.progress.reach()))
		}
	})
}

// drawRequest sends one request with credentials, and returns the status of its response.
func drawRequest(t *rapid.T, p *progress, o *oracleProgress) int {
	status := rapid.SampledFrom([]int{0, 200, 201, 204, 302, 400, 401, 403, 404, 409, 415, 429, 500, 502, 503, 504}).Draw(t, "status")
	seen := new(trace)
	seen.asked.Store(true)
	seen.wrote.Store(rapid.Bool().Draw(t, "written"))
	var err error
	if status == 0 {
		err = errBrokeOff
	}
	p.signed.Store(int32(signedReach(p.reach(), &http.Response{StatusCode: status}, err, seen)))
	o.note(status, err, seen)
	return status
}

// oracle is what a call knew before it knew one ordered value. Its decisions are kept as they were.
type oracle struct {
	operation migrationlink.Operation
	account   bool
	progress  oracleProgress
	perhaps   bool // the outcome of an attempt before it is unknown
	reached   bool // one reached the server and was not refused: also one whose answer asks to come back
	sent      bool // an attempt before it sent the request with its content
}

type oracleProgress struct{ sent, open bool }

type oracleError struct {
	HTTPStatus int
	comesBack  bool
	outcome    string
	causes     []error
}

func (e *oracleError) unknown() bool {
	for _, cause := range e.causes {
		if errors.Is(cause, ErrOutcomeUnknown) {
			return true
		}
	}
	return false
}

func (p *oracleProgress) note(status int, err error, seen *trace) {
	p.open = true
	if err == nil {
		p.sent = true
		p.open = status != http.StatusUnauthorized
	}
	if err != nil {
		arrived := seen.arrived(err)
		p.open = arrived
		p.sent = p.sent || arrived
	}
}

func (o *oracle) next(e *oracleError) {
	o.perhaps = o.perhaps || e.unknown()
	o.reached = o.reached || o.progress.open && e.HTTPStatus != http.StatusTooManyRequests
	o.sent = o.sent || o.progress.sent
}

func (o *oracle) tellOutcome(e *oracleError) {
	open := o.progress.open || o.perhaps
	sent := o.progress.sent || o.sent
	switch {
	case o.operation == migrationlink.OperationConnect && !sent && missesContent(e.HTTPStatus) && !o.account:
		e.outcome = "The server did not ask for a sign-in, so the link-token was not sent."
	case o.operation == migrationlink.OperationConnect && !sent:
		e.outcome = "The link-token was not sent."
	case o.operation == migrationlink.OperationStatus || !open:
		return
	case e.HTTPStatus >= 300 && e.HTTPStatus < 500 && !o.perhaps: // refused, or sent elsewhere
		return
	case e.HTTPStatus == http.StatusConflict: // so it has not taken effect before either
		return
	case e.HTTPStatus == http.StatusServiceUnavailable && e.comesBack && !o.perhaps: // it asks to be asked again
		return
	case o.operation == migrationlink.OperationConnect:
		e.outcome = "The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell."
		e.causes = append(e.causes, ErrOutcomeUnknown)
	default:
		e.outcome = "The outcome is unknown: disconnecting once more does no harm and settles it."
		e.causes = append(e.causes, ErrOutcomeUnknown)
	}
}
