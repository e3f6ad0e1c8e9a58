package boltlinks_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/links"
	"github.com/migrationlink/migrationlink/server/links/boltlinks"
)

var kills = flag.Int("kills", 20, "how many times TestKilled kills a process")

// childEnv names what the test binary is to do as a process of its own.
const childEnv = "BOLTLINKS_TEST_CHILD"

var children = map[string]func(args []string) error{"write": write, "keep open": keepOpen}

// child begins a process that does one of children. It is ended with the test.
func child(t *testing.T, name string, args ...string) (_ *exec.Cmd, stdin io.Closer, stdout *bufio.Reader) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, in, bufio.NewReader(out)
}

// A process that is killed at any time has kept all that it acknowledged, and of each writer one change more at most.
func TestKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "links.db")
	for run := range *kills {
		random := rand.New(rand.NewPCG(4, uint64(run)))
		cmd, _, stdout := child(t, "write", path, strconv.Itoa(run))
		acknowledged := make([]int, writers)
		for left := 1 + random.IntN(200); ; left-- {
			if left == 0 {
				require.NoError(t, cmd.Process.Kill())
			}
			line, err := stdout.ReadString('\n')
			if err != nil {
				require.ErrorIs(t, err, io.EOF)
				require.LessOrEqual(t, left, 0, "the process ended by itself")
				break
			}
			writer, err := strconv.Atoi(strings.TrimSuffix(line, "\n"))
			require.NoError(t, err)
			acknowledged[writer]++
		}
		require.Error(t, cmd.Wait(), "killed")
		l := open(t, path)
		for writer, n := range acknowledged {
			kept := keptBy(t, l, run, writer)
			if !assert.Contains(t, []state{after(run, writer, n), after(run, writer, n+1)}, kept, "run %d, writer %d, acknowledged %d", run, writer, n) {
				break
			}
		}
		require.NoError(t, l.Close())
		if t.Failed() {
			return
		}
	}
}

const (
	writers     = 4
	orgsOfOne   = 5
	neverEnough = 1 << 20
)

// write is the child: writers that each make their changes, and tell of each that is acknowledged by a line with the number of the
// writer. A line is one write to a pipe, which comes whole or not at all.
func write(args []string) error {
	l, err := boltlinks.Open(args[0])
	if err != nil {
		return err
	}
	run, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	failed := make(chan error, writers)
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() {
			for n := range neverEnough {
				if err := step(run, writer, n).do(l); err != nil {
					failed <- err
					return
				}
				if _, err := fmt.Fprintln(os.Stdout, writer); err != nil {
					return
				}
			}
		})
	}
	all.Wait()
	close(failed)
	return errors.Join(<-failed, l.Close())
}

// aChange is one that a writer makes: a connect, or a disconnect where there is no token.
type aChange struct {
	org   migrationlink.OrgID
	token string
}

// step is the nth change of a writer: it connects its organizations, again and again by new tokens, and disconnects each in between.
func step(run, writer, n int) aChange {
	c := aChange{org: orgOf(run, writer, n%orgsOfOne)}
	if round := n / orgsOfOne; round%3 != 2 {
		c.token = fmt.Sprint(run, writer, n)
	}
	return c
}

func orgOf(run, writer, i int) migrationlink.OrgID {
	return migrationlink.OrgID(fmt.Sprintf("%08x%08x%08x", run, writer, i))
}

func (c aChange) do(l links.Links) error {
	if c.token == "" {
		return l.Disconnect(context.Background(), c.org)
	}
	_, err := l.Connect(context.Background(), links.Link{OrgID: c.org, Token: migrationlink.NewLinkToken(c.token).Fingerprint(), ConnectedAt: noon})
	return err
}

// state is which token each organization of a writer has.
type state [orgsOfOne]links.Fingerprint

// after is the state after so many changes of a writer.
func after(run, writer, changes int) (s state) {
	for n := range changes {
		s[n%orgsOfOne] = links.Fingerprint{}
		if c := step(run, writer, n); c.token != "" {
			s[n%orgsOfOne] = migrationlink.NewLinkToken(c.token).Fingerprint()
		}
	}
	return s
}

// keptBy is the state that the file has.
func keptBy(t *testing.T, l links.Links, run, writer int) (s state) {
	t.Helper()
	for i := range s {
		link, err := l.Get(t.Context(), orgOf(run, writer, i))
		if !errors.Is(err, links.ErrNotConnected) {
			require.NoError(t, err)
		}
		s[i] = link.Token
	}
	return s
}

// keepOpen is the child that has a file open until its input ends.
func keepOpen(args []string) error {
	l, err := boltlinks.Open(args[0])
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "open")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return l.Close()
}

// A file that another process has open is refused by name; when that one ends, it is free.
func TestInUse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "links.db")
	cmd, stdin, stdout := child(t, "keep open", path)
	line, err := stdout.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "open\n", line)
	_, err = boltlinks.Open(path)
	require.EqualError(t, err, path+" is in use by another process; stop that one, or use another file")
	require.NoError(t, stdin.Close())
	require.NoError(t, cmd.Wait())
	l := open(t, path)
	require.NoError(t, l.Close())
}
