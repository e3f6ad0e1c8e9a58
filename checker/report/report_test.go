package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/coverage"
	"github.com/migrationlink/migrationlink/checker/report"
)

const link = "/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink"

type run struct {
	*report.Run
	judge *checker.Checker
}

func newRun(t testing.TB, o report.Options) run {
	t.Helper()
	judge, err := checker.New()
	require.NoError(t, err)
	r, err := report.NewRun(judge, o)
	require.NoError(t, err)
	return run{r, judge}
}

func (r run) add(exchanges ...checker.Exchange) {
	for _, e := range exchanges {
		r.Add(e, r.judge.Judge(e))
	}
}

// answered is what a server that keeps the contract answers with a status to a request that is signed in by a scheme, or by none.
func answered(method, target, scheme string, status int) checker.Exchange {
	e := checker.Exchange{
		Method: method, Target: target, RequestHeader: http.Header{}, Status: status,
		ResponseHeader: http.Header{
			"Content-Type": {"application/json"}, "X-Mongodb-Service-Version": {"gitHash=1; versionString=2"}, "Vary": {"Accept-Encoding"},
			"Www-Authenticate": {`Digest realm="MMS Public API", nonce="bm9uY2U"`}, "Retry-After": {"1"}, "Allow": {"DELETE, OPTIONS, POST"},
			"Date": {"Mon, 23 Nov 2026 10:00:00 GMT"},
		},
		ResponseBody: fmt.Appendf(nil, `{"error":%d}`, status),
	}
	if strings.HasSuffix(target, "/status") {
		e.ResponseHeader.Set("Allow", "GET, HEAD, OPTIONS")
	}
	if scheme != "" {
		e.RequestHeader.Set("Authorization", scheme+` username="owner", nonce="bm9uY2U", nc=00000001, cnonce="Y25vbmNl", response="cafe"`)
	}
	if method == http.MethodPost {
		e.RequestHeader.Set("Content-Type", "application/json")
		e.RequestBody = []byte(`{"linkToken":"x"}`)
	}
	switch {
	case status == http.StatusNoContent:
		e.ResponseBody = nil
		e.ResponseHeader.Del("Content-Type")
	case status < 300:
		e.ResponseBody = []byte(`{"status":"SYNCED"}`)
	}
	return e
}

// whole has every answer of the contract but 402, in every way to sign in, but that a Bearer is never told 429, and most of what a request
// can break.
func whole(r run) {
	for _, op := range r.judge.Operations() {
		target := link + strings.TrimPrefix(op.Path, "/orgs/{orgId}/liveExport/migrationLink")
		for _, response := range op.Responses {
			status, _ := strconv.Atoi(response.Status)
			schemes := op.Schemes
			if response.BeforeSignIn {
				schemes = append([]string{""}, schemes...)
			}
			for i, scheme := range schemes {
				if status == http.StatusPaymentRequired || status == http.StatusTooManyRequests && scheme == "Bearer" {
					continue
				}
				e := answered(op.Method, target, scheme, status)
				switch status {
				case http.StatusBadRequest:
					e.Target += "?" + []string{"pretty=1", "envelope=TRUE"}[i]
				case http.StatusMethodNotAllowed:
					e.Method, e.RequestBody = http.MethodPut, nil
				case http.StatusRequestEntityTooLarge:
					e.RequestLength = 1<<20 + 1
				case http.StatusUnsupportedMediaType:
					e.RequestHeader.Set("Content-Type", []string{"text/plain", "application/json; charset=latin1"}[i])
				}
				r.add(e)
			}
		}
		r.add(answered(op.Method, target+"?pretty=true&envelope=false", "Digest", 500))
		for _, query := range []string{"pretty=true&pretty=true", "undeclared=1", "%zz"} {
			r.add(answered(op.Method, target+"?"+query, "Digest", 400))
		}
		r.add(answered(op.Method, strings.Replace(target, "5f7", "xyz", 1), "Digest", 404))
	}
	for _, body := range []string{``, `{`, `{}`, `[]`, `null`, `{"linkToken":1}`, `{"linkToken":null}`, `{"linkToken":""}`, `{"linkToken":"x","linkTokn":1}`} {
		e := answered(http.MethodPost, link, "Digest", 400)
		e.RequestBody = []byte(body)
		r.add(e)
	}
	r.add(answered(http.MethodGet, "/elsewhere", "Digest", 404))
}

// flawed are answers of a server that breaks two rules of MongoDB's and one decision of ours, and of a client that posts a token too early.
func flawed() []checker.Exchange {
	noVersion := answered(http.MethodPost, link, "Digest", 201)
	noVersion.ResponseHeader.Del("X-Mongodb-Service-Version")
	noStatus := answered(http.MethodGet, link+"/status", "Digest", 200)
	noStatus.ResponseBody = []byte(`{"status":"PENDING"}`)
	enveloped := answered(http.MethodGet, link+"/status?envelope=true", "Digest", 404)
	return []checker.Exchange{noVersion, noStatus, noStatus, enveloped, answered(http.MethodPost, link, "", 401)}
}

func excuses(t testing.TB) coverage.Excuses {
	t.Helper()
	e, err := coverage.ReadExcuses("excuses.yaml", []byte("count: 9\ncells:\n  status * 402: no account is suspended\n  scheme * 402 *: no account is suspended\n"))
	require.NoError(t, err)
	return e
}

// told is what a report says of each rule and advice, and of the whole.
func told(r report.Report) []string {
	var lines []string
	line := func(label string, f report.Finding) {
		lines = append(lines, fmt.Sprintf("%s %d× %s", label, f.Count, f.Example))
	}
	for _, f := range r.Findings {
		line(map[bool]string{true: "FAIL", false: "note"}[f.Fails], f)
	}
	for _, f := range r.Advice {
		line(map[bool]string{true: "skip", false: "advice"}[f.Rule == checker.NotJudged], f)
	}
	return append(lines, r.Summary())
}

func TestAReportSaysWhatFailedAndWhere(t *testing.T) {
	t.Parallel()
	r := newRun(t, report.Options{})
	r.add(flawed()...)
	assert.Equal(t, []string{
		"FAIL 1× connect, answer 201, header X-MongoDB-Service-Version: required, missing [responses/201/headers/required]",
		"FAIL 2× status, answer 200, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]",
		"note 1× status, answer 404, body: is not in an envelope, and one was asked for [schema/x-when/error, our decision envelope-after-sign-in]",
		"advice 1× connect, request, body: is sent before sign-in; fetch the challenge without it [token-before-sign-in]",
		"FAIL  2 rules broken in 5 exchanges; coverage: operations 2/3, statuses 4/33, security schemes 1/2",
	}, told(r.Report(0)))
}

// Where requests are broken on purpose, they get no advice either: nobody could follow it.
func TestTheSideThatIsNotJudgedGetsNoAdvice(t *testing.T) {
	t.Parallel()
	const misprinted = "/api/atlas/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink"
	early, elsewhere := answered(http.MethodPost, link, "", 401), answered(http.MethodPost, misprinted, "Digest", 201)
	const counted = "PASS  2 valid; coverage: operations 1/3, statuses 2/33, security schemes 1/2"
	for judged, want := range map[checker.Direction][]string{
		checker.Answer: {counted},
		checker.Request: {
			"advice 1× connect, request, path: The example of the reference page has this path; everything else says /api/public/v1.0. Use that one. [paths/x-also-at]",
			"advice 1× connect, request, body: is sent before sign-in; fetch the challenge without it [token-before-sign-in]", counted,
		},
	} {
		r := newRun(t, report.Options{Judged: judged})
		r.add(early, elsewhere)
		assert.Equal(t, want, told(r.Report(0)), judged)
	}
}

func TestTheSummaryOfARunThatPassed(t *testing.T) {
	t.Parallel()
	r := newRun(t, report.Options{Judged: checker.Answer, Threshold: 0.01})
	for range 1200 {
		r.add(answered(http.MethodGet, link+"/status?pretty=1", "Digest", 400))
	}
	got := r.Report(0)
	assert.Equal(t, "PASS  1,200 valid; coverage: operations 1/3, statuses 1/33, security schemes 1/2", got.Summary())
	assert.Equal(t, []int{1200, 1, 1200, 1200}, []int{got.Exchanges, got.Distinct, got.Valid, got.Provoked})
}

func TestWhatMakesARunFail(t *testing.T) {
	t.Parallel()
	right := answered(http.MethodGet, link+"/status", "Digest", 200)
	ours := answered(http.MethodGet, link+"/status?envelope=true", "Digest", 404)
	for _, c := range []struct {
		name    string
		options report.Options
		add     []checker.Exchange
		cases   []report.Case
		summary string
	}{
		{name: "nothing", add: []checker.Exchange{right}, summary: "PASS  1 valid;"},
		{name: "a decision of ours does not", add: []checker.Exchange{ours}, summary: "PASS  1 valid;"},
		{name: "unless decisions count", options: report.Options{Decisions: true}, add: []checker.Exchange{ours}, summary: "FAIL  1 rule broken in 1 exchange;"},
		{
			name: "a request, where the client is judged", options: report.Options{Judged: checker.Request},
			add: []checker.Exchange{answered(http.MethodGet, link+"/status?pretty=1", "Digest", 400)}, summary: "FAIL  1 rule broken in 1 exchange;",
		},
		{
			name: "an answer does not, where the client is judged", options: report.Options{Judged: checker.Request}, add: flawed(),
			summary: "PASS  5 valid;",
		},
		{name: "a threshold", options: report.Options{Threshold: 1}, add: []checker.Exchange{right}, summary: "FAIL  1 problem of coverage in 1 exchange;"},
		{
			name: "an excuse that nobody needs", options: report.Options{Excuses: excuses(t)},
			add:     []checker.Exchange{answered(http.MethodGet, link+"/status", "Digest", 402)},
			summary: "FAIL  2 problems of coverage in 1 exchange;",
		},
		{name: "a case", cases: []report.Case{{Name: "a", Problems: []string{"is wrong"}}, {Name: "b"}}, summary: "FAIL  1 case failed in 0 exchanges;"},
		{name: "a case that rests on a decision does not", cases: []report.Case{{Name: "a", Decision: "d", Problems: []string{"is wrong"}}}, summary: "PASS  0 valid;"},
		{
			name: "all of it", options: report.Options{Threshold: 1, Decisions: true}, add: flawed(),
			cases:   []report.Case{{Name: "a", Decision: "d", Problems: []string{"is wrong"}}},
			summary: "FAIL  3 rules broken, 1 case failed, 1 problem of coverage in 5 exchanges;",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRun(t, c.options)
			r.add(c.add...)
			for _, one := range c.cases {
				r.Case(one)
			}
			got := r.Report(0)
			assert.True(t, strings.HasPrefix(got.Summary(), c.summary), got.Summary())
			assert.Equal(t, strings.HasPrefix(c.summary, "PASS"), got.Passed)
		})
	}
}

// The same rule can rest on a decision in one case, and not in another.
// A run that did not come to its end claims nothing, in any format.
func TestAStoppedRunDoesNotPass(t *testing.T) {
	t.Parallel()
	const why = `not signed in (401): the key pair "x" was refused`
	r := newRun(t, report.Options{Threshold: 1})
	r.Stop(why)
	r.Case(report.Case{Name: "a", Skipped: why})
	made := r.Report(0)
	assert.False(t, made.Passed)
	assert.Empty(t, made.Coverage.Problems, "a threshold is for whole runs")
	assert.Equal(t, "FAIL  nothing was judged: "+why, made.Summary())
	page := string(written(t, made.HTML))
	assert.Contains(t, page, "<h1>✗ Nothing was judged</h1>\n<p>not signed in (401): the key pair &#34;x&#34; was refused</p>")
	assert.Contains(t, page, "None until the run was stopped.")

	r.add(answered(http.MethodGet, link+"/status", "Digest", 200))
	made = r.Report(0)
	assert.False(t, made.Passed)
	assert.Equal(t, "FAIL  not finished in 1 exchange; coverage: operations 1/3, statuses 1/33, security schemes 1/2", made.Summary())
	assert.Contains(t, string(written(t, made.HTML)), "<h1>✗ not finished</h1>")

	r.add(flawed()...)
	assert.Contains(t, r.Report(0).Summary(), "broken, not finished in ")
}

func TestOneRuleWithAndWithoutADecision(t *testing.T) {
	t.Parallel()
	r := newRun(t, report.Options{})
	f := checker.Finding{Operation: "status", Direction: checker.Answer, Status: http.StatusMethodNotAllowed, Place: checker.Status, Rule: "responses/405", Problem: "the path has the method"}
	ours := f
	ours.Decision = "head-as-get"
	for _, finding := range []checker.Finding{ours, f, ours} {
		r.Add(answered(http.MethodHead, link+"/status", "Digest", http.StatusMethodNotAllowed), checker.Verdict{Operation: "status", Findings: []checker.Finding{finding}})
	}
	assert.Equal(t, []string{
		"FAIL 1× status, answer 405, status: the path has the method [responses/405]",
		"note 2× status, answer 405, status: the path has the method [responses/405, our decision head-as-get]",
		"FAIL  1 rule broken in 3 exchanges; coverage: operations 1/3, statuses 1/33, security schemes 1/2",
	}, told(r.Report(0)))
}

func TestAWrongThresholdIsRefused(t *testing.T) {
	t.Parallel()
	judge, err := checker.New()
	require.NoError(t, err)
	_, err = report.NewRun(judge, report.Options{Threshold: 80})
	require.EqualError(t, err, "the coverage threshold is 80; want 0 (none) to 1")
	wrong, err := coverage.ReadExcuses("e.yaml", []byte("count: 1"))
	require.NoError(t, err)
	_, err = report.NewRun(judge, report.Options{Excuses: wrong})
	require.EqualError(t, err, "e.yaml:1: count is 1, and the excused cells are 0")
}

// A proxy can run for days, and what it keeps does not grow with each exchange.
func TestDistinctIsBounded(t *testing.T) {
	t.Parallel()
	r := newRun(t, report.Options{})
	for i := range report.MaxDistinct + 1 {
		r.Add(checker.Exchange{Method: http.MethodGet, Target: strconv.Itoa(i)}, checker.Verdict{})
	}

	got := r.Report(0)
	assert.Equal(t, report.MaxDistinct+1, got.Exchanges)
	assert.Equal(t, report.MaxDistinct, got.Distinct)
}

func TestDistinctLeavesOutWhatIsDrawn(t *testing.T) {
	t.Parallel()
	r := newRun(t, report.Options{})
	one := answered(http.MethodGet, link+"/status", "Digest", 200)
	again := answered(http.MethodGet, link+"/status", "Digest", 200)
	again.RequestHeader.Set("Authorization", `Digest username="owner", nonce="b,\"cd", nc=00000002, cnonce=other, response="beef"`)
	again.ResponseHeader.Set("Www-Authenticate", `Digest realm="MMS Public API", nonce="other"`)
	again.ResponseHeader.Set("Date", "Tue, 24 Nov 2026 10:00:00 GMT")
	r.add(one, again)
	assert.Equal(t, 1, r.Report(0).Distinct)
	for i, change := range []func(*checker.Exchange){
		func(e *checker.Exchange) { e.RequestHeader.Set("Authorization", `Digest username="reader", nonce="x"`) },
		func(e *checker.Exchange) { e.Target += "?pretty=true" },
		func(e *checker.Exchange) { e.Status = 201 },
		func(e *checker.Exchange) { e.ResponseBody = []byte("{}") },
		func(e *checker.Exchange) { e.RequestBody = []byte("{}") },
		func(e *checker.Exchange) { e.ResponseHeader.Set("X", "y") },
	} {
		other := answered(http.MethodGet, link+"/status", "Digest", 200)
		change(&other)
		r.add(other)
		assert.Equal(t, i+2, r.Report(0).Distinct)
	}
}

// schema is docs/report.schema.json, judged as JSON Schema 2020-12.
func schema(t testing.TB) *openapi3.Schema {
	t.Helper()
	content, err := os.ReadFile("../../docs/report.schema.json")
	require.NoError(t, err)
	var s openapi3.Schema
	require.NoError(t, json.Unmarshal(content, &s))
	return &s
}

func TestTheJSONIsWhatItsSchemaSays(t *testing.T) {
	t.Parallel()
	s := schema(t)
	empty := newRun(t, report.Options{})
	full := newRun(t, report.Options{Threshold: 1, Excuses: excuses(t), Judged: checker.Answer, Started: time.Date(2026, 11, 23, 11, 0, 0, 0, time.FixedZone("", 3600))})
	whole(full)
	full.add(flawed()...)
	full.Case(report.Case{Name: "a", Rule: "r", Decision: "d", Problems: []string{"is wrong"}, Seconds: 0.1})
	full.Case(report.Case{Name: "b", Skipped: "read-only"})
	stopped := newRun(t, report.Options{})
	stopped.Stop("not done within 1m0s")
	for _, r := range []run{empty, full, stopped} {
		var b bytes.Buffer
		require.NoError(t, r.Report(1500*time.Millisecond).JSON(&b))
		var value any
		require.NoError(t, json.Unmarshal(b.Bytes(), &value))
		require.NoError(t, s.VisitJSON(value, openapi3.EnableJSONSchema2020()))

		object := value.(map[string]any)
		for name, wrong := range map[string]any{"passed": "yes", "version": 2, "judged": "neither", "extra": 1, "exchanges": -1, "started": "now"} {
			before, had := object[name]
			object[name] = wrong
			assert.Error(t, s.VisitJSON(value, openapi3.EnableJSONSchema2020()), "%s: %v", name, wrong)
			delete(object, name)
			if had {
				object[name] = before
			}
		}
		cell := object["coverage"].(map[string]any)["cells"].([]any)[0].(map[string]any)
		cell["kind"] = "wrong"
		assert.Error(t, s.VisitJSON(value, openapi3.EnableJSONSchema2020()), "deep inside, behind a reference")
	}
}

func BenchmarkAdd(b *testing.B) {
	r := newRun(b, report.Options{})
	e := flawed()[0]
	v := r.judge.Judge(e)
	for b.Loop() {
		r.Add(e, v)
	}
}

func BenchmarkHTML(b *testing.B) {
	r := busy(b)
	for b.Loop() {
		if err := r.HTML(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
