package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

var (
	// ErrInterrupted ends a command that was interrupted before it sent anything.
	ErrInterrupted = errors.New("interrupted; nothing was sent")
	// ErrDeclined ends a command that a person did not confirm.
	ErrDeclined = errors.New("not confirmed; nothing was sent")
)

// nothingSent is why nothing was: ctx ended before, by a signal or by --timeout.
func nothingSent(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w; nothing was sent", context.Cause(ctx))
	}
	return ErrInterrupted
}

// terminal returns the file descriptor of standard input, and whether that is a terminal.
func (p Process) terminal() (int, bool) {
	f, ok := p.Stdin.(*os.File)
	if !ok {
		return 0, false
	}
	fd := int(f.Fd())
	return fd, term.IsTerminal(fd)
}

// OnTerminal reports whether standard input is a terminal.
func (p Process) OnTerminal() bool {
	_, terminal := p.terminal()
	return terminal
}

// CanAsk refuses to go on where a question would have nobody to answer it.
func (p Process) CanAsk() error {
	if !p.OnTerminal() {
		return Usagef("nobody can be asked whether to go on, since standard input is no terminal; --yes goes on without asking")
	}
	if !p.ErrorsOnTerminal() {
		return Usagef("nobody would see the question whether to go on, since standard error is no terminal; --yes goes on without asking")
	}
	return nil
}

// Confirm asks on the terminal whether to do what it shows.
func Confirm(ctx context.Context, p Process, what string) error {
	fmt.Fprintf(p.Stderr, "%s? [y/N] ", what)
	line, err := Interruptible(ctx, func() (string, error) { return bufio.NewReader(p.Stdin).ReadString('\n') })
	if ctx.Err() != nil {
		fmt.Fprintln(p.Stderr)
		return nothingSent(ctx)
	}
	if err != nil {
		fmt.Fprintln(p.Stderr) // nobody has typed one
		if !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the answer: %w", err)
		}
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return ErrDeclined
}

// Interruptible returns what read returns, or the error of ctx if that ends first. Nothing can stop a read from a terminal or a pipe, so it
// is then left behind, for the short rest of the process.
func Interruptible[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
