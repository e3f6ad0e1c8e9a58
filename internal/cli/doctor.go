package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

const doctorHelp = `Find out, step by step, why a call is refused: address, DNS, TCP, proxy, TLS,
clock, challenge, key, access list, role, organization. Each step is ok, fail or
skip, with what was found; one that failed has the next thing to do.

It asks once for the status of the organization and watches that call. It writes
nothing, has no link-token, and verifies certificates as every other command.

Exit codes: 0 a call works, be the organization SYNCED or NOT_SYNCED; 1 failed,
or the clocks are too far apart; 2 wrong usage or configuration; 4 not signed
in; 5 not allowed; 6 not found; 8 unavailable or rate limited; 10 with --from, some
failed; 130 interrupted.
` + manyHelp + "."

func newDoctor(p Process) *cobra.Command {
	var flags callFlags
	var list manyFlags
	cmd := &cobra.Command{
		Use:                   "doctor [-P NAME] [--org ID] [--url ADDR] [-o FORMAT]",
		Short:                 "Find out why a call is refused",
		Long:                  doctorHelp,
		Example:               "  migrationlink doctor --org 5f7aac56b3a0b94bcdce6d8a --url https://om.berlin.example:8443",
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newCall(p, flags)
			if err != nil {
				return err
			}
			ctx, end := c.bound(cmd.Context())
			defer end()
			x := c.examine(ctx, p)
			if err := x.write(p.Stdout, c.flags.output); err != nil {
				return notWritten("examined", err)
			}
			return x.result()
		},
	}
	flags.addOnce(cmd)
	list.add(cmd, func(ctx context.Context) error { return doctorMany(ctx, p, flags, list) })
	return cmd
}

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
func (c call) examine(ctx context.Context, p Process) *examination {
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

func (x *examination) write(w io.Writer, o output) error {
	if o == outputJSON {
		return writeJSON(w, x.document())
	}
	_, err := io.WriteString(w, x.text())
	return err
}

// text has a line for each step, and one for all those in a row that were skipped for the same reason.
func (x *examination) text() string {
	var b strings.Builder
	for i := 0; i < len(x.steps); i++ {
		s, names := x.steps[i], []string{x.steps[i].name}
		for s.outcome == skipped && i+1 < len(x.steps) && x.steps[i+1].found == s.found {
			i++
			names = append(names, x.steps[i].name)
		}
		b.WriteString(s.text(names))
	}
	return b.String()
}

// text is the step in lines, for all the steps of these names.
func (s step) text(names []string) string {
	if len(names) > 1 {
		return fmt.Sprintf("%-4s  %s: %s\n", s.outcome, strings.Join(names, ", "), s.found)
	}
	text := fmt.Sprintf("%-4s  %-12s  %s\n", s.outcome, s.name, s.found)
	if s.why != "" {
		text += "      " + s.why + "\n"
	}
	switch {
	case s.next != "" && s.run != "":
		text += "      next: " + s.next + ": " + s.run + "\n"
	case s.next != "" || s.run != "":
		text += "      next: " + s.next + s.run + "\n"
	}
	return text
}

// examinedJSON is what docs/doctor.schema.json describes.
type examinedJSON struct {
	Line    int                 `json:"line,omitempty"`
	OrgID   migrationlink.OrgID `json:"orgId"`
	Address string              `json:"address"`
	Status  *client.Status      `json:"status"`
	Steps   []stepJSON          `json:"steps"`
}

type stepJSON struct {
	Step   string  `json:"step"`
	Result outcome `json:"result"`
	Found  string  `json:"found"`
	Why    string  `json:"why,omitempty"`
	Next   string  `json:"next,omitempty"`
	Run    string  `json:"run,omitempty"`
}

func (x *examination) document() examinedJSON {
	d := examinedJSON{OrgID: x.call.org, Address: x.way.server.String(), Status: x.statusOf()}
	for _, s := range x.steps {
		d.Steps = append(d.Steps, stepJSON{s.name, s.outcome, s.found, s.why, s.next, s.run})
	}
	return d
}
