// Package cli is the command migrationlink: its commands, what they print, and the codes they exit with.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// What the command exits with.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2   // wrong usage or configuration: nothing was sent
	ExitInterrupted = 130 // as a shell reports SIGINT: 128 + 2
)

const exitCodes = `
Exit codes: 0 done, 1 failed or declined, 2 wrong usage or configuration
(nothing was sent), 130 interrupted: the message says whether a connect or
disconnect that was under way may have taken effect.`

// Process is what the command takes from the process that it runs in. Results go to Stdout, everything else to Stderr. A question is
// asked only if Stdin is a terminal.
type Process struct {
	Args           []string // without the name of the program
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	LookupEnv      func(name string) (string, bool)
	Now            func() time.Time // nil is time.Now
}

// Main runs the command with the arguments, streams, environment and signals of this process, and returns what to exit with. The first
// SIGINT or SIGTERM ends the command in good order, the second ends the process. A pipe whose reader has gone ends nothing: that the
// result could not be written is told on standard error.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	signal.Ignore(syscall.SIGPIPE)
	log.SetOutput(io.Discard) // net/http writes there what a server sends beyond its answer, which may hold a credential
	return Run(ctx, Process{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, LookupEnv: os.LookupEnv})
}

// Run runs the command until it is done or ctx is, and returns one of the exit codes.
func Run(ctx context.Context, p Process) int {
	err := newRoot(p).ExecuteContext(ctx)
	if err == nil {
		return ExitDone
	}
	fmt.Fprintln(p.Stderr, err)
	var (
		usage  *usageError
		failed failedError
	)
	switch {
	case errors.As(err, &failed):
		return ExitFailed
	case errors.As(err, &usage):
		return ExitUsage
	case errors.Is(err, errInterrupted), ctx.Err() != nil:
		return ExitInterrupted
	}
	return ExitFailed
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
