package server

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/gen"
)

// problem is a failure in the shape that MongoDB documents. It is the one door by which failures leave: a named constructor for each, setProblem
// for all.
type problem struct {
	status     int                // of a problem whose code is none of the contract's; else the contract has it
	code       migrationlink.Code // empty for what sign-in refuses: there the real server has none
	oauth      bool               // in the shape of RFC 6749 section 5.2 instead
	detail     string
	parameters []any
	fields     *gen.BadRequestDetail
	header     http.Header
}

// Error is the detail, for wrapping; the wire gets the whole problem.
func (p *problem) Error() string { return p.detail }

// httpStatus is the status of the response.
func (p *problem) httpStatus() int { return cmp.Or(p.status, p.code.HTTPStatus()) }

// setProblem makes the problem the answer of the exchange, whatever was written before.
func (x *exchange) setProblem(p *problem) {
	content, err := json.Marshal(p.document())
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	r := &x.response
	r.reset(p.httpStatus())
	r.code = p.code
	for name, values := range p.header {
		r.header[name] = values
	}
	r.header.Set("Content-Type", "application/json")
	if x.signedIn {
		r.header.Set("X-MongoDB-Service-Version", serviceVersion)
	}
	r.body = content
}

// document is what the wire gets.
func (p *problem) document() any {
	if p.oauth {
		return struct {
			Error       migrationlink.Code `json:"error"`
			Description string             `json:"error_description"`
		}{p.code, p.detail}
	}
	answer := gen.ApiError{
		BadRequestDetail: p.fields,
		Detail:           &p.detail,
		Error:            p.httpStatus(),
		Reason:           ptr(http.StatusText(p.httpStatus())),
	}
	if p.code != "" {
		answer.ErrorCode = ptr(string(p.code))
		answer.Parameters = &p.parameters
		if p.parameters == nil {
			answer.Parameters = &[]any{} // an empty list, not null
		}
	}
	return answer
}

func ptr[T any](v T) *T { return &v }

func noSuchPath() *problem {
	return &problem{
		code:   migrationlink.CodeResourceNotFound,
		detail: "Cannot find the resource: the path is none of the API's, which begin with /api/public/v1.0/orgs/.",
	}
}

func methodNotAllowed(allow string) *problem {
	return &problem{
		code:   migrationlink.CodeMethodNotAllowed,
		detail: "The method is not supported on this resource, which has " + allow + ".",
		header: http.Header{"Allow": {allow}},
	}
}

func contentTooLarge(limit int) *problem {
	return &problem{
		code:   migrationlink.CodeRequestEntityTooLarge,
		detail: fmt.Sprintf("The content is larger than %d bytes.", limit), parameters: []any{limit},
	}
}

// notSignedIn says whether credentials are missing, old or refused. Whether the public key is known it does not say: that would help whoever
// guesses keys.
func notSignedIn(refusal *digest.Refusal, challenges http.Header) *problem {
	detail := "You are not signed in: the API key was refused."
	switch {
	case refusal.Reason == digest.NoCredentials:
		detail = "You are not signed in: the request has no credentials."
	case refusal.Stale:
		detail = "You are not signed in: the nonce is stale. Sign the new one."
	case refusal.Reason != digest.UnknownUsername && refusal.Reason != digest.WrongResponse:
		detail = "You are not signed in: " + string(refusal.Reason) + "."
	}
	return &problem{status: http.StatusUnauthorized, detail: detail, header: challenges}
}

func bearerRefused(refusal tokenRefusal, challenges http.Header) *problem {
	return &problem{status: http.StatusUnauthorized, detail: "You are not signed in: the " + string(refusal) + ".", header: challenges}
}

func cannotAccessOrg(org migrationlink.OrgID, kind kind, challenges http.Header) *problem {
	return &problem{
		code:   migrationlink.CodeUserCannotAccessOrg,
		detail: "The " + kind.what + " has no role in organization " + org.String() + ".", parameters: []any{org},
		header: challenges,
	}
}

func notOrgOwner(kind kind, challenges http.Header) *problem {
	return &problem{
		code:   migrationlink.CodeNotOrgOwner,
		detail: "The " + kind.what + " must hold the role Organization Owner (ORG_OWNER) to perform this action.",
		header: challenges,
	}
}

func notOnAccessList(address string) *problem {
	return &problem{
		code:   migrationlink.CodeIPAddressNotOnAccessList,
		detail: "IP address " + address + " is not allowed to access this resource.", parameters: []any{address},
	}
}

func invalidOrgID() *problem {
	return &problem{
		code:   migrationlink.CodeInvalidOrgID,
		detail: "An invalid organization ID was specified; it has 24 hexadecimal digits.",
	}
}

func orgNotFound(org migrationlink.OrgID) *problem {
	return &problem{
		code:   migrationlink.CodeOrgNotFound,
		detail: "No organization with ID " + org.String() + " exists.", parameters: []any{org},
	}
}

func expectedNonAtlasOrg(org migrationlink.OrgID) *problem {
	return &problem{
		code:   migrationlink.CodeExpectedNonAtlasOrg,
		detail: "Organization " + org.String() + " is an Atlas organization; a Cloud Manager or Ops Manager organization was expected.", parameters: []any{org},
	}
}

func notConnected(org migrationlink.OrgID) *problem {
	return &problem{
		code:   migrationlink.CodeResourceNotFound,
		detail: "Cannot find the link of organization " + org.String() + ": it is not connected.", parameters: []any{org},
	}
}

func linkTokenInUse() *problem {
	return &problem{
		code:   migrationlink.CodeLinkTokenInUse,
		detail: "The link-token connects another organization. Generate one token for each organization.",
	}
}

// retryAfter is when to come back, in seconds: a disk that is full takes a person a while.
const retryAfter = 10

func unavailable() *problem {
	return &problem{
		code: migrationlink.CodeServiceUnavailable, detail: "The service is temporarily unavailable.",
		header: http.Header{"Retry-After": {strconv.Itoa(retryAfter)}},
	}
}

// outcomeUnknown has no Retry-After. A client takes that header for a promise that the request had
// no effect.
func outcomeUnknown() *problem {
	return &problem{
		code:   migrationlink.CodeServiceUnavailable,
		detail: "The service failed. Whether the change was made is not known.",
	}
}

// migrationsRunning names the projects whose live migrations run.
func migrationsRunning(projects []string) *problem {
	p := &problem{
		code:   migrationlink.CodeCannotDeleteOrgLinkWithRunningLiveExport,
		detail: "The link cannot be deleted while live migrations of these projects are running.",
	}
	for _, project := range projects {
		p.parameters = append(p.parameters, project)
	}
	return p
}

// rateLimited says how long to wait, in seconds rounded up: who comes back then is let in.
func rateLimited(resource string, requests, minutes int, wait time.Duration) *problem {
	return &problem{
		code:       migrationlink.CodeRateLimited,
		detail:     fmt.Sprintf("Resource %s is limited to %d requests every %d minutes.", resource, requests, minutes),
		parameters: []any{resource, requests, minutes}, header: comeBackAfter(wait),
	}
}

func tooManyRevoked(wait time.Duration) *problem {
	return &problem{
		code:   migrationlink.CodeServiceUnavailable,
		detail: "The token is not revoked: too many were, and have not expired.", header: comeBackAfter(wait),
	}
}

func comeBackAfter(wait time.Duration) http.Header {
	return http.Header{"Retry-After": {strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10)}}
}

// oauthRefused is an error of RFC 6749 section 5.2. The detail has neither quotes nor backslashes, which that section leaves out.
func oauthRefused(code migrationlink.Code, detail string) *problem {
	return &problem{status: http.StatusBadRequest, code: code, detail: detail, oauth: true}
}

func invalidClient(detail string) *problem {
	return &problem{
		status: http.StatusUnauthorized, code: "invalid_client", detail: detail, oauth: true,
		header: http.Header{"Www-Authenticate": {`Basic realm="` + Realm + `"`}},
	}
}

func unexpected() *problem {
	return &problem{code: migrationlink.CodeUnexpectedError, detail: "Unexpected error."}
}

// breaksContract says in MongoDB's codes what the checker found. Names come from the contract alone.
func breaksContract(f checker.Finding, limit int) *problem {
	bad := func(code migrationlink.Code, detail string, parameters ...any) *problem {
		if !strings.HasSuffix(detail, "?") {
			detail += "."
		}
		return &problem{code: code, detail: detail, parameters: parameters}
	}
	attribute := path.Base(f.Pointer) // "." for the whole body
	switch {
	case f.Place == checker.Path:
		return noSuchPath()
	case f.Place == checker.Query && f.Name != "":
		return bad(migrationlink.CodeInvalidQueryParameter, "Invalid query parameter "+f.Name+" specified: it "+f.Problem, f.Name)
	case f.Place == checker.Query:
		return bad(migrationlink.CodeInvalidQueryParameter, "Invalid query parameter specified: the query "+f.Problem)
	case f.Place == checker.Header:
		return bad(migrationlink.CodeUnsupportedMediaType, "The header "+f.Name+" is wrong: "+f.Problem)
	case f.Keyword() == "maxBytes":
		return contentTooLarge(limit)
	case f.Rule == "requestBody/undeclared":
		return bad(migrationlink.CodeValidationError, "The request has content, which this operation does not have")
	case f.Rule == "requestBody/syntax":
		return bad(migrationlink.CodeMalformedJSON, "Received JSON is malformed: it "+f.Problem)
	case f.Rule == "requestBody/required":
		return bad(migrationlink.CodeMalformedJSON, "Received JSON is malformed: it is empty")
	case f.Rule == "schema/required":
		return bad(migrationlink.CodeMissingAttribute, "The required attribute "+attribute+" was not specified", attribute)
	case f.Rule == "schema/additionalProperties":
		return bad(migrationlink.CodeInvalidAttribute, "Invalid attribute specified: the content "+f.Problem)
	case f.Pointer == "":
		return bad(migrationlink.CodeInvalidJSON, "Received JSON does not match the expected format: it "+f.Problem)
	case f.Rule == "schema/type" || f.Rule == "schema/nullable":
		return bad(migrationlink.CodeInvalidJSONAttribute, "Received JSON for the "+attribute+" attribute does not match expected format: it "+f.Problem, attribute)
	default:
		return bad(migrationlink.CodeInvalidAttribute, "Invalid attribute "+attribute+" specified: it "+f.Problem, attribute)
	}
}
