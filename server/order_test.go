package server_test

import (
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/server"
)

const (
	noSuchPath   = "Cannot find the resource: the path is none of the API's, which begin with /api/public/v1.0/orgs/."
	invalidOrgID = "An invalid organization ID was specified; it has 24 hexadecimal digits."
	tooLarge     = "The content is larger than 1048576 bytes."
	notOwner     = "The API key must hold the role Organization Owner (ORG_OWNER) to perform this action."
)

// otherAddresses lets the owner key in from an address that no test comes from.
func otherAddresses(c *server.Config) {
	c.APIKeys[0].AccessList = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
}

// TestTheEarlierStepAnswers sends requests that fail two neighbouring steps of the pipeline, and some that fail more.
func TestTheEarlierStepAnswers(t *testing.T) {
	t.Parallel()
	const broken = `{"linkToken":`
	oversize := strings.Repeat("x", 1<<20+1)
	tests := []struct {
		name           string
		change         func(*server.Config)
		method, target string
		content        string
		signed         bool
		status         int
		want           string
		allow          string
	}{
		{
			name: "no such path before too large", method: http.MethodPost, target: "/", content: oversize,
			status: 404, want: problem(404, "RESOURCE_NOT_FOUND", noSuchPath, `[]`),
		},
		{
			name: "an unclean path before too large", method: http.MethodPost, target: "/api//orgs", content: oversize,
			status: 404, want: problem(404, "RESOURCE_NOT_FOUND", noSuchPath, `[]`),
		},
		{
			name: "too large before sign-in", method: http.MethodPost, target: linkPath(org), content: oversize,
			status: 413, want: problem(413, "REQUEST_ENTITY_TOO_LARGE", tooLarge, `[1048576]`),
		},
		{
			name: "no such path before sign-in", method: http.MethodGet, target: "/api/public/v1.0/orgs",
			status: 404, want: problem(404, "RESOURCE_NOT_FOUND", noSuchPath, `[]`),
		},
		{
			name: "no such path before no such method", method: http.MethodPut, target: "/api/atlas/v1.0/orgs/" + org + "/liveExport/migrationLink/status",
			status: 404, want: problem(404, "RESOURCE_NOT_FOUND", noSuchPath, `[]`),
		},
		{
			name: "no such method before sign-in", method: http.MethodPut, target: linkPath(org),
			status: 405, allow: "DELETE, OPTIONS, POST",
			want: problem(405, "METHOD_NOT_ALLOWED", "The method is not supported on this resource, which has DELETE, OPTIONS, POST.", `[]`),
		},
		{
			name: "no such method of the page's own path before sign-in", method: http.MethodDelete,
			target: "/api/atlas/v1.0/orgs/" + org + "/liveExport/migrationLink",
			status: 405, allow: "OPTIONS, POST",
			want: problem(405, "METHOD_NOT_ALLOWED", "The method is not supported on this resource, which has OPTIONS, POST.", `[]`),
		},
		{
			name: "no such method before a bad id and a bad query", method: http.MethodPatch, target: statusPath("nonsense") + "?x=1", content: broken,
			status: 405, allow: "GET, HEAD, OPTIONS",
			want: problem(405, "METHOD_NOT_ALLOWED", "The method is not supported on this resource, which has GET, HEAD, OPTIONS.", `[]`),
		},
		{
			name: "sign-in before a bad id", method: http.MethodGet, target: statusPath("nonsense"),
			status: 401, want: notSignedIn("the request has no credentials."),
		},
		{
			name: "sign-in before the access list", change: otherAddresses, method: http.MethodGet, target: statusPath(org),
			status: 401, want: notSignedIn("the request has no credentials."),
		},
		{
			name: "sign-in before the contract", method: http.MethodPost, target: linkPath(org) + "?envelope=maybe", content: broken,
			status: 401, want: notSignedIn("the request has no credentials."),
		},
		{
			name: "access list before a bad id", change: otherAddresses, signed: true, method: http.MethodGet, target: statusPath("nonsense"),
			status: 403, want: problem(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST",
				"IP address 192.0.2.1 is not allowed to access this resource.", `["192.0.2.1"]`),
		},
		{
			name: "access list before an unknown organization", change: otherAddresses, signed: true, method: http.MethodGet, target: statusPath(unknownOrg),
			status: 403, want: problem(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST",
				"IP address 192.0.2.1 is not allowed to access this resource.", `["192.0.2.1"]`),
		},
		{
			name: "a bad id before the contract", signed: true, method: http.MethodPost, target: linkPath("nonsense") + "?x=1", content: broken,
			status: 404, want: problem(404, "INVALID_ORG_ID", invalidOrgID, `[]`),
		},
		{
			name: "an unknown organization before no role in it", signed: true, method: http.MethodGet, target: statusPath(unknownOrg),
			status: 404, want: problem(404, "ORG_NOT_FOUND", "No organization with ID "+unknownOrg+" exists.", `["`+unknownOrg+`"]`),
		},
		{
			name: "no role before the contract", signed: true, method: http.MethodPost, target: linkPath(closedOrg), content: broken,
			status: 401, want: problem(401, "USER_CANNOT_ACCESS_ORG", "The API key has no role in organization "+closedOrg+".", `["`+closedOrg+`"]`),
		},
		{
			name: "another role before the contract", signed: true, method: http.MethodPost, target: linkPath(guestOrg) + "?x=1", content: broken,
			status: 401, want: problem(401, "NOT_ORG_OWNER", notOwner, `[]`),
		},
		{
			name: "query before content", signed: true, method: http.MethodPost, target: linkPath(org) + "?pretty=1", content: broken,
			status: 400, want: problem(400, "INVALID_QUERY_PARAMETER", "Invalid query parameter pretty specified: it is neither true nor false.", `["pretty"]`),
		},
		{
			name: "contract before what the links say", signed: true, method: http.MethodDelete, target: linkPath(org) + "?x=1",
			status: 400, want: problem(400, "INVALID_QUERY_PARAMETER",
				"Invalid query parameter specified: the query has a parameter that the operation does not have.", `[]`),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var changes []func(*server.Config)
			if tt.change != nil {
				changes = append(changes, tt.change)
			}
			s := newServer(t, changes...)
			r := request(tt.method, tt.target, tt.content)
			if tt.signed {
				sign(t, s, r)
			}
			got := ask(t, s, r)
			assert.Equal(t, tt.status, got.status)
			assert.Equal(t, tt.want, got.body)
			assert.Equal(t, "application/json", got.header.Get("Content-Type"))
			assert.Equal(t, tt.allow, got.header.Get("Allow"))
			_, challenged := got.header["Www-Authenticate"]
			assert.Equal(t, tt.status == http.StatusUnauthorized, challenged, "every 401 has a challenge, and nothing else has")
			_, version := got.header["X-Mongodb-Service-Version"]
			assert.Equal(t, tt.signed, version, "the application answers after sign-in")
		})
	}
}

// TestNothingIsReadBeforeItIsAllowed gives every request that is refused early a body that nobody may touch.
func TestNothingIsReadBeforeItIsAllowed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		method, target string
		signed         bool
		length         int64
		status         int
	}{
		{"too large", http.MethodPost, linkPath(org), true, 1<<20 + 1, 413},
		{"no such path", http.MethodPost, "/x", true, -1, 404},
		{"no such method", http.MethodPut, linkPath(org), true, -1, 405},
		{"not signed in", http.MethodPost, linkPath(org), false, -1, 401},
		{"no such organization", http.MethodPost, linkPath(unknownOrg), true, -1, 404},
		{"no role", http.MethodPost, linkPath(closedOrg), true, -1, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			r := request(tt.method, tt.target, "")
			r.Header.Set("Content-Type", "application/json")
			if tt.signed {
				sign(t, s, r)
			}
			r.Body, r.ContentLength = untouchable{t}, tt.length
			assert.Equal(t, tt.status, ask(t, s, r).status)
		})
	}
}

// untouchable is a body that fails the test when it is read.
type untouchable struct{ t *testing.T }

func (u untouchable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}
func (untouchable) Close() error { return nil }
