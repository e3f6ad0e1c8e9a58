package fault

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/spelling"
)

const (
	maxNext       = 1_000_000
	maxInARow     = 1000
	maxRetryAfter = 24 * time.Hour
	maxLatency    = 10 * time.Minute
)

// Problem is one thing that is wrong with a fault.
type Problem struct {
	// Field is its name in JSON; empty where no one field is wrong.
	Field string
	// Text says what is wrong and what would be right. It begins with the field.
	Text string
}

// Problems are all that is wrong with a fault. They repeat what was given: a fault holds no secrets.
type Problems []Problem

// Error is all of it, in one line.
func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i, problem := range p {
		texts[i] = problem.Text
	}
	return strings.Join(texts, "; ")
}

func (p *Problems) add(field, format string, a ...any) {
	*p = append(*p, Problem{Field: field, Text: strings.TrimSpace(field + " " + fmt.Sprintf(format, a...))})
}

// Validate says what is wrong with the fault: nil, or [Problems].
func (f Fault) Validate() error { return f.validate(contract()) }

func (f Fault) validate(c catalogue) error {
	var p Problems
	f.checkCalls(&p, c)
	f.checkKind(&p, c)
	if len(p) == 0 {
		return nil
	}
	return p
}

func (f Fault) checkCalls(p *Problems, c catalogue) {
	if f.operation != Any && !slices.Contains(c.operations, f.operation) {
		p.add("operation", "%q is none of %s%s", f.operation, list(c.operations), didYouMean(f.operation, c.operations))
	}
	switch {
	case !f.byShare:
		if f.next < 1 || f.next > maxNext {
			p.add("next", "is %d; want 1 to %d calls", f.next, maxNext)
		}
		return
	case !(f.share > 0 && f.share <= 1): // NaN too
		p.add("share", "is %v; want more than 0 and at most 1", f.share)
	}
	if f.inARow < 1 || f.inARow > maxInARow {
		p.add("inARow", "is %d; want 1 to %d calls", f.inARow, maxInARow)
	}
}

func (f Fault) checkKind(p *Problems, c catalogue) {
	d, known := c.describe(f.kind)
	name, operations, when := string(f.kind), d.Operations, d.When
	switch {
	case f.kind == "":
		p.add("", "nothing happens; want one of error, latency and fault")
		return
	case !known:
		p.add("fault", "%q is none of %s%s", f.kind, list(plain()), didYouMean(f.kind, plain()))
		return
	case f.kind == Error:
		documented, known := c.documented(f.code)
		if !known {
			p.add("error", "%q is no errorCode of the contract%s", f.code, orList(string(f.code), texts(c.codes())))
			return
		}
		name, operations, when = string(documented.Code), documented.Operations, documented.When
		f.checkRetryAfter(p, documented)
	case f.comesBack:
		p.add("retryAfter", "is of an error; %s has none", name)
	}
	if !f.covered(operations, c) && (f.operation == Any || slices.Contains(c.operations, f.operation)) {
		if f.operation == Any {
			p.add("operation", "is left out, and not every one has %s; want %s", name, list(operations))
		} else {
			p.add("operation", "%q does not have %s; want %s", string(f.operation), name, list(operations))
		}
	}
	if f.when != "" && !slices.Contains(when, f.when) {
		p.add("when", "%q is not for %s; want %s", f.when, name, list(when))
	}
	if f.kind == Latency {
		f.checkLatency(p)
	}
	if f.location != "" {
		f.checkLocation(p)
	}
}

// covered reports whether the kind is there for all that the fault can strike.
func (f Fault) covered(operations []migrationlink.Operation, c catalogue) bool {
	if f.operation == Any {
		return c.isEach(operations)
	}
	return slices.Contains(operations, f.operation)
}

// isEach reports whether no operation of the contract is missing.
func (c catalogue) isEach(operations []migrationlink.Operation) bool {
	return !slices.ContainsFunc(c.operations, func(op migrationlink.Operation) bool { return !slices.Contains(operations, op) })
}

func (f Fault) checkRetryAfter(p *Problems, d Documented) {
	switch {
	case !f.comesBack:
	case d.RetryAfter == Never:
		p.add("retryAfter", "is not for %s; want it left out", d.Code)
	case f.retryAfter < 0 || f.retryAfter > maxRetryAfter || f.retryAfter%time.Second != 0:
		p.add("retryAfter", "is %v; want whole seconds, 0s to %v", f.retryAfter, "24h")
	}
}

func (f Fault) checkLatency(p *Problems) {
	switch {
	case f.from <= 0 || f.to > maxLatency:
		p.add("latency", "is %s; want more than 0 and at most 10m", latency(f.from, f.to))
	case f.from > f.to:
		p.add("latency", "is %s; want the shorter time first", latency(f.from, f.to))
	}
}

func (f Fault) checkLocation(p *Problems) {
	u, err := url.Parse(f.location)
	switch {
	case f.kind != Redirect:
		p.add("location", "is of redirect; %s has none", f.kind)
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil:
		// Not shown: it may have a password in it.
		p.add("location", "is no address, or has user and password in it; want one like %s", elsewhere)
	}
}

// plain are the kinds that "fault" names: of the others another field says more.
func plain() []Kind {
	var all []Kind
	for _, d := range Kinds() {
		if d.Kind != Error && d.Kind != Latency {
			all = append(all, d.Kind)
		}
	}
	return all
}

func (c catalogue) codes() []migrationlink.Code {
	var all []migrationlink.Code
	for _, d := range c.errors {
		all = append(all, d.Code)
	}
	return all
}

func list[S ~string](words []S) string {
	return strings.Join(texts(words), ", ")
}

func texts[S ~string](words []S) []string {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = string(word)
	}
	return all
}

func didYouMean[S ~string](given S, words []S) string {
	if word := spelling.Nearest(string(given), texts(words)); word != "" {
		return "; did you mean " + word + "?"
	}
	return ""
}

// orList suggests one word, or lists them all.
func orList(given string, words []string) string {
	if suggestion := didYouMean(given, words); suggestion != "" {
		return suggestion
	}
	return "; want one of " + strings.Join(words, ", ")
}
