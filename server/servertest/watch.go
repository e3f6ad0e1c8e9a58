package servertest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/server/journal"
)

// watch sees each entry of the journal as it is added, and keeps what a test is told at its end.
type watch struct {
	test    *test
	lenient bool

	mu       sync.Mutex
	sealed   bool
	expected []*expectation
	broken   []*occurrence
	advised  []*occurrence
}

// expectation is one call of Expect that has not returned.
type expectation struct {
	rule string
	came bool
}

// occurrence is a finding, where it was first, and how often again.
type occurrence struct {
	finding checker.Finding
	first   journal.Entry
	again   int
}

func (w *watch) see(e journal.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sealed {
		return
	}
	for _, f := range e.Findings {
		if !w.meets(f) && !e.Probe && e.Fault == "" {
			w.broken = keep(w.broken, f, e)
		}
	}
	if e.Fault == "" {
		for _, f := range e.Advice {
			if f.Rule != checker.NotJudged { // which advises the client of nothing
				w.advised = keep(w.advised, f, e)
			}
		}
	}
}

// meets marks whoever expects the finding, and reports whether anybody does.
func (w *watch) meets(f checker.Finding) bool {
	expected := false
	for _, e := range w.expected {
		if e.rule == f.Rule {
			e.came, expected = true, true
		}
	}
	return expected
}

// keep adds a finding, or counts it where it is there. It holds nothing of the request, so there are few.
func keep(all []*occurrence, f checker.Finding, e journal.Entry) []*occurrence {
	for _, o := range all {
		if o.finding == f {
			o.again++
			return all
		}
	}
	return append(all, &occurrence{finding: f, first: e})
}

func (w *watch) expect(rule string) *expectation {
	e := &expectation{rule: rule}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expected = append(w.expected, e)
	return e
}

// meet ends an expectation, and reports whether it came true.
func (w *watch) meet(e *expectation) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expected = slices.DeleteFunc(w.expected, func(other *expectation) bool { return other == e })
	return e.came
}

// seal has what comes from now on passed over.
func (w *watch) seal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sealed = true
}

// tell fails the test for each rule that was broken, and logs the advice. The journal may hold the request no more, so its line is told too.
func (w *watch) tell() {
	w.test.t.Helper()
	say := w.test.errorf
	if w.lenient {
		say = w.test.logf
	}
	for _, o := range w.broken {
		say("servertest: request %s\n    journal: %s", o, o.first)
	}
	if len(w.broken) > 0 {
		w.test.logf("servertest: where it is meant to be wrong: s.Expect(%q, func() { … })", w.broken[0].finding.Rule)
	}
	for _, o := range w.advised {
		w.test.logf("servertest: advice, request %s", o)
	}
}

// String is 4, connect, header Content-Type: want application/json, got none [requestBody/mediaType], and how often it came again.
func (o *occurrence) String() string {
	_, said, _ := strings.Cut(o.finding.String(), ", request, ")
	text := fmt.Sprintf("%d, %s, %s", o.first.Number, cmp.Or(o.finding.Operation, "no operation"), said)
	if o.again > 0 {
		text += fmt.Sprintf(", and %d more", o.again)
	}
	return text
}
