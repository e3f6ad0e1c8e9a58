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

	"github.com/migrationlink/migrationlink/internal/console"
)

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
	return Run(ctx, console.Process{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, LookupEnv: os.LookupEnv, UserConfigDir: os.UserConfigDir,
	})
}

// Run runs the command until it is done or ctx is, and returns one of the exit codes.
func Run(ctx context.Context, p console.Process) int {
	err := newRoot(p).ExecuteContext(ctx)
	if err == nil {
		return console.ExitDone
	}
	if said := err.Error(); said != "" {
		fmt.Fprintln(p.Stderr, said)
	}
	return console.ExitCode(ctx, err)
}
