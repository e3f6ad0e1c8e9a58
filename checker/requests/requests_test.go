package requests_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/requests"
)

const (
	base = "/api/public/v1.0"
	link = base + "/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink"
)

func newMaker(t testing.TB, document []byte, config requests.Config) (*requests.Maker, *checker.Checker) {
	t.Helper()
	judge, err := checker.New(checker.Document(document))
	require.NoError(t, err)
	m, err := requests.New(document, judge, config)
	require.NoError(t, err)
	return m, judge
}

// kinds are what each case of wrong requests breaks, by its name.
func kinds(cases []requests.Case) map[string]string {
	all := make(map[string]string)
	for _, c := range cases {
		all[c.Name] = c.Rule
	}
	return all
}

func TestEveryRuleOfARequestIsBroken(t *testing.T) {
	t.Parallel()
	m, judge := newMaker(t, migrationlink.OpenAPI(), requests.Config{Base: base, Seed: 1, Variants: 3})
	cases := m.Wrong()
	want := map[string]string{
		"content/required": "requestBody/required", "content/maxBytes": "requestBody/maxBytes", "content/charset": "requestBody/charset",
		"content/encoding": "requestBody/encoding", "content/mediaType/other": "requestBody/mediaType", "content/mediaType/none": "requestBody/mediaType",
		"content/mediaType/two": "requestBody/mediaType", "content/syntax/after-the-value": "requestBody/syntax", "content/syntax/cut-off": "requestBody/syntax",
		"content/syntax/not-UTF-8": "requestBody/syntax", "content/syntax/lone-surrogate": "requestBody/syntax", "content/syntax/property-twice": "requestBody/syntax",
		"content/syntax/trailing-comma": "requestBody/syntax", "content/syntax/control-character": "requestBody/syntax", "content/syntax/escape": "requestBody/syntax",
		"content/syntax/byte-order-mark": "requestBody/syntax", "content/syntax/another-language": "requestBody/syntax",
		"body/type": "schema/type", "body/nullable": "schema/nullable", "body/additionalProperties": "schema/additionalProperties",
		"body/linkToken/required": "schema/required", "body/linkToken/type": "schema/type", "body/linkToken/nullable": "schema/nullable",
		"body/linkToken/minLength": "schema/minLength",
	}
	everywhere := map[string]string{
		"path/orgId/pattern": "schema/pattern", "path/unknown": "paths", "query/undeclared": "parameters/undeclared", "query/syntax": "parameters/syntax",
	}
	for _, name := range []string{"pretty", "envelope"} {
		everywhere["query/"+name+"/type"], everywhere["query/"+name+"/name-alone"], everywhere["query/"+name+"/repeated"] = "parameters/type", "parameters/type", "parameters/repeated"
	}
	expected := map[string]string{
		"status/content/undeclared": "requestBody/undeclared", "disconnect/content/undeclared": "requestBody/undeclared",
		"status/method/invented": "paths/method", "disconnect/method/invented": "paths/method",
	}
	for _, operation := range []string{"connect", "disconnect", "status"} {
		for name, rule := range everywhere {
			expected[operation+"/"+name] = rule
		}
	}
	for name, rule := range want {
		expected["connect/"+name] = rule
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace} {
		expected["status/method/"+method] = "paths/method"
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodTrace} {
		expected["disconnect/method/"+method] = "paths/method"
	}
	assert.Equal(t, expected, kinds(cases))

	for _, c := range cases {
		assert.NotEmpty(t, c.Statuses, c.Name)
		for _, r := range c.Requests {
			e, err := r.Exchange()
			require.NoError(t, err, c.Name)
			findings := judge.JudgeRequest(e).Findings
			require.Len(t, findings, 1, "%s: one rule and no other", c.Name)
			assert.Equal(t, c.Rule, findings[0].Rule, c.Name)
			assert.Equal(t, c.Decision, findings[0].Decision, c.Name)
		}
	}
}

func TestRightRequestsKeepTheContract(t *testing.T) {
	t.Parallel()
	m, judge := newMaker(t, migrationlink.OpenAPI(), requests.Config{Base: base, Variants: 2})
	counts := make(map[string]int)
	for _, c := range m.Right() {
		counts[c.Name] = len(c.Requests)
		for _, r := range c.Requests {
			e, err := r.Exchange()
			require.NoError(t, err)
			assert.Empty(t, judge.JudgeRequest(e).Findings, "%s %s", c.Name, r.Target)
		}
	}
	for _, operation := range []string{"connect", "disconnect", "status"} {
		assert.Equal(t, 9, counts[operation+"/right/query"], "absent, true and false, of two parameters")
	}
	assert.Equal(t, 9, counts["status/right/HEAD"])
	assert.Equal(t, 1, counts["status/right/OPTIONS"])
	assert.Equal(t, 3, counts["connect/right/spelling"])
	assert.Equal(t, 1, counts["connect/right/maxBytes"])
}

func TestTheSameSeedMakesTheSameRequests(t *testing.T) {
	t.Parallel()
	made := func(seed uint64, keep func(string) bool) []requests.Case {
		m, _ := newMaker(t, migrationlink.OpenAPI(), requests.Config{Base: base, Seed: seed, Variants: 4, Keep: keep})
		return append(m.Right(), m.Wrong()...)
	}
	small := func(name string) bool { return !strings.HasSuffix(name, "maxBytes") } // a mebibyte each
	all := made(3, small)
	assert.Equal(t, all, made(3, small))
	assert.NotEqual(t, all, made(4, small))

	some := made(3, func(name string) bool { return strings.HasPrefix(name, "connect/body") })
	require.NotEmpty(t, some)
	assert.Equal(t, slices.DeleteFunc(slices.Clone(all), func(c requests.Case) bool { return !strings.HasPrefix(c.Name, "connect/body") }), some, "what is left out changes nothing")
}

func TestAValueThatIsGivenIsTheOnlyOneThatRightRequestsHave(t *testing.T) {
	t.Parallel()
	m, _ := newMaker(t, migrationlink.OpenAPI(), requests.Config{Base: base, Variants: 3, Values: map[string]string{"linkToken": "given", "orgId": "4888442a3354817a7320eb61"}})
	for _, c := range m.Right() {
		for _, r := range c.Requests {
			assert.Contains(t, r.Target, "/4888442a3354817a7320eb61/")
			if len(r.Body) > 0 && c.Name != "connect/right/spelling" {
				assert.Equal(t, `{"linkToken":"given"}`, strings.TrimSpace(string(r.Body)))
			}
		}
	}
	operations := m.Operations()
	require.Len(t, operations, 3)
	assert.Equal(t, []string{"status", "disconnect", "connect"}, []string{operations[0].ID, operations[1].ID, operations[2].ID})
	assert.Equal(t, `{"linkToken":"given"}`, string(operations[2].Plain.Body))
}

const another = `
openapi: 3.0.3
info: {title: Tickets, version: "1"}
servers: [{url: "https://host/v2"}]
paths:
  /tickets/{number}:
    put:
      operationId: ticket
      parameters:
        - {name: number, in: path, required: true, schema: {type: integer, minimum: 1, maximum: 99}}
        - {name: class, in: query, required: true, schema: {type: string, enum: [first, second]}}
        - {name: note, in: query, schema: {type: string, maxLength: 3}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [seats]
              properties:
                seats: {type: array, minItems: 1, maxItems: 2, items: {type: string, minLength: 2, maxLength: 3}}
                day: {type: string, format: date-time, example: "2026-11-23T18:00:00Z"}
                price: {type: number, minimum: 1, maximum: 10}
                kind: {type: string, enum: [a, b]}
                zone: {type: string, pattern: "^[A-C]$", example: A}
      responses: {'200': {description: it}}
`

func TestAnotherDocumentIsBrokenByItsOwnRules(t *testing.T) {
	t.Parallel()
	m, _ := newMaker(t, []byte(another), requests.Config{Base: "/v2", Variants: 2})
	rules := make(map[string]string)
	maps.Copy(rules, kinds(m.Wrong()))
	for name, rule := range map[string]string{
		"path/number/type": "parameters/type", "path/number/minimum": "schema/minimum", "path/number/maximum": "schema/maximum",
		"query/class/enum": "schema/enum", "query/class/required": "parameters/required", "query/note/maxLength": "schema/maxLength",
		"body/seats/required": "schema/required", "body/seats/minItems": "schema/minItems", "body/seats/maxItems": "schema/maxItems",
		"body/seats/items/minLength": "schema/minLength", "body/seats/items/maxLength": "schema/maxLength", "body/day/format": "schema/format",
		"body/price/minimum": "schema/minimum", "body/price/maximum": "schema/maximum", "body/kind/enum": "schema/enum", "body/zone/pattern": "schema/pattern",
	} {
		assert.Equal(t, rule, rules["ticket/"+name], name)
	}
	assert.NotContains(t, rules, "ticket/body/additionalProperties", "the document takes any property")
}

func TestWhatCannotBeMadeIsSaid(t *testing.T) {
	t.Parallel()
	judge, err := checker.New()
	require.NoError(t, err)
	_, err = requests.New(migrationlink.OpenAPI(), judge, requests.Config{Base: "/api"})
	require.EqualError(t, err, "no operation is served under the base path; want one of /api/public/v1.0")
	_, err = requests.New([]byte("x"), judge, requests.Config{})
	require.ErrorContains(t, err, "read the OpenAPI document: ")

	withoutExample := strings.ReplaceAll(string(migrationlink.OpenAPI()), "      example: 5f7aac56b3a0b94bcdce6d8a\n", "")
	_, err = requests.New([]byte(withoutExample), judge, requests.Config{Base: base})
	require.EqualError(t, err, "parameter orgId: no value can be made for it; want an example in the document, or a value")

	_, err = requests.Request{Method: "NO METHOD", Target: link}.Exchange()
	require.EqualError(t, err, "the request cannot be sent by net/http")
}
