package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestOneLineForEachExchange asserts whole lines. The path is in none: people paste tokens into the wrong place.
func TestOneLineForEachExchange(t *testing.T) {
	t.Parallel()
	pasted := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(token)
	const advice = ` advice="The example of the reference page has this path; everything else says /api/public/v1.0. Use that one."`
	tests := []struct {
		name                    string
		method, target, content string
		signed                  bool
		want                    string
	}{
		{"connect", "POST", linkPath(org), linkRequest(token), true, "level=INFO msg=connect status=201 key=ownerkey org=" + org},
		{"connect as the page prints it", "POST", strings.Replace(linkPath(org), "public", "atlas", 1), linkRequest(token), true,
			"level=INFO msg=connect status=201 key=ownerkey org=" + org + advice},
		{"status", "GET", statusPath(org) + "?pretty=true", "", true, "level=INFO msg=status status=200 key=ownerkey org=" + org},
		{"status, without its content", "HEAD", statusPath(org), "", true, "level=INFO msg=status status=200 key=ownerkey org=" + org},
		{"the organization in small letters", "GET", statusPath(strings.ToUpper(org)), "", true,
			"level=INFO msg=status status=200 key=ownerkey org=" + org},
		{"disconnect what is not connected", "DELETE", linkPath(org), "", true,
			"level=INFO msg=disconnect status=404 code=RESOURCE_NOT_FOUND key=ownerkey org=" + org},
		{"not signed in", "GET", statusPath(org), "", false, "level=INFO msg=status status=401"},
		{"no role", "GET", statusPath(closedOrg), "", true,
			"level=INFO msg=status status=401 code=USER_CANNOT_ACCESS_ORG key=ownerkey org=" + closedOrg},
		{"no such organization", "GET", statusPath(unknownOrg), "", true,
			"level=INFO msg=status status=404 code=ORG_NOT_FOUND key=ownerkey org=" + unknownOrg},
		{"the token as an id", "GET", statusPath(pasted), "", true, "level=INFO msg=status status=404 code=INVALID_ORG_ID key=ownerkey"},
		{"the token as an id, not signed in", "GET", statusPath(pasted), "", false, "level=INFO msg=status status=401"},
		{"the token as a query", "POST", linkPath(org) + "?linkToken=" + pasted, "", true,
			"level=INFO msg=connect status=400 code=INVALID_QUERY_PARAMETER key=ownerkey org=" + org},
		{"the token as the name of a query parameter", "GET", statusPath(org) + "?" + pasted, "", true,
			"level=INFO msg=status status=400 code=INVALID_QUERY_PARAMETER key=ownerkey org=" + org},
		{"the token as a path", "GET", "/" + pasted, "", false, `level=INFO msg="no operation" status=404 code=RESOURCE_NOT_FOUND`},
		{"a line break in the path", "GET", "/x%0Alevel=ERROR", "", false, `level=INFO msg="no operation" status=404 code=RESOURCE_NOT_FOUND`},
		{"the token as a method", strings.TrimRight(token, "="), linkPath(org), "", false,
			`level=INFO msg="no operation" status=405 code=METHOD_NOT_ALLOWED`},
		{"what is allowed", "OPTIONS", linkPath(org), "", false, `level=INFO msg="no operation" status=204`},
		{"the token as a name in the content", "POST", linkPath(org), `{"` + token + `":1}`, true,
			"level=INFO msg=connect status=400 code=INVALID_ATTRIBUTE key=ownerkey org=" + org},
		{"the token without quotes", "POST", linkPath(org), token, true,
			"level=INFO msg=connect status=400 code=MALFORMED_JSON key=ownerkey org=" + org},
		{"too large", "POST", linkPath(org), strings.Repeat(token, limit/len(token)+1), false,
			`level=INFO msg=connect status=413 code=REQUEST_ENTITY_TOO_LARGE advice="is sent before sign-in; fetch the challenge without it"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			log := new(journal)
			s := newServer(t, log.to)
			r := request(tt.method, tt.target, tt.content)
			if tt.signed {
				sign(t, s, r)
			}
			log.clear()
			ask(t, s, r)
			assert.Equal(t, tt.want+"\n", log.String())
		})
	}
}

// TestWhoIsNotSignedInIsNotNamed keeps what a stranger calls himself out of the log: it may be a private key.
func TestWhoIsNotSignedInIsNotNamed(t *testing.T) {
	t.Parallel()
	log := new(journal)
	s := newServer(t, log.to)
	c := credentials(challenge(t, s).Nonce, statusPath(org))
	c.Username = privateKey
	r := request(http.MethodGet, statusPath(org), "")
	r.Header.Set("Authorization", authorization(t, c, r.Method, publicKey))
	r.Header.Set("User-Agent", token)
	log.clear()
	isRefused(t, ask(t, s, r), false, "the API key was refused.")
	assert.Equal(t, "level=INFO msg=status status=401\n", log.String())
}
