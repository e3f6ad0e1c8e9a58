package coverage_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/coverage"
)

const link = "/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink"

type counted struct {
	*coverage.Coverage
	judge *checker.Checker
}

func newCoverage(t testing.TB, excuses string, opts ...checker.Option) counted {
	t.Helper()
	judge, err := checker.New(opts...)
	require.NoError(t, err)
	var e coverage.Excuses
	if excuses != "" {
		e, err = coverage.ReadExcuses("excuses.yaml", []byte(excuses))
		require.NoError(t, err)
	}
	c, err := coverage.New(judge, e)
	require.NoError(t, err)
	return counted{c, judge}
}

func (c counted) add(exchanges ...checker.Exchange) {
	for _, e := range exchanges {
		c.Add(e, c.judge.Judge(e))
	}
}

// seen are the cells that were, by name.
func (c counted) seen() map[string]int {
	all := make(map[string]int)
	for _, t := range c.Result().Cells {
		if t.Seen > 0 {
			all[t.ID] = t.Seen
		}
	}
	return all
}

func exchange(method, target string, status int, headers ...string) checker.Exchange {
	e := checker.Exchange{Method: method, Target: target, Status: status, RequestHeader: http.Header{}, ResponseHeader: http.Header{}}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		e.RequestHeader.Add(name, value)
	}
	return e
}

func answered(e checker.Exchange, contentType, body string) checker.Exchange {
	e.ResponseHeader.Set("Content-Type", contentType)
	e.ResponseBody = []byte(body)
	return e
}

func TestCellsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	r := newCoverage(t, "").Result()
	names := make(map[string]bool)
	for _, tally := range r.Cells {
		assert.False(t, names[tally.ID], "%s twice", tally.ID)
		names[tally.ID] = true
	}
	for _, name := range []string{
		"operation connect", "status connect 409", "status /orgs/{orgId}/liveExport/migrationLink 405",
		"status /orgs/{orgId}/liveExport/migrationLink/status 405", "scheme connect 201 Digest", "scheme disconnect 204 Bearer",
		"scheme status 401 unsigned", "scheme /orgs/{orgId}/liveExport/migrationLink 405 any", "security status unsigned",
		"request connect application/json", "answer status 200 application/json", "parameter connect query pretty absent",
		"parameter status path orgId invalid", "constraint connect body /linkToken schema/minLength",
		"constraint disconnect body requestBody/undeclared", "constraint connect header Authorization security/scheme",
	} {
		assert.True(t, names[name], name)
	}
	for _, name := range []string{
		"status connect 405", "scheme connect 405 Digest", "scheme connect 201 unsigned", "request status application/json",
		"answer disconnect 204 application/json", "parameter connect path orgId absent",
	} {
		assert.False(t, names[name], name)
	}
	assert.Equal(t, coverage.Sum{Kind: coverage.Operation, Declared: 3}, r.Sum(coverage.Operation))
	assert.Equal(t, coverage.Sum{Kind: coverage.Status, Declared: 13 + 11 + 10 - 3 + 2}, r.Sum(coverage.Status), "405 once for each path")
	assert.Equal(t, coverage.Sum{Kind: coverage.Scheme, Declared: 2*(13+11+10-3) + 2 + 3*4 + 1}, r.Sum(coverage.Scheme),
		"each by two schemes, 405 by any; unsigned 401, 429, 500 and 503 of each operation, and 413 of the one with content")
	assert.Equal(t, 3*(2*3+2), r.Sum(coverage.Parameter).Declared, "of three operations: pretty and envelope in three states, orgId in two")
}

func TestAnExchangeIsCountedInEachOfItsCells(t *testing.T) {
	t.Parallel()
	c := newCoverage(t, "")
	connect := answered(exchange(http.MethodPost, link+"?pretty=true", 201, "Authorization: digest x", "Content-Type: application/json; charset=utf-8"),
		"application/json", `{"status":"SYNCED"}`)
	connect.RequestBody = []byte(`{"linkToken":""}`)
	c.add(connect, connect)
	assert.Equal(t, map[string]int{
		"operation connect": 2, "status connect 201": 2, "scheme connect 201 Digest": 2, "security connect Digest": 2,
		"request connect application/json": 2, "answer connect 201 application/json": 2, "parameter connect path orgId valid": 2,
		"parameter connect query pretty valid": 2, "parameter connect query envelope absent": 2,
		"constraint connect body /linkToken schema/minLength": 2,
	}, c.seen())
	assert.Equal(t, coverage.Undeclared{}, c.Result().Undeclared)
	assert.Equal(t, 3, c.Result().AnswerConstraints.Broken, "rejection, and two headers that are required")
}

func TestHowEachIsCounted(t *testing.T) {
	t.Parallel()
	const status = link + "/status"
	for _, c := range []struct {
		name       string
		exchange   checker.Exchange
		seen       []string
		not        []string
		undeclared coverage.Undeclared
	}{
		{
			name: "a probe", exchange: exchange(http.MethodGet, status, 401),
			seen: []string{"scheme status 401 unsigned", "security status unsigned"},
		},
		{
			name: "HEAD counts as GET, without content", exchange: answered(exchange(http.MethodHead, status, 200, "Authorization: Bearer x"), "application/json", ""),
			seen: []string{"operation status", "scheme status 200 Bearer"}, not: []string{"answer status 200 application/json"},
		},
		{name: "OPTIONS", exchange: exchange(http.MethodOptions, status, 204)},
		{
			name: "405 of another method", exchange: answered(exchange(http.MethodPut, status, 405), "application/json", `{"error":405}`),
			seen: []string{
				"status /orgs/{orgId}/liveExport/migrationLink/status 405", "scheme /orgs/{orgId}/liveExport/migrationLink/status 405 any",
				"answer /orgs/{orgId}/liveExport/migrationLink/status 405 application/json",
			},
			undeclared: coverage.Undeclared{Methods: 1},
		},
		{
			name: "another method let through", exchange: exchange("BREW", status, 200), undeclared: coverage.Undeclared{Methods: 1},
		},
		{name: "another path", exchange: exchange(http.MethodGet, "/elsewhere", 404), undeclared: coverage.Undeclared{Paths: 1}},
		{name: "no target", exchange: exchange(http.MethodGet, "%", 400), undeclared: coverage.Undeclared{Paths: 1}},
		{
			name: "a status that nobody declares", exchange: exchange(http.MethodGet, status, 418, "Authorization: Digest x"),
			seen: []string{"security status Digest"}, undeclared: coverage.Undeclared{Statuses: 1},
		},
		{
			name: "no answer", exchange: exchange(http.MethodGet, status, 0), seen: []string{"operation status"},
		},
		{
			name: "another scheme", exchange: exchange(http.MethodGet, status, 401, "Authorization: Basic eA=="),
			seen: []string{"status status 401", "constraint status header Authorization security/scheme"}, not: []string{"scheme status 401 unsigned"},
			undeclared: coverage.Undeclared{Schemes: 1},
		},
		{
			name: "two credentials", exchange: exchange(http.MethodGet, status, 401, "Authorization: Digest x", "Authorization: Bearer x"),
			seen: []string{"constraint status header Authorization security/repeated"}, undeclared: coverage.Undeclared{Schemes: 1},
		},
		{
			name: "header names in small letters",
			exchange: func() checker.Exchange {
				e := exchange(http.MethodPost, link, 201)
				e.RequestHeader = http.Header{"authorization": {"Digest x"}, "content-type": {"application/json"}}
				e.ResponseHeader = http.Header{"content-type": {"application/json"}}
				e.RequestBody, e.ResponseBody = []byte("{}"), []byte("{}")
				return e
			}(),
			seen: []string{"scheme connect 201 Digest", "request connect application/json", "answer connect 201 application/json"},
		},
		{
			name: "two undeclared parameters", exchange: exchange(http.MethodGet, status+"?a=1&b=2&envelope=1", 400),
			seen:       []string{"parameter status query envelope invalid", "constraint status query parameters/undeclared"},
			undeclared: coverage.Undeclared{QueryParameters: 2},
		},
		{
			name: "a query that does not parse", exchange: exchange(http.MethodGet, status+"?%zz", 400), seen: []string{"constraint status query parameters/syntax"},
			not: []string{"parameter status query pretty absent"},
		},
		{
			name: "an organization that is none", exchange: exchange(http.MethodGet, strings.Replace(status, "5f7", "xyz", 1), 404),
			seen: []string{"parameter status path orgId invalid", "constraint status path orgId schema/pattern"},
		},
		{
			name: "an answer of another media type", exchange: answered(exchange(http.MethodGet, status, 500), "text/html", "x"),
			seen: []string{"status status 500"}, undeclared: coverage.Undeclared{AnswerMediaTypes: 1},
		},
		{
			name: "a request of another media type, not sent whole",
			exchange: func() checker.Exchange {
				e := exchange(http.MethodPost, link, 415, "Content-Type: text/plain", "Authorization: Digest x")
				e.RequestLength = 10
				return e
			}(),
			seen: []string{"status connect 415"}, undeclared: coverage.Undeclared{RequestMediaTypes: 1},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			counts := newCoverage(t, "")
			counts.add(c.exchange)
			seen := slices.Collect(maps.Keys(counts.seen()))
			assert.Subset(t, seen, c.seen)
			for _, name := range c.not {
				assert.NotContains(t, seen, name)
			}
			assert.Equal(t, c.undeclared, counts.Result().Undeclared)
			if c.seen == nil {
				assert.Empty(t, seen)
			}
		})
	}
}

func TestExchangesAreCountedAtTheSameTime(t *testing.T) {
	t.Parallel()
	c := newCoverage(t, "")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				c.add(exchange(http.MethodGet, link+"/status", 401))
				c.Result()
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 400, c.seen()["scheme status 401 unsigned"])
}

const another = `
openapi: 3.0.3
info: {title: Tickets, version: "1"}
paths:
  /tickets:
    get:
      security: [{basic: []}, {}]
      parameters:
        - {name: X-Kind, in: header, required: true, schema: {type: string}}
        - {name: session, in: cookie, schema: {type: string, enum: [a]}}
      responses:
        2XX: {description: some, content: {application/problem+json: {}, application/json: {}}}
        default: {description: else}
    post:
      operationId: sell
      security: []
      responses: {'200': {description: sold}}
components:
  securitySchemes:
    basic: {type: http, scheme: basic}
`

func TestAnotherDocumentHasCellsOfItsOwn(t *testing.T) {
	t.Parallel()
	c := newCoverage(t, "", checker.Document([]byte(another)))
	var names []string
	for _, tally := range c.Result().Cells {
		if tally.Kind != coverage.Constraint {
			names = append(names, tally.ID)
		}
	}
	assert.Equal(t, []string{
		"operation GET /tickets", "operation sell",
		"status GET /tickets 2XX", "status GET /tickets default", "status sell 200",
		"scheme GET /tickets 2XX Basic", "scheme GET /tickets 2XX unsigned", "scheme GET /tickets default Basic", "scheme GET /tickets default unsigned", "scheme sell 200 unsigned",
		"security GET /tickets Basic", "security GET /tickets unsigned", "security sell unsigned",
		"answer GET /tickets 2XX application/json", "answer GET /tickets 2XX application/problem+json",
		"parameter GET /tickets header X-Kind absent", "parameter GET /tickets header X-Kind valid",
		"parameter GET /tickets cookie session absent", "parameter GET /tickets cookie session valid", "parameter GET /tickets cookie session invalid",
	}, names)
	c.add(
		answered(exchange(http.MethodGet, "/tickets", 206, "X-Kind: a", "Cookie: session=b"), "application/problem+json", "x"),
		exchange(http.MethodGet, "/tickets", 405, "Cookie: session=a"),
	)
	seen := c.seen()
	for _, name := range []string{
		"status GET /tickets 2XX", "status GET /tickets default", "answer GET /tickets 2XX application/problem+json", "parameter GET /tickets header X-Kind valid",
		"parameter GET /tickets cookie session invalid", "parameter GET /tickets cookie session valid", "scheme GET /tickets default unsigned",
	} {
		assert.Equal(t, 1, seen[name], name)
	}
}

func TestWhatIsUncoveredAndExcused(t *testing.T) {
	t.Parallel()
	c := newCoverage(t, "count: 3\ncells:\n  status disconnect|connect|status 402: no account is suspended\n")
	r := c.Result()
	assert.Equal(t, coverage.Sum{Kind: coverage.Status, Declared: 33, Excused: 3}, r.Sum(coverage.Status))
	assert.Len(t, r.Uncovered(coverage.Status), 30)
	assert.NotContains(t, fmt.Sprint(r.Uncovered()), "status connect 402")
	assert.Empty(t, r.Stale())

	c.add(exchange(http.MethodGet, link+"/status", 402, "Authorization: Digest x"))
	r = c.Result()
	assert.Equal(t, coverage.Sum{Kind: coverage.Status, Declared: 33, Seen: 1, Excused: 2}, r.Sum(coverage.Status))
	assert.Equal(t, []string{"status status 402 is excused (no account is suspended), and was seen: take the excuse out"}, r.Stale())
}

func TestExcusesThatAreWrong(t *testing.T) {
	t.Parallel()
	judge, err := checker.New()
	require.NoError(t, err)
	for _, c := range []struct{ name, content, message string }{
		{"empty", "", "e.yaml:1: want the keys count and cells"},
		{"not YAML", "a: [", "e.yaml: yaml: line 1: did not find expected node content"},
		{"a list", "- a", "e.yaml:1: want the keys count and cells"},
		{"another key", "count: 0\nreasons: {}", `e.yaml:2: the key "reasons" is none of count, cells`},
		{"no count", "cells: {}", "e.yaml:1: count is missing: the number of cells that are excused"},
		{"a count in words", "count: two", "e.yaml:1: count is no number"},
		{"cells in a list", "count: 1\ncells: [a]", "e.yaml:2: cells wants one line for each cell, with its reason"},
		{"no reason", "count: 1\ncells:\n  status connect 402: ' '", `e.yaml:3: "status connect 402" is excused without a reason`},
		{"no such cell", "count: 1\ncells:\n  status conect 402: x", `e.yaml:3: "status conect 402" is no cell of the contract; did you mean status connect 402?`},
		{"nothing like a cell", "count: 1\ncells:\n  teapot: x", `e.yaml:3: "teapot" is no cell of the contract`},
		{"miscounted", "count: 1\ncells:\n  status * 402: x", "e.yaml:1: count is 1, and the excused cells are 3"},
		{"twice in one", "count: 1\ncells:\n  status connect 402|402: x", "e.yaml:3: status connect 402 is excused twice"},
		{"one of two is no cell", "count: 1\ncells:\n  status connect|status 402|413: x", `e.yaml:3: "status status 413" is no cell of the contract; did you mean status status 403?`},
		{"miscounted with a bar", "count: 3\ncells:\n  status connect|status 402|429: x", "e.yaml:1: count is 3, and the excused cells are 4"},
		{"twice", "count: 3\ncells:\n  status * 402: x\n  status connect 402: y", "e.yaml:4: status connect 402 is excused twice"},
		{"two problems", "count: 0\ncells:\n  a: x\n  b: y", "e.yaml:3: \"a\" is no cell of the contract\ne.yaml:4: \"b\" is no cell of the contract"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e, err := coverage.ReadExcuses("e.yaml", []byte(c.content))
			if err == nil {
				_, err = coverage.New(judge, e)
			}
			assert.EqualError(t, err, c.message)
		})
	}
}

func TestTheThreshold(t *testing.T) {
	t.Parallel()
	const one = `{openapi: 3.0.3, info: {title: a, version: "1"}, paths: {/a: {get: {operationId: a, responses: {'200': {description: a}, '201': {description: a}, '202': {description: a}}}}}}`
	c := newCoverage(t, "count: 1\ncells: {scheme a 202 unsigned: not reached}", checker.Document([]byte(one)))
	c.add(exchange(http.MethodGet, "/a", 200))
	r := c.Result()
	require.NoError(t, r.Threshold(0.5))
	require.EqualError(t, r.Threshold(0.501), "coverage of operation × status × security scheme is 50 % (1 of 3, 1 excused), want 50.1 %; not seen: a 201 unsigned")
	c.add(exchange(http.MethodGet, "/a", 201))
	require.NoError(t, c.Result().Threshold(1))
	require.EqualError(t, r.Threshold(0), "the coverage threshold is 0; want more than 0 and at most 1")
	require.EqualError(t, r.Threshold(1.5), "the coverage threshold is 1.5; want more than 0 and at most 1")

	require.ErrorContains(t, newCoverage(t, "").Result().Threshold(1), "is 0 % (0 of ")
	require.ErrorContains(t, newCoverage(t, "").Result().Threshold(1), "not seen: connect 201 Digest, connect 201 Bearer, connect 400 Digest, connect 400 Bearer, connect 401 Digest and ")
}

func TestOnlyAllIsAHundredPercent(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "99.9 %", coverage.Percent(0.99999))
	assert.Equal(t, "100 %", coverage.Percent(1))
	assert.Equal(t, "33.3 %", coverage.Percent(1.0/3))
	assert.Equal(t, "29 %", coverage.Percent(0.29))
}

// An answer at a path that nobody has to serve is none of the operation's answers, unless it is one by all rules.
func TestAnAnswerThatIsNotJudgedIsNoStatusOfTheOperation(t *testing.T) {
	t.Parallel()
	misprinted := strings.Replace(link, "public", "atlas", 1)
	c := newCoverage(t, "")
	c.add(answered(exchange(http.MethodPost, misprinted, 404, "Authorization: Digest x"), "text/plain", "404 page not found"))
	assert.Equal(t, 1, c.seen()["operation connect"])
	assert.NotContains(t, c.seen(), "status connect 404")
	c.add(answered(exchange(http.MethodPost, link, 404, "Authorization: Digest x"), "text/plain", "404 page not found"))
	assert.Equal(t, 1, c.seen()["status connect 404"])
	c.add(exchange(http.MethodDelete, misprinted, 404))
	assert.Equal(t, coverage.Undeclared{Paths: 1, AnswerMediaTypes: 1}, c.Result().Undeclared)
}
