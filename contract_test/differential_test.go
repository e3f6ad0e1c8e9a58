package contract_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
)

// stricter are the classes of what the checker refuses and kin-openapi by itself accepts, by direction, place and rule, each with its example: the name of
// one of the wrong exchanges.
var stricter = map[string]string{
	"answer body responses/*/content":            "content of a 204",
	"answer body schema/additionalProperties":    "a property more in an envelope",
	"answer body schema/format":                  "a leap second in the middle of a day",
	"answer header schema/x-format":              "Retry-After on a day that there is not",
	"answer body responses/*/syntax":             "two values",
	"answer body responses/head/content":         "content of a HEAD",
	"answer body schema/x-equals":                "an envelope of another status",
	"answer body schema/x-when":                  "an envelope that nobody asked for",
	"answer body schema/x-when/error":            "an error that is not in the envelope asked for",
	"answer header responses/*/challenge":        "a challenge that nobody can answer",
	"answer header responses/*/content":          "media type of a 204",
	"answer header responses/*/encoding":         "gzip that is none",
	"answer header responses/*/headers/required": "HEAD without GET's headers",
	"answer header responses/*/mediaType":        "two media types",
	"answer header schema/pattern":               "two Retry-After",
	"answer status responses/*":                  "a redirect",
	"answer status responses/acceptance":         "400 for a right request",
	"answer status responses/rejection":          "success for a wrong request",
	"answer status responses/head/405":           "HEAD that is 405",
	"answer status responses/head/acceptance":    "HEAD that is called wrong",
	"answer status security":                     "success without credentials",
	"answer status x-before-sign-in":             "a 404 for strangers",
	"request body requestBody/maxBytes":          "too large",
	"request body requestBody/syntax":            "bytes behind the value",
	"request header requestBody/charset":         "charset=latin1",
	"request header requestBody/encoding":        "compressed",
	"request header requestBody/mediaType":       "two media types",
	"request header security/repeated":           "two credentials",
	"request header security/scheme":             "Basic",
	"request query parameters/repeated":          "a parameter twice",
	"request query parameters/syntax":            "a query that does not parse",
	"request query parameters/type":              "pretty=1",
	"request query parameters/undeclared":        "an undeclared parameter",
}

// milder is what only kin-openapi refuses, against the specifications: a part of its error, and the name of an example in looksWrong.
var milder = map[string]string{
	"Value is not nullable":                "null where anything may be",  // OpenAPI 3.0.3, nullable: only where a type is declared
	`doesn't match the format "date-time"`: "a time in lower case",        // RFC 3339 section 5.6
	"exceeded max depth":                   "nested deeper than Go reads", // RFC 8259 section 9
}

// isMilder reports whether kin-openapi refuses for one of these reasons.
func isMilder(err error) bool {
	return err != nil && slices.ContainsFunc(slices.Collect(maps.Keys(milder)), func(part string) bool { return strings.Contains(err.Error(), part) })
}

// What only kin-openapi refuses of what is right is listed, and each entry has its example.
func TestWhatKinAloneRefusesIsListed(t *testing.T) {
	t.Parallel()
	ours, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	second := newKin(t)
	refused := make(map[string]string)
	for name, c := range looksWrong() {
		e := rightExchanges()[c.of]
		c.change(&e)
		if name == "names in lower case" {
			continue // kin-openapi takes names as net/http writes them
		}
		request, answer, comparable := opinions(t, ours, second, e)
		for _, o := range []opinion{request, answer} {
			if comparable && o.kin != nil && len(o.ours) == 0 && hasContent(e) {
				assert.True(t, isMilder(o.kin), "%s: %v", name, o.kin)
				refused[name] += o.kin.Error()
			}
		}
	}
	for part, example := range milder {
		assert.Contains(t, refused[example], part, example)
	}
}

// opinion is what both say of one direction of an exchange.
type opinion struct {
	kin  error
	ours []checker.Finding
}

// opinions on an exchange; comparable is false for one that the contract has no operation for.
func opinions(t testing.TB, ours *checker.Checker, second kin, e checker.Exchange) (request, answer opinion, comparable bool) {
	t.Helper()
	if _, err := url.ParseRequestURI(e.Target); err != nil {
		return opinion{}, opinion{}, false
	}
	request.kin, answer.kin, comparable = second.judge(t, e)
	// The request by itself: with its answer it can be a probe, which owes no content.
	alone := ours.JudgeRequest(checker.Exchange{Method: e.Method, Target: e.Target, RequestHeader: e.RequestHeader, RequestBody: e.RequestBody})
	request.ours = alone.Findings
	answer.ours = ours.JudgeAnswer(e, ours.JudgeRequest(e)).Findings
	return request, answer, comparable && alone.Operation != ""
}

// hasContent reports whether kin-openapi can judge the answer: it takes one without content for a wrong one where HEAD or a 401 may have none, and
// unpacks nothing.
func hasContent(e checker.Exchange) bool {
	return e.Method != http.MethodHead && len(e.ResponseBody) > 0 && len(e.ResponseHeader.Values("Content-Encoding")) == 0
}

var statusInRule = regexp.MustCompile(`^responses/\d+`)

// class of a finding, without the status and the name.
func class(f checker.Finding) string {
	return string(f.Direction) + " " + string(f.Place) + " " + statusInRule.ReplaceAllString(f.Rule, "responses/*")
}

// alone are the classes of what the checker refuses of an exchange that kin-openapi accepts.
func alone(t testing.TB, ours *checker.Checker, second kin, e checker.Exchange) []string {
	t.Helper()
	var classes []string
	request, answer, comparable := opinions(t, ours, second, e)
	for _, o := range []opinion{request, answer} {
		for _, f := range o.ours {
			if comparable && o.kin == nil {
				classes = append(classes, class(f))
			}
		}
	}
	return classes
}

// What the checker alone refuses is in a class that is listed, and each class has an example.
func TestWhatTheCheckerAloneRefusesIsListed(t *testing.T) {
	t.Parallel()
	ours, err := checker.New(checker.Thorough(), checker.AlsoAt())
	require.NoError(t, err)
	second := newKin(t)
	examples := make(map[string]map[string]bool)
	for _, c := range wrongExchanges() {
		e := rightExchanges()[c.of]
		c.change(&e)
		for _, class := range alone(t, ours, second, e) {
			if examples[class] == nil {
				examples[class] = make(map[string]bool)
			}
			examples[class][c.name] = true
		}
	}
	for class, example := range stricter {
		assert.True(t, examples[class][example], "%s: %s is no example, which one of these is: %v", class, example, slices.Collect(maps.Keys(examples[class])))
	}
	for _, e := range knownExchanges(t) {
		if e.Status == 0 {
			e.Status = http.StatusInternalServerError // an answer that fits every request
		}
		for _, class := range alone(t, ours, second, e) {
			assert.Contains(t, stricter, class, "%s %s answered %d", e.Method, e.Target, e.Status)
		}
	}
}

// FuzzKinAndChecker holds the checker to kin-openapi: nothing is accepted that kin-openapi refuses, in a request of a known operation or an
// answer with content, and what only the checker refuses is in a class that is listed.
func FuzzKinAndChecker(f *testing.F) {
	right := rightExchanges()
	seed := func(e checker.Exchange) {
		if len(e.RequestBody) < 1<<16 {
			f.Add(e.Method, e.Target, lineOf(e.RequestHeader), e.RequestBody, e.Status, lineOf(e.ResponseHeader), e.ResponseBody)
		}
	}
	for _, e := range right {
		seed(e)
	}
	for _, c := range wrongExchanges() {
		e := rightExchanges()[c.of]
		c.change(&e)
		seed(e)
	}
	ours, err := checker.New(checker.Thorough(), checker.AlsoAt())
	require.NoError(f, err)
	second := newKin(f)
	f.Fuzz(func(t *testing.T, method, target, requestHeader string, requestBody []byte, status int, answerHeader string, answerBody []byte) {
		e := checker.Exchange{
			Method: method, Target: target, RequestHeader: headerOf(requestHeader), RequestBody: requestBody,
			Status: status, ResponseHeader: headerOf(answerHeader), ResponseBody: answerBody,
		}
		request, answer, comparable := opinions(t, ours, second, e)
		if !comparable {
			return
		}
		assert.False(t, request.kin != nil && len(request.ours) == 0 && !isMilder(request.kin), "only kin-openapi refuses the request: %v", request.kin)
		assert.False(t, answer.kin != nil && len(answer.ours) == 0 && hasContent(e) && !isMilder(answer.kin), "only kin-openapi refuses the answer: %v", answer.kin)
		for _, class := range alone(t, ours, second, e) {
			assert.Contains(t, stricter, class, "only the checker refuses")
		}
	})
}

// lineOf writes a header for the fuzzer to change: a field in each line.
func lineOf(h http.Header) string {
	var lines []string
	for name, values := range h {
		for _, value := range values {
			lines = append(lines, name+": "+value)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func headerOf(lines string) http.Header {
	h := make(http.Header)
	for line := range strings.SplitSeq(lines, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			h.Add(name, value)
		}
	}
	return h
}
