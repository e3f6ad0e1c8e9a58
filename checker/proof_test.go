package checker_test

import (
	"fmt"
	"math/rand/v2"
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

// judges are two of one document: one that may prove, and one that asks kin-openapi and the strict layer about everything.
type judges struct{ proving, thorough *checker.Checker }

func newJudges(t testing.TB, document string) judges {
	t.Helper()
	of := checker.Document([]byte(document))
	return judges{newChecker(t, of), newChecker(t, of, checker.Thorough())}
}

// agree reports whether both have the same verdict, in full, on a request by itself and on the exchange. One that keeps the contract for the proofs
// alone is what must not be.
func (j judges) agree(t testing.TB, e checker.Exchange) bool {
	t.Helper()
	alone := e
	alone.Status, alone.ResponseHeader, alone.ResponseBody = 0, nil, nil
	return assert.Equal(t, j.thorough.JudgeRequest(alone), j.proving.JudgeRequest(alone), "the request by itself: %+v", alone) &&
		assert.Equal(t, j.thorough.Judge(e), j.proving.Judge(e), "%+v", e)
}

// exchanges are right and wrong ones: of each operation and status a right one, plain and in an envelope, those that break each constraint, and
// the requests made from the contract, which are answered by the first of them.
func exchanges(t testing.TB, c *checker.Checker) []checker.Exchange {
	t.Helper()
	var all []checker.Exchange
	answers := make(map[string]checker.Exchange)
	for _, op := range c.Operations() {
		for _, response := range op.Responses {
			all = append(all, kept(t, op, response.Status, false), kept(t, op, response.Status, true))
		}
		answers[op.ID] = kept(t, op, op.Responses[0].Status, false)
		for _, constraint := range op.Constraints {
			if constraint.Rule != "requestBody/maxBytes" { // a mebibyte each
				all = append(all, breaking(t, op, constraint)...)
			}
		}
	}
	maker, err := requests.New(migrationlink.OpenAPI(), c, requests.Config{
		Base: c.BasePaths()[0], Variants: 2, Keep: func(name string) bool { return !strings.HasSuffix(name, "maxBytes") },
	})
	require.NoError(t, err)
	for _, made := range slices.Concat(maker.Right(), maker.Wrong()) {
		for _, r := range made.Requests {
			e, err := r.Exchange()
			require.NoError(t, err)
			answer := answers[made.Operation]
			e.RequestHeader.Set("Authorization", "Digest x")
			e.Status, e.ResponseHeader, e.ResponseBody = answer.Status, answer.ResponseHeader.Clone(), answer.ResponseBody
			all = append(all, e)
		}
	}
	return all
}

func TestProofsChangeNoVerdict(t *testing.T) {
	t.Parallel()
	j := newJudges(t, string(migrationlink.OpenAPI()))
	known := exchanges(t, j.thorough)
	var right []checker.Exchange
	for _, e := range known {
		if !j.agree(t, e) {
			return
		}
		if j.thorough.Judge(e).Kept() {
			right = append(right, e)
		}
	}
	random := rand.New(rand.NewPCG(6, 6))
	stillKept := 0
	const changed = 6_000
	for range changed {
		e := oneOf(random, oneOf(random, known, right)...)
		for range 1 + random.IntN(2) {
			e = alter(random, e)
		}
		if !j.agree(t, e) {
			return
		}
		if j.thorough.Judge(e).Kept() {
			stillKept++
		}
	}
	t.Logf("%d exchanges, and %d changed ones, of which %d keep the contract", len(known), changed, stillKept)
	assert.Greater(t, stillKept, changed/10, "too few that a proof could be right about")
}

const oneSchema = `
openapi: 3.0.3
info: {title: One schema, version: "1"}
paths:
  /a:
    post:
      operationId: one
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/S"}}}}
      responses: {"200": {description: it, content: {application/json: {schema: {$ref: "#/components/schemas/S"}}}}}
components: {schemas: {S: %s}}
`

// What looks valid, and is not, each in the direction that is wrong.
func TestAProofIsNotTaken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why, schema, content string
		wrong                []checker.Direction
	}{
		{"both branches are valid: neither refuses what the other wants", "{oneOf: [{type: object, required: [a], properties: {a: {type: string}}}, {type: object, properties: {b: {type: string}}}]}", `{"a":"x"}`, both},
		{"both branches are valid: neither wants what the other refuses", "{oneOf: [{type: object, additionalProperties: false, properties: {a: {type: string}}}, {type: object, properties: {b: {type: string}}}]}", `{}`, both},
		{"both branches are valid, one of which nothing is known of", "{oneOf: [{type: string}, {minLength: 1}]}", `"x"`, both},
		{"wanted is what may not be there in this direction", "{type: object, required: [a], properties: {a: {type: string, writeOnly: true}}}", `{"a":"x"}`, []checker.Direction{checker.Answer}},
		{"the same the other way around", "{type: object, required: [a], properties: {a: {type: string, readOnly: true}}}", `{"a":"x"}`, []checker.Direction{checker.Request}},
		{"a number without a type that repeats the status", "{type: object, properties: {a: {x-equals: http-status}}}", `{"a":201}`, []checker.Direction{checker.Answer}},
		{"a number among others that repeats the status", "{type: object, properties: {a: {x-equals: http-status, oneOf: [{type: integer}]}}}", `{"a":201}`, []checker.Direction{checker.Answer}},
		{"null, where anything may be", "{type: array, items: {}}", `[null]`, nil},
		{"what repeats itself deeper than is read", "{type: object, properties: {a: {$ref: \"#/components/schemas/S\"}}}", strings.Repeat(`{"a":`, 65) + "{}" + strings.Repeat("}", 65), nil},
		{"what is wrong above what is nested deeper than is judged", "{type: object, properties: {a: {type: array, items: {}}, b: {type: string}}}", `{"b":1,"a":` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `}`, both},
		{"a word cut off", "{type: boolean}", `tru`, both},
		{"a number cut off", "{type: integer}", `-`, both},
		{"a fraction", "{type: integer}", `1.5`, both},
		{"a number that is none of the largest", "{type: integer, maximum: 9007199254740993}", `9007199254740995`, both},
		{"a multiple of another number", "{type: integer, multipleOf: 2}", `3`, both},
		{"both branches are valid, of which one is asked for", "{oneOf: [{type: object}, {type: object, x-when: b}]}", `{}`, both},
		{"text that kin-openapi reads with its quotes", "{type: string, format: binary, maxLength: 1}", `"x"`, both},
		{"characters are counted, not bytes", "{type: string, minLength: 3}", `"éé"`, both},
	} {
		j := newJudges(t, fmt.Sprintf(oneSchema, c.schema))
		e := checker.Exchange{
			Method: http.MethodPost, Target: "/a", RequestHeader: http.Header{"Content-Type": {"application/json"}}, RequestBody: []byte(c.content),
			Status: http.StatusOK, ResponseHeader: http.Header{"Content-Type": {"application/json"}}, ResponseBody: []byte(c.content),
		}
		j.agree(t, e)
		request := j.proving.JudgeRequest(e)
		assert.Equal(t, slices.Contains(c.wrong, checker.Request), !request.Kept(), "the request: %s: %v", c.why, lines(request.Findings))
		answer := j.proving.JudgeAnswer(e, checker.Verdict{Operation: "one"})
		assert.Equal(t, slices.Contains(c.wrong, checker.Answer), !answer.Kept(), "the answer: %s: %v", c.why, lines(answer.Findings))
	}
}

var both = []checker.Direction{checker.Request, checker.Answer}

// FuzzProofs: whatever was sent and answered, proofs change no verdict.
func FuzzProofs(f *testing.F) {
	j := newJudges(f, string(migrationlink.OpenAPI()))
	for i, e := range exchanges(f, j.thorough) {
		if i%29 == 0 { // one for every constraint would take the fuzzer a minute to begin with
			f.Add(e.Method, e.Target, linesOf(e.RequestHeader), e.RequestBody, e.Status, linesOf(e.ResponseHeader), e.ResponseBody, byte(0))
		}
	}
	f.Fuzz(func(t *testing.T, method, target, requestHeader string, request []byte, status int, answerHeader string, answer []byte, flags byte) {
		j.agree(t, checker.Exchange{
			Method: method, Target: target, RequestHeader: headerOf(requestHeader), RequestBody: request,
			Status: status, ResponseHeader: headerOf(answerHeader), ResponseBody: answer,
			RequestTruncated: flags&1 != 0, ResponseTruncated: flags&2 != 0, CredentialsHidden: flags&4 != 0, RequestLength: int64(flags & 8),
		})
	})
}

// linesOf writes a header for the fuzzer to change: a field in each line.
func linesOf(h http.Header) string {
	var lines []string
	for name, values := range h {
		for _, value := range values {
			lines = append(lines, name+": "+value)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// headerOf reads it. A line without a value is a field without one, which nobody can send and a program can have.
func headerOf(lines string) http.Header {
	h := make(http.Header)
	for line := range strings.SplitSeq(lines, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			h[name] = append(h[name], value)
		} else if h[line] == nil {
			h[line] = []string{}
		}
	}
	return h
}

// What keeps the contract is proved to, or proofs would be of no use: thoroughness takes several times the memory.
func TestWhatIsRightIsProved(t *testing.T) { // alone, since others take memory too
	j := newJudges(t, string(migrationlink.OpenAPI()))
	for _, op := range j.thorough.Operations() {
		for _, response := range op.Responses {
			for _, enveloped := range []bool{false, true} {
				e := kept(t, op, response.Status, enveloped)
				taken := func(c *checker.Checker) float64 { return testing.AllocsPerRun(10, func() { c.Judge(e) }) }
				proving, thorough := taken(j.proving), taken(j.thorough)
				assert.Less(t, proving, 0.3*thorough, fmt.Sprintf("%s %s, enveloped: %t: allocations, of %v", op.ID, response.Status, enveloped, thorough))
			}
		}
	}
}
