package contracttest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
)

// NoPreflight judges at once. Without it, [Open] first asks for the status of each organization that
// the run calls, signed in by the key, and of the first by the service account, if there is one.
func NoPreflight() Option { return func(o *options) { o.noPreflight = true } }

// What errors.Is finds in a [*PreflightError].
var (
	// ErrNoResponse: nothing came, or nothing that is HTTP.
	ErrNoResponse = errors.New("no response")
	// ErrNotSignedIn: the key or the service account was refused.
	ErrNotSignedIn = errors.New("not signed in")
	// ErrNotAllowed: the role is missing, or the address is not on the access list.
	ErrNotAllowed = errors.New("not allowed")
	// ErrOrgNotFound: the server does not have the organization.
	ErrOrgNotFound = errors.New("organization not found")
)

// PreflightError is the error of [Open] where a first request shows that the set-up is wrong. Nothing
// was judged.
type PreflightError struct {
	// Status of the response; 0 is no response.
	Status int
	// Code is the errorCode of the response, one of the contract's; empty where it has none.
	Code migrationlink.Code

	kind  error
	why   string
	cause error
}

// Error says what is wrong with the set-up, and that nothing was judged.
func (e *PreflightError) Error() string { return e.Reason() + ". Nothing was judged." }

// Reason says what is wrong with the set-up, without a full stop.
func (e *PreflightError) Reason() string {
	if e.Status == 0 {
		return e.why
	}
	words := map[error]string{ErrNotSignedIn: "not signed in", ErrNotAllowed: "not allowed", ErrOrgNotFound: "not found"}
	return fmt.Sprintf("%s (%s): %s", words[e.kind], strings.TrimSpace(fmt.Sprint(e.Status, " ", e.Code)), e.why)
}

// Unwrap gives what is wrong in general, and the error of the network.
func (e *PreflightError) Unwrap() []error {
	return slices.DeleteFunc([]error{e.kind, e.cause}, func(err error) bool { return err == nil })
}

// preflight finds out whether the set-up is right. Its requests are not judged.
func (s *Session) preflight(ctx context.Context) error {
	if s.options.noPreflight {
		return nil
	}
	organizations := []migrationlink.OrgID{s.target.OrgID}
	if s.target.Writes {
		organizations = s.organizations()
	}
	signed := digest.NewTransport(s.target.Key.Public, s.target.Key.Private.Reveal(), digest.WithBase(bounded{s}))
	for _, org := range organizations {
		if err := s.first(ctx, org, signed, fmt.Sprintf("the key pair %q", s.target.Key.shown())); err != nil {
			return err
		}
	}
	byAccount := func(c Case) bool { return strings.HasPrefix(c.Name, bearerPrefix) }
	if s.bearer == nil || !slices.ContainsFunc(s.cases, byAccount) {
		return nil
	}
	account := &oauth2.Transport{Source: s.bearer.(*oauth2.Transport).Source, Base: bounded{s}}
	return s.first(ctx, s.target.OrgID, account, fmt.Sprintf("the service account %q", s.target.ServiceAccount.shown()))
}

// first asks for the status once, and finds out who is to blame for what came.
func (s *Session) first(ctx context.Context, org migrationlink.OrgID, through http.RoundTripper, who string) error {
	a := &attempt{Session: s, ctx: ctx}
	got, err := a.do(s.statusOf(org), through)
	var noToken *noTokenError
	switch {
	case ctx.Err() != nil:
		return &PreflightError{kind: ErrNoResponse, why: endOf(ctx).Error(), cause: ctx.Err()}
	case errors.As(err, &noToken) && noToken.refused:
		return &PreflightError{Status: noToken.status, kind: ErrNotSignedIn, why: who + " was refused: it got no access token"}
	case s.last.status == 0 && err != nil:
		return &PreflightError{kind: ErrNoResponse, why: err.Error(), cause: err}
	}
	if refused := s.refused(org, got, who, err); refused != nil {
		return refused
	}
	if doubt := s.doubt(got, err); doubt != "" {
		s.doubts = append(s.doubts, doubt)
	}
	return nil
}

// refused is what a response says of the set-up; nil where it says nothing of it.
func (s *Session) refused(org migrationlink.OrgID, got answer, who string, err error) error {
	status, code := s.last.status, migrationlink.Code(got.member("errorCode"))
	e := &PreflightError{Status: status, Code: code}
	switch about(status, code) {
	case http.StatusUnauthorized:
		e.kind = ErrNotAllowed
		e.why = fmt.Sprintf("%s lacks the role Organization Owner in organization %s, or does not belong to it", who, org)
		return e
	case http.StatusForbidden:
		e.kind, e.why = ErrNotAllowed, fmt.Sprintf("%s may not use the API for organization %s", who, org)
		if code == migrationlink.CodeIPAddressNotOnAccessList || code == migrationlink.CodeOrgRequiresAccessList {
			e.why = "the address of this machine is not on the access list of " + who
		}
		return e
	case http.StatusNotFound:
		e.kind = ErrOrgNotFound
		e.why = fmt.Sprintf("the server has no organization %s of Cloud Manager or Ops Manager", org)
		return e
	}
	if status != http.StatusUnauthorized || !s.last.signed {
		return nil
	}
	e.kind, e.why, e.Code = ErrNotSignedIn, who+" was refused", ""
	var stale *digest.StaleError
	if errors.As(err, &stale) {
		e.why, e.cause = stale.Error(), stale
	}
	return e
}

// about is the status that the contract has for a code about role (401), access list (403) or
// organization (404); 0 is another code, or another kind of response. The two statuses may differ: the
// documentation's pages do.
func about(status int, code migrationlink.Code) int {
	of := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}
	switch {
	case code == migrationlink.CodeNoCurrentUser, code == migrationlink.CodeResourceNotFound:
		return 0
	case !slices.Contains(of, status), !slices.Contains(of, code.HTTPStatus()):
		return 0
	}
	return code.HTTPStatus()
}

// doubt says what seems to be wrong with the set-up of a run that goes on; empty is nothing.
func (s *Session) doubt(got answer, err error) string {
	status, address := s.last.status, s.origin+s.target.BasePath
	const between = "a login page or a proxy may have answered; check the address "
	var noToken *noTokenError
	switch {
	case errors.As(err, &noToken) && noToken.status == http.StatusNotFound:
		return noToken.Error() + ": Ops Manager gives none; leave the service account out"
	case errors.As(err, &noToken):
		return noToken.Error()
	case err != nil:
		return fmt.Sprintf("status was answered %d, and %s", status, err)
	case status == http.StatusOK && got.linkStatus() != "" && !s.last.signed:
		return "status was answered 200 without sign-in: " + between + address
	case status == http.StatusOK && got.linkStatus() != "":
		return ""
	case status >= 200 && status <= 299:
		return fmt.Sprintf("status was answered %d without a status: %s%s", status, between, address)
	case status >= 300 && status <= 399:
		return fmt.Sprintf("status was redirected (%d), which is not followed: %s%s", status, between, address)
	case status == http.StatusUnauthorized:
		return "status was answered 401 without a Digest challenge that can be answered: " + between + address
	case status == http.StatusPaymentRequired:
		return "status was answered 402: the account may be suspended"
	case status == http.StatusTooManyRequests, status >= 500:
		return fmt.Sprintf("status was answered %d: the server may not be ready", status)
	}
	return fmt.Sprintf("status was answered %d: %s%s", status, between, address)
}

// Doubts are what the preflight found strange and no reason to stop, in a sentence each: a fault of the
// server, or of the set-up.
func (s *Session) Doubts() []string { return slices.Clone(s.doubts) }
