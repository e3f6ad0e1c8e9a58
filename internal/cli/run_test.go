package cli_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/cli"
	"github.com/migrationlink/migrationlink/internal/console"
)

type ran struct {
	code           int
	stdout, stderr string
}

// run runs the command in this process, to its end.
func run(t *testing.T, stdin string, env map[string]string, args ...string) ran {
	t.Helper()
	return runContext(t.Context(), strings.NewReader(stdin), env, args...)
}

func runContext(ctx context.Context, stdin io.Reader, env map[string]string, args ...string) ran {
	var stdout, stderr output
	code := cli.Run(ctx, process(&stdout, &stderr, stdin, env, args))
	return ran{code, stdout.String(), stderr.String()}
}

func process(stdout, stderr io.Writer, stdin io.Reader, env map[string]string, args []string) console.Process {
	p := console.Process{
		Args:      args,
		Stdin:     stdin,
		Stdout:    stdout,
		Stderr:    stderr,
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
	}
	if dir, ok := env["XDG_CONFIG_HOME"]; ok {
		p.UserConfigDir = func() (string, error) { return dir, nil }
	}
	return p
}

// notSyncedFirst answers the status that connect asks for before it sends anything.
func notSyncedFirst(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.Header.Get("Authorization") != "" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"status":"NOT_SYNCED"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// serving runs serve, calls then with the environment of a client once it says that it listens, and stops it after that, or when then
// does.
func serving(t *testing.T, args []string, then func(env map[string]string, stop func())) ran {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	told := make(chan string, 1)
	stdout, stderr := &output{written: func(s string) { told <- s }}, &output{}
	ended := make(chan int, 1)
	go func() { ended <- cli.Run(ctx, process(stdout, stderr, strings.NewReader(""), nil, args)) }()
	select {
	case line := <-told:
		then(environment(strings.TrimSpace(strings.TrimPrefix(line, "listening on "))), stop)
		stop()
	case code := <-ended:
		return ran{code, stdout.String(), stderr.String()}
	case <-time.After(deadline):
		require.FailNow(t, "nothing listens", stderr.String())
	}
	select {
	case code := <-ended:
		return ran{code, stdout.String(), stderr.String()}
	case <-time.After(deadline):
		require.FailNow(t, "serve does not end", stderr.String())
	}
	return ran{}
}

// output keeps what is written, from whichever goroutine.
type output struct {
	mu      sync.Mutex
	buffer  bytes.Buffer
	written func(string)
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.buffer.Write(p)
	if o.written != nil {
		o.written(string(p))
	}
	return n, err
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}
