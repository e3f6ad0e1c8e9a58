package report_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/report"
)

// unread is a response whose body nobody kept.
func unread(why string) checker.Exchange {
	e := answered(http.MethodGet, link+"/status", "Digest", 200)
	e.ResponseBody, e.ResponseTruncated, e.ResponseUnread = nil, true, why
	return e
}

func TestEveryExchangeHasOneOfThreeVerdicts(t *testing.T) {
	t.Parallel()
	valid := answered(http.MethodGet, link+"/status", "Digest", 200)
	cut := unread("")
	cut.ResponseBody = []byte(`{"status":"PEN`)
	whole := unread("")
	whole.ResponseBody = []byte(`{"status":"PENDING"}`)
	const seen = "; coverage: operations 1/3, statuses 1/33, security schemes 1/2"
	for name, c := range map[string]struct {
		options report.Options
		add     []checker.Exchange
		never   int
		numbers [4]int // exchanges, valid, violations, not judged
		text    string
	}{
		"all of them": {
			add: []checker.Exchange{valid, unread("was not recorded"), unread("was not recorded"), cut}, never: 2, numbers: [4]int{6, 1, 0, 5},
			text: "skip 3× status, answer 200, body: was not recorded [not-judged]\n" +
				"PASS  1 valid, 5 not judged (response body was not recorded: 2, response body was not read to its end: 1, answered by a cache: 2)" + seen,
		},
		"a part that is a whole value": {
			add: []checker.Exchange{whole}, numbers: [4]int{1, 0, 1, 0},
			text: "FAIL 1× status, answer 200, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]\nFAIL  1 rule broken in 1 exchange" + seen,
		},
		"a violation besides": {
			add: []checker.Exchange{whole, cut}, numbers: [4]int{2, 0, 1, 1},
			text: "FAIL 1× status, answer 200, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]\n" +
				"skip 1× status, answer 200, body: was not read to its end [not-judged]\n" +
				"FAIL  1 rule broken in 2 exchanges: 0 valid, 1 violation, 1 not judged (response body was not read to its end)" + seen,
		},
		"nothing was judged": {
			add: []checker.Exchange{unread("was not recorded")}, numbers: [4]int{1, 0, 0, 1},
			text: "skip 1× status, answer 200, body: was not recorded [not-judged]\n" +
				"FAIL  nothing was judged in 1 exchange: 0 valid, 1 not judged (response body was not recorded)" + seen,
		},
		"nothing was judged, which is allowed": {
			options: report.Options{AllowUnjudged: true}, add: []checker.Exchange{unread("was not recorded")}, numbers: [4]int{1, 0, 0, 1},
			text: "skip 1× status, answer 200, body: was not recorded [not-judged]\nPASS  0 valid, 1 not judged (response body was not recorded)" + seen,
		},
		"the side that does not count": {
			options: report.Options{Judged: checker.Request}, add: []checker.Exchange{unread("was not recorded")}, numbers: [4]int{1, 1, 0, 0},
			text: "PASS  1 valid" + seen,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRun(t, c.options)
			r.add(c.add...)
			if c.never > 0 {
				r.NotJudged(c.never, "answered by a cache")
			}
			made := r.Report(0)
			assert.Equal(t, c.numbers, [4]int{made.Exchanges, made.Valid, made.Violations, made.NotJudged})
			assert.Equal(t, c.text, strings.Join(told(made), "\n"))
		})
	}
}

func TestWhatWasNotJudgedIsInEveryFormat(t *testing.T) {
	t.Parallel()
	r := newRun(t, report.Options{})
	r.add(unread("was not recorded"), unread("was not recorded"))
	made := r.Report(0)

	var xml, page, document bytes.Buffer
	require.NoError(t, made.JUnit(&xml))
	require.NoError(t, made.HTML(&page))
	require.NoError(t, made.JSON(&document))

	assert.Contains(t, xml.String(), `<skipped message="2 exchanges not judged: response body was not recorded" type="not-judged"></skipped>`)
	assert.Contains(t, xml.String(), `<failure message="nothing was judged" type="not-judged">0 valid, 2 not judged (response body was not recorded)</failure>`)
	assert.Contains(t, page.String(), "<h1>✗ nothing was judged</h1>")
	assert.Contains(t, page.String(), `<tr><th scope="row">response body was not recorded</th><td class="n">2</td></tr>`)
	assert.Contains(t, document.String(), `"passed": false`)
	assert.Contains(t, document.String(), "\"notJudged\": 2,\n  \"unjudged\": [\n    {\n      \"reason\": \"response body was not recorded\",\n      \"exchanges\": 2\n")
}
