package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/internal/count"
)

// The shape that Surefire writes and Jenkins, GitLab and the like read.
type testSuites struct {
	XMLName  xml.Name    `xml:"testsuites"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Suites   []testSuite `xml:"testsuite"`
}

type testSuite struct {
	Name      string     `xml:"name,attr"`
	Tests     int        `xml:"tests,attr"`
	Failures  int        `xml:"failures,attr"`
	Errors    int        `xml:"errors,attr"`
	Skipped   int        `xml:"skipped,attr"`
	Time      string     `xml:"time,attr"`
	Timestamp string     `xml:"timestamp,attr,omitempty"`
	Cases     []testCase `xml:"testcase"`
}

type testCase struct {
	ClassName string   `xml:"classname,attr"`
	Name      string   `xml:"name,attr"`
	Time      string   `xml:"time,attr"`
	Failure   *outcome `xml:"failure"`
	Error     *outcome `xml:"error"`
	Skipped   *outcome `xml:"skipped"`
}

type outcome struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes the report as JUnit XML: a test for each case of a suite, for each rule that was broken, and for the coverage. What rests on a
// decision, and does not fail, is a test that was skipped. So is each reason for which exchanges were not judged. A run that was stopped is
// an error.
func (r Report) JUnit(w io.Writer) error {
	var suites []testSuite
	if len(r.Cases) > 0 {
		suites = append(suites, r.suite("cases", r.caseTests()))
	}
	if r.Stopped != "" {
		suites = append(suites, r.suite("run", []testCase{{
			ClassName: "run", Name: "came to its end", Time: seconds(0),
			Error: &outcome{Message: r.Stopped, Type: "stopped", Text: r.Stopped},
		}}))
	}
	suites = append(suites, r.suite("contract", append(r.ruleTests(), r.unjudgedTests()...)), r.suite("coverage", r.coverageTests()))
	all := testSuites{Name: r.Contract.Title, Suites: suites, Time: seconds(r.Seconds)}
	for _, s := range suites {
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r Report) suite(name string, cases []testCase) testSuite {
	s := testSuite{Name: name, Tests: len(cases), Cases: cases, Time: seconds(0), Timestamp: strings.TrimSuffix(r.Started, "Z")}
	for _, c := range cases {
		if c.Failure != nil {
			s.Failures++
		}
		if c.Error != nil {
			s.Errors++
		}
		if c.Skipped != nil {
			s.Skipped++
		}
	}
	if name == "contract" {
		s.Time = seconds(r.Seconds)
	}
	return s
}

func (r Report) caseTests() []testCase {
	var tests []testCase
	for _, c := range r.Cases {
		t := testCase{ClassName: "cases", Name: c.Name, Time: seconds(c.Seconds)}
		switch {
		case c.Fails:
			t.Failure = &outcome{Message: c.Problems[0], Type: c.Rule, Text: strings.Join(c.Problems, "\n")}
		case len(c.Problems) > 0:
			t.Skipped = &outcome{Message: restsOn(c.Decision), Text: strings.Join(c.Problems, "\n")}
		case c.Skipped != "":
			t.Skipped = &outcome{Message: c.Skipped}
		}
		tests = append(tests, t)
	}
	return tests
}

func (r Report) ruleTests() []testCase {
	if len(r.Findings) == 0 {
		kept := testCase{ClassName: "contract", Name: "contract kept", Time: seconds(0)}
		if r.nothingJudged {
			kept.Failure = &outcome{Message: "nothing was judged", Type: checker.NotJudged, Text: r.Outcomes()}
		}
		return []testCase{r.unlessStopped(kept)}
	}
	var tests []testCase
	for _, f := range r.Findings {
		t := testCase{ClassName: "contract", Name: f.Where() + ", " + f.Rule, Time: seconds(0)}
		if f.Operation != "" {
			t.ClassName += "." + f.Operation
		}
		text := fmt.Sprintf("%s\n%s", f.Example, count.Of(f.Count, "time"))
		if f.Fails {
			t.Failure = &outcome{Message: f.Problem, Type: f.Rule, Text: text}
		} else {
			t.Skipped = &outcome{Message: restsOn(f.Decision), Text: text}
		}
		tests = append(tests, t)
	}
	return tests
}

// unjudgedTests has a test that was skipped for each reason for which exchanges were not judged.
func (r Report) unjudgedTests() []testCase {
	var tests []testCase
	for _, u := range r.Unjudged {
		message := count.Of(u.Exchanges, "exchange") + " not judged: " + u.Reason
		tests = append(tests, testCase{
			ClassName: "contract", Name: "judged: " + u.Reason, Time: seconds(0), Skipped: &outcome{Message: message, Type: checker.NotJudged},
		})
	}
	return tests
}

func (r Report) coverageTests() []testCase {
	if len(r.Coverage.Problems) == 0 {
		return []testCase{r.unlessStopped(testCase{ClassName: "coverage", Name: "enough was exercised", Time: seconds(0)})}
	}
	var tests []testCase
	for i, problem := range r.Coverage.Problems {
		tests = append(tests, testCase{
			ClassName: "coverage", Name: fmt.Sprintf("problem %d", i+1), Time: seconds(0),
			Failure: &outcome{Message: problem, Type: "coverage", Text: problem},
		})
	}
	return tests
}

// unlessStopped is a test that passes where the run came to its end, and else was skipped.
func (r Report) unlessStopped(t testCase) testCase {
	if r.Stopped != "" {
		t.Skipped = &outcome{Message: r.Stopped}
	}
	return t
}

func restsOn(decision string) string {
	return "rests on our decision " + decision + ", on which MongoDB is silent; it fails where decisions count"
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }
