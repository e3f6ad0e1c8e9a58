//go:build unix

package console

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyResumed tells c when the process goes on after it was stopped.
func notifyResumed(c chan<- os.Signal) { signal.Notify(c, syscall.SIGCONT) }
