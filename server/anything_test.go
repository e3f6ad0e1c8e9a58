package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Parts of requests. Each makes sense somewhere.
var (
	anyMethod  = rapid.SampledFrom([]string{"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "TRACE", "CONNECT", "get", "X"})
	anySegment = rapid.SampledFrom([]string{
		"api", "public", "atlas", "v1.0", "orgs", "liveExport", "migrationLink", "status", org, neighbour, guestOrg, closedOrg, unknownOrg,
		strings.ToUpper(org), "", ".", "..", "%2F", "%2e", "%ff", "x", "%00", "%25", "a%2Fb",
	})
	anyBase = rapid.SampledFrom([]string{base + "/orgs/", "/api/atlas/v1.0/orgs/", base + "//orgs/", "/"})
	anyTail = rapid.SampledFrom([]string{
		"/liveExport/migrationLink", "/liveExport/migrationLink/status", "/liveExport/migrationLink/", "/liveExport/./migrationLink", "",
	})
	anyQuery = rapid.SliceOfN(rapid.SampledFrom([]string{
		"pretty=true", "envelope=true", "pretty=false", "envelope=false", "envelope", "envelope=1", "x=1", "%zz", ";", "", "=",
	}), 0, 3)
	anyContent = rapid.SampledFrom([]string{
		"", "{}", linkRequest("x"), linkRequest("x") + "1", "null", "[", "\xff", `{"linkToken":1e999}`, strings.Repeat("[", 70), strings.Repeat("x", limit+1),
	})
	anyType = rapid.SampledFrom([][]string{
		nil, {""}, {"application/json"}, {"application/json", "application/json"}, {"application/json; charset=x"}, {"text/plain"},
	})
)

// anyRequest puts one together; nil if net/http would not let it through to a handler.
func anyRequest(t *rapid.T) *http.Request {
	target := anyBase.Draw(t, "base") + anySegment.Draw(t, "id") + anyTail.Draw(t, "tail")
	if rapid.IntRange(0, 9).Draw(t, "wild") == 0 {
		target = "/" + strings.Join(rapid.SliceOfN(anySegment, 0, 8).Draw(t, "segments"), "/")
	}
	if query := anyQuery.Draw(t, "query"); len(query) > 0 {
		target += "?" + strings.Join(query, "&")
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil
	}
	content := anyContent.Draw(t, "content")
	r := httptest.NewRequest(anyMethod.Draw(t, "method"), "/", strings.NewReader(content))
	r.URL, r.RequestURI = u, target
	switch rapid.SampledFrom([]string{"length", "chunked", "cut off"}).Draw(t, "framing") {
	case "chunked":
		r.ContentLength = -1
	case "cut off":
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(content), failingReader{errors.New("gone")}))
	}
	if types := anyType.Draw(t, "type"); types != nil {
		r.Header["Content-Type"] = types
	}
	return r
}

// TestWhateverIsAskedIsNoFailureOfOurs: the stand-in refuses most of what is asked here. It never fails itself, redirects nobody, and answers
// with nothing but JSON.
func TestWhateverIsAskedIsNoFailureOfOurs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := anyRequest(rt)
		if r == nil {
			return
		}
		if rapid.Bool().Draw(rt, "signed") {
			sign(t, s, r)
		}
		got := ask(t, s, r)
		require.Less(rt, got.status, 500, "%s %s: %s", r.Method, r.RequestURI, got.body)
		require.NotEqual(rt, 3, got.status/100, "%s %s", r.Method, r.RequestURI)
		if got.status != http.StatusNoContent && r.Method != http.MethodHead {
			require.True(rt, json.Valid([]byte(got.body)), "%s %s: %q", r.Method, r.RequestURI, got.body)
		}
	})
}

// TestRefusalsBeforeRoutingStayWhatTheyAre: the stand-in must not turn its own refusal into a 500. 413 is declared for connect alone.
func TestRefusalsBeforeRoutingStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	oversize := strings.Repeat("x", limit+1)
	tests := []struct {
		name, method, target, content string
		status                        int
	}{
		{"too large, GET", "GET", statusPath(org), oversize, 401},
		{"too large, HEAD", "HEAD", statusPath(org), oversize, 401},
		{"too large, DELETE", "DELETE", linkPath(org), oversize, 401},
		{"too large, PUT", "PUT", linkPath(org), oversize, 405},
		{"too large, OPTIONS", "OPTIONS", linkPath(org), oversize, 204},
		{"unclean, in an envelope", "GET", statusPath("..") + "?envelope=true", "", 404},
		{"unclean, PUT", "PUT", statusPath(".."), "", 404},
		{"unclean, OPTIONS", "OPTIONS", statusPath("."), "", 404},
		{"unclean, POST to the status", "POST", statusPath("."), "", 404},
		{"an encoded slash, in an envelope", "GET", statusPath("%2F") + "?envelope=true", "", 404},
		{"an encoded slash, PUT", "PUT", statusPath("%2F"), "", 404},
		{"an encoded slash, OPTIONS", "OPTIONS", linkPath("%2F"), "", 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, newServer(t), request(tt.method, tt.target, tt.content))
			assert.Equal(t, tt.status, got.status, got.body)
		})
	}
}

// TestContentThatCannotBeReadIsTheClientsFault: of GET and DELETE too.
func TestContentThatCannotBeReadIsTheClientsFault(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for method, target := range map[string]string{"GET": statusPath(org), "DELETE": linkPath(org)} {
		r := sign(t, s, request(method, target, ""))
		r.Body, r.ContentLength = failingReader{io.ErrUnexpectedEOF}, 5
		assert.Equal(t, http.StatusBadRequest, ask(t, s, r).status, method)
		signed := authorization(t, credentials(challenge(t, s).Nonce, target), method, privateKey)
		got := send(t, listen(t, s), method, method+" "+target+" HTTP/1.1\r\nHost: x\r\nAuthorization: "+signed+
			"\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
		assert.Equal(t, http.StatusBadRequest, got.status, method+" with a chunk that is none")
	}
}
