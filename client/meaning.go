package client

import (
	"net/http"

	"github.com/migrationlink/migrationlink/digest"
)

// meaning is what a failure means to whoever made the call.
type meaning struct {
	code      string // errorCode; empty for what a status means without a code of this table
	status    int    // 0 with a code: the documentation's pages disagree on the status of some codes
	operation string // empty: any
	headline  string
	text      string // {key}, {pair}, {kind}, {address}, {caller} and {projects} are filled in
	complete  bool   // the server's own sentence adds nothing
	errs      []error
}

// meanings are looked up by errorCode first, then by status. The codes are those of MongoDB's documentation, and those that openapi.yaml
// decides on.
var meanings = []meaning{
	{code: "NO_CURRENT_USER", headline: "not signed in", text: keyRefused, complete: true, errs: []error{ErrNotSignedIn}},
	{code: "USER_UNAUTHORIZED", headline: "not allowed", text: roleMissing, complete: true, errs: []error{ErrRoleMissing}},
	{code: "NOT_ORG_OWNER", headline: "not allowed", text: roleMissing, complete: true, errs: []error{ErrRoleMissing}},
	{code: "NOT_ORG_ADMIN", headline: "not allowed", text: roleMissing, complete: true, errs: []error{ErrRoleMissing}},
	{code: "USER_CANNOT_ACCESS_ORG", headline: "not allowed", complete: true, errs: []error{ErrRoleMissing},
		text: "the {pair} has no access to this organization. {Kind} belongs to one organization: use one of this organization, with the role Organization Owner."},
	{code: "ACCOUNT_SUSPENDED", headline: "refused", text: "the account is suspended. Its owner must settle that with MongoDB.", complete: true},
	{code: "IP_ADDRESS_NOT_ON_ACCESS_LIST", headline: "not allowed", complete: true, errs: []error{ErrNotOnAccessList},
		text: "{caller} is not on the access list of the {key}. Add it there, as the server sees it."},
	{code: "ORG_REQUIRES_ACCESS_LIST", headline: "not allowed", complete: true, errs: []error{ErrNotOnAccessList},
		text: "the organization requires an access list, and the {key} has none. Give it one with this address on it."},
	{code: "ACCESS_FORBIDDEN", headline: "not allowed", text: "the {pair} is signed in, but may not use this resource."},
	{code: "NO_FREE_TIER_API", headline: "not allowed", text: "the API is not there for organizations on the free tier.", complete: true},
	{code: "INVALID_ORG_ID", headline: "not found", text: "the server does not take this for an organization id.", errs: []error{ErrNotFound, ErrOrgNotFound}},
	{code: "ORG_NOT_FOUND", headline: "not found", complete: true, errs: []error{ErrNotFound, ErrOrgNotFound},
		text: "there is no such organization at {address}. Check the id: it is that of the source organization."},
	{code: "EXPECTED_NON_ATLAS_ORG", headline: "not found", complete: true, errs: []error{ErrNotFound, ErrOrgNotFound},
		text: "this is an Atlas organization. Give the source organization, of Cloud Manager or Ops Manager."},
	{code: "RESOURCE_NOT_FOUND", operation: "disconnect", headline: "nothing to disconnect", errs: []error{ErrNotFound, ErrNotConnected},
		text: "the organization is not connected."},
	{code: "RESOURCE_NOT_FOUND", headline: "not found", text: noSuchResource, errs: []error{ErrNotFound}},
	{code: "LINK_TOKEN_IN_USE", headline: "refused", complete: true, errs: []error{ErrConflict, ErrTokenInUse},
		text: "the link-token connects another organization. Generate one for each organization."},
	{code: "CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT", headline: "refused", complete: true, errs: []error{ErrConflict, ErrMigrationRunning},
		text: "live migrations are running{projects}. Finish or cancel them first."},
	{code: "RATE_LIMITED", headline: "too many requests", text: "the server takes no more for now.", errs: []error{ErrRateLimited}},

	{status: http.StatusBadRequest, headline: "refused", text: "the server does not take the request."},
	{status: http.StatusPaymentRequired, headline: "refused", text: "the account must be settled with MongoDB first."},
	{status: http.StatusForbidden, headline: "not allowed", text: "the server forbids it to the {pair}, or to everyone at this address."},
	{status: http.StatusNotFound, headline: "not found", text: noSuchResource, errs: []error{ErrNotFound}},
	{status: http.StatusProxyAuthRequired, headline: "refused by a proxy", text: "a proxy on the way to {address} asks for a sign-in of its own. Its user name and password belong into the proxy's address."},
	{status: http.StatusMethodNotAllowed, headline: "refused", text: noSuchResource},
	{status: http.StatusConflict, headline: "refused", text: "something stands against it at present.", errs: []error{ErrConflict}},
	{status: http.StatusRequestEntityTooLarge, headline: "refused", text: "the link-token is too long for the server."},
	{status: http.StatusUnsupportedMediaType, headline: "refused", text: "the server does not take JSON here. Check the address {address}."},
	{status: http.StatusTooManyRequests, headline: "too many requests", text: "the server takes no more for now.", errs: []error{ErrRateLimited}},
	{status: http.StatusServiceUnavailable, headline: "unavailable", text: "the server cannot answer for now.", errs: []error{ErrUnavailable}},
}

const (
	keyRefused        = "the {pair} was refused. Check both halves, and that it is a key of this server: it does not tell which is wrong."
	tokenRefusedTwice = "the server refused an access token of the {pair}, and a fresh one too. Check that it may use this API."
	roleMissing       = "the {pair} lacks the role Organization Owner in this organization. Give it the role, or use {kind} that has it."
	noSuchResource    = "the server has no migration link here. Check the address {address}; Ops Manager has it since version 5.0."
)

// meaningOf finds the row for an error.
func (c *call) meaningOf(e *Error, operation string, challenged bool) meaning {
	if c.client.as.account && (e.Code == "NO_CURRENT_USER" || e.HTTPStatus == http.StatusUnauthorized && e.Code == "") {
		return meaning{headline: "not signed in", text: tokenRefusedTwice, complete: true, errs: []error{ErrNotSignedIn}}
	}
	for _, m := range meanings {
		byCode := m.code != "" && m.code == e.Code
		byStatus := m.code == "" && m.status == e.HTTPStatus
		if (byCode || byStatus) && (m.operation == "" || m.operation == operation) {
			return m
		}
	}
	switch {
	case e.HTTPStatus == http.StatusNotImplemented || e.HTTPStatus > http.StatusGatewayTimeout:
		return meaning{headline: "failed", text: "the server failed."}
	case e.HTTPStatus >= 500:
		return meaning{headline: "failed", text: "the server failed.", errs: []error{ErrUnavailable}}
	case e.HTTPStatus != http.StatusUnauthorized:
		return meaning{headline: "refused", text: "the server does not take the request."}
	case e.Code != "":
		return meaning{headline: "not signed in or not allowed", text: "the server refused the {pair}.", errs: []error{ErrNotSignedIn}}
	case !challenged:
		return meaning{headline: "not signed in", text: "the server asks for no HTTP Digest sign-in that this client knows. Check the address {address}.",
			errs: []error{ErrNotSignedIn}}
	}
	return meaning{headline: "not signed in", text: keyRefused, complete: true, errs: []error{ErrNotSignedIn}}
}

// meaningOfToken is what an answer of the token endpoint means; code is that of RFC 6749 section 5.2.
func meaningOfToken(status int, code string) meaning {
	switch {
	case status == http.StatusUnauthorized, code == "invalid_client":
		return meaning{headline: "not signed in", text: "the {pair} was refused. Check the client id and the secret, and that it is one of this server.",
			complete: true, errs: []error{ErrNotSignedIn}}
	case status == http.StatusTooManyRequests:
		return meaning{headline: "too many requests", text: "the server gives no more access tokens for now.", errs: []error{ErrRateLimited}}
	case status >= 500:
		return meaning{headline: "unavailable", text: "the server gives no access token for now.", errs: []error{ErrUnavailable}}
	case status >= 300 && status < 400:
		return meaning{headline: "redirected", text: "it points {target}, which is not followed. Check the address {address}.", complete: true, errs: []error{ErrRedirected}}
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		return meaning{headline: "not signed in", text: "the server has no service accounts, as Ops Manager has none: use an API key, or check the address {address}.",
			complete: true, errs: []error{ErrNotSignedIn}}
	case status >= 200 && status < 300:
		return meaning{headline: "unexpected answer", text: "it brought no access token. Check the address {address}.", errs: []error{ErrUnexpectedAnswer}}
	}
	return meaning{headline: "not signed in", text: "the server gives the {pair} no access token.", errs: []error{ErrNotSignedIn}}
}

// challenged reports whether a 401 has a challenge that this package can answer. Without one the key was never tried.
func challenged(header http.Header) bool {
	challenges, _ := digest.ParseChallenges(header.Values("WWW-Authenticate")) // what is malformed cannot be answered
	for _, c := range challenges {
		if c.Usable() {
			return true
		}
	}
	return false
}
