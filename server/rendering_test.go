package server_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAnswersAreRenderedAsAskedFor has each kind of content in each of its forms. Pretty is what Jackson's default printer makes of it.
func TestAnswersAreRenderedAsAskedFor(t *testing.T) {
	t.Parallel()
	oversize := strings.Repeat("x", 1<<20+1)
	tests := []struct {
		name                    string
		method, target, content string
		signed                  bool
		plain, pretty           string
		envelope, both          string // empty: as without envelope
	}{
		{
			name: "status", method: "GET", target: statusPath(org), signed: true,
			plain:    `{"status":"NOT_SYNCED"}`,
			pretty:   "{\n  \"status\" : \"NOT_SYNCED\"\n}",
			envelope: `{"status":200,"content":{"status":"NOT_SYNCED"}}`,
			both:     "{\n  \"status\" : 200,\n  \"content\" : {\n    \"status\" : \"NOT_SYNCED\"\n  }\n}",
		},
		{
			name: "connect", method: "POST", target: linkPath(org), content: linkRequest(token), signed: true,
			plain:    `{"status":"SYNCED"}`,
			pretty:   "{\n  \"status\" : \"SYNCED\"\n}",
			envelope: `{"status":201,"content":{"status":"SYNCED"}}`,
			both:     "{\n  \"status\" : 201,\n  \"content\" : {\n    \"status\" : \"SYNCED\"\n  }\n}",
		},
		{
			name: "an error with a text in its list", method: "GET", target: statusPath(unknownOrg), signed: true,
			plain: problem(404, "ORG_NOT_FOUND", "No organization with ID "+unknownOrg+" exists.", `["`+unknownOrg+`"]`),
			pretty: `{
  "detail" : "No organization with ID 5f7aac56b3a0b94bcdce6d8e exists.",
  "error" : 404,
  "errorCode" : "ORG_NOT_FOUND",
  "parameters" : [ "5f7aac56b3a0b94bcdce6d8e" ],
  "reason" : "Not Found"
}`,
			envelope: `{"status":404,"content":` + problem(404, "ORG_NOT_FOUND", "No organization with ID "+unknownOrg+" exists.", `["`+unknownOrg+`"]`) + `}`,
			both: `{
  "status" : 404,
  "content" : {
    "detail" : "No organization with ID 5f7aac56b3a0b94bcdce6d8e exists.",
    "error" : 404,
    "errorCode" : "ORG_NOT_FOUND",
    "parameters" : [ "5f7aac56b3a0b94bcdce6d8e" ],
    "reason" : "Not Found"
  }
}`,
		},
		{
			name: "an error with an empty list", method: "GET", target: statusPath(guestOrg), signed: true,
			plain: problem(401, "NOT_ORG_OWNER", notOwner, `[]`),
			pretty: `{
  "detail" : "The API key must hold the role Organization Owner (ORG_OWNER) to perform this action.",
  "error" : 401,
  "errorCode" : "NOT_ORG_OWNER",
  "parameters" : [ ],
  "reason" : "Unauthorized"
}`,
			envelope: `{"status":401,"content":` + problem(401, "NOT_ORG_OWNER", notOwner, `[]`) + `}`,
			both: `{
  "status" : 401,
  "content" : {
    "detail" : "The API key must hold the role Organization Owner (ORG_OWNER) to perform this action.",
    "error" : 401,
    "errorCode" : "NOT_ORG_OWNER",
    "parameters" : [ ],
    "reason" : "Unauthorized"
  }
}`,
		},
		{
			name: "an error before sign-in, with a number in its list", method: "POST", target: linkPath(org), content: oversize,
			plain: problem(413, "REQUEST_ENTITY_TOO_LARGE", tooLarge, `[1048576]`),
			pretty: `{
  "detail" : "The content is larger than 1048576 bytes.",
  "error" : 413,
  "errorCode" : "REQUEST_ENTITY_TOO_LARGE",
  "parameters" : [ 1048576 ],
  "reason" : "Request Entity Too Large"
}`,
		},
		{
			name: "no credentials", method: "GET", target: statusPath(org),
			plain: notSignedIn("the request has no credentials."),
			pretty: `{
  "detail" : "You are not signed in: the request has no credentials.",
  "error" : 401,
  "reason" : "Unauthorized"
}`,
		},
		{
			name: "no such path", method: "GET", target: "/api",
			plain: problem(404, "RESOURCE_NOT_FOUND", noSuchPath, `[]`),
			pretty: `{
  "detail" : "Cannot find the resource: the path is none of the API's, which begin with /api/public/v1.0/orgs/.",
  "error" : 404,
  "errorCode" : "RESOURCE_NOT_FOUND",
  "parameters" : [ ],
  "reason" : "Not Found"
}`,
		},
		{
			name: "no such method", method: "PUT", target: statusPath(org),
			plain: problem(405, "METHOD_NOT_ALLOWED", "The method is not supported on this resource, which has GET, HEAD, OPTIONS.", `[]`),
			pretty: `{
  "detail" : "The method is not supported on this resource, which has GET, HEAD, OPTIONS.",
  "error" : 405,
  "errorCode" : "METHOD_NOT_ALLOWED",
  "parameters" : [ ],
  "reason" : "Method Not Allowed"
}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			if tt.envelope == "" {
				tt.envelope, tt.both = tt.plain, tt.pretty
			}
			forms := []struct{ query, want string }{
				{"", tt.plain},
				{"?pretty=false&envelope=false", tt.plain},
				{"?pretty=true", tt.pretty},
				{"?envelope=true", tt.envelope},
				{"?envelope=true&pretty=true", tt.both},
				{"?pretty=%74rue&%65nvelope=true", tt.both},
			}
			var status int
			for _, form := range forms {
				r := request(tt.method, tt.target+form.query, tt.content)
				if tt.signed {
					sign(t, s, r)
				}
				got := ask(t, s, r)
				assert.Equal(t, form.want, got.body, form.query)
				assert.Equal(t, strconv.Itoa(len(form.want)), got.header.Get("Content-Length"), form.query)
				if status == 0 {
					status = got.status
				}
				assert.Equal(t, status, got.status, "the form does not change the status, %s", form.query)
			}
		})
	}
}

// TestOddSpellingsAskForNothing has what only looks like envelope=true: it is refused, and not in an envelope.
func TestOddSpellingsAskForNothing(t *testing.T) {
	t.Parallel()
	const (
		neither    = "Invalid query parameter envelope specified: it is neither true nor false."
		twice      = "Invalid query parameter envelope specified: it is given more than once."
		undeclared = "Invalid query parameter specified: the query has a parameter that the operation does not have; did you mean envelope?"
		other      = "Invalid query parameter specified: the query has a parameter that the operation does not have."
		broken     = "Invalid query parameter specified: the query does not parse."
	)
	tests := []struct{ query, detail, parameters string }{
		{"envelope", neither, `["envelope"]`},
		{"envelope=", neither, `["envelope"]`},
		{"envelope=1", neither, `["envelope"]`},
		{"envelope=TRUE", neither, `["envelope"]`},
		{"envelope=True", neither, `["envelope"]`},
		{"envelope=+true", neither, `["envelope"]`},
		{"envelope=true%00", neither, `["envelope"]`},
		{"envelope=true,false", neither, `["envelope"]`},
		{"envelope=%22true%22", neither, `["envelope"]`},
		{"envelope=true%26pretty=true", neither, `["envelope"]`},
		{"envelope=" + token[:20], neither, `["envelope"]`},
		{"envelope=true&envelope=true", twice, `["envelope"]`},
		{"envelope=true&envelope=false", twice, `["envelope"]`},
		{"envelope=false&envelope=true", twice, `["envelope"]`},
		{"envelope=true&%65nvelope=true", twice, `["envelope"]`},
		{"Envelope=true", undeclared, `[]`},
		{"envelope%20=true", undeclared, `[]`},
		{"envelope[]=true", undeclared, `[]`},
		{"?envelope=true", undeclared, `[]`},
		{"envelope.x=true", undeclared, `[]`},
		{"token=" + token[:40], other, `[]`},
		{token[:40], other, `[]`},
		{"envelope=true;pretty=true", broken, `[]`},
		{"%zz", broken, `[]`},
	}
	s := newServer(t)
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			t.Parallel()
			got := call(t, s, http.MethodGet, statusPath(org)+"?"+tt.query, "")
			assert.Equal(t, 400, got.status)
			assert.Equal(t, problem(400, "INVALID_QUERY_PARAMETER", tt.detail, tt.parameters), got.body)
		})
	}
}

func TestNoContentStaysEmpty(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"", "?envelope=true", "?pretty=true&envelope=true"} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			require.Equal(t, http.StatusCreated, call(t, s, http.MethodPost, linkPath(org), linkRequest(token)).status)
			r := sign(t, s, request(http.MethodDelete, linkPath(org)+query, ""))
			got := send(t, listen(t, s), r.Method,
				"DELETE "+r.RequestURI+" HTTP/1.1\r\nHost: x\r\nAuthorization: "+r.Header.Get("Authorization")+"\r\n\r\n")
			assert.Equal(t, http.StatusNoContent, got.status)
			assert.Empty(t, got.body)
			got.header.Del("Date")
			assert.Equal(t, http.Header{"Server": {product}, "X-Mongodb-Service-Version": {"gitHash=none; versionString=migrationlink-stand-in"}}, got.header,
				"neither Content-Type nor Content-Length")
		})
	}
}

// TestHeadIsGetWithoutContent asks for both, whatever the answer is.
func TestHeadIsGetWithoutContent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	address := listen(t, s)
	tests := []struct {
		name, target string
		signed       bool
		status       int
	}{
		{"status", statusPath(org), true, 200},
		{"status in an envelope", statusPath(org) + "?envelope=true&pretty=true", true, 200},
		{"a bad query", statusPath(org) + "?x=1", true, 400},
		{"no role", statusPath(closedOrg) + "?envelope=true", true, 401},
		{"a bad id", statusPath("nonsense"), true, 404},
		{"not signed in", statusPath(org), false, 401},
		{"no such path", "/x", false, 404},
		{"no such method", linkPath(org), false, 405},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fetch := func(method string) answer {
				text := method + " " + tt.target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
				if tt.signed {
					text += "Authorization: " + authorization(t, credentials(challenge(t, s).Nonce, tt.target), method, privateKey) + "\r\n"
				}
				got := send(t, address, method, text+"\r\n")
				got.header.Del("Date")
				if challenge := got.header.Get("WWW-Authenticate"); challenge != "" {
					got.header.Set("WWW-Authenticate", challengeLine.ReplaceAllString(challenge, "…"))
				}
				return got
			}
			get, head := fetch(http.MethodGet), fetch(http.MethodHead)
			assert.Equal(t, tt.status, get.status)
			assert.Equal(t, tt.status, head.status)
			assert.Equal(t, get.header, head.header)
			assert.Equal(t, strconv.Itoa(len(get.body)), head.header.Get("Content-Length"))
			assert.NotEmpty(t, get.body)
			assert.Empty(t, ask(t, s, request(http.MethodHead, tt.target, "")).body, "nothing is left for net/http to drop")
		})
	}
}

// TestStrictTransportSecurityIsForTLS is RFC 6797 section 7.2: over plain http the header must not be sent.
func TestStrictTransportSecurityIsForTLS(t *testing.T) {
	t.Parallel()
	targets := map[string]string{"GET": statusPath(org), "OPTIONS": linkPath(org), "PUT": linkPath(org), "POST": "//"}
	s := newServer(t)
	ts := httptest.NewTLSServer(s)
	t.Cleanup(ts.Close)
	for method, target := range targets {
		r, err := http.NewRequestWithContext(t.Context(), method, ts.URL+target, nil)
		require.NoError(t, err)
		response, err := ts.Client().Do(r)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, response.Body)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, []string{"max-age=300"}, response.Header.Values("Strict-Transport-Security"), method)

		plain := ask(t, s, request(method, target, ""))
		assert.NotContains(t, plain.header, "Strict-Transport-Security", method)
	}
	secure := sign(t, s, request(http.MethodGet, statusPath(org), ""))
	secure.TLS = new(tls.ConnectionState)
	assert.Equal(t, "max-age=300", ask(t, s, secure).header.Get("Strict-Transport-Security"), "signed in")
}

func TestHeadersOfASuccess(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	want := http.Header{
		"Server":       {product},
		"Content-Type": {"application/json"}, "Vary": {"Accept-Encoding"},
		"X-Mongodb-Service-Version": {"gitHash=none; versionString=migrationlink-stand-in"},
	}
	for _, got := range []answer{
		call(t, s, http.MethodPost, linkPath(org), linkRequest(token)),
		call(t, s, http.MethodGet, statusPath(org), ""),
	} {
		got.header.Del("Content-Length")
		assert.Equal(t, want, got.header)
	}
}
