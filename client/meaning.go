package client

import (
	"net/http"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
)

// meaning is what a failure means to whoever made the call.
type meaning struct {
	headline string
	text     string // {key}, {pair}, {kind}, {address}, {caller} and {projects} are filled in
	complete bool   // the server's own sentence adds nothing
	errs     []error
}

// byStatus is the row of a code that says no more than the status of the response.
var byStatus = meaning{}

// codeMeanings has every code of the contract; a test holds it to that. It leaves the status out, since the
// documentation's pages disagree on the status of some codes.
var codeMeanings = map[migrationlink.Code]meaning{
	migrationlink.CodeNoCurrentUser:    {headline: "not signed in", text: keyRefused, complete: true, errs: []error{ErrNotSignedIn}},
	migrationlink.CodeUserUnauthorized: {headline: "not allowed", text: roleMissing, complete: true, errs: []error{ErrRoleMissing}},
	migrationlink.CodeNotOrgOwner:      {headline: "not allowed", text: roleMissing, complete: true, errs: []error{ErrRoleMissing}},
	migrationlink.CodeNotOrgAdmin:      {headline: "not allowed", text: roleMissing, complete: true, errs: []error{ErrRoleMissing}},
	migrationlink.CodeUserCannotAccessOrg: {headline: "not allowed", complete: true, errs: []error{ErrRoleMissing},
		text: "the {pair} has no access to this organization. {Kind} belongs to one organization: use one of this organization, with the role Organization Owner."},
	migrationlink.CodeAccountSuspended: {headline: "refused", text: "the account is suspended. Its owner must settle that with MongoDB.", complete: true},
	migrationlink.CodeIPAddressNotOnAccessList: {headline: "not allowed", complete: true, errs: []error{ErrNotOnAccessList},
		text: "{caller} is not on the access list of the {key}. Add it there, as the server sees it."},
	migrationlink.CodeOrgRequiresAccessList: {headline: "not allowed", complete: true, errs: []error{ErrNotOnAccessList},
		text: "the organization requires an access list, and the {key} has none. Give it one with this address on it."},
	migrationlink.CodeAccessForbidden: {headline: "not allowed", text: "the {pair} is signed in, but may not use this resource."},
	migrationlink.CodeNoFreeTierAPI:   {headline: "not allowed", text: "the API is not there for organizations on the free tier.", complete: true},
	migrationlink.CodeInvalidOrgID:    {headline: "not found", text: "the server does not take this for an organization id.", errs: []error{ErrNotFound, ErrOrgNotFound}},
	migrationlink.CodeOrgNotFound: {headline: "not found", complete: true, errs: []error{ErrNotFound, ErrOrgNotFound},
		text: "there is no such organization at {address}. Check the id: it is that of the source organization."},
	migrationlink.CodeExpectedNonAtlasOrg: {headline: "not found", complete: true, errs: []error{ErrNotFound, ErrOrgNotFound},
		text: "this is an Atlas organization. Give the source organization, of Cloud Manager or Ops Manager."},
	migrationlink.CodeResourceNotFound: {headline: "not found", text: noSuchResource, errs: []error{ErrNotFound}},
	migrationlink.CodeLinkTokenInUse: {headline: "refused", complete: true, errs: []error{ErrConflict, ErrTokenInUse},
		text: "the link-token connects another organization. Generate one for each organization."},
	migrationlink.CodeCannotDeleteOrgLinkWithRunningLiveExport: {headline: "refused", complete: true, errs: []error{ErrConflict, ErrMigrationRunning},
		text: "live migrations are running{projects}. Finish or cancel them first."},
	migrationlink.CodeRateLimited: {headline: "too many requests", text: "the server takes no more for now.", errs: []error{ErrRateLimited}},

	migrationlink.CodeInvalidAttribute:      byStatus,
	migrationlink.CodeInvalidEnumValue:      byStatus,
	migrationlink.CodeInvalidJSON:           byStatus,
	migrationlink.CodeInvalidJSONAttribute:  byStatus,
	migrationlink.CodeInvalidQueryParameter: byStatus,
	migrationlink.CodeMalformedJSON:         byStatus,
	migrationlink.CodeMissingAttribute:      byStatus,
	migrationlink.CodeValidationError:       byStatus,
	migrationlink.CodeMethodNotAllowed:      byStatus,
	migrationlink.CodeRequestEntityTooLarge: byStatus,
	migrationlink.CodeUnsupportedMediaType:  byStatus,
	migrationlink.CodeUnexpectedError:       byStatus,
	migrationlink.CodeServiceUnavailable:    byStatus,
}

// nothingToDisconnect is what RESOURCE_NOT_FOUND means to a disconnect that is signed in.
var nothingToDisconnect = meaning{headline: "nothing to disconnect", errs: []error{ErrNotFound, ErrNotConnected},
	text: "the organization is not connected."}

// statusMeanings are those of responses whose code has no row of its own.
var statusMeanings = map[int]meaning{
	http.StatusBadRequest:            {headline: "refused", text: "the server does not take the request."},
	http.StatusPaymentRequired:       {headline: "refused", text: "the account must be settled with MongoDB first."},
	http.StatusForbidden:             {headline: "not allowed", text: "the server forbids it to the {pair}, or to everyone at this address."},
	http.StatusNotFound:              {headline: "not found", text: noSuchResource, errs: []error{ErrNotFound}},
	http.StatusProxyAuthRequired:     {headline: "refused by a proxy", text: "a proxy on the way to {address} asks for a sign-in of its own. Its user name and password belong into the proxy's address."},
	http.StatusMethodNotAllowed:      {headline: "refused", text: noSuchResource},
	http.StatusConflict:              {headline: "refused", text: "something stands against it at present.", errs: []error{ErrConflict}},
	http.StatusRequestEntityTooLarge: {headline: "refused", text: "the link-token is too long for the server."},
	http.StatusUnsupportedMediaType:  {headline: "refused", text: "the server does not take JSON here. Check the address {address}."},
	http.StatusTooManyRequests:       {headline: "too many requests", text: "the server takes no more for now.", errs: []error{ErrRateLimited}},
	http.StatusServiceUnavailable:    {headline: "unavailable", text: "the server cannot answer for now.", errs: []error{ErrUnavailable}},
}

const (
	keyRefused        = "the {pair} was refused. Check both halves, and that it is a key of this server: it does not tell which is wrong."
	tokenRefusedTwice = "the server refused an access token of the {pair}, and a fresh one too. Check that it may use this API."
	roleMissing       = "the {pair} lacks the role Organization Owner in this organization. Give it the role, or use {kind} that has it."
	noSuchResource    = "the server has no migration link here. Check the address {address}; Ops Manager has it since version 5.0."
)

// meaningOf finds the row for an error.
func (c *call) meaningOf(e *Error, operation migrationlink.Operation, challenged bool) meaning {
	refused := schemes[c.client.as.scheme].refused
	if refused.text != "" && (e.Code == migrationlink.CodeNoCurrentUser || e.HTTPStatus == http.StatusUnauthorized && e.Code == "") {
		return refused
	}
	if e.Code == migrationlink.CodeResourceNotFound && operation == migrationlink.OperationDisconnect {
		return nothingToDisconnect
	}
	if m := codeMeanings[e.Code]; m.headline != byStatus.headline {
		return m
	}
	if m, ok := statusMeanings[e.HTTPStatus]; ok {
		return m
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
