package checker_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
)

// misprinted is the path that the example of the reference page has.
const misprinted = "/api/atlas/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink"

func TestOnlyAServerThatServesItHasTheMisprintedPath(t *testing.T) {
	t.Parallel()
	others, standIns := newChecker(t), newChecker(t, checker.AlsoAt())
	assert.Equal(t, []string{"/api/public/v1.0"}, others.BasePaths())
	assert.Equal(t, []string{"/api/atlas/v1.0", "/api/public/v1.0"}, standIns.BasePaths())
	assert.Nil(t, others.Allowed(misprinted))
	assert.Equal(t, []string{"OPTIONS", "POST"}, standIns.Allowed(misprinted))
	assert.Empty(t, others.Path(misprinted))
	assert.Equal(t, "/orgs/{orgId}/liveExport/migrationLink", standIns.Path(misprinted))
	for _, c := range []*checker.Checker{others, standIns} {
		assert.Equal(t, "connect", c.OperationID(http.MethodPost, misprinted))
		assert.Equal(t, 1<<20, c.MaxRequestBytes(http.MethodPost, misprinted))
		assert.Empty(t, c.OperationID(http.MethodDelete, misprinted))
		assert.Nil(t, c.Allowed(misprinted+"/status"))
	}
}

// A client that posts to the misprinted path gets the advice. A success there is judged. An error is no
// violation: the server may answer so at every path that it does not have. AlsoAt judges errors too.
func TestNoServerHasToServeTheMisprintedPath(t *testing.T) {
	t.Parallel()
	const (
		pending  = "connect, answer 201, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]"
		noPath   = "no operation, request, path: is none of the contract's [paths]"
		noMethod = "no operation, request, method: is none of OPTIONS, POST [paths/method]"
		advice   = "connect, request, path: The example of the reference page has this path; " +
			"everything else says /api/public/v1.0. Use that one. [paths/x-also-at]"
		noOptions = "no operation, answer 404, status: OPTIONS is answered 204, or 405 " +
			"[responses/options, our decision method-not-allowed]"
		elsewhere = "connect, answer 308, status: is not declared for the operation [responses/308]"
		gateway   = "connect, answer 502, status: is not declared for the operation [responses/502]"
	)
	page := http.Header{"Content-Type": {"text/html"}}
	ours := http.Header{
		"Content-Type": {"application/json"}, "Vary": {"Accept-Encoding"},
		"X-Mongodb-Service-Version": {"gitHash=0; versionString=v1"},
	}
	for name, tt := range map[string]struct {
		method string // empty is POST
		below  string
		status int
		header http.Header
		body   string
		others []string // findings on a server that need not serve the path
		judged bool     // the answer is, there
		ours   string   // the first finding on a server that serves the path
	}{
		"served": {status: 201, header: ours, body: `{"status":"SYNCED"}`, judged: true},
		"served wrongly": {
			status: 201, header: ours, body: `{"status":"PENDING"}`,
			others: []string{pending}, judged: true, ours: pending,
		},
		"an error of ours": {
			status: 404, header: ours, body: `{"error":404,"errorCode":"ORG_NOT_FOUND"}`, judged: true,
		},
		"a page that says so": {
			status: 404, header: page, body: "<h1>404</h1>",
			ours: "connect, answer 404, header Content-Type: want application/json, got another [responses/404/mediaType]",
		},
		"nothing that says so": {
			status: 404,
			ours:   "connect, answer 404, body: required, missing [responses/404/content]",
		},
		"not the method": {
			status: 405, header: http.Header{"Allow": {"GET"}},
			ours: "connect, answer 405, status: the path has the method [responses/405]",
		},
		"kept away in front": {
			status: 403, header: page, body: "<h1>403</h1>",
			ours: "connect, answer 403, header Content-Type: want application/json, got another [responses/403/mediaType]",
		},
		"sign-in of another kind": {
			status: 401, header: http.Header{"Www-Authenticate": {"Negotiate"}},
			ours: "connect, answer 401, header WWW-Authenticate: asks for none of Digest, Bearer [responses/401/challenge]",
		},
		"called wrong": {
			status: 400, header: ours, body: `{"error":400}`,
			ours: "connect, answer 400, status: a request that keeps the contract is called wrong [responses/acceptance]",
		},
		"a redirect": {status: 308, header: http.Header{"Location": {link}}, ours: elsewhere},
		"a gateway":  {status: 502, header: page, body: "502", ours: gateway},
		"DELETE": {
			method: http.MethodDelete, status: 404, header: page, body: "404",
			others: []string{noPath}, judged: true, ours: noMethod,
		},
		"GET, not allowed": {
			method: http.MethodGet, status: 405, header: http.Header{"Allow": {"PUT"}},
			others: []string{noPath}, judged: true, ours: noMethod,
		},
		"OPTIONS": {
			method: http.MethodOptions, status: 404,
			others: []string{noPath}, judged: true, ours: noOptions,
		},
		"another operation": {
			method: http.MethodGet, below: "/status", status: 404,
			others: []string{noPath}, judged: true, ours: noPath,
		},
	} {
		e := checker.Exchange{
			Method: tt.method, Target: misprinted + tt.below, RequestHeader: http.Header{"Authorization": {"Digest x"}},
			Status: tt.status, ResponseHeader: tt.header, ResponseBody: []byte(tt.body),
		}
		var wantAdvice []string
		if tt.method == "" {
			e.Method, e.RequestBody = http.MethodPost, []byte(`{"linkToken":"x"}`)
			e.RequestHeader.Set("Content-Type", "application/json")
			wantAdvice = []string{advice}
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			serves := newChecker(t, checker.AlsoAt()).Judge(e)
			assert.Equal(t, wantAdvice, adviceOf(serves))
			if tt.ours == "" {
				assert.Empty(t, lines(serves.Findings))
			} else {
				assert.Contains(t, lines(serves.Findings), tt.ours)
			}
			if !tt.judged {
				wantAdvice = append(wantAdvice, fmt.Sprintf(
					"connect, answer %d, status: does not count: no server has to serve this path [not-judged]", tt.status))
			}
			for _, opts := range [][]checker.Option{nil, {checker.Thorough()}} {
				verdict := newChecker(t, opts...).Judge(e)
				assert.ElementsMatch(t, tt.others, lines(verdict.Findings))
				assert.Equal(t, wantAdvice, adviceOf(verdict))
			}
		})
	}
}

func adviceOf(v checker.Verdict) []string {
	if len(v.Advice) == 0 {
		return nil
	}
	return lines(v.Advice)
}

// What is wrong with a request is found at the misprinted path too, whoever serves it.
func TestARequestToTheMisprintedPathIsJudged(t *testing.T) {
	t.Parallel()
	e := checker.Exchange{
		Method: http.MethodPost, Target: misprinted + "?prety=true",
		RequestHeader: http.Header{"Authorization": {"Digest x"}, "Content-Type": {"application/json"}},
		RequestBody:   []byte(`{}`), Status: 404,
	}
	for _, opts := range [][]checker.Option{nil, {checker.AlsoAt()}} {
		assert.Equal(t, []string{
			"connect, request, query: has a parameter that the operation does not have; did you mean pretty? " +
				"[parameters/undeclared, our decision undeclared-query-parameter]",
			"connect, request, body /linkToken: required, missing [schema/required]",
		}, lines(newChecker(t, opts...).JudgeRequest(e).Findings))
	}
}

func TestAnAliasThatIsNotReadIsRefused(t *testing.T) {
	t.Parallel()
	const ours = "x-also-at:\n        - base: /api/atlas/v1.0\n" +
		"          advice: The example of the reference page has this path; everything else says /api/public/v1.0. Use that one.\n"
	const at = "the OpenAPI document: POST /orgs/{orgId}/liveExport/migrationLink: x-also-at: "
	const want = at + "want a list of entries with base (a path that begins with a slash) and advice (a sentence)"
	for said, err := range map[string]string{
		"x-also-at: /api/atlas/v1.0":                                    want,
		"x-also-at: {base: /b, advice: No.}":                            want,
		"x-also-at: [/api/atlas/v1.0]":                                  want,
		"x-also-at: [{base: /b}]":                                       want,
		"x-also-at: [{base: b, advice: No.}]":                           want,
		"x-also-at: [{base: /b, advice: 1}]":                            want,
		"x-also-at: [{base: /b, advice: No., path: /c}]":                want,
		"x-also-at: [{base: /api/public/v1.0/, advice: No.}]":           at + "/api/public/v1.0 is a base path of the same path already; want another, or none",
		"x-also-at: []":                                                 "",
		"x-also-at: [{base: /b/, advice: No.}, {base: /, advice: No.}]": "",
	} {
		document := strings.Replace(string(migrationlink.OpenAPI()), ours, said+"\n", 1)
		require.NotEqual(t, string(migrationlink.OpenAPI()), document)
		_, got := checker.New(checker.Document([]byte(document)))
		if err == "" {
			assert.NoError(t, got, said)
		} else {
			assert.EqualError(t, got, err, said)
		}
	}
}
