//go:build unix

package cli_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/links"
	"github.com/migrationlink/migrationlink/server/servertest"
)

// begin begins the command as a process of its own.
func (c *crowd) begin(args ...string) (*exec.Cmd, *output, *output) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), args[0], args[1:]...)
	for name, value := range c.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, "PATH="+os.Getenv("PATH"))
	stdout, stderr := &output{}, &output{}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

// connects counts the connects that were carried out.
func (c *crowd) connects() int { return c.Journal().Count(migrationlink.OperationConnect, 201) }

// gate keeps a connect back until it is let go.
type gate struct {
	links.Memory
	org           migrationlink.OrgID
	arrived, goOn chan struct{}
}

func newGate(org migrationlink.OrgID) *gate {
	return &gate{org: org, arrived: make(chan struct{}), goOn: make(chan struct{})}
}

func (g *gate) option() servertest.Option {
	return servertest.Config(func(c *server.Config) { c.Links = g })
}

func (g *gate) Connect(_ context.Context, l links.Link) (links.Link, error) {
	if l.OrgID == g.org {
		close(g.arrived)
		<-g.goOn
	}
	return g.Memory.Connect(context.Background(), l) // also where nobody waits for the answer any more
}

// The first interrupt: what is under way comes to its end, nothing more is begun, and the code is 130.
func TestARunIsInterrupted(t *testing.T) {
	t.Parallel()
	g := newGate("000000000000000000000002")
	c := newCrowd(t, 3, g.option())
	cmd, stdout, stderr := c.begin(append([]string{"migrationlink"}, c.connect("--yes")...)...)
	stderr.written = func(s string) {
		if strings.Contains(s, "interrupted: nothing more is begun, and what is under way comes to its end; interrupt again to leave at once\n") {
			close(g.goOn)
		}
	}
	require.NoError(t, cmd.Start())
	<-g.arrived
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
	assert.Equal(t, console.ExitInterrupted, cmd.ProcessState.ExitCode())
	assert.Regexp(t, `^2/3  connected 2  skipped 0  failed 0  left 1   \d\d:\d\d   \(1 at once\)\n$`, stdout.String())
	assert.Equal(t, 2, c.connects())

	r := run(t, "", c.env, c.connect("--yes")...)
	assert.Equal(t, console.ExitDone, r.code)
	assert.Contains(t, r.stderr, "resuming: 2 done, 1 to do\n")
	assert.Equal(t, 3, c.connects())
}

// The second interrupt ends the process at once; the next run asks about what was under way.
func TestARunIsInterruptedTwice(t *testing.T) {
	t.Parallel()
	heeded(t, os.Interrupt)
	g := newGate("000000000000000000000001")
	c := newCrowd(t, 2, g.option())
	cmd, stdout, _ := c.begin(append([]string{"migrationlink"}, c.connect("--yes")...)...)
	require.NoError(t, cmd.Start())
	<-g.arrived
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	require.Eventually(t, func() bool { // an interrupt that comes before the first was taken in is none
		_ = cmd.Process.Signal(os.Interrupt)
		return len(ended) > 0
	}, deadline, 10*time.Millisecond)
	require.Error(t, <-ended)
	assert.Equal(t, syscall.SIGINT, cmd.ProcessState.Sys().(syscall.WaitStatus).Signal())
	assert.Empty(t, stdout.String())
	close(g.goOn)
	require.Eventually(t, func() bool { _, err := g.Get(t.Context(), g.org); return err == nil }, deadline, time.Millisecond)

	r := run(t, "", c.env, c.connect("--yes")...)
	assert.Equal(t, console.ExitDone, r.code)
	assert.Equal(t, "resuming: 0 done, 2 to do\nasking: 2 organizations\n"+
		"line 2  000000000000000000000001  connected, as the status tells: SYNCED\nconnect: 1 organization\nline 3  000000000000000000000002  connected, SYNCED\n", r.stderr)
}

// A file that may grow no more is as good as a full disk. The shell keeps the process from being ended by the signal for it.
func TestTheResultsFileCannotGrow(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 20)
	cmd, stdout, stderr := c.begin("sh", "-c", `trap "" XFSZ; ulimit -f 2; exec "$@"`, "sh", "migrationlink")
	cmd.Args = append(cmd.Args, c.connect("--yes")...)
	require.Error(t, cmd.Run())
	assert.Equal(t, console.ExitFailed, cmd.ProcessState.ExitCode())
	assert.Contains(t, stderr.String(), "--results: the results file cannot be written: file too large; nothing more was sent. Make room, and run again with the same file: what was under way is asked about.\n")
	assert.Regexp(t, `^\d+/20  connected \d+  skipped 0  failed 0  left \d+   `, stdout.String())
	before := c.connects()
	assert.Positive(t, before)
	assert.Less(t, before, 20)

	r := run(t, "", c.env, c.connect("--yes")...)
	assert.Equal(t, console.ExitDone, r.code, r.stderr)
	assert.Contains(t, r.stderr, "the last line of the results file was cut off in the middle and is taken off; nothing was sent for it, or what was is asked about\n")
	assert.Regexp(t, `^20/20  connected 20  skipped 0  failed 0   `, r.stdout)
	assert.Equal(t, 20, c.connects())
}

// onWideTerminal is a terminal with a width, as a bar needs one.
func (c *crowd) onWideTerminal(args ...string) *terminal {
	c.t.Helper()
	x := onTerminal(c.t, c.env, args...)
	require.NoError(c.t, pty.Setsize(x.pty, &pty.Winsize{Rows: 24, Cols: 120}))
	return x
}

func TestOnATerminalARunAsksAndShowsABar(t *testing.T) {
	t.Parallel()
	g := newGate("000000000000000000000002")
	c := newCrowd(t, 3, g.option())
	x := c.onWideTerminal(c.connect()...)
	x.sees("3 rows: 3 to connect\r\nat " + c.URL + ": 3\r\nAtlas organization: 4888442a3354817a7320eb61: 3\r\nConnect 3 organizations? [y/N] ")
	assert.Zero(t, c.connects(), "nothing is sent before the answer")
	x.types("y\n")
	x.sees("connect 1/3  [========>-------------------]   connected 1  00:0")
	close(g.goOn)
	code, screen := x.exits()
	assert.Equal(t, console.ExitDone, code)
	assert.Regexp(t, `3/3  connected 3  skipped 0  failed 0   \d\d:\d\d   \(1 at once\)\n$`, screen)
	assert.NotContains(t, screen, "line 2 ", "the bar stands for the lines")
	assert.Empty(t, secret.Find([]byte(screen), secret.New("link-token", crowdToken(0))))
}

func TestNothingOfAListIsSentUnlessConfirmed(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 2)
	_, err := c.Client().Connect(t.Context(), "000000000000000000000001", migrationlink.NewLinkToken("of another"))
	require.NoError(t, err)
	for _, k := range []struct {
		args []string
		want string
	}{
		{c.connect(), "2 rows: 1 to connect, 1 already SYNCED (line 2)\r\nat " + c.URL + ": 1\r\nAtlas organization: 4888442a3354817a7320eb61: 1\r\nConnect 1 organization? [y/N] "},
		{c.connect("--replace"), "2 rows: 2 to connect\r\nat " + c.URL + ": 2\r\nAtlas organization: 4888442a3354817a7320eb61: 2\r\nSYNCED already, and to be replaced: 1 organization. What migrates by these connections loses them.\r\nConnect 2 organizations? [y/N] "},
		{[]string{"disconnect", "--from", c.list, "--results", c.dir + "/d.jsonl"},
			"2 rows: 2 to disconnect\r\nat " + c.URL + ": 2\r\nNothing is synchronized any more of what is disconnected; connecting it again takes a link-token.\r\nDisconnect 2 organizations? [y/N] "},
	} {
		x := c.onWideTerminal(k.args...)
		x.sees(k.want)
		x.types("n\n")
		code, screen := x.exits()
		assert.Equal(t, console.ExitFailed, code)
		assert.Contains(t, screen, "not confirmed; nothing was sent\n")
	}
	assert.Equal(t, 1, c.connects())
	assert.Zero(t, c.Journal().Count(migrationlink.OperationDisconnect, 204))
}
