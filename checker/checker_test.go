package checker_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
)

const link = "/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink"

func newChecker(t testing.TB, opts ...checker.Option) *checker.Checker {
	t.Helper()
	c, err := checker.New(opts...)
	require.NoError(t, err)
	return c
}

func lines(findings []checker.Finding) []string {
	all := make([]string, len(findings))
	for i, finding := range findings {
		all[i] = finding.String()
	}
	return all
}

func TestTheContractTellsItsPathsAndLimits(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	assert.Equal(t, []string{"/api/public/v1.0"}, c.BasePaths())
	assert.Equal(t, 1<<20, c.MaxRequestBytes(http.MethodPost, link))
	assert.Zero(t, c.MaxRequestBytes(http.MethodDelete, link))
	assert.Zero(t, c.MaxRequestBytes(http.MethodPut, link))
	assert.Zero(t, c.MaxRequestBytes(http.MethodPost, "/elsewhere"))
	assert.Equal(t, []string{"DELETE", "OPTIONS", "POST"}, c.Allowed(link))
	assert.Equal(t, []string{"GET", "HEAD", "OPTIONS"}, c.Allowed(link+"/status"))
	for _, path := range []string{
		"", "/", "link", link + "/", link + "/status/", "/orgs/x/liveExport/migrationLink", "/api/public/v1.0/orgs//liveExport/migrationLink",
		"/api/atlas/v1.0/orgs/x/liveExport/migrationLink", "/api/public/v1.0/orgs/%zz/liveExport/migrationLink",
	} {
		assert.Nil(t, c.Allowed(path), path)
	}
}

const another = `
openapi: 3.0.3
info: {title: Tickets, version: "1"}
servers: [{url: "https://{host}:{port}/v2/", variables: {host: {default: a}, port: {default: "1"}}}]
paths:
  /tickets/{number}:
    get:
      operationId: ticket
      parameters:
        - {name: number, in: path, required: true, schema: {type: integer, minimum: 1}}
        - {name: with, in: query, required: true, schema: {type: array, maxItems: 2, items: {type: string}}}
      responses:
        '200':
          description: it
          content:
            application/json:
              schema:
                type: array
                maxItems: 1
                minItems: 1
                items: {type: object, properties: {seat: {type: string, maxLength: 3}, price: {type: number, maximum: 10, multipleOf: 2}}}
        default: {description: anything}
`

func TestTheContractTellsWhereAccessTokensComeFrom(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "/api/oauth/token", newChecker(t).TokenPath())
	assert.Equal(t, "/api/oauth/revoke", newChecker(t).RevocationPath())
	for _, path := range []string{"/api/oauth/token", "/api/oauth/revoke"} {
		verdict := newChecker(t).Judge(checker.Exchange{Method: http.MethodPost, Target: path, Status: 200})
		assert.Empty(t, lines(verdict.Findings), "RFC 6749 and RFC 7009 say what goes on there")
	}
	for document, want := range map[string]string{
		withSignIn: "",
		strings.Replace(withSignIn, "{type: http, scheme: digest}", "{type: oauth2, flows: {password: {tokenUrl: /a, scopes: {}}}}", 1):                          "",
		strings.Replace(withSignIn, "{type: http, scheme: digest}", "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://h/a?b', scopes: {}}}}", 1):    "/a",
		strings.NewReplacer("security: [{digest: []}]\n", "", "components: {securitySchemes: {digest: {type: http, scheme: digest}}}\n", "").Replace(withSignIn): "",
	} {
		assert.Equal(t, want, newChecker(t, checker.Document([]byte(document))).TokenPath())
	}
}

func TestAnotherDocumentIsJudgedByItsOwnRules(t *testing.T) {
	t.Parallel()
	c := newChecker(t, checker.Document([]byte(another)))
	assert.Equal(t, []string{"/v2"}, c.BasePaths())
	assert.Zero(t, c.MaxRequestBytes(http.MethodGet, "/v2/tickets/7"))

	right := checker.Exchange{
		Method: http.MethodGet, Target: "/v2/tickets/7?with=a&with=b", RequestHeader: http.Header{}, Status: 200,
		ResponseHeader: http.Header{"Content-Type": {"application/json"}}, ResponseBody: []byte(`[{"seat":"12a"}]`),
	}
	for name, c2 := range map[string]struct {
		change func(*checker.Exchange)
		want   []string
	}{
		"right": {func(*checker.Exchange) {}, []string{}},
		"no query": {func(e *checker.Exchange) {
			e.Target = "/v2/tickets/7"
			e.Status = 404
			e.ResponseBody = nil
			e.ResponseHeader.Del("Content-Type")
		}, []string{"ticket, request, query with: required, missing [parameters/required]"}},
		"too many items": {func(e *checker.Exchange) { e.ResponseBody = []byte(`[{},{}]`) }, []string{"ticket, answer 200, body: has more than 1 item [schema/maxItems]"}},
		"too few items":  {func(e *checker.Exchange) { e.ResponseBody = []byte(`[]`) }, []string{"ticket, answer 200, body: has fewer than 1 item [schema/minItems]"}},
		"too long":       {func(e *checker.Exchange) { e.ResponseBody = []byte(`[{"seat":"1234"}]`) }, []string{"ticket, answer 200, body /0/seat: is longer than 3 characters [schema/maxLength]"}},
		"too much":       {func(e *checker.Exchange) { e.ResponseBody = []byte(`[{"price":12}]`) }, []string{"ticket, answer 200, body /0/price: is more than 10 [schema/maximum]"}},
		"a keyword more": {func(e *checker.Exchange) { e.ResponseBody = []byte(`[{"price":3}]`) }, []string{"ticket, answer 200, body /0/price: breaks multipleOf (value hidden) [schema/multipleOf]"}},
		"no number": {func(e *checker.Exchange) {
			e.Target, e.Status = "/v2/tickets/seven?with=a", 404
			e.ResponseHeader = http.Header{}
			e.ResponseBody = nil
		}, []string{"ticket, request, path number: is no integer [parameters/type]"}},
		"number 0": {func(e *checker.Exchange) {
			e.Target, e.Status = "/v2/tickets/0?with=a", 404
			e.ResponseHeader = http.Header{}
			e.ResponseBody = nil
		}, []string{"ticket, request, path number: is less than 1 [schema/minimum]"}},
		"too many names": {func(e *checker.Exchange) {
			e.Target, e.Status = "/v2/tickets/1?with=a&with=b&with=c", 404
			e.ResponseHeader = http.Header{}
			e.ResponseBody = nil
		}, []string{"ticket, request, query with: has more than 2 items [schema/maxItems]"}},
		"no request line": {func(e *checker.Exchange) { e.Target = "tickets" }, []string{"no operation, request, path: is no request target [paths]"}},
	} {
		e := right
		e.ResponseHeader = right.ResponseHeader.Clone()
		c2.change(&e)
		assert.Equal(t, c2.want, lines(c.Judge(e).Findings), name)
	}
}

// Half an envelope is told by what it lacks, not by the words of an answer that is in none.
func TestHalfAnEnvelopeLacksTheOtherHalf(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	for body, want := range map[string][]string{
		`{"status":200}`:                   {"status, answer 200, body: is an envelope without content [schema/x-when]"},
		`{"content":{"status":"SYNCED"}}`:  {"status, answer 200, body: is an envelope without status [schema/x-when]"},
		`{"status":200,"envelope":{}}`:     {"status, answer 200, body: is an envelope without content [schema/x-when]", "status, answer 200, body: has a property that the contract does not have [schema/additionalProperties]"},
		`{"status":"SYNCED"}`:              {"status, answer 200, body: is not in an envelope, and one was asked for [schema/x-when]"},
		`{"content":{"status":"PENDING"}}`: {"status, answer 200, body: is an envelope without status [schema/x-when]", "status, answer 200, body /content/status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]"},
	} {
		e := checker.Exchange{
			Method: http.MethodGet, Target: link + "/status?envelope=true", RequestHeader: http.Header{"Authorization": {"Digest"}}, Status: 200,
			ResponseHeader: http.Header{"Content-Type": {"application/json"}, "Vary": {"Accept-Encoding"}, "X-Mongodb-Service-Version": {"gitHash=1; versionString=2"}},
			ResponseBody:   []byte(body),
		}
		assert.Equal(t, want, lines(c.Judge(e).Findings), body)
	}
	probe := checker.Exchange{
		Method: http.MethodGet, Target: link + "/status?envelope=true", RequestHeader: http.Header{}, Status: 401,
		ResponseHeader: http.Header{"Content-Type": {"application/json"}, "Www-Authenticate": {`Digest realm="x", nonce="y"`}}, ResponseBody: []byte(`{"status":401}`),
	}
	assert.Contains(t, lines(c.Judge(probe).Findings), "status, answer 401, body /error: required, missing [schema/required]", "before sign-in no envelope is wanted")
}

// A property that both have is no part of the one more than of the other.
func TestAPropertyOfBothIsNoEnvelope(t *testing.T) {
	t.Parallel()
	document := strings.Replace(withSignIn, "required: [error]}, {type: object, required: [content],",
		"required: [status, error], properties: {status: {type: integer}}}, {type: object, required: [status, content], properties: {status: {type: integer}},", 1)
	e := checker.Exchange{
		Method: http.MethodGet, Target: "/a?envelope=true", RequestHeader: http.Header{"Authorization": {"Digest"}}, Status: 429,
		ResponseHeader: http.Header{"Content-Type": {"application/json"}}, ResponseBody: []byte(`{"status":429}`),
	}
	assert.Equal(t, []string{
		"a, answer 429, body: is not in an envelope, and one was asked for [schema/x-when/error]", "a, answer 429, body: required, missing [schema/required]",
	}, lines(newChecker(t, checker.Document([]byte(document))).Judge(e).Findings))
}

const withSignIn = `
openapi: 3.0.3
info: {title: Signed in, version: "1"}
security: [{digest: []}]
paths:
  /a:
    get:
      operationId: a
      responses:
        '200': {description: it}
        '403': {description: no}
        '429': {description: later, content: {application/json: {schema: {oneOf: [{type: object, required: [error]}, {type: object, required: [content], x-when: envelope}]}}}}
      parameters: [{name: envelope, in: query, schema: {type: boolean}}]
components: {securitySchemes: {digest: {type: http, scheme: digest}}}
`

// Which answers may come before sign-in is for a document to say; one that does not is not judged by it.
func TestADocumentWithoutBeforeSignInIsNotJudgedByIt(t *testing.T) {
	t.Parallel()
	early := strings.Replace(withSignIn, "'403': {description: no}", "'403': {description: no}\n        '503': {description: later, x-before-sign-in: true}", 1)
	for name, c := range map[string]struct {
		document string
		exchange checker.Exchange
		want     []string
	}{
		"it does not say": {withSignIn, checker.Exchange{Method: http.MethodGet, Target: "/a", Status: 403}, []string{}},
		"it says": {early, checker.Exchange{Method: http.MethodGet, Target: "/a", Status: 403},
			[]string{"a, answer 403, status: is told to a request without credentials [x-before-sign-in]"}},
		"it does not say, and the answer is in an envelope": {withSignIn, checker.Exchange{
			Method: http.MethodGet, Target: "/a?envelope=true", Status: 429, ResponseHeader: http.Header{"Content-Type": {"application/json"}},
			ResponseBody: []byte(`{"content":{}}`),
		}, []string{}},
		"it does not say, and the method is none": {withSignIn, checker.Exchange{
			Method: http.MethodPut, Target: "/a", Status: 429,
		}, []string{"no operation, request, method: is none of GET, HEAD, OPTIONS [paths/method]"}},
	} {
		judge := newChecker(t, checker.Document([]byte(c.document)))
		assert.Equal(t, c.want, lines(judge.Judge(c.exchange).Findings), name)
		for _, op := range judge.Operations() {
			told := slices.ContainsFunc(op.Constraints, func(c checker.Constraint) bool { return c.Rule == "x-before-sign-in" })
			assert.Equal(t, c.document == early, told, "%s: whether it can be broken", name)
		}
	}
}

func TestADocumentThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ document, want string }{
		"no YAML":      {"a: [", "read the OpenAPI document: "},
		"no OpenAPI":   {"a: b", "validate the OpenAPI document: "},
		"OpenAPI 3.1":  {"openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n", "the OpenAPI document has version 3.1.0; want 3.0"},
		"no operation": {"openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths: {}\n", "the OpenAPI document has no operation"},
		"an empty one": {"", "validate the OpenAPI document: "},
	} {
		_, err := checker.New(checker.Document([]byte(c.document)))
		assert.ErrorContains(t, err, c.want, name)
	}
}

// What the checker would judge wrongly it does not judge at all.
func TestADocumentThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	const head = "openapi: 3.0.3\ninfo: {title: x, version: '1'}\n"
	const ok = "responses: {'200': {description: x}}"
	for want, document := range map[string]string{
		"security scheme key: type apiKey; want http, oauth2 or openIdConnect, which sign in by Authorization":  "paths: {/a: {get: {" + ok + "}}}\ncomponents: {securitySchemes: {key: {type: apiKey, in: header, name: X}}}",
		"path /{id}.json: want a parameter to be a whole segment":                                               "paths: {'/{id}.json': {get: {parameters: [{name: id, in: path, required: true, schema: {type: string}}], " + ok + "}}}",
		"GET /a: parameter q: want it described by a schema, not by content":                                    "paths: {/a: {get: {parameters: [{name: q, in: query, content: {application/json: {schema: {type: integer}}}}], " + ok + "}}}",
		"GET /a: parameter q: an object in the query; want a value or an array":                                 "paths: {/a: {get: {parameters: [{name: q, in: query, style: deepObject, schema: {type: object}}], " + ok + "}}}",
		"POST /a: request body: media type text/plain; want application/json, or one that ends in +json":        "paths: {/a: {post: {requestBody: {content: {text/plain: {schema: {type: string}}}}, " + ok + "}}}",
		"GET /a: response 200: media type application/*; want application/json, or one that ends in +json":      "paths: {/a: {get: {responses: {'200': {description: x, content: {application/*: {schema: {type: object}}}}}}}}",
		"GET /a: response 200: header X: want it described by a schema of type string":                          "paths: {/a: {get: {responses: {'200': {description: x, headers: {X: {schema: {type: integer}}}}}}}}",
		"GET /a: response 200: media type application/json: every branch of oneOf has x-when; want one without": "paths: {/a: {get: {responses: {'200': {description: x, content: {application/json: {schema: {oneOf: [{type: object, x-when: b}]}}}}}}}}",
		"GET /a: response 404: x-refuses: path/schema/pattern: want the name of a decision":                     "paths: {/a: {get: {responses: {'404': {description: x, x-refuses: {path/schema/pattern: 1}}}}}}",
	} {
		_, err := checker.New(checker.Document([]byte(head + document + "\n")))
		assert.EqualError(t, err, "the OpenAPI document has what the checker does not read: "+want)
	}
}

// FuzzJudge: whatever was sent and answered, the checker has a verdict, the same one each time, and repeats nothing of it.
func FuzzJudge(f *testing.F) {
	f.Add("POST", link, "application/json", `{"linkToken":"x"}`, 201, `{"status":"SYNCED"}`)
	f.Add("GET", link+"/status?pretty=true&envelope=true", "", "", 200, `{"status":200,"content":{"status":"SYNCED"}}`)
	f.Add("DELETE", link, "", `{}`, 409, `{"error":409,"parameters":[1,null,{"a":"\ud83d"}]}`)
	f.Add("PUT", "//x/%2f?%zz;a", "text/plain; charset=latin1", "\xff", 405, `[[[[`)
	f.Fuzz(func(t *testing.T, method, target, mediaType, request string, status int, answer string) {
		c := newChecker(t)
		e := checker.Exchange{
			Method: method, Target: target, RequestHeader: http.Header{"Authorization": {"Digest x"}, "Content-Type": {mediaType}},
			RequestBody: []byte(request), Status: status, ResponseHeader: http.Header{"Content-Type": {"application/json"}}, ResponseBody: []byte(answer),
		}
		first, second := c.Judge(e), c.Judge(e)
		assert.Equal(t, first, second)
		assert.Equal(t, request, string(e.RequestBody))
		assert.Equal(t, answer, string(e.ResponseBody))
	})
}
