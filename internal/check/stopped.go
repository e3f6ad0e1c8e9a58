package check

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/contracttest"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/settings"
)

// stoppedCheck is the error of a check that ended before it had judged everything. Its code is that of the
// command status for the same.
type stoppedCheck struct {
	reason string // for the reports, without a full stop
	text   string
	err    error
}

func (e *stoppedCheck) Error() string { return e.text }
func (e *stoppedCheck) Unwrap() error { return e.err }

// notJudged says why nothing was judged, and what to do.
func notJudged(ctx context.Context, c settings.Call, err error) error {
	var refused *contracttest.PreflightError
	var wrong *contracttest.TargetError
	switch {
	case errors.As(err, &wrong):
		return console.Usagef("check: %w", wrong)
	case ctx.Err() != nil:
		reason := ended(ctx)
		return &stoppedCheck{reason.Error(), reason.Error() + "; nothing was judged", reason}
	case errors.Is(err, contracttest.ErrUnresponsive):
		return &stoppedCheck{err.Error(), err.Error() + ". Nothing was judged.", errors.Join(unreached(err), err)}
	case !errors.As(err, &refused):
		return &stoppedCheck{err.Error(), "check: " + err.Error(), err}
	}
	text := refused.Error()
	switch {
	case refused.Status != 0:
		text += "\nnext: " + c.Command("doctor") + " finds out more; --no-preflight judges all the same"
	case !errors.As(err, new(x509.UnknownAuthorityError)): // whose advice is about files that check does not read
		if advice := c.Advice(err); advice != "" {
			text = refused.Reason() + "." + advice + " Nothing was judged."
		}
	}
	return &stoppedCheck{refused.Reason(), text, errors.Join(inClientTerms(refused), err)}
}

// interruptedCheck ends a check that a signal has ended.
func interruptedCheck(text string) error {
	return &stoppedCheck{"interrupted", text, console.ErrInterrupted}
}

// ended says what ended a check from outside.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return &settings.Failure{Text: "interrupted", Err: console.ErrInterrupted}
	}
	return context.Cause(ctx)
}

// inClientTerms is the error of client for the same response, which has the exit code.
func inClientTerms(refused *contracttest.PreflightError) error {
	for own, theirs := range map[error]error{
		contracttest.ErrNotSignedIn: client.ErrNotSignedIn, contracttest.ErrNotAllowed: client.ErrRoleMissing,
		contracttest.ErrOrgNotFound: client.ErrNotFound,
	} {
		if errors.Is(refused, own) {
			return theirs
		}
	}
	return unreached(refused)
}

// unreached is what client makes of a request without a response: nothing that may pass where the name,
// the certificate or the protocol is wrong.
func unreached(err error) error {
	var (
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		operation   *net.OpError
	)
	alert := errors.As(err, &operation) && operation.Op == "remote error"
	if errors.As(err, &name) && name.IsNotFound || errors.As(err, &certificate) || errors.As(err, &record) ||
		errors.Is(err, http.ErrSchemeMismatch) || alert {
		return fmt.Errorf("not reached: %w", err)
	}
	return client.ErrUnavailable
}

// stop writes the reports of a check that ended early for what the error says. Wrong usage has none.
func (r *reporting) stop(err error) error {
	var usage *console.UsageError
	if errors.As(err, &usage) {
		return err
	}
	reason := err.Error()
	var known *stoppedCheck
	if errors.As(err, &known) {
		reason = known.reason
	}
	r.run.Stop(reason)
	return errors.Join(err, r.files.Write(r.made()))
}
