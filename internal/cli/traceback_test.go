package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// inFlight is a server that signs in, says that it has the link-token, and does not answer.
func inFlight(t *testing.T) (env map[string]string, arrived <-chan struct{}) {
	t.Helper()
	has := make(chan struct{}, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Header.Get("Authorization") == "":
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
			w.WriteHeader(http.StatusUnauthorized)
		case r.Method == http.MethodGet:
			_, _ = io.WriteString(w, `{"status":"NOT_SYNCED"}`)
		default:
			_, _ = io.Copy(io.Discard, r.Body)
			has <- struct{}{}
			<-r.Context().Done()
		}
	}))
	t.Cleanup(s.Close)
	return environment(s.URL), has
}

// While the link-token is on its way, neither the list of processes shows it nor the stacks that the runtime writes.
func TestNoCredentialIsInTheProcessListOrInATraceback(t *testing.T) {
	t.Parallel()
	env, arrived := inFlight(t)
	cmd := exec.CommandContext(t.Context(), "migrationlink", "connect", "--yes", "--debug")
	cmd.Env = append(cmd.Env, "GOTRACEBACK=system")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var shown output
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(canaryToken), &shown, &shown
	require.NoError(t, cmd.Start())
	<-arrived
	if runtime.GOOS == "linux" {
		listed, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
		require.NoError(t, err)
		assert.Equal(t, "migrationlink connect --yes --debug", strings.TrimRight(string(bytes.ReplaceAll(listed, []byte{0}, []byte(" "))), " "))
	}
	require.NoError(t, cmd.Process.Signal(syscall.SIGQUIT))
	require.Error(t, cmd.Wait())
	assert.Contains(t, shown.String(), "SIGQUIT: quit")
	assert.Contains(t, shown.String(), "client.(*Client).Connect(", "the stack of the call is there")
	assert.Empty(t, secret.Find([]byte(shown.String()), canaries()...))
}

// panics is a program whose transport panics with the link-token in its hands.
func panics() {
	c, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL(os.Getenv("MCLI_OPS_MANAGER_URL")), client.WrapTransport(func(base http.RoundTripper) http.RoundTripper {
		return panicking{base}
	}))
	if err != nil {
		panic(err)
	}
	token := migrationlink.NewLinkToken(os.Getenv("TOKEN"))
	link, err := c.Connect(context.Background(), org, token)
	fmt.Println(link, err)
}

type panicking struct{ base http.RoundTripper }

func (p panicking) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Header.Get("Authorization") != "" {
		panic(fmt.Sprintf("forced: %v %+v %#v", req.Body, req.Context(), migrationlink.NewLinkToken(os.Getenv("TOKEN"))))
	}
	return p.base.RoundTrip(req)
}

func TestNoCredentialIsInTheTracebackOfAPanic(t *testing.T) {
	t.Parallel()
	env, _ := inFlight(t)
	cmd := exec.CommandContext(t.Context(), "panics")
	cmd.Env = []string{"GOTRACEBACK=system", "MCLI_OPS_MANAGER_URL=" + env["MCLI_OPS_MANAGER_URL"], "TOKEN=" + canaryToken}
	shown, err := cmd.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(shown), "panic: forced: ")
	assert.Contains(t, string(shown), "client.(*Client).Connect(")
	assert.Empty(t, secret.Find(shown, canaries()...))
}
