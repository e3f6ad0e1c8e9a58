//go:build !unix

package console

import "os"

// notifyResumed does nothing: processes are not stopped here.
func notifyResumed(chan<- os.Signal) {}
