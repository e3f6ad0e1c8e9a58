package cli_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/stretchr/testify/assert"
)

// The command and the client in it call themselves by one version.
func TestOneVersion(t *testing.T) {
	t.Parallel()
	agents := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { agents <- r.Header.Get("User-Agent") }))
	t.Cleanup(s.Close)
	run(t, "", environment(s.URL), "status")
	name, version, _ := strings.Cut(<-agents, "/")
	assert.Equal(t, ran{console.ExitDone, name + " v" + version + "\n", ""}, run(t, "", nil, "--version"))
}
