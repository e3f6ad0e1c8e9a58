package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestPathsAsTheyAreSent goes over a real connection, since net/http's client would clean what is sent.
func TestPathsAsTheyAreSent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	address := listen(t, s)
	const rest = "/liveExport/migrationLink/status"
	tests := []struct {
		name, target string
		status       int
		want         string // of a request with good credentials
	}{
		{"as documented", statusPath(org), 200, `{"status":"NOT_SYNCED"}`},
		{"an empty query", statusPath(org) + "?", 200, `{"status":"NOT_SYNCED"}`},
		{"absolute form", "http://cloud.mongodb.com" + statusPath(org), 200, `{"status":"NOT_SYNCED"}`},
		{"absolute form, https", "https://cloud.mongodb.com:443" + statusPath(org), 200, `{"status":"NOT_SYNCED"}`},
		{"a letter of a fixed segment encoded", base + "/org%73/" + org + rest, 200, `{"status":"NOT_SYNCED"}`},
		{"the base path encoded", "/%61pi/public/v1%2e0/orgs/" + org + rest, 200, `{"status":"NOT_SYNCED"}`},
		{"a digit of the id encoded", statusPath("%35" + org[1:]), 200, `{"status":"NOT_SYNCED"}`},

		{"an empty segment", base + "//orgs/" + org + rest, 404, ""},
		{"two slashes before", "//api/public/v1.0/orgs/" + org + rest, 404, ""},
		{"three slashes before", "///" + org, 404, ""},
		{"slashes alone", "//", 404, ""},
		{"no id", statusPath(""), 404, ""},
		{"a segment .", base + "/./orgs/" + org + rest, 404, ""},
		{"a segment ..", base + "/x/../orgs/" + org + rest, 404, ""},
		{".. above the root", "/../.." + statusPath(org), 404, ""},
		{"the id .", statusPath("."), 404, ""},
		{"the id ..", statusPath(".."), 404, ""},
		{".. encoded", base + "/x/%2e%2e/orgs/" + org + rest, 404, ""},
		{"..%2f", base + "/x/..%2forgs/" + org + rest, 404, ""},
		{"a slash at the end", statusPath(org) + "/", 404, ""},
		{"a slash at the end of the link", linkPath(org) + "/", 404, ""},
		{"an encoded slash at the end", statusPath(org) + "%2f", 404, ""},
		{"an encoded slash between", base + "/orgs%2F" + org + rest, 404, ""},
		{"the id is an encoded slash", statusPath("%2F"), 404, ""},
		{"a backslash", `/api\public\v1.0\orgs\` + org + rest, 404, ""},
		{"capital segments", strings.ToUpper(base) + "/ORGS/" + org + rest, 404, ""},
		{"one capital", base + "/orgs/" + org + "/liveexport/migrationLink/status", 404, ""},
		{"matrix parameters", statusPath(org) + ";v=1", 404, ""},
		{"an encoded question mark", statusPath(org) + "%3Fpretty=true", 404, ""},
		{"a null byte", statusPath(org) + "%00", 404, ""},
		{"one segment more", statusPath(org) + "/x", 404, ""},
		{"one segment less", base + "/orgs/" + org + "/liveExport", 404, ""},
		{"the root", "/", 404, ""},
		{"the absolute root", "http://cloud.mongodb.com", 404, ""},
		{"an asterisk", "*", 404, ""},
		{"another version", "/api/public/v2.0/orgs/" + org + rest, 404, ""},
		{"the status below the page's own base path", "/api/atlas/v1.0/orgs/" + org + rest, 404, ""},
		{"a very long path", "/" + strings.Repeat("x", 200<<10), 404, ""},
		{"very many segments", strings.Repeat("/x", 100<<10), 404, ""},

		{"the id with an encoded slash", statusPath("..%2F" + org), 404, problem(404, "INVALID_ORG_ID", invalidOrgID, `[]`)},
		{"the id .. encoded", statusPath("%2e%2e"), 404, problem(404, "INVALID_ORG_ID", invalidOrgID, `[]`)},
		{"the id is no UTF-8", statusPath("%ff"), 404, problem(404, "INVALID_ORG_ID", invalidOrgID, `[]`)},
		{"the id has a null byte", statusPath(org[:23] + "%00"), 404, problem(404, "INVALID_ORG_ID", invalidOrgID, `[]`)},
		{"the id has a blank behind it", statusPath(org + "%20"), 404, problem(404, "INVALID_ORG_ID", invalidOrgID, `[]`)},
		{"the id is the token", statusPath(strings.ReplaceAll(token, "/", "%2F")), 404, problem(404, "INVALID_ORG_ID", invalidOrgID, `[]`)},
		{"a very long id", statusPath(strings.Repeat("a", 7<<10)), 404, problem(404, "INVALID_ORG_ID", invalidOrgID, `[]`)},
		{"an id of digits that are no ASCII", statusPath(strings.Repeat("%D9%A1", 24)), 404, problem(404, "INVALID_ORG_ID", invalidOrgID, `[]`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := tt.want
			if want == "" {
				want = problem(404, "RESOURCE_NOT_FOUND", noSuchPath, `[]`)
			}
			signed := authorization(t, credentials(challenge(t, s).Nonce, tt.target), http.MethodGet, privateKey)
			got := send(t, address, http.MethodGet, "GET "+tt.target+" HTTP/1.1\r\nHost: x\r\nAuthorization: "+signed+"\r\n\r\n")
			assert.Equal(t, tt.status, got.status)
			assert.Equal(t, want, got.body)
			isOurs(t, got)
		})
	}
}

// TestTargetsOfOtherForms are those that only some methods have (RFC 9112 section 3.2), and those that are none.
func TestTargetsOfOtherForms(t *testing.T) {
	t.Parallel()
	address := listen(t, newServer(t))
	tests := []struct {
		name, method, line string
		status             int
		ours               bool
	}{
		{"CONNECT to an authority", "CONNECT", "CONNECT cloud.mongodb.com:443 HTTP/1.1", 404, true},
		{"CONNECT to a path that is there", "CONNECT", "CONNECT " + statusPath(org) + " HTTP/1.1", 405, true},
		{"CONNECT to an unclean path", "CONNECT", "CONNECT //x HTTP/1.1", 404, true},
		{"TRACE", "TRACE", "TRACE " + statusPath(org) + " HTTP/1.1", 405, true},
		{"a method in small letters", "get", "get " + statusPath(org) + " HTTP/1.1", 405, true},
		{"a method nobody knows", "BREW", "BREW " + linkPath(org) + " HTTP/1.1", 405, true},
		{"PRI", "PRI", "PRI /x HTTP/1.1", 404, true},
		{"HTTP/1.0", "GET", "GET " + statusPath(org) + " HTTP/1.0", 401, true},
		{"OPTIONS of the whole server is net/http's", "OPTIONS", "OPTIONS * HTTP/1.1", 200, false},
		{"an escape that is none", "GET", "GET " + statusPath("%zz") + " HTTP/1.1", 400, false},
		{"half an escape", "GET", "GET /%4 HTTP/1.1", 400, false},
		{"no slash before", "GET", "GET api/public/v1.0 HTTP/1.1", 400, false},
		{"no method", "GET", " " + statusPath(org) + " HTTP/1.1", 400, false},
		{"no version", "GET", "GET " + statusPath(org), 400, false},
		{"a control character", "GET", "GET /\x01 HTTP/1.1", 400, false},
		{"a blank", "GET", "GET /a b HTTP/1.1", 400, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := send(t, address, tt.method, tt.line+"\r\nHost: x\r\nConnection: close\r\n\r\n")
			assert.Equal(t, tt.status, got.status)
			if tt.ours {
				isOurs(t, got)
				assert.Contains(t, got.body, `"error":`)
			}
		})
	}
}

func TestOptionsTellsTheMethods(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tests := []struct{ target, allow string }{
		{linkPath(org), "DELETE, OPTIONS, POST"},
		{statusPath(org), "GET, HEAD, OPTIONS"},
		{strings.Replace(linkPath(org), "public", "atlas", 1), "OPTIONS, POST"},
		{linkPath("nonsense") + "?envelope=true&x=1", "DELETE, OPTIONS, POST"}, // asked of the path, so nothing else counts
	}
	for _, tt := range tests {
		t.Run(tt.target, func(t *testing.T) {
			t.Parallel()
			got := ask(t, s, request(http.MethodOptions, tt.target, ""))
			assert.Equal(t, http.StatusNoContent, got.status)
			assert.Equal(t, http.Header{"Allow": {tt.allow}, "Server": {product}}, got.header)
			assert.Empty(t, got.body)
		})
	}
}
