package cli

import (
	"context"

	"github.com/migrationlink/migrationlink/client"
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

// examination is a call for the status, and what could be seen of it.
type examination struct {
	call call
	p    Process
	way  way
	seen seen

	link  client.Link
	err   error // nil: the call works
	ended error // why it ended before it was done

	steps        []step
	stopped      bool // a step failed that those after it need
	clockIsWrong bool
}

// examine calls once for the status of the organization.
func examine(ctx context.Context, p Process, c call) *examination {
	x := &examination{call: c, p: p}
	o := &observation{now: p.now}
	x.link, x.err = c.client.Status(o.watching(ctx), c.org)
	if x.err != nil {
		x.ended = ctx.Err()
	}
	x.seen = o.end()
	x.way = x.newWay()
	x.findNetwork()
	x.findAnswers()
	return x
}

func (x *examination) add(name string, o outcome, f finding) {
	x.steps = append(x.steps, step{name, o, f})
}

func (x *examination) ok(name, found string)   { x.add(name, passed, finding{found: found}) }
func (x *examination) skip(name, found string) { x.add(name, skipped, finding{found: found}) }

// fail ends the call at this step.
func (x *examination) fail(name string, f finding) {
	x.add(name, failed, f)
	x.stopped = true
}

func (x *examination) notTried(name string) { x.skip(name, "not tried") }
func (x *examination) untold(name string)   { x.skip(name, "the answer does not tell") }

// result is what the command exits with. Everything is said already.
func (x *examination) result() error {
	switch {
	case x.err != nil:
		return resultError(callExitCode(x.err))
	case x.clockIsWrong:
		return resultError(ExitFailed)
	}
	return nil
}
