package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/coverage"
)

// Report is how a run went. Its JSON is what docs/report.schema.json describes.
type Report struct {
	// Version of the JSON; it changes when a reader would have to.
	Version  int      `json:"version"`
	Contract Contract `json:"contract"`
	// Started is RFC 3339; empty where the run did not say.
	Started string `json:"started,omitempty"`
	// Seconds that the run took.
	Seconds float64 `json:"seconds"`
	// Stopped is why the run ended before everything was asked; empty is that it did not.
	Stopped string `json:"stopped,omitempty"`
	// Passed: nothing fails of the findings, the cases and the coverage, the run came to its end, and something was judged if there were
	// exchanges.
	Passed bool `json:"passed"`
	// Judged is the side whose findings count: request, answer, or both.
	Judged    string `json:"judged"`
	Exchanges int    `json:"exchanges"`
	// Distinct are the exchanges that differ in more than nonce, cnonce and date, at most MaxDistinct: that many is that many or more.
	Distinct int `json:"distinct"`
	// Valid, Violations and NotJudged add up to Exchanges. A violation has a finding that fails. An exchange is not judged if a part
	// of it could not be judged.
	Valid      int `json:"valid"`
	Violations int `json:"violations"`
	NotJudged  int `json:"notJudged"`
	// Unjudged says why exchanges were not judged. An exchange counts for its first reason.
	Unjudged []Unjudged `json:"unjudged"`
	// Provoked are the exchanges whose other side broke the contract, on purpose.
	Provoked int `json:"provoked"`
	// Findings, each a rule and how often it was broken; those that fail come first.
	Findings []Finding `json:"findings"`
	// Advice keeps the contract and is better done otherwise.
	Advice   []Finding `json:"advice"`
	Cases    []Case    `json:"cases"`
	Coverage Coverage  `json:"coverage"`

	// nothingJudged is true where there were exchanges and none was judged, and that is not allowed
	nothingJudged bool
}

// Unjudged are the exchanges that were not judged for one reason.
type Unjudged struct {
	Reason    string `json:"reason"`
	Exchanges int    `json:"exchanges"`
}

// Contract is what was judged by.
type Contract struct {
	Title   string `json:"title"`
	Version string `json:"version"`
}

// Finding is a rule that was broken, or an advice, in one place of one operation.
type Finding struct {
	// Operation is empty for a method and path that the contract does not have.
	Operation string            `json:"operation,omitempty"`
	Direction checker.Direction `json:"direction"`
	Status    int               `json:"status,omitempty"`
	Place     checker.Place     `json:"place"`
	Name      string            `json:"name,omitempty"`
	// Pointer has * for an index.
	Pointer  string `json:"pointer,omitempty"`
	Rule     string `json:"rule"`
	Decision string `json:"decision,omitempty"`
	// Problem of the first one.
	Problem string `json:"problem"`
	// Example is the first one as a line.
	Example string `json:"example"`
	Count   int    `json:"count"`
	// Fails: the run failed for it. An advice never does, a finding that rests on a decision only when asked.
	Fails bool `json:"fails"`
}

// Where a finding is, in words: connect, answer 201, header Vary.
func (f Finding) Where() string {
	where := cmp.Or(f.Operation, "no operation") + ", " + string(f.Direction)
	if f.Status != 0 {
		where += fmt.Sprintf(" %d", f.Status)
	}
	where += ", " + string(f.Place)
	for _, part := range []string{f.Name, f.Pointer} {
		if part != "" {
			where += " " + part
		}
	}
	return where
}

// Case is the outcome of one case of a suite.
type Case struct {
	Name string `json:"name"`
	// Rule that it tests.
	Rule string `json:"rule,omitempty"`
	// Decision that it rests on; it then fails only when decisions do.
	Decision string `json:"decision,omitempty"`
	// Problems, each a sentence without values; none is a pass.
	Problems []string `json:"problems,omitempty"`
	// Skipped is why it did not run; empty is that it did.
	Skipped string  `json:"skipped,omitempty"`
	Seconds float64 `json:"seconds"`
	// Fails is set by the report.
	Fails bool `json:"fails"`
}

// Coverage is what was exercised, and whether it is enough.
type Coverage struct {
	coverage.Result
	// Sums are the numbers of cells of each kind.
	Sums []coverage.Sum `json:"sums"`
	// Threshold is the share that was asked for; 0 is none.
	Threshold float64 `json:"threshold"`
	// Problems: below the threshold, or excuses that nobody needs.
	Problems []string `json:"problems"`
}

// Report says how the run went so far; it took that long.
func (r *Run) Report(took time.Duration) Report {
	title, version := r.checker.Title()
	result := r.coverage.Result()
	r.mu.Lock()
	defer r.mu.Unlock()
	report := Report{
		Version: 1, Contract: Contract{Title: title, Version: version}, Seconds: took.Seconds(),
		Judged: cmp.Or(string(r.options.Judged), "both"), Exchanges: r.exchanges, Distinct: len(r.distinct), Provoked: r.provoked,
		Valid: r.valid, Violations: r.violations, NotJudged: r.exchanges - r.valid - r.violations, Unjudged: slices.Clone(r.unjudged),
		Findings: r.sorted(r.rules, r.fails), Advice: r.sorted(r.advice, func(string) bool { return false }),
		Cases: slices.Clone(r.cases), Coverage: r.covered(result), Stopped: r.stopped,
	}
	if report.Stopped != "" {
		report.Coverage.Problems = []string{} // which is asked of whole runs
	}
	if !r.options.Started.IsZero() {
		report.Started = r.options.Started.UTC().Format(time.RFC3339)
	}
	report.nothingJudged = r.owed > 0 && report.NotJudged == report.Exchanges && !r.options.AllowUnjudged
	report.Passed = report.Stopped == "" && !report.nothingJudged && len(report.Coverage.Problems) == 0 && !slices.ContainsFunc(report.Findings, func(f Finding) bool { return f.Fails })
	for i, c := range report.Cases {
		report.Cases[i].Fails = len(c.Problems) > 0 && r.fails(c.Decision)
		report.Passed = report.Passed && !report.Cases[i].Fails
	}
	if report.Unjudged == nil {
		report.Unjudged = []Unjudged{}
	}
	if report.Cases == nil {
		report.Cases = []Case{}
	}
	return report
}

// fails reports whether what rests on a decision, or on none, makes the run fail.
func (r *Run) fails(decision string) bool { return decision == "" || r.options.Decisions }

// sorted puts what fails first, and the rest in the order of the contract.
func (r *Run) sorted(by map[rule]*Finding, fails func(decision string) bool) []Finding {
	all := make([]Finding, 0, len(by))
	for _, f := range slices.Collect(maps.Values(by)) {
		finding := *f
		finding.Fails = fails(f.Decision)
		all = append(all, finding)
	}
	slices.SortFunc(all, func(a, b Finding) int {
		if a.Fails != b.Fails {
			if a.Fails {
				return -1
			}
			return 1
		}
		return cmp.Or(
			cmp.Compare(r.order[a.Operation], r.order[b.Operation]), -cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Status, b.Status),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Place, b.Place), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Pointer, b.Pointer),
			cmp.Compare(a.Decision, b.Decision),
		)
	})
	return all
}

func (r *Run) covered(result coverage.Result) Coverage {
	c := Coverage{Result: result, Threshold: r.options.Threshold, Problems: result.Stale()}
	if c.Problems == nil {
		c.Problems = []string{}
	}
	for _, kind := range coverage.Kinds() {
		c.Sums = append(c.Sums, result.Sum(kind))
	}
	if c.Threshold > 0 {
		if err := result.Threshold(c.Threshold); err != nil {
			c.Problems = append(c.Problems, err.Error())
		}
	}
	return c
}

// nothing reports whether the run was stopped before anything was judged.
func (r Report) nothing() bool {
	return r.Stopped != "" && r.Exchanges == 0 && !slices.ContainsFunc(r.Cases, func(c Case) bool { return c.Skipped == "" })
}

// failing are the rules that the run failed for.
func (r Report) failing() []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return !f.Fails })
}

// NothingJudged reports whether the run failed because there were exchanges and none of them could be judged.
func (r Report) NothingJudged() bool { return r.nothingJudged }
