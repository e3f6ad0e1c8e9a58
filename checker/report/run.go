// Package report tells people and machines how a run went: as JSON, JUnit XML, and one HTML page with nothing to fetch.
//
// A [Run] takes exchanges and verdicts; its [Report] is one value that every format is written from. None shows a value of an exchange,
// nor a name that the contract does not have.
package report

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/coverage"
)

// Options say what counts in a report. The zero value judges both sides by MongoDB's word alone, and asks for no coverage.
type Options struct {
	// Judged is the side whose findings and advice are reported: [checker.Answer] where requests are broken on purpose, [checker.Request] where only the
	// client is in question. Empty is both.
	Judged checker.Direction
	// Decisions makes findings fail, too, that rest on a decision of ours.
	Decisions bool
	// Threshold is the share of operation × status × security scheme that must be seen, from 0 (none asked for) to 1.
	Threshold float64
	// Excuses are the cells that need not be seen.
	Excuses coverage.Excuses
	// AllowUnjudged lets a run pass in which there were exchanges and none could be judged.
	AllowUnjudged bool
	// Started is when the run began; the zero time leaves it out.
	Started time.Time
}

// Run collects what a report is made of. It is safe for concurrent use.
type Run struct {
	checker *checker.Checker
	// order of the operations in the contract, from 1
	order    map[string]int
	options  Options
	coverage *coverage.Coverage

	mu         sync.Mutex
	exchanges  int
	valid      int
	violations int
	unjudged   []Unjudged // of the exchanges that are neither
	owed       int        // of those, the exchanges that should have been judged
	provoked   int
	distinct   map[[sha256.Size]byte]struct{}
	rules      map[rule]*Finding
	advice     map[rule]*Finding
	cases      []Case
	stopped    string
}

// rule is what findings are counted by: all but the words, which can say where in the bytes.
type rule struct {
	operation string
	direction checker.Direction
	status    int
	place     checker.Place
	name      string
	pointer   string
	rule      string
	decision  string
}

// MaxDistinct is how many different exchanges are told apart: a proxy can run for days, and each one takes memory.
const MaxDistinct = 100_000

// NewRun makes a run judged by a checker. The error is on the threshold, or on the excuses.
func NewRun(c *checker.Checker, o Options) (*Run, error) {
	if !(o.Threshold >= 0 && o.Threshold <= 1) {
		return nil, fmt.Errorf("the coverage threshold is %g; want 0 (none) to 1", o.Threshold)
	}
	cover, err := coverage.New(c, o.Excuses)
	if err != nil {
		return nil, err
	}
	order := make(map[string]int)
	for i, t := range cover.Result().Cells {
		if t.Kind == coverage.Operation {
			order[t.Operation] = i + 1
		}
	}
	return &Run{
		checker: c, order: order, options: o, coverage: cover,
		distinct: make(map[[sha256.Size]byte]struct{}), rules: make(map[rule]*Finding), advice: make(map[rule]*Finding),
	}, nil
}

// Add takes one exchange and the verdict on it. It is a [checker.Report], and keeps nothing of the exchange.
func (r *Run) Add(e checker.Exchange, v checker.Verdict) {
	r.coverage.Add(e, v)
	fingerprint := distinguish(e)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges++
	if len(r.distinct) < MaxDistinct {
		r.distinct[fingerprint] = struct{}{}
	}
	provoked := false
	for _, f := range v.Findings {
		if r.options.Judged != "" && f.Direction != r.options.Judged {
			provoked = true
			continue
		}
		tally(r.rules, f)
	}
	for _, f := range v.Advice {
		if r.options.Judged == "" || f.Direction == r.options.Judged {
			tally(r.advice, f)
		}
	}
	if provoked {
		r.provoked++
	}
	switch v.Outcome(r.options.Judged, func(f checker.Finding) bool { return r.fails(f.Decision) }) {
	case checker.Valid:
		r.valid++
	case checker.Violation:
		r.violations++
	case checker.Unjudged:
		f := v.NotJudged(r.options.Judged)
		r.unjudge(1, reason(f))
		if f.Place != checker.Status { // no server has to serve the path
			r.owed++
		}
	}
}

// NotJudged takes exchanges that could not be judged at all, such as responses that never came from the server. reason says why, in words
// without a full stop.
func (r *Run) NotJudged(exchanges int, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges += exchanges
	r.owed += exchanges
	r.unjudge(exchanges, reason)
}

func (r *Run) unjudge(exchanges int, reason string) {
	i := slices.IndexFunc(r.unjudged, func(u Unjudged) bool { return u.Reason == reason })
	if i < 0 {
		i = len(r.unjudged)
		r.unjudged = append(r.unjudged, Unjudged{Reason: reason})
	}
	r.unjudged[i].Exchanges += exchanges
}

// reason says why an exchange was not judged: response body was not recorded.
func reason(f checker.Finding) string {
	party := map[checker.Direction]string{checker.Request: "request", checker.Answer: "response"}[f.Direction]
	return fmt.Sprintf("%s %s %s", party, f.Place, f.Problem)
}

// Case takes the outcome of one case of a suite. The order is kept.
func (r *Run) Case(c Case) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cases = append(r.cases, c)
}

// Stop notes why the run ended before everything was asked, in words without a full stop. Such a run does not pass.
func (r *Run) Stop(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = why
}

func tally(by map[rule]*Finding, f checker.Finding) {
	pointer := checker.AnyIndex(f.Pointer)
	key := rule{f.Operation, f.Direction, f.Status, f.Place, f.Name, pointer, f.Rule, f.Decision}
	if by[key] == nil {
		by[key] = &Finding{
			Operation: f.Operation, Direction: f.Direction, Status: f.Status, Place: f.Place, Name: f.Name, Pointer: pointer,
			Rule: f.Rule, Decision: f.Decision, Problem: f.Problem, Example: f.String(),
		}
	}
	by[key].Count++
}
