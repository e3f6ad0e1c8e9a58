//go:build unix

package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// heeded has the processes that a test starts heed a signal, also where the tests ignore it, as
// under nohup or in the background of a script: a child inherits what is ignored, but not what is
// caught.
func heeded(t *testing.T, signals ...os.Signal) {
	t.Helper()
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, signals...)
	t.Cleanup(func() { signal.Stop(caught) })
}

// A terminal that goes away interrupts a connect as ^C does: its outcome is told. Under nohup it goes on.
func TestTheTerminalGoesAway(t *testing.T) {
	t.Parallel()
	heeded(t, syscall.SIGHUP)
	for _, c := range []struct {
		name, script, want string
		code               int
	}{
		{"under way", "exec migrationlink connect --yes", "interrupted; the connect may have taken effect: run migrationlink status", console.ExitInterrupted},
		{"under nohup", "trap '' HUP; exec migrationlink connect --yes", "connected, SYNCED\n", console.ExitDone},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			arrived, finish := make(chan struct{}, 1), make(chan struct{})
			s := httptest.NewServer(notSyncedFirst(brokenStandIn(func(w http.ResponseWriter, _ string) {
				arrived <- struct{}{}
				<-finish
				_, _ = w.Write([]byte(`{"status":"SYNCED"}`))
			})))
			t.Cleanup(s.Close)
			cmd := exec.CommandContext(t.Context(), "sh", "-c", c.script)
			cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
			for name, value := range environment(s.URL) {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
			var shown output
			cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("canary"), &shown, &shown
			require.NoError(t, cmd.Start())
			ended := make(chan struct{})
			go func() {
				_ = cmd.Wait() // its exit code is looked at below
				close(ended)
			}()
			select {
			case <-arrived:
			case <-ended:
				require.FailNow(t, "the command ended before it sent its request", shown.String())
			}
			require.NoError(t, cmd.Process.Signal(syscall.SIGHUP))
			if c.code == console.ExitDone {
				close(finish)
			}
			<-ended
			if c.code != console.ExitDone {
				close(finish)
			}
			assert.Equal(t, c.code, cmd.ProcessState.ExitCode())
			assert.Contains(t, shown.String(), c.want)
		})
	}
}
