package settings

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"syscall"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

// Failure is an error of client in the words of the command, and with advice where the connection was not to be had.
type Failure struct {
	Text string
	Err  error
}

func (f *Failure) Error() string { return f.Text }
func (f *Failure) Unwrap() error { return f.Err }

// Failure puts what client says about a call that did not succeed in the words of the command.
func (c Call) Failure(ctx context.Context, err error) error {
	var e *client.Error
	if !errors.As(err, &e) {
		return err
	}
	if errors.Is(ctx.Err(), context.Canceled) && e.HTTPStatus == 0 {
		return &Failure{c.interrupted(e), err}
	}
	said := e.Subject() + ": " + e.Say(c.words(ctx))
	return &Failure{said + c.Advice(err), err}
}

// words are what the command calls what the client cannot know: its own command for the status, and what ended the call.
func (c Call) words(ctx context.Context) client.Words {
	return client.Words{
		AskStatus: "run " + c.Command("status"),
		Ended: func(err error) string {
			switch {
			case errors.Is(ctx.Err(), context.DeadlineExceeded):
				return context.Cause(ctx).Error()
			case ctx.Err() != nil:
				return "interrupted"
			}
			return err.Error()
		},
	}
}

// interrupted says what is known of a call that was given up before there was an answer.
func (c Call) interrupted(e *client.Error) string {
	switch {
	case errors.Is(e, client.ErrOutcomeUnknown) && e.Operation == migrationlink.OperationDisconnect:
		return "interrupted; the disconnect may have taken effect: disconnecting once more does no harm and settles it"
	case errors.Is(e, client.ErrOutcomeUnknown):
		return "interrupted; the connect may have taken effect: run " + c.Command("status") + " before trying again. SYNCED there means connected; NOT_SYNCED does not tell."
	case e.Operation == migrationlink.OperationConnect:
		return "interrupted; the link-token was not sent"
	}
	return "interrupted; nothing was changed"
}

// Advice says what to look at when there was no connection, where the client cannot know it.
func (c Call) Advice(err error) string {
	var operation *net.OpError
	var untrusted x509.UnknownAuthorityError
	switch {
	case errors.As(err, &untrusted):
		why, run := c.TrustIt()
		return " " + why + ". Run " + run + " and try again."
	case errors.Is(err, http.ErrSchemeMismatch):
		return " If the server has no https, give http:// in front."
	case errors.As(err, &operation) && operation.Op == "dial" && errors.Is(err, syscall.ECONNREFUSED):
		return " Nothing listens there: check host and port of " + c.URL + "."
	}
	return ""
}
