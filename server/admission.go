package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/digest"
)

// admit lets a request through to its handler, or says which of size, sign-in, address, limits, organization, role and contract keeps it out. The order is
// the one of the package comment.
func (x *exchange) admit(handler http.HandlerFunc) {
	carryOut := func() error { return x.carryOut(handler) }
	for _, step := range []func() error{
		x.faultsBeforeSignIn, x.fits, x.faultsAtSignIn, x.signIn, x.onAccessList, x.withinLimits, x.organization, x.holdsRole, x.keepsContract, carryOut,
	} {
		switch err := step(); {
		case errors.Is(err, errStruck):
			return
		case err != nil:
			x.fail(err)
			return
		}
	}
}

// fits refuses content that says beforehand that it is too large, so that nobody sends it.
func (x *exchange) fits() error {
	if x.route.limit > 0 && x.request.ContentLength > int64(x.route.limit) {
		return contentTooLarge(x.route.limit)
	}
	return nil
}

// signIn verifies a bearer token, where there can be one, or else the digest. Who is nobody is told nothing but that.
func (x *exchange) signIn() error {
	if token, ok := bearerOf(x.request.Header); ok && x.server.takesBearers() {
		return x.signInByBearer(token)
	}
	publicKey, err := x.server.verifier.Verify(x.request)
	if refusal, refused := errors.AsType[*digest.Refusal](err); refused {
		if refusal.Reason == digest.OtherScheme && x.server.takesBearers() {
			refusal = &digest.Refusal{Reason: "the Authorization header is neither of scheme Digest nor of scheme Bearer"}
		}
		return notSignedIn(refusal, x.challenges(refusal.Stale, ""))
	}
	if err != nil {
		return fmt.Errorf("verify the digest: %w", err)
	}
	x.caller, x.signedIn = x.server.keys[publicKey], true
	return nil
}

// onAccessList checks where the request comes from. IPv4 in IPv6 (::ffff:127.0.0.1) is IPv4.
func (x *exchange) onAccessList() error {
	if len(x.caller.accessList) == 0 {
		return nil
	}
	from, err := netip.ParseAddrPort(x.request.RemoteAddr)
	if err != nil {
		return notOnAccessList("unknown")
	}
	address := from.Addr().Unmap().WithZone("")
	if !slices.ContainsFunc(x.caller.accessList, func(p netip.Prefix) bool { return p.Contains(address) }) {
		return notOnAccessList(address.String())
	}
	return nil
}

// organization checks that the id is well formed and known.
func (x *exchange) organization() error {
	id, err := migrationlink.ParseOrgID(x.request.PathValue("orgId"))
	if err != nil {
		return invalidOrgID()
	}
	x.org = id
	switch organization, known := x.server.organizations[id]; {
	case !known:
		return orgNotFound(id)
	case organization.Kind == KindAtlas:
		return expectedNonAtlasOrg(id)
	}
	return nil
}

// holdsRole checks that the caller is an owner of the organization.
func (x *exchange) holdsRole() error {
	switch roles := x.caller.roles[x.org]; {
	case slices.Contains(roles, RoleOrgOwner):
		return nil
	case len(roles) == 0:
		return cannotAccessOrg(x.org, x.caller.kind, x.challenges(false, ""))
	default:
		return notOrgOwner(x.caller.kind, x.challenges(false, ""))
	}
}

// keepsContract reads the body and has the request judged. The first finding is the one that is told.
func (x *exchange) keepsContract() error {
	body, err := x.read()
	x.body, x.rest = body, err == nil && len(body) > x.route.limit
	x.verdict = x.server.checker.JudgeRequest(x.asExchange())
	if err != nil {
		x.verdict.Findings = []checker.Finding{{
			Operation: x.verdict.Operation, Direction: checker.Request, Place: checker.Body, Rule: "requestBody/syntax", Problem: "is cut off",
		}}
	}
	if !x.verdict.Kept() {
		return breaksContract(x.verdict.Findings[0], x.route.limit)
	}
	x.request.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// read reads the content, at most a byte beyond the limit, by which it is seen to be too large.
func (x *exchange) read() ([]byte, error) {
	most := int64(x.route.limit) + 1
	if x.request.ContentLength <= 0 { // not announced; 0 is so too in a request that a test has made
		return io.ReadAll(io.LimitReader(x.request.Body, most))
	}
	body := make([]byte, min(x.request.ContentLength, most))
	n, err := io.ReadFull(x.request.Body, body)
	return body[:n], err
}
