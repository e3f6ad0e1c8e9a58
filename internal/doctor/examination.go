// Package doctor finds out, step by step, why a call is refused.
package doctor

import (
	"context"

	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/settings"
	"github.com/migrationlink/migrationlink/internal/wiretap"
)

// outcome is how a step went.
type outcome string

const (
	passed  outcome = "ok"
	failed  outcome = "fail"
	skipped outcome = "skip"
)

// finding is what was found out about a step, why it is so, the next thing to do, and a command for that, to be pasted: phrases, of which all but the
// first may be empty.
type finding struct{ found, why, next, run string }

// step is one of those that a call takes, and how it went.
type step struct {
	name    string
	outcome outcome
	finding
}

// Examination is a call for the status, and what could be seen of it.
type Examination struct {
	call settings.Call
	p    console.Process
	way  way
	seen wiretap.Seen

	link  client.Link
	err   error // nil: the call works
	ended error // why it ended before it was done

	steps        []step
	stopped      bool // a step failed that those after it need
	clockIsWrong bool
}

// Examine calls once for the status of the organization.
func Examine(ctx context.Context, p console.Process, c settings.Call) *Examination {
	x := &Examination{call: c, p: p}
	o := &wiretap.Observation{Now: p.Time}
	x.link, x.err = c.Client.Status(o.Watching(ctx), c.Org)
	if x.err != nil {
		x.ended = ctx.Err()
	}
	x.seen = o.End()
	x.way = x.newWay()
	x.findNetwork()
	x.findAnswers()
	return x
}

func (x *Examination) add(name string, o outcome, f finding) {
	fit := x.call.Settings.SignIn.Fit
	x.steps = append(x.steps, step{name, o, finding{fit(f.found), fit(f.why), fit(f.next), fit(f.run)}})
}

func (x *Examination) ok(name, found string)   { x.add(name, passed, finding{found: found}) }
func (x *Examination) skip(name, found string) { x.add(name, skipped, finding{found: found}) }

// fail ends the call at this step.
func (x *Examination) fail(name string, f finding) {
	x.add(name, failed, f)
	x.stopped = true
}

func (x *Examination) notTried(name string) { x.skip(name, "not tried") }
func (x *Examination) untold(name string)   { x.skip(name, "the answer does not tell") }

// Result is what the command exits with. Everything is said already.
func (x *Examination) Result() error {
	switch {
	case x.err != nil:
		return console.ResultError(console.CallExitCode(x.err))
	case x.clockIsWrong:
		return console.ResultError(console.ExitFailed)
	}
	return nil
}
