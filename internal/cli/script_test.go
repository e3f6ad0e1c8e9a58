package cli_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/migrationlink/migrationlink/internal/cli"
)

// deadline is how long a test waits for something that should come at once.
const deadline = 20 * time.Second

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"migrationlink": func() { os.Exit(cli.Main()) },
		"panics":        panics,
	})
}

// The command, as it is typed.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":       exits,
			"expand":      expand,
			"expanded":    expanded,
			"listening":   listening,
			"oversharing": oversharing,
		},
	})
}

// exits CODE PROGRAM [ARGS...] runs a program and wants it to exit with the code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGS...]")
	}
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// expanded FROM TO writes TO with the environment's values in the place of $NAME.
func expanded(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: expanded FROM TO")
	}
	content := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(content), 0o600))
}

// expand FILE puts the values of variables into a file, in the place of $NAME.
func expand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: expand FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o600))
}

// listening FILE waits for an address file and sets MCLI_OPS_MANAGER_URL to what is in it.
func listening(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: listening FILE")
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for timeout := time.After(deadline); ; {
		if content, err := os.ReadFile(ts.MkAbs(args[0])); err == nil {
			ts.Setenv("MCLI_OPS_MANAGER_URL", strings.TrimSpace(string(content)))
			return
		}
		select {
		case <-tick.C:
		case <-timeout:
			ts.Fatalf("nothing listens after %s", deadline)
		}
	}
}

// oversharing NAME sets NAME to the address of a server that goes on after its answer.
func oversharing(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: oversharing NAME")
	}
	const answer = "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: 1\r\nContent-Length: 13\r\n\r\n{\"error\":429}"
	var connections []net.Conn // left open: the client is to find more on them
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		ts.Check(err)
		connections = append(connections, connection)
		_, err = io.WriteString(connection, answer+`{"linkToken":"x"}`)
		ts.Check(err)
	}))
	ts.Defer(func() {
		s.Close()
		for _, c := range connections {
			_ = c.Close()
		}
	})
	ts.Setenv(args[0], s.URL)
}
