package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// sentence is what went wrong, in parts: the end of a context has one of its own, so that whoever set the context
// can say in other words what ended it.
type sentence []part

type part struct {
	text  string
	ended bool // text is the error of a context that ended
}

func said(text string) sentence { return sentence{{text: text}} }

func ended(err error) part { return part{err.Error(), true} }

func (s sentence) and(text string) sentence { return append(s, part{text: text}) }

// Words are how [Error.Say] says what a caller knows better. The zero value gives the words of Error.
type Words struct {
	// Ended names the end of the context that kept the call from a result; nil is the error of the context.
	Ended func(error) string
	// AskStatus is how to ask for the status, in the sentence on an unknown outcome; empty is "ask Status".
	AskStatus string
	// Phrase leaves out "no answer: ", which comes before what the network says, and the last full stop.
	Phrase bool
	// KnownOutcome leaves out the sentence on an unknown outcome: see [Error.Outcome].
	KnownOutcome bool
}

// Say says what went wrong and what to do, in one line, without the operation and the organization.
func (e *Error) Say(w Words) string {
	var b strings.Builder
	if !w.Phrase {
		b.WriteString(e.lead)
	}
	for _, p := range e.said {
		if p.ended && w.Ended != nil {
			p.text = w.Ended(e.Ended)
		}
		b.WriteString(p.text)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " It was tried %d times.", e.Attempts)
	}
	if e.Outcome != OutcomeUnknown || !w.KnownOutcome {
		b.WriteString(e.told(w))
	}
	if w.Phrase {
		return strings.TrimSuffix(b.String(), ".")
	}
	return b.String()
}

// Subject is the operation and the organization: connect organization 5f7aac56b3a0b94bcdce6d8a.
func (e *Error) Subject() string {
	if e.OrgID == "" {
		return string(e.Operation)
	}
	return string(e.Operation) + " organization " + e.OrgID.String()
}

// endOf finds the end of ctx among the causes of err. before is what err says in front of it.
func endOf(ctx context.Context, err error) (before string, end part, is bool) {
	if ctx.Err() == nil {
		return "", part{}, false
	}
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		if cause == ctx.Err() || cause == context.Cause(ctx) { //nolint:errorlint // what wraps it says more
			text, end := err.Error(), ended(cause)
			at := len(text) - len(end.text)
			return text[:max(at, 0)], end, at >= 0 && text[at:] == end.text
		}
	}
	return "", part{}, false
}
