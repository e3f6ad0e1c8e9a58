// Package cli is the command migrationlink: its commands, what they print, and the codes they exit with.
package cli

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Process is what the command takes from the process that it runs in. Results go to Stdout, everything else to Stderr. A question is
// asked only if Stdin is a terminal.
type Process struct {
	Args           []string // without the name of the program
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	LookupEnv      func(name string) (string, bool)
	UserConfigDir  func() (string, error) // as os.UserConfigDir, for mongocli's profiles; nil: there are none
	Now            func() time.Time       // nil is time.Now
}

// Main runs the command with the arguments, streams, environment and signals of this process, and returns what to exit with. The first
// SIGINT, SIGTERM or SIGHUP ends the command in good order, the second ends the process. A SIGHUP that is ignored, as under nohup, stays so. A pipe
// whose reader has gone ends nothing: that the result could not be written is told on standard error.
func Main() int {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	context.AfterFunc(ctx, stop)
	signal.Ignore(syscall.SIGPIPE)
	log.SetOutput(io.Discard) // net/http writes there what a server sends beyond its answer, which may hold a credential
	return Run(ctx, Process{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, LookupEnv: os.LookupEnv, UserConfigDir: os.UserConfigDir,
	})
}

// Run runs the command until it is done or ctx is, and returns one of the exit codes.
func Run(ctx context.Context, p Process) int {
	err := newRoot(p).ExecuteContext(ctx)
	if err == nil {
		return ExitDone
	}
	if said := err.Error(); said != "" {
		fmt.Fprintln(p.Stderr, said)
	}
	return exitCode(ctx, err)
}

// env is the value of an environment variable. One that is empty counts as not set.
func (p Process) env(name string) string {
	value, _ := p.LookupEnv(name)
	return value
}

func (p Process) now() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

// usageError is a mistake in flags, environment or configuration, found before anything was sent.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}
