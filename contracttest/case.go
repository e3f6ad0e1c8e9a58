package contracttest

import (
	"context"
	"fmt"
	"slices"

	"github.com/migrationlink/migrationlink/checker"
)

// Case is one thing that a server must do.
type Case struct {
	// Name is made of words and slashes: disconnect/404_when_not_connected.
	Name string
	// Operation is the operationId that it is about; empty for several.
	Operation string
	// Rule that it tests, as findings name it.
	Rule string
	// Check is the one of Schemathesis that asks the same; empty where none does.
	Check string
	// Decision is the x-decision that it rests on; empty where MongoDB's word is behind it, or a standard's.
	Decision string
	// Writes reports whether it connects or disconnects, or would if a server accepted what it must refuse.
	Writes bool

	run func(*attempt)
}

// Run asks the session's target, and returns what was found; nothing means that the contract was kept.
func (c Case) Run(ctx context.Context, s *Session) []Finding {
	a := &attempt{Session: s, ctx: ctx, of: c, signed: s.signed}
	s.running = c
	defer func() { s.running = Case{} }()
	if !a.over() {
		a.cut = false
		c.run(a)
	}
	if a.cut {
		ended := s.ended
		if ended == nil {
			ended = endOf(ctx)
		}
		a.findings = append(a.findings, Finding{Finding: checker.Finding{
			Operation: c.Operation, Direction: checker.Answer, Place: checker.Status, Rule: Unfinished,
			Problem: "not judged to its end, since the run ended: " + ended.Error(),
		}})
	}
	return a.findings
}

// Unfinished is the rule of the finding that says that a case was not run, or not to its end. It is no
// fault of the server's.
const Unfinished = "unfinished"

// outcomes are the rules that say yes or no to the request as a whole: in a case that rests on a decision, so do they.
var outcomes = []string{
	"responses/acceptance", "responses/rejection", "responses/405", "responses/head/acceptance", "responses/head/405", "responses/404", "responses/options", "security",
}

// resting is the finding with the decision that it rests on in this case.
func (c Case) resting(f checker.Finding) checker.Finding {
	if f.Decision == "" && slices.Contains(outcomes, f.Rule) {
		f.Decision = c.Decision
	}
	return f
}

// Finding is a rule that the server broke, with what was asked. It shows no value of an exchange.
type Finding struct {
	checker.Finding
	// Asked is the request in words: DELETE …/migrationLink.
	Asked string
	// Answered is the status; 0 is no answer.
	Answered int
}

// Text says in lines of its own what was asked and answered, what the contract says, and how to take a decision out.
func (f Finding) Text() string {
	if f.Rule == Unfinished {
		return f.Problem
	}
	answered := fmt.Sprintf("answered %d", f.Answered)
	if f.Answered == 0 {
		answered = "was not answered"
	}
	place := string(f.Place)
	if f.Name != "" {
		place += " " + f.Name
	}
	if f.Pointer != "" {
		place += " " + f.Pointer
	}
	text := fmt.Sprintf("%s %s: %s: %s [%s]", f.Asked, answered, place, f.Problem, f.Rule)
	if f.Decision != "" {
		text += fmt.Sprintf(" (x-decision: our choice, MongoDB is silent)\nnot your choice? contracttest.Except(%q)", f.Decision)
	}
	return text
}
