package client

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
)

// What errors.Is finds in an [*Error]. It finds causes as well: context.Canceled, digest.ErrStale, migrationlink.ErrOrgID and those of the
// network.
var (
	// ErrNoLinkToken: the link-token is empty; nothing was sent.
	ErrNoLinkToken = errors.New("the link-token is empty; Atlas shows it when it generates one")
	// ErrNotSignedIn: the server does not sign in the API key or the service account.
	ErrNotSignedIn = errors.New("the credentials were refused")
	// ErrRoleMissing: the API key is signed in, but is not an Organization Owner of this organization.
	ErrRoleMissing = errors.New("the API key lacks the role Organization Owner")
	// ErrNotOnAccessList: the API key may not be used from this address.
	ErrNotOnAccessList = errors.New("the address is not on the access list of the API key")
	// ErrNotFound: there is no such thing at the server. ErrOrgNotFound and ErrNotConnected are found beside it where it is known which.
	ErrNotFound = errors.New("not found")
	// ErrOrgNotFound: the server has no such source organization.
	ErrOrgNotFound = errors.New("the organization was not found")
	// ErrNotConnected: there is nothing to disconnect.
	ErrNotConnected = errors.New("the organization is not connected")
	// ErrConflict: something stands against it at present. ErrTokenInUse and ErrMigrationRunning are found beside it where it is known what.
	ErrConflict = errors.New("something stands against it")
	// ErrTokenInUse: the link-token connects another organization now.
	ErrTokenInUse = errors.New("the link-token connects another organization")
	// ErrMigrationRunning: live migrations keep the connection from being cut.
	ErrMigrationRunning = errors.New("a live migration is running")
	// ErrRateLimited: too many requests; [Error.RetryIn] says how long to wait.
	ErrRateLimited = errors.New("too many requests")
	// ErrUnavailable: the server failed, could not answer for now, or was not reached, and that may pass.
	ErrUnavailable = errors.New("the server is unavailable")
	// ErrRedirected: the server pointed elsewhere, which no operation follows.
	ErrRedirected = errors.New("the answer was a redirect")
	// ErrUnexpectedAnswer: the answer was none of this API: of a login page or a proxy, perhaps.
	ErrUnexpectedAnswer = errors.New("the answer was not that of the API")
	// ErrOutcomeUnknown: the operation may have taken effect. Status tells, or disconnecting once more.
	ErrOutcomeUnknown = errors.New("the outcome is unknown")
)

// Error is what went wrong in a call. Its fields are what the server said, without control characters, and with
// "[withheld: it contained a credential]" in the place of whatever contained the link-token, the private half of the API key, or the secret or
// the access token of the service account.
type Error struct {
	// Operation is the operation that was called.
	Operation migrationlink.Operation
	// OrgID is the organization; empty if what was given is no id.
	OrgID migrationlink.OrgID
	// HTTPStatus of the answer; 0 if there was none.
	HTTPStatus int
	// Code is the errorCode of MongoDB's error document, or the error of an endpoint for access tokens (RFC 6749 section 5.2); empty if there was none.
	Code migrationlink.Code
	// Detail is the sentence of the error document, at most 512 bytes.
	Detail string
	// Reason is the HTTP phrase of the error document.
	Reason string
	// Parameters are what Detail speaks of, as JSON gives them; numbers are json.Number.
	Parameters []any
	// Fields are the properties of the request that were refused.
	Fields []Field
	// ContentType is the media type of the answer, without parameters.
	ContentType string
	// Snippet is the beginning of content that is no error document of the API, at most 256 bytes.
	Snippet string
	// RetryAfter is the header, as it was sent: seconds or a date (RFC 9110 section 10.2.3). See [Error.RetryIn].
	RetryAfter string
	// Network is the kind of failure that left the call without a response, and Party who failed.
	Network Network
	Party   Party
	// ProxyStatus is the status of a proxy that opened no tunnel to the server; else 0.
	ProxyStatus int
	// Ended is the error of the context, where its end kept the call from a result.
	Ended error
	// Bound is which bound ended the last attempt, and Within how long it is; of [BoundContext] only the caller knows.
	Bound  Bound
	Within time.Duration
	// Outcome is what is known of the effect: see [OutcomeUnknown].
	Outcome Outcome
	// Attempts is how often the call was attempted; 0 if the arguments were refused, so that nothing was sent, and where a wait has ended.
	Attempts int

	received  time.Time // when the answer was made, by the server's clock where it tells
	passing   bool      // another attempt may fare better, and does no harm
	lead      string    // comes before what the network said
	said      sentence  // what happened and what to do
	explained bool      // the text says already that nothing was sent
	unasked   bool      // the server blames a request that had no content, since it did not ask for a sign-in
	causes    []error
}

// Field is a property of the request that the server refused.
type Field struct {
	Name        string
	Description string
}

// Error says what went wrong, where, and what to do, in one line. [Error.Say] says it in other words.
func (e *Error) Error() string { return e.Subject() + ": " + e.Say(Words{}) }

// Unwrap gives errors.Is and errors.As what the error stands for and what caused it.
func (e *Error) Unwrap() []error { return e.causes }

// RetryIn is how long to wait before the next request, as the server asked for at now; less than zero is 0. It is false where the server
// did not say.
func (e *Error) RetryIn(now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseUint(e.RetryAfter, 10, 64); err == nil {
		return time.Duration(min(seconds, math.MaxInt64/uint64(time.Second))) * time.Second, true
	}
	if date, err := http.ParseTime(e.RetryAfter); err == nil {
		return max(date.Sub(now), 0), true
	}
	return 0, false
}

// comesBack reports whether the server said when to come back.
func (e *Error) comesBack() bool {
	_, told := e.RetryIn(e.received)
	return told
}

// told is the sentence on the outcome; empty where the failure itself says enough.
func (e *Error) told(w Words) string {
	connect := e.Operation == migrationlink.OperationConnect
	switch {
	case e.explained || e.Outcome == OutcomeNotApplied || e.Outcome == OutcomeNotSent && !connect:
		return ""
	case e.Outcome == OutcomeNotSent && e.unasked:
		return " The server did not ask for a sign-in, so the link-token was not sent."
	case e.Outcome == OutcomeNotSent:
		return " The link-token was not sent."
	case connect:
		return " The outcome is unknown: " + cmp.Or(w.AskStatus, "ask Status") + " before trying again. SYNCED there means connected; NOT_SYNCED does not tell."
	}
	return " The outcome is unknown: disconnecting once more does no harm and settles it."
}

// retry is the sentence that tells of RetryAfter. A value that is neither seconds nor a date tells nothing.
func (e *Error) retry() string {
	if _, err := strconv.ParseUint(e.RetryAfter, 10, 64); err == nil {
		return " Come back in " + e.RetryAfter + " s."
	}
	if date, err := http.ParseTime(e.RetryAfter); err == nil {
		return " Come back after " + date.UTC().Format(http.TimeFormat) + "."
	}
	return ""
}

// quoted ends a sentence with a quotation: its own full stop is enough.
func quoted(text string) string {
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") {
		return strconv.Quote(text)
	}
	return strconv.Quote(text) + "."
}

// wrote is the sentence that repeats the server's own, and the properties it refused.
func (e *Error) wrote() string {
	var b strings.Builder
	if e.Detail != "" {
		fmt.Fprintf(&b, " The server says: %s", quoted(e.Detail))
	}
	for _, f := range e.Fields[:min(len(e.Fields), maxListed)] {
		fmt.Fprintf(&b, " Property %q: %s", f.Name, quoted(f.Description))
	}
	if e.Snippet != "" {
		fmt.Fprintf(&b, " The content begins: %q.", e.Snippet)
	}
	return b.String()
}
