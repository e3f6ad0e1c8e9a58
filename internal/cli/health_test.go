package cli_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/stretchr/testify/assert"
)

func TestHealthTellsWhetherAStandInIsReady(t *testing.T) {
	t.Parallel()
	const usage = "--url: want the address of the admin interface, like http://127.0.0.1:8081\n"
	for name, tt := range map[string]struct {
		status  int
		content string
		want    ran
	}{
		"ready":            {200, `{"status":"ready"}`, ran{console.ExitDone, "ready\n", ""}},
		"being stopped":    {503, `{"error":503,"detail":"the stand-in is being stopped"}`, ran{console.ExitFailed, "", "not ready: the stand-in is being stopped\n"}},
		"something else":   {200, `<html>`, ran{console.ExitFailed, "", "not ready: what answers (200) is no admin interface\n"}},
		"another's object": {404, `{}`, ran{console.ExitFailed, "", "not ready: what answers (404) is no admin interface\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			admin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "/ready", r.URL.Path)
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.content)
			}))
			defer admin.Close()
			assert.Equal(t, tt.want, run(t, "", nil, "health", "--url", admin.URL+"/"))
		})
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	assert.Equal(t, ran{console.ExitFailed, "", "not ready: nothing listens there\n"}, run(t, "", nil, "health", "--url", closed.URL))
	for _, wrong := range []string{"127.0.0.1:8081", "ftp://x", "http://", "http://user:secret@127.0.0.1"} {
		assert.Equal(t, ran{console.ExitUsage, "", usage}, run(t, "", nil, "health", "--url", wrong))
	}
	assert.Equal(t, ran{console.ExitUsage, "", usage}, run(t, "", nil, "health"))
}
