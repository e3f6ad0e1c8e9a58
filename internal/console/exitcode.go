package console

import (
	"context"
	"errors"
	"net/http"

	"github.com/migrationlink/migrationlink/client"
)

// What the command exits with. docs/exit-codes.md tells the same.
const (
	ExitDone           = 0
	ExitFailed         = 1
	ExitUsage          = 2 // wrong usage or configuration: nothing was sent
	ExitNotSynced      = 3
	ExitNotSignedIn    = 4
	ExitNotAllowed     = 5
	ExitNotFound       = 6
	ExitConflict       = 7
	ExitUnavailable    = 8 // to the last attempt, or to the end of --timeout
	ExitOutcomeUnknown = 9
	ExitSomeFailed     = 10
	ExitInterrupted    = 130 // as a shell reports SIGINT: 128 + 2
)

// ExitCodesHelp lists the exit codes that every command has.
const ExitCodesHelp = `
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration (nothing was sent),
130 interrupted. connect, status, disconnect and doctor tell failures apart by
more of them: their --help, and docs/exit-codes.md.`

// CallExitCodesHelp lists the exit codes of a command that calls the API.
const CallExitCodesHelp = `
Exit codes: 0 done, or SYNCED; 1 failed or declined; 2 wrong usage or
configuration (nothing was sent); 3 NOT_SYNCED; 4 not signed in; 5 not allowed;
6 not found; 7 conflict; 8 unavailable or rate limited, to the last attempt;
9 the outcome is unknown; 10 some of many failed (--from); 130 interrupted.`

// ResultError is a result that was written and is not what a script hopes for. It says nothing more.
type ResultError int

func (ResultError) Error() string { return "" }

// ExitCode is what an error makes the command exit with. The outcome comes first: what may have taken effect is what a script must know.
func ExitCode(ctx context.Context, err error) int {
	var (
		usage  *UsageError
		failed FailedError
		result ResultError
	)
	switch {
	case errors.As(err, &failed):
		return ExitFailed
	case errors.As(err, &usage):
		return ExitUsage
	case errors.Is(err, ErrInterrupted), errors.Is(ctx.Err(), context.Canceled):
		return ExitInterrupted
	case errors.As(err, &result):
		return int(result)
	}
	return CallExitCode(err)
}

// CallExitCode is the exit code of a call that failed.
func CallExitCode(err error) int {
	var e *client.Error
	forbidden := errors.As(err, &e) && e.HTTPStatus == http.StatusForbidden
	switch {
	case errors.Is(err, client.ErrOutcomeUnknown):
		return ExitOutcomeUnknown
	case errors.Is(err, client.ErrNotSignedIn):
		return ExitNotSignedIn
	case errors.Is(err, client.ErrRoleMissing), errors.Is(err, client.ErrNotOnAccessList), forbidden:
		return ExitNotAllowed
	case errors.Is(err, client.ErrNotFound):
		return ExitNotFound
	case errors.Is(err, client.ErrConflict):
		return ExitConflict
	case errors.Is(err, client.ErrUnavailable), errors.Is(err, client.ErrRateLimited), errors.Is(err, context.DeadlineExceeded):
		return ExitUnavailable
	}
	return ExitFailed
}

// FailedError is of a command that is always ended from outside: that it was interrupted is no news.
type FailedError struct{ Err error }

func (e FailedError) Error() string { return e.Err.Error() }
func (e FailedError) Unwrap() error { return e.Err }
