package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/report"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// busy is a report with something in every table.
func busy(t testing.TB) report.Report {
	t.Helper()
	r := newRun(t, report.Options{Judged: checker.Answer, Threshold: 1, Excuses: excuses(t), Started: time.Date(2026, 11, 23, 10, 5, 0, 0, time.UTC)})
	whole(r)
	r.add(flawed()...)
	r.Case(report.Case{Name: "connect, the same token again", Rule: "responses/201", Problems: []string{"is answered 409, the contract says 201"}})
	r.Case(report.Case{Name: "disconnect twice", Decision: "disconnect-unconnected", Problems: []string{"is answered 204"}})
	r.Case(report.Case{Name: "connect", Seconds: 0.01})
	r.Case(report.Case{Name: "disconnect", Skipped: "read-only"})
	return r.Report(2170 * time.Millisecond)
}

func written(t testing.TB, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, write(&b))
	return b.Bytes()
}

var (
	pageCell   = regexp.MustCompile(`data-cell="([^"]*)" data-seen="([0-9]+)"`)
	pageNumber = regexp.MustCompile(`data-number="([a-zA-Z]+)">([0-9,]+)<`)
	pageSum    = regexp.MustCompile(`<tr data-kind="([a-z]+)"><th[^>]*>[^<]*</th><td class="n">([0-9,]+)</td><td class="n">([0-9,]+)</td><td class="n">([0-9,]+)</td><td class="n">([0-9,]+)</td>`)
)

// assertSameCounts holds a page to the JSON of the same report.
func assertSameCounts(t testing.TB, page, document []byte) {
	t.Helper()
	var r report.Report
	require.NoError(t, json.Unmarshal(document, &r))
	want, got := make(map[string]string), make(map[string]string)
	for _, cell := range r.Coverage.Cells {
		want[cell.ID] = strconv.Itoa(cell.Seen)
	}
	for _, match := range pageCell.FindAllSubmatch(page, -1) {
		name := html.UnescapeString(string(match[1]))
		assert.NotContains(t, got, name, "in two tables")
		got[name] = string(match[2])
	}
	assert.Equal(t, want, got)

	numbers := make(map[string]string)
	for _, match := range pageNumber.FindAllSubmatch(page, -1) {
		numbers[string(match[1])] = strings.ReplaceAll(string(match[2]), ",", "")
	}
	wantNumbers := map[string]string{
		"exchanges": strconv.Itoa(r.Exchanges), "distinct": strconv.Itoa(r.Distinct), "valid": strconv.Itoa(r.Valid),
		"violations": strconv.Itoa(r.Violations), "notJudged": strconv.Itoa(r.NotJudged),
		"findings": strconv.Itoa(len(r.Findings)), "advice": strconv.Itoa(len(r.Advice)),
	}
	if r.Judged != "both" {
		wantNumbers["provoked"] = strconv.Itoa(r.Provoked)
	}
	if len(r.Cases) > 0 {
		wantNumbers["cases"] = strconv.Itoa(len(r.Cases))
	}
	assert.Equal(t, wantNumbers, numbers)

	sums := pageSum.FindAllSubmatch(page, -1)
	require.Len(t, sums, len(r.Coverage.Sums))
	for i, sum := range r.Coverage.Sums {
		assert.Equal(t, fmt.Sprint(sum.Kind, sum.Seen, sum.Excused, sum.Declared-sum.Seen-sum.Excused, sum.Declared),
			fmt.Sprint(string(sums[i][1]), number(sums[i][2]), number(sums[i][3]), number(sums[i][4]), number(sums[i][5])))
	}
}

func number(b []byte) int {
	n, _ := strconv.Atoi(strings.ReplaceAll(string(b), ",", ""))
	return n
}

func TestThePageHasTheCountsOfTheJSON(t *testing.T) {
	t.Parallel()
	for _, r := range []report.Report{busy(t), newRun(t, report.Options{}).Report(0)} {
		page := written(t, r.HTML)
		assertSameCounts(t, page, written(t, r.JSON))
	}
}

func TestThePageFetchesNothingAndRunsNothing(t *testing.T) {
	t.Parallel()
	page := string(written(t, busy(t).HTML))
	for _, wrong := range []string{"<script", "http://", "https://", "@import", "url(", "src=", "javascript:", " on"} {
		if wrong == " on" {
			assert.NotRegexp(t, `<[^>]* on[a-z]+=`, page)
			continue
		}
		assert.NotContains(t, page, wrong)
	}
}

func TestThePageSaysWithoutColourWhatColoursSay(t *testing.T) {
	t.Parallel()
	page := string(written(t, busy(t).HTML))
	for _, want := range []string{
		"<h1>✗ 2 rules broken, 1 case failed", `<span aria-hidden="true">✗</span><span class="hidden">contract broken, seen</span> 4</td>`,
		`<span aria-hidden="true">–</span>`, `<span aria-hidden="true">○</span><span class="hidden">not seen</span></td>`,
		"is none of SYNCED, NOT_SYNCED (value hidden)", "our decision envelope-after-sign-in",
		"<th scope=\"row\">no account is suspended</th>", "is answered 409, the contract says 201",
	} {
		assert.Contains(t, page, want)
	}
	assert.Contains(t, page, `<th scope="col">all</th><th scope="col">200</th><th scope="col">201</th><th scope="col">204</th><th scope="col">400</th>`)
	both := newRun(t, report.Options{})
	both.add(flawed()...)
	assert.Contains(t, string(written(t, both.Report(0).HTML)), "is sent before sign-in; fetch the challenge without it")
	page = string(written(t, newRun(t, report.Options{}).Report(0).HTML))
	assert.Contains(t, page, "<h1>✓ 0 valid</h1>")
	assert.Contains(t, page, "None: every exchange is valid.")
}

// suites are what Jenkins reads of JUnit XML, and nothing else may be there.
type suites struct {
	XMLName  xml.Name   `xml:"testsuites"`
	Attrs    []xml.Attr `xml:",any,attr"`
	Suites   []suite    `xml:"testsuite"`
	Unknown  []unknown  `xml:",any"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Skipped  int        `xml:"skipped,attr"`
}

type suite struct {
	Name      string    `xml:"name,attr"`
	Tests     int       `xml:"tests,attr"`
	Failures  int       `xml:"failures,attr"`
	Errors    int       `xml:"errors,attr"`
	Skipped   int       `xml:"skipped,attr"`
	Time      float64   `xml:"time,attr"`
	Timestamp string    `xml:"timestamp,attr"`
	Cases     []test    `xml:"testcase"`
	Unknown   []unknown `xml:",any"`
}

type test struct {
	ClassName string    `xml:"classname,attr"`
	Name      string    `xml:"name,attr"`
	Time      float64   `xml:"time,attr"`
	Failure   []result  `xml:"failure"`
	Error     []result  `xml:"error"`
	Skipped   []result  `xml:"skipped"`
	Unknown   []unknown `xml:",any"`
}

type result struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

type unknown struct{ XMLName xml.Name }

func readJUnit(t testing.TB, r report.Report) suites {
	t.Helper()
	content := written(t, r.JUnit)
	assert.True(t, bytes.HasPrefix(content, []byte(`<?xml version="1.0" encoding="UTF-8"?>`)))
	var s suites
	require.NoError(t, xml.Unmarshal(content, &s))
	assert.Empty(t, s.Unknown)
	tests, failures, errs, skipped := 0, 0, 0, 0
	for _, one := range s.Suites {
		assert.Empty(t, one.Unknown)
		assert.Len(t, one.Cases, one.Tests)
		f, e, k := 0, 0, 0
		names := make(map[string]bool)
		for _, c := range one.Cases {
			assert.Empty(t, c.Unknown)
			assert.NotEmpty(t, c.Name)
			assert.NotEmpty(t, c.ClassName)
			assert.LessOrEqual(t, len(c.Failure)+len(c.Error)+len(c.Skipped), 1)
			assert.False(t, names[c.ClassName+"/"+c.Name], "%s twice", c.Name)
			names[c.ClassName+"/"+c.Name] = true
			f, e, k = f+len(c.Failure), e+len(c.Error), k+len(c.Skipped)
		}
		assert.Equal(t, []int{f, e, k}, []int{one.Failures, one.Errors, one.Skipped})
		tests, failures, errs, skipped = tests+one.Tests, failures+f, errs+e, skipped+k
	}
	assert.Equal(t, []int{tests, failures, errs, skipped}, []int{s.Tests, s.Failures, s.Errors, s.Skipped})
	return s
}

func TestJUnitHasATestForEachCaseRuleAndProblem(t *testing.T) {
	t.Parallel()
	s := readJUnit(t, busy(t))
	require.Len(t, s.Suites, 3)
	assert.Equal(t, "2026-11-23T10:05:00", s.Suites[0].Timestamp)
	assert.Equal(t, []int{4, 1, 2}, []int{s.Suites[0].Tests, s.Suites[0].Failures, s.Suites[0].Skipped})
	assert.Equal(t, "is answered 409, the contract says 201", s.Suites[0].Cases[0].Failure[0].Message)
	assert.Equal(t, "rests on our decision disconnect-unconnected, on which MongoDB is silent; it fails where decisions count", s.Suites[0].Cases[1].Skipped[0].Message)
	assert.Equal(t, "read-only", s.Suites[0].Cases[3].Skipped[0].Message)

	broken := s.Suites[1].Cases[1]
	assert.Equal(t, "contract.status", broken.ClassName)
	assert.Equal(t, "status, answer 200, body /status, schema/enum", broken.Name)
	assert.Equal(t, result{
		Message: "is none of SYNCED, NOT_SYNCED (value hidden)", Type: "schema/enum",
		Text: "status, answer 200, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]\n2 times",
	}, broken.Failure[0])

	s = readJUnit(t, newRun(t, report.Options{}).Report(0))
	assert.Equal(t, []int{2, 0, 0}, []int{s.Tests, s.Failures, s.Skipped})
	assert.Equal(t, "contract kept", s.Suites[0].Cases[0].Name)
	assert.Empty(t, s.Suites[0].Cases[0].Skipped)

	stopped := newRun(t, report.Options{})
	stopped.Stop("the server does not respond")
	s = readJUnit(t, stopped.Report(0))
	assert.Equal(t, []int{3, 0, 2, 1}, []int{s.Tests, s.Failures, s.Skipped, s.Errors})
	assert.Equal(t, "came to its end", s.Suites[0].Cases[0].Name)
	assert.Equal(t, []result{{Message: "the server does not respond", Type: "stopped", Text: "the server does not respond"}}, s.Suites[0].Cases[0].Error)
	assert.Equal(t, "the server does not respond", s.Suites[1].Cases[0].Skipped[0].Message, "whether the contract was kept is not known")
	assert.Equal(t, "the server does not respond", s.Suites[2].Cases[0].Skipped[0].Message)
}

func TestControlCharactersAreSafeEverywhere(t *testing.T) {
	t.Parallel()
	const wild = "a\x00b\x01c\x1b[31md\ufffee]]><!--\x7f\xff\u202e\nf"
	r := newRun(t, report.Options{})
	r.Add(answered(http.MethodGet, link+"/status", "Digest", 200), checker.Verdict{Operation: "status", Findings: []checker.Finding{{
		Operation: "status", Direction: checker.Answer, Status: 200, Place: checker.Header, Name: wild, Rule: wild, Problem: wild,
	}}})
	r.Case(report.Case{Name: wild, Rule: wild, Problems: []string{wild}})
	got := r.Report(0)

	s := readJUnit(t, got)
	assert.Contains(t, s.Suites[0].Cases[0].Name, "a\ufffdb\ufffdc\ufffd[31md\ufffde]]><!--")
	stopped := newRun(t, report.Options{})
	stopped.Stop(wild)
	assert.NotRegexp(t, `[\x00-\x1f\x7f\x{202e}]`, got.Summary()+stopped.Report(0).Summary())
	page := string(written(t, got.HTML))
	assert.NotContains(t, page, "<!--")
	assert.Contains(t, page, "&lt;!--")
	require.NoError(t, json.Unmarshal(written(t, got.JSON), new(any)))
}

// The credentials of an exchange, in each place where a sender could put one.
func TestNoReportHoldsACredential(t *testing.T) {
	t.Parallel()
	secrets := []secret.Named{
		secret.New("link-token", "bGluay10b2tlbi1jYW5hcnktMDEyMzQ1Njc4OQ"), secret.New("private key", "7e0c6a1b-93d4-4f58-b2a7-canaryprivat"),
		secret.New("bearer", "eyJhbGciOiJub25lIn0.canary.bearer"), secret.New("nonce", "bm9uY2UtY2FuYXJ5LW5vbmNlLWNh"),
		secret.New("cnonce", "Y25vbmNlLWNhbmFyeS1jbm9uY2Ut"), secret.New("response", "0123456789abcdef0123456789abcdef"),
	}
	r := newRun(t, report.Options{Decisions: true, Threshold: 1})
	for _, canary := range secrets {
		v := canary.Value.Reveal()
		for _, e := range []checker.Exchange{
			answered(http.MethodPost, link+"?"+v+"="+v, "Digest "+v, 400), answered(http.MethodGet, "/"+v, v, 404), answered(v, link, "Bearer "+v, 405),
			answered(http.MethodGet, strings.Replace(link, "5f7aac56b3a0b94bcdce6d8a", v, 1)+"/status", v+" "+v, 404), answered(http.MethodPost, link+"?pretty="+v, v, 201),
		} {
			e.RequestHeader.Set("Authorization", `Digest username="owner", nonce="`+v+`", cnonce="`+v+`", response="`+v+`"`)
			e.RequestBody = fmt.Appendf(nil, `{"linkToken":%q,%q:%q}`, v, v, v)
			e.ResponseBody = fmt.Appendf(nil, `{"error":%d,%q:%q,"errorCode":%q,"badRequestDetail":{"fields":[{%q:1}]}}`, e.Status, v, v, v, v)
			e.ResponseHeader.Set("Www-Authenticate", v)
			r.add(e)
			e.ResponseHeader.Set("Content-Type", "text/"+v)
			e.RequestHeader.Set("Content-Type", v+"/"+v)
			e.RequestHeader.Add("Authorization", v)
			r.add(e)
		}
	}
	got := r.Report(0)
	require.Greater(t, len(got.Findings), 20)
	finder := secret.NewFinder(secrets...)
	for _, format := range report.Formats() {
		for _, found := range finder.Find(written(t, func(w io.Writer) error { return format.Write(got, w) })) {
			assert.Fail(t, "a credential is in the "+format.Name, found.String())
		}
	}

	// A search that finds nothing proves something only when it finds what was planted.
	got.Findings[0].Problem, got.Findings[0].Example = secrets[0].Value.Reveal(), secrets[0].Value.Reveal()
	for _, format := range report.Formats() {
		assert.NotEmpty(t, finder.Find(written(t, func(w io.Writer) error { return format.Write(got, w) })), format.Name)
	}
}

// console are the messages of a page's console, as headless Chromium logs them, and the page as it then is.
func console(t testing.TB, chromium string, page []byte) (messages []string, dom []byte) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "report.html")
	require.NoError(t, os.WriteFile(file, page, 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a bound, should it not come up
	defer cancel()
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--enable-logging=stderr", "--dump-dom", "file://"+file)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	require.NoError(t, cmd.Run(), log.String())
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "CONSOLE") {
			messages = append(messages, line)
		}
	}
	return messages, out.Bytes()
}

func TestChromiumHasNothingToSayAboutThePage(t *testing.T) {
	t.Parallel()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Logf("the page was not opened: %v", err)
		return
	}
	r := busy(t)
	messages, dom := console(t, chromium, written(t, r.HTML))
	assert.Empty(t, messages)
	assertSameCounts(t, dom, written(t, r.JSON))

	page := bytes.Replace(written(t, r.HTML), []byte("</body>"), []byte(`<img src="https://example.org/x.png"></body>`), 1)
	messages, _ = console(t, chromium, page)
	assert.NotEmpty(t, messages, "what its policy forbids would be told")
}
