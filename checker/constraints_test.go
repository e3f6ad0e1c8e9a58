package checker_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
)

// Each constraint that the contract is said to have is broken, one after the other, and the judge must say so in the same terms. What cannot
// be broken would be a cell of the coverage that nobody can reach.
func TestEveryConstraintIsOneThatTheJudgeFinds(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	requests, answers := 0, 0
	for _, op := range c.Operations() {
		for _, constraint := range op.Constraints {
			var tried []string
			found := false
			for _, e := range breaking(t, op, constraint) {
				if found {
					break
				}
				for _, finding := range c.Judge(e).Findings {
					got, ok := op.ConstraintOn(finding)
					found = found || ok && got == constraint
					tried = append(tried, finding.String())
				}
			}
			assert.True(t, found, "%s: no finding says that %+v was broken; found\n%s", op.ID, constraint, strings.Join(tried, "\n"))
			if constraint.Direction == checker.Request {
				requests++
			} else {
				answers++
			}
		}
	}
	assert.Greater(t, requests, 40)
	assert.Greater(t, answers, 400)
}

// kept is an exchange that keeps the contract, but that some errors answer a request without a fault.
func kept(t testing.TB, op checker.Operation, status string, enveloped bool) checker.Exchange {
	t.Helper()
	e := checker.Exchange{
		Method: op.Method, Target: link + strings.TrimPrefix(op.Path, "/orgs/{orgId}/liveExport/migrationLink"),
		RequestHeader: http.Header{"Authorization": {`Digest username="owner"`}},
		ResponseHeader: http.Header{
			"X-Mongodb-Service-Version": {"gitHash=1; versionString=2"}, "Vary": {"Accept-Encoding"}, "Content-Type": {"application/json"},
			"Allow": {"DELETE, GET, HEAD, OPTIONS, POST"}, "Retry-After": {"1"}, "Www-Authenticate": {"Digest realm=x"},
			"Strict-Transport-Security": {"max-age=300"},
		},
	}
	if enveloped {
		e.Target += "?envelope=true"
	}
	if len(op.MediaTypes) > 0 {
		e.RequestHeader.Set("Content-Type", "application/json")
		e.RequestBody = []byte(`{"linkToken":"x"}`)
	}
	e.Status, _ = strconv.Atoi(status)
	body := fmt.Sprintf(`{"error":%d,"errorCode":"A","detail":"a","reason":"a","parameters":[1],"badRequestDetail":{"fields":[{"description":"a","field":"a"}]}}`, e.Status)
	if e.Status < 300 {
		body = `{"status":"SYNCED","sourceOrgId":"a","createdAt":"2026-11-23T10:00:00Z","lastSyncedAt":"2026-11-23T10:00:00Z","errorMessage":"a","targetOrg":{}}`
	}
	if enveloped {
		body = fmt.Sprintf(`{"status":%d,"content":%s}`, e.Status, body)
	}
	e.ResponseBody = []byte(body)
	if e.Status == http.StatusNoContent {
		e.ResponseBody = nil
		e.ResponseHeader.Del("Content-Type")
	}
	return e
}

func breaking(t testing.TB, op checker.Operation, c checker.Constraint) []checker.Exchange {
	t.Helper()
	status := c.Status
	if status == "" {
		status = op.Responses[0].Status
	}
	if c.Direction == checker.Request {
		e := kept(t, op, status, false)
		breakRequest(t, &e, c)
		return []checker.Exchange{e}
	}
	var all []checker.Exchange
	for _, enveloped := range []bool{false, true} {
		e := kept(t, op, status, enveloped)
		breakAnswer(t, &e, c)
		all = append(all, e)
	}
	return all
}

func breakRequest(t testing.TB, e *checker.Exchange, c checker.Constraint) {
	t.Helper()
	query := func(q string) { e.Target += "?" + q }
	switch c.Rule {
	case "parameters/repeated":
		query(c.Name + "=true&" + c.Name + "=true")
	case "parameters/type":
		query(c.Name + "=1")
	case "parameters/undeclared":
		query("a=1")
	case "parameters/syntax":
		query("%zz")
	case "security/scheme":
		e.RequestHeader.Set("Authorization", "Basic eA==")
	case "security/repeated":
		e.RequestHeader.Add("Authorization", "Digest")
	case "requestBody/undeclared":
		e.RequestBody = []byte("{}")
	case "requestBody/required":
		e.RequestBody = nil
	case "requestBody/mediaType":
		e.RequestHeader.Set("Content-Type", "text/plain")
	case "requestBody/charset":
		e.RequestHeader.Set("Content-Type", "application/json; charset=latin1")
	case "requestBody/encoding":
		e.RequestHeader.Set("Content-Encoding", "gzip")
	case "requestBody/maxBytes":
		e.RequestBody = bytes.Repeat([]byte("x"), 1<<20+1)
	case "requestBody/syntax":
		e.RequestBody = []byte("{")
	default:
		if c.Place == checker.Path {
			e.Target = strings.Replace(e.Target, "5f7aac56b3a0b94bcdce6d8a", "x", 1)
			return
		}
		e.RequestBody = broken(t, e.RequestBody, c)
	}
}

func breakAnswer(t testing.TB, e *checker.Exchange, c checker.Constraint) {
	t.Helper()
	rule := c.Rule
	if rest, isResponse := strings.CutPrefix(rule, "responses/"+c.Status+"/"); isResponse {
		rule = rest
	}
	switch {
	case rule == "security":
		e.RequestHeader.Del("Authorization")
		e.Status = http.StatusOK
	case rule == "responses/rejection":
		e.RequestHeader.Set("Authorization", "Basic")
		e.Status = http.StatusOK
	case rule == "responses/acceptance":
		e.Status = http.StatusBadRequest
	case rule == "responses/405":
		e.Status = http.StatusMethodNotAllowed
	case rule == "x-before-sign-in":
		e.RequestHeader.Del("Authorization")
	case rule == "challenge":
		e.ResponseHeader.Set(c.Name, "Basic realm=x")
	case rule == "headers/required":
		e.ResponseHeader.Del(c.Name)
	case rule == "content" && c.Place == checker.Header:
		e.ResponseHeader.Set(c.Name, "2")
	case rule == "content" && len(e.ResponseBody) == 0:
		e.ResponseBody = []byte("x")
	case rule == "content":
		e.ResponseBody = nil
	case rule == "mediaType":
		e.ResponseHeader.Del("Content-Type")
	case rule == "encoding":
		e.RequestHeader = e.RequestHeader.Clone()
		e.RequestHeader.Set("Accept-Encoding", "gzip")
		e.ResponseHeader.Set("Content-Encoding", "br")
	case rule == "syntax":
		e.ResponseBody = []byte("{")
	case rule == "schema/x-when", rule == "schema/x-when/error":
		if strings.Contains(e.Target, "?") {
			e.Target = strings.TrimSuffix(e.Target, "?envelope=true") // it comes in one, unasked
		} else {
			e.Target += "?envelope=true"
		}
	case c.Place == checker.Header:
		e.ResponseHeader.Set(c.Name, map[string]string{"schema/pattern": "\x01", "schema/minLength": "", "schema/x-format": "Mon, 31 Feb 2028 10:00:00 GMT"}[rule])
	default:
		e.ResponseBody = broken(t, e.ResponseBody, c)
	}
}

// broken is a JSON document with the value at the constraint's pointer made wrong for its keyword; unchanged where there is no such value.
func broken(t testing.TB, document []byte, c checker.Constraint) []byte {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal(document, &value))
	root := map[string]any{"": value}
	parent, last := any(root), ""
	for token := range strings.SplitSeq(strings.TrimPrefix(c.Pointer, "/"), "/") {
		if c.Pointer == "" {
			break
		}
		switch p := parent.(type) {
		case map[string]any:
			parent = p[last]
		case []any:
			parent = p[0]
		}
		last = token
	}
	wrong := map[string]any{
		"type": true, "nullable": nil, "enum": "x", "pattern": "a b", "minLength": "", "format": "yesterday", "minimum": 1, "maximum": 9999, "x-equals": 299,
	}
	keyword := c.Rule[strings.LastIndexByte(c.Rule, '/')+1:]
	switch p := parent.(type) {
	case []any:
		p[0] = wrong[keyword]
		if keyword == "additionalProperties" {
			p[0] = map[string]any{"description": "a", "field": "a", "zz": 1}
		}
	case map[string]any:
		switch keyword {
		case "required":
			delete(p, last)
		case "additionalProperties":
			if object, isObject := p[last].(map[string]any); isObject {
				object["zz"] = 1
			}
		case "x-equals":
			if c.Status[0] != '2' {
				p[last] = 599
				break
			}
			p[last] = 299
		default:
			if _, has := p[last]; has {
				p[last] = wrong[keyword]
			}
		}
	}
	document, err := json.Marshal(root[""])
	require.NoError(t, err)
	return document
}

const everyKeyword = `
openapi: 3.0.3
info: {title: Keywords, version: "2"}
paths:
  /things/{number}:
    get:
      parameters:
        - {name: number, in: path, required: true, schema: {type: integer, minimum: 1, maximum: 9, multipleOf: 3}}
        - {name: X-Kind, in: header, required: true, schema: {type: string, enum: [a, b]}}
        - {name: session, in: cookie, required: true, schema: {type: string, maxLength: 3}}
        - {name: limit, in: query, required: true, schema: {type: integer, format: int32, exclusiveMinimum: true, minimum: 0}}
        - {name: tag, in: query, schema: {type: array, items: {type: string, minLength: 2}, minItems: 2, maxItems: 3, uniqueItems: true}}
      responses:
        '200': {description: it}
        4XX: {description: no}
        default: {description: else}
    post:
      operationId: make
      parameters:
        - {name: number, in: path, required: true, schema: {type: string}}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              minProperties: 1
              maxProperties: 3
              properties:
                id: {type: string, readOnly: true}
                size: {type: number, exclusiveMaximum: true, maximum: 5}
                either: {oneOf: [{type: string}, {type: integer}]}
                both: {allOf: [{minimum: 3}]}
                some: {anyOf: [{type: string}, {type: boolean}]}
                child: {$ref: '#/components/schemas/Node'}
                "a/b": {type: string, nullable: true, not: {type: string, enum: [never]}}
      responses:
        '200': {description: made}
components:
  schemas:
    Node: {type: object, properties: {next: {$ref: '#/components/schemas/Node'}, name: {type: string}}}
`

func TestConstraintsOfAnotherDocument(t *testing.T) {
	t.Parallel()
	c := newChecker(t, checker.Document([]byte(everyKeyword)))
	title, version := c.Title()
	assert.Equal(t, "Keywords 2", title+" "+version)
	assert.Equal(t, "/things/{number}", c.Path("/things/3"))
	assert.Empty(t, c.Path("/elsewhere"))
	operations := c.Operations()
	require.Len(t, operations, 2)
	get, post := operations[0], operations[1]
	assert.Equal(t, "GET /things/{number}", get.ID, "no operationId")
	assert.Equal(t, "200 4XX 4XX default", fmt.Sprint(get.DeclaredStatus(200), " ", get.DeclaredStatus(404), " ", get.DeclaredStatus(499), " ", get.DeclaredStatus(500)))
	assert.Empty(t, post.DeclaredStatus(404))

	header := http.Header{"X-Kind": {"a"}, "Cookie": {"session=abc"}}
	got := func(target string, change ...func(http.Header)) checker.Exchange {
		h := header.Clone()
		for _, f := range change {
			f(h)
		}
		return checker.Exchange{Method: http.MethodGet, Target: target, RequestHeader: h}
	}
	require.Empty(t, c.JudgeRequest(got("/things/3?limit=1")).Findings)
	posted := func(body string) checker.Exchange {
		return checker.Exchange{Method: http.MethodPost, Target: "/things/3", RequestHeader: http.Header{"Content-Type": {"application/json"}}, RequestBody: []byte(body)}
	}
	require.Empty(t, c.JudgeRequest(posted(`{"size":1}`)).Findings)
	common := []string{"query parameters/undeclared", "query parameters/syntax", "header Authorization security/repeated"}
	for _, operation := range []struct {
		checker.Operation
		broken map[string]checker.Exchange
	}{
		{get, map[string]checker.Exchange{
			"path number parameters/type":         got("/things/x?limit=1"),
			"path number schema/minimum":          got("/things/0?limit=1"),
			"path number schema/maximum":          got("/things/12?limit=1"),
			"path number schema/multipleOf":       got("/things/4?limit=1"),
			"header X-Kind parameters/required":   got("/things/3?limit=1", func(h http.Header) { h.Del("X-Kind") }),
			"header X-Kind schema/enum":           got("/things/3?limit=1", func(h http.Header) { h.Set("X-Kind", "c") }),
			"cookie session parameters/required":  got("/things/3?limit=1", func(h http.Header) { h.Del("Cookie") }),
			"cookie session schema/maxLength":     got("/things/3?limit=1", func(h http.Header) { h.Set("Cookie", "session=abcd") }),
			"query limit parameters/required":     got("/things/3"),
			"query limit parameters/repeated":     got("/things/3?limit=1&limit=1"),
			"query limit parameters/type":         got("/things/3?limit=x"),
			"query limit schema/exclusiveMinimum": got("/things/3?limit=0"),
			"query tag schema/minItems":           got("/things/3?limit=1&tag=ab"),
			"query tag schema/maxItems":           got("/things/3?limit=1&tag=aa&tag=bb&tag=cc&tag=dd"),
			"query tag schema/uniqueItems":        got("/things/3?limit=1&tag=aa&tag=aa"),
			"query tag schema/minLength":          got("/things/3?limit=1&tag=aa&tag=b"),
			"body requestBody/undeclared":         {Method: http.MethodGet, Target: "/things/3?limit=1", RequestHeader: header, RequestBody: []byte("x")},
		}},
		{post, map[string]checker.Exchange{
			"header Content-Type requestBody/mediaType":    {Method: http.MethodPost, Target: "/things/3", RequestBody: []byte("{}")},
			"header Content-Type requestBody/charset":      {Method: http.MethodPost, Target: "/things/3", RequestBody: []byte(`{"size":1}`), RequestHeader: http.Header{"Content-Type": {"application/json; charset=latin1"}}},
			"header Content-Encoding requestBody/encoding": {Method: http.MethodPost, Target: "/things/3", RequestBody: []byte(`{"size":1}`), RequestHeader: http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}},
			"body requestBody/syntax":                      posted(`{`),
			"body schema/type":                             posted(`[]`),
			"body schema/nullable":                         posted(`null`),
			"body schema/minProperties":                    posted(`{}`),
			"body schema/maxProperties":                    posted(`{"a":1,"b":2,"c":3,"d":4}`),
			"body /id schema/readOnly":                     posted(`{"id":"x"}`),
			"body /size schema/type":                       posted(`{"size":"x"}`),
			"body /size schema/nullable":                   posted(`{"size":null}`),
			"body /size schema/exclusiveMaximum":           posted(`{"size":5}`),
			"body /either schema/type":                     posted(`{"either":true}`),
			"body /either schema/nullable":                 posted(`{"either":null}`),
			"body /both schema/minimum":                    posted(`{"both":2}`),
			"body /some schema/anyOf":                      posted(`{"some":2}`),
			"body /child schema/type":                      posted(`{"child":2}`),
			"body /child schema/nullable":                  posted(`{"child":null}`),
			"body /child/name schema/type":                 posted(`{"child":{"name":2}}`),
			"body /child/name schema/nullable":             posted(`{"child":{"name":null}}`),
			"body /a~1b schema/type":                       posted(`{"a/b":1}`),
			"body /a~1b schema/not":                        posted(`{"a/b":"never"}`),
		}},
	} {
		var declared []string
		for _, constraint := range operation.Constraints {
			if constraint.Direction == checker.Request {
				declared = append(declared, strings.Join(strings.Fields(fmt.Sprint(constraint.Place, " ", constraint.Name, " ", constraint.Pointer, " ", constraint.Rule)), " "))
			}
		}
		want := common
		for name, e := range operation.broken {
			want = append(want, name)
			var found []string
			for _, finding := range c.JudgeRequest(e).Findings {
				if broken, ok := operation.ConstraintOn(finding); ok {
					found = append(found, strings.Join(strings.Fields(fmt.Sprint(broken.Place, " ", broken.Name, " ", broken.Pointer, " ", broken.Rule)), " "))
				}
			}
			assert.Contains(t, found, name)
		}
		assert.ElementsMatch(t, want, declared)
	}
}

func TestAnIndexIsAnyIndex(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "/fields/*/field", checker.AnyIndex("/fields/12/field"))
	assert.Empty(t, checker.AnyIndex(""))
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, err := w.Write([]byte(`{"error":404,"badRequestDetail":{"fields":[{"field":"a","description":"b"},{"field":1,"description":"b"}]}}`))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	c := newChecker(t)
	op := c.Operations()[2]
	e := kept(t, op, "404", false)
	e.ResponseBody = compressed.Bytes()
	e.ResponseHeader.Set("Content-Encoding", "gzip")
	verdict := c.Judge(e)
	require.Equal(t, []string{"status, answer 404, body /badRequestDetail/fields/1/field: is no string [schema/type]"}, lines(verdict.Findings))
	broken, ok := op.ConstraintOn(verdict.Findings[0])
	assert.True(t, ok)
	assert.Equal(t, checker.Constraint{Direction: checker.Answer, Status: "404", Place: checker.Body, Pointer: "/badRequestDetail/fields/*/field", Rule: "schema/type"}, broken)
}
