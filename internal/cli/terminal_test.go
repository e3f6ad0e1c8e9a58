//go:build unix

package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/term"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// terminal is the command on a terminal of its own: what is typed, and what can be seen.
type terminal struct {
	t      *testing.T
	pty    *os.File
	cmd    *exec.Cmd
	before *term.State
	screen *output
	wrote  chan struct{} // has something when the screen has changed
	closed chan struct{}
}

func onTerminal(t *testing.T, env map[string]string, args ...string) *terminal {
	t.Helper()
	return start(t, env, "migrationlink", args...)
}

func start(t *testing.T, env map[string]string, program string, args ...string) *terminal {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	p, tty, err := pty.Open()
	require.NoError(t, err)
	before, err := term.GetState(int(p.Fd()))
	require.NoError(t, err)
	require.NoError(t, tty.Close())
	p2, err := pty.Start(cmd)
	require.NoError(t, err)
	require.NoError(t, p.Close())
	x := &terminal{t: t, pty: p2, cmd: cmd, before: before, screen: &output{}, wrote: make(chan struct{}, 1), closed: make(chan struct{})}
	t.Cleanup(func() { _ = p2.Close() })
	go x.watch()
	return x
}

// watch reads the screen until the command has ended.
func (x *terminal) watch() {
	defer close(x.closed)
	buffer := make([]byte, 4096)
	for {
		n, err := x.pty.Read(buffer)
		_, _ = x.screen.Write(buffer[:n])
		select {
		case x.wrote <- struct{}{}:
		default:
		}
		if err != nil {
			return // EIO, when the other side is closed
		}
	}
}

// sees waits until the screen shows text.
func (x *terminal) sees(text string) {
	x.t.Helper()
	for timeout := time.After(deadline); !strings.Contains(x.screen.String(), text); {
		select {
		case <-x.wrote:
		case <-timeout:
			require.FailNow(x.t, "the screen never shows: "+text, x.screen.String())
		}
	}
}

// echoIs waits until the terminal shows what is typed, or does so no more.
func (x *terminal) echoIs(on bool) {
	x.t.Helper()
	require.Eventually(x.t, func() bool {
		state, err := term.GetState(int(x.pty.Fd()))
		return err == nil && reflect.DeepEqual(state, x.before) == on
	}, deadline, time.Millisecond)
}

func (x *terminal) types(text string) {
	x.t.Helper()
	_, err := x.pty.WriteString(text)
	require.NoError(x.t, err)
}

// exits waits for the end of the command and returns its exit code and the whole screen.
func (x *terminal) exits() (int, string) {
	x.t.Helper()
	select {
	case <-x.closed:
	case <-time.After(deadline):
		require.FailNow(x.t, "the command does not end", x.screen.String())
	}
	_ = x.cmd.Wait()
	return x.cmd.ProcessState.ExitCode(), strings.ReplaceAll(x.screen.String(), "\r\n", "\n")
}

const prompt = "link-token (not shown): "

const typedToken = "eyJhIjoidG9rZW4gdHlwZWQgYXQgYSBwcm9tcHQifQ=="

// A shell sets the terminal to show what is typed before it lets a stopped process go on.
func TestTheTokenIsNotShownAfterAStop(t *testing.T) {
	t.Parallel()
	env, _ := standIn(t)
	x := onTerminal(t, env, "connect", "--yes")
	x.sees(prompt)
	x.echoIs(false)
	require.NoError(t, x.cmd.Process.Signal(syscall.SIGSTOP))
	require.NoError(t, term.Restore(int(x.pty.Fd()), x.before))
	require.NoError(t, x.cmd.Process.Signal(syscall.SIGCONT))
	x.sees(prompt + "\r" + prompt)
	x.echoIs(false)
	x.types(typedToken + "\r")

	code, screen := x.exits()
	assert.Equal(t, console.ExitDone, code)
	assert.Equal(t, "link-token for organization 5f7aac56b3a0b94bcdce6d8a at "+env["MCLI_OPS_MANAGER_URL"]+"\n"+prompt+"\r"+prompt+"\nconnected, SYNCED\n", screen)
}

// In a shell with job control, ^Z at the prompt stops nobody, so that no fg has the terminal show what is typed next.
func TestTheTokenPromptIsNotSuspended(t *testing.T) {
	t.Parallel()
	env, requests := standIn(t)
	env["PATH"], env["PS1"] = os.Getenv("PATH"), "prompt of the shell> "
	x := start(t, env, "sh", "-i")
	x.types("migrationlink connect\n")
	x.sees(prompt)
	x.echoIs(false)
	x.types("\x1a" + typedToken + "\r")
	x.sees("? [y/N] ")
	x.types("n\n")
	x.sees("not confirmed; nothing was sent")
	x.types("exit\n")
	_, screen := x.exits()
	assert.NotContains(t, screen, typedToken[:12])
	assert.Zero(t, requests.writes.Load())
}

func TestKeysAtTheTokenPrompt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, typed, want string }{
		{"backspace", "canaryé\x7f\x7f\b\r", "cana"},
		{"backspace, and nothing is left", "\x7fa\x7f\x7fcanary\r", "canary"},
		{"kill", "wrong\x15canary\n", "canary"},
		{"end, in a line", "can\x04ary\r", "canary"},
		{"suspend", "can\x1aary\r", "canary"},
		{"a paste that begins with a line ending", "\ncanary\n", "canary"},
		{"a paste of a file of Windows", "canary\r\n", "canary"},
		{"longer than a line of the terminal", strings.Repeat("c", 5000) + "\r", strings.Repeat("c", 5000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bodies := make(chan string, 1)
			x := onTerminal(t, recording(t, bodies), "connect", "--yes")
			x.sees(prompt)
			x.echoIs(false)
			x.types(c.typed)
			code, screen := x.exits()
			assert.Equal(t, console.ExitDone, code, screen)
			assert.JSONEq(t, `{"linkToken":"`+c.want+`"}`, <-bodies)
		})
	}
}

// What is left of a token that was pasted in two lines is read by nobody: a shell would show it, and keep it in its history.
func TestATokenInTwoLinesIsRefusedWhole(t *testing.T) {
	t.Parallel()
	env, requests := standIn(t)
	env["PATH"], env["PS1"] = os.Getenv("PATH"), "prompt of the shell> "
	x := start(t, env, "sh", "-i")
	x.types("migrationlink connect --yes\n")
	x.sees(prompt)
	x.echoIs(false)
	x.types(typedToken[:20] + "\n" + typedToken[20:] + "\n")
	x.sees("link-token from the terminal: blank or unprintable character at byte 21; want the token alone, on one line")
	x.types("exit\n")
	_, screen := x.exits()
	assert.NotContains(t, screen, typedToken[20:32])
	assert.Zero(t, requests.all.Load())
}

// recording signs everybody in and keeps the body of the request.
func recording(t *testing.T, bodies chan<- string) map[string]string {
	t.Helper()
	s := httptest.NewServer(notSyncedFirst(brokenStandIn(func(w http.ResponseWriter, body string) {
		bodies <- body
		_, _ = w.Write([]byte(`{"status":"SYNCED"}`))
	})))
	t.Cleanup(s.Close)
	return environment(s.URL)
}

func TestNobodyTypesAToken(t *testing.T) {
	t.Parallel()
	env, requests := standIn(t)
	x := onTerminal(t, env, "connect", "--timeout", "100ms")
	code, screen := x.exits()
	assert.Equal(t, console.ExitUnavailable, code)
	assert.Equal(t, "link-token for organization 5f7aac56b3a0b94bcdce6d8a at "+env["MCLI_OPS_MANAGER_URL"]+"\n"+prompt+
		"\nnot done within 100ms (--timeout); nothing was sent\n", screen)
	assert.Zero(t, requests.all.Load())
}

// ^D where nothing is typed yet.
func TestEndOfInputAtThePrompts(t *testing.T) {
	t.Parallel()
	t.Run("link-token", func(t *testing.T) {
		t.Parallel()
		env, requests := standIn(t)
		x := onTerminal(t, env, "connect")
		x.sees(prompt)
		x.echoIs(false)
		x.types("\x04")
		code, screen := x.exits()
		assert.Equal(t, console.ExitFailed, code)
		assert.Contains(t, screen, prompt+"\nno link-token was typed; nothing was sent\n")
		assert.Zero(t, requests.writes.Load())
	})
	t.Run("question", func(t *testing.T) {
		t.Parallel()
		env, requests := standIn(t)
		x := onTerminal(t, env, "disconnect")
		x.sees("? [y/N] ")
		x.types("\x04")
		code, screen := x.exits()
		assert.Equal(t, console.ExitFailed, code)
		assert.Contains(t, screen, "? [y/N] \nnot confirmed; nothing was sent\n")
		assert.Zero(t, requests.writes.Load())
	})
}

func TestConnectAsksOnATerminal(t *testing.T) {
	t.Parallel()
	env, requests := standIn(t)
	x := onTerminal(t, env, "connect")
	x.sees(prompt)
	x.echoIs(false)
	x.types(typedToken + "\n")
	x.sees("? [y/N] ")
	x.echoIs(true)
	assert.Zero(t, requests.writes.Load(), "nothing is sent before the answer")
	x.types("y\n")

	code, screen := x.exits()
	assert.Equal(t, console.ExitDone, code)
	assert.Equal(t, "link-token for organization 5f7aac56b3a0b94bcdce6d8a at "+env["MCLI_OPS_MANAGER_URL"]+"\n"+
		"link-token (not shown): \n"+
		"Connect  5f7aac56b3a0b94bcdce6d8a  "+env["MCLI_OPS_MANAGER_URL"]+", now NOT_SYNCED\n"+
		"Atlas organization: unknown (this link-token does not name one)\n"+
		"Connect? [y/N] y\n"+
		"connected, SYNCED\n", screen)
	assert.Empty(t, secret.Find([]byte(screen), secret.New("link-token", typedToken)))
	assert.Equal(t, int64(1), requests.writes.Load())
}

func TestNothingIsSentUnlessConfirmed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, answer string }{
		{"no", "n\n"}, {"nothing", "\n"}, {"end of input", "\x04"}, {"something else", "yup\n"},
	} {
		for _, command := range []string{"connect", "disconnect"} {
			t.Run(command+", "+c.name, func(t *testing.T) {
				t.Parallel()
				env, requests := standIn(t)
				args := []string{command}
				if command == "connect" {
					args = append(args, "--token-file", file(t, typedToken, 0o600))
				}
				x := onTerminal(t, env, args...)
				word := strings.ToUpper(command[:1]) + command[1:]
				x.sees(word + "  5f7aac56b3a0b94bcdce6d8a  " + env["MCLI_OPS_MANAGER_URL"] + ", now NOT_SYNCED\r\n")
				x.sees("\n" + word + "? [y/N] ")
				x.types(c.answer)
				code, screen := x.exits()
				assert.Equal(t, console.ExitFailed, code)
				assert.Contains(t, screen, "not confirmed; nothing was sent\n")
				assert.Zero(t, requests.writes.Load())
			})
		}
	}
}

func TestDisconnectAsksOnATerminal(t *testing.T) {
	t.Parallel()
	env, _ := standIn(t)
	require.Equal(t, console.ExitDone, run(t, typedToken, env, "connect", "--yes").code)
	x := onTerminal(t, env, "disconnect")
	x.sees("Disconnect? [y/N] ")
	x.types("YES\n")
	code, screen := x.exits()
	assert.Equal(t, console.ExitDone, code)
	assert.Contains(t, screen, "\ndisconnected\n")
}

func TestYesAsksForTheTokenAlone(t *testing.T) {
	t.Parallel()
	env, _ := standIn(t)
	x := onTerminal(t, env, "connect", "--yes")
	x.sees(prompt)
	x.echoIs(false)
	x.types(typedToken + "\n")
	code, screen := x.exits()
	assert.Equal(t, console.ExitDone, code)
	assert.Equal(t, "link-token for organization 5f7aac56b3a0b94bcdce6d8a at "+env["MCLI_OPS_MANAGER_URL"]+"\n"+prompt+"\nconnected, SYNCED\n", screen)
}

func TestAnEmptyPromptIsRefused(t *testing.T) {
	t.Parallel()
	env, requests := standIn(t)
	x := onTerminal(t, env, "connect")
	x.sees(prompt)
	x.echoIs(false)
	x.types("\n")
	code, screen := x.exits()
	assert.Equal(t, console.ExitUsage, code)
	assert.Contains(t, screen, "\nlink-token from the terminal: empty; generate one in Atlas")
	assert.Zero(t, requests.writes.Load())
}

// A question that nobody sees would seem to be a command that hangs.
func TestNoQuestionIsAskedUnseen(t *testing.T) {
	t.Parallel()
	env, requests := standIn(t)
	env["PATH"] = os.Getenv("PATH")
	for _, command := range []string{"disconnect", "connect"} {
		env["LOG"] = filepath.Join(t.TempDir(), "log")
		x := start(t, env, "sh", "-c", "migrationlink "+command+` 2>"$LOG"; code=$?; cat "$LOG"; exit $code`)
		code, screen := x.exits()
		assert.Equal(t, console.ExitUsage, code)
		assert.Equal(t, "nobody would see the question whether to go on, since standard error is no terminal; --yes goes on without asking\n", screen)
	}
	assert.Zero(t, requests.all.Load())
}

func TestInterruptedAtAPrompt(t *testing.T) {
	t.Parallel()
	t.Run("link-token", func(t *testing.T) {
		t.Parallel()
		env, requests := standIn(t)
		x := onTerminal(t, env, "connect")
		x.sees(prompt)
		x.echoIs(false)
		x.types(typedToken + "\x03")
		x.echoIs(true) // as it was before
		code, screen := x.exits()
		assert.Equal(t, console.ExitInterrupted, code)
		assert.Contains(t, screen, "\ninterrupted; nothing was sent\n")
		assert.NotContains(t, screen, typedToken)
		assert.Zero(t, requests.writes.Load())
	})
	t.Run("question", func(t *testing.T) {
		t.Parallel()
		env, requests := standIn(t)
		x := onTerminal(t, env, "disconnect")
		x.sees("? [y/N] ")
		x.types("\x03")
		code, screen := x.exits()
		assert.Equal(t, console.ExitInterrupted, code)
		assert.Contains(t, screen, "\ninterrupted; nothing was sent\n")
		assert.Zero(t, requests.writes.Load())
	})
}

func TestOnATerminalOneLineShowsHowFarACheckIs(t *testing.T) {
	t.Parallel()
	goOn := make(chan struct{})
	release := sync.OnceFunc(func() { close(goOn) })
	defer release()
	env := checked(t, func(r *http.Request, _ *httptest.ResponseRecorder) {
		if r.URL.Query().Has("envelope") { // not the first request
			<-goOn
		}
	})
	x := onTerminal(t, env, "check", "--only", "status/200")
	require.NoError(t, pty.Setsize(x.pty, &pty.Winsize{Rows: 24, Cols: 120}))
	x.sees(" exchanges")
	release()
	code, screen := x.exits()
	assert.Equal(t, console.ExitDone, code, screen)
	assert.Regexp(t, `check [0-9]+/[0-9]+ +\[[=>-]+\] +[0-9]+ exchanges`, screen)
	assert.Regexp(t, `(?s)\x1b\[Jread-only: .*\nPASS  4 valid; `, screen)
}

// The reader of standard output has gone. SIGPIPE would end the command without a word.
func TestAResultForNobody(t *testing.T) {
	t.Parallel()
	env, _ := standIn(t)
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	cmd := exec.CommandContext(t.Context(), "migrationlink", "connect", "--yes")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var stderr output
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("canary"), writer, &stderr
	_ = cmd.Run()
	assert.Equal(t, console.ExitFailed, cmd.ProcessState.ExitCode())
	assert.Equal(t, "connected, but the result could not be written: write /dev/stdout: broken pipe\n", stderr.String())
}
