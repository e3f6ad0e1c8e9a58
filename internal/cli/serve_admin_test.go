package cli_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/cli"
	"github.com/migrationlink/migrationlink/internal/console"
)

// administered runs serve with an admin interface, and calls then with the environment of a client and the interface's address.
func administered(t *testing.T, args []string, then func(env map[string]string, admin string)) ran {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	told := make(chan string, 10)
	stdout, stderr := &output{written: func(s string) { told <- s }}, &output{}
	ended := make(chan int, 1)
	go func() { ended <- cli.Run(ctx, process(stdout, stderr, strings.NewReader(""), nil, args)) }()
	select {
	case lines := <-told:
		api, admin, _ := strings.Cut(strings.TrimSpace(lines), "\n")
		then(environment(strings.TrimPrefix(api, "listening on ")), strings.TrimPrefix(admin, "admin interface on "))
	case <-time.After(deadline):
		require.FailNow(t, "serve says nothing", stderr.String())
	}
	stop()
	return ran{<-ended, stdout.String(), stderr.String()}
}

func administer(t *testing.T, method, url, body string, header ...string) (status int, content string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	read, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, strings.TrimSpace(string(read))
}

func TestServeIsAdministeredFromOutside(t *testing.T) {
	t.Parallel()
	r := administered(t, []string{"serve", "--admin", "127.0.0.1:0"}, func(env map[string]string, admin string) {
		env["MCLI_PRIVATE_API_KEY"] = "11111111-2222-3333-4444-555555555555"
		assert.Equal(t, ran{console.ExitDone, "ready\n", ""}, run(t, "", nil, "health", "--url", admin))
		_, content := administer(t, http.MethodPost, admin+"/faults", `{"operation":"status","error":"RATE_LIMITED","retryAfter":"3s"}`)
		assert.Contains(t, content, `"id":1`)
		limited := run(t, "", env, "status", "--attempts", "1")
		assert.Equal(t, console.ExitUnavailable, limited.code)
		assert.Contains(t, limited.stderr, "429")
		assert.Equal(t, ran{console.ExitNotSynced, "NOT_SYNCED\n", ""}, run(t, "", env, "status"))
		_, content = administer(t, http.MethodGet, admin+"/journal?operation=status&status=429", "")
		assert.Contains(t, content, `"fault":"429 RATE_LIMITED, Retry-After 3 s: the next call of status (1)"`)
		_, content = administer(t, http.MethodGet, admin+"/findings", "")
		assert.Contains(t, content, `"findings":[]`)

		before := time.Now()
		_, content = administer(t, http.MethodPost, admin+"/clock/advance", `{"by":"1h"}`)
		now, err := time.Parse(`{"now":"`+time.RFC3339Nano+`"}`, content)
		require.NoError(t, err)
		assert.False(t, now.Before(before.Add(time.Hour)))
	})
	assert.Equal(t, console.ExitDone, r.code)
	assert.Regexp(t, `^listening on http://127\.0\.0\.1:\d+/api/public/v1\.0\nadmin interface on http://127\.0\.0\.1:\d+\n$`, r.stdout)
}

func TestTheAdminInterfaceForOthersWantsAToken(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("a-token-of-the-admin\n"), 0o600))
	r := administered(t, []string{"serve", "--admin", "0.0.0.0:0", "--admin-token-file", file}, func(_ map[string]string, admin string) {
		status, _ := administer(t, http.MethodGet, admin+"/journal", "")
		assert.Equal(t, http.StatusUnauthorized, status)
		status, _ = administer(t, http.MethodGet, admin+"/journal", "", "Authorization", "Bearer a-token-of-the-admin")
		assert.Equal(t, http.StatusOK, status)
		assert.Equal(t, ran{console.ExitDone, "ready\n", ""}, run(t, "", nil, "health", "--url", admin))
	})
	assert.Equal(t, console.ExitDone, r.code)
	assert.Contains(t, r.stderr, "warning: others can reach the admin interface, and plain http does not keep its token secret\n")
	assert.NotContains(t, r.stderr+r.stdout, "a-token-of-the-admin")
}

func TestWhereTheAdminInterfaceCannotBe(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, content := range map[string]string{"short": "123456789012345\n", "two": "a-token-of-the-admin another\n", "empty": "", "long": strings.Repeat("x", 5000)} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	}
	const want = "--admin-token-file: want one token of 16 characters or more, without blanks\n"
	for _, tt := range []struct {
		args   []string
		stderr string
	}{
		{[]string{"--admin", "8081"}, "--admin: want HOST:PORT, like 127.0.0.1:8081, or port 0 for any free one\n"},
		{[]string{"--admin", "0.0.0.0:0"}, "--admin: not a loopback address, and whoever gets in changes what the stand-in does: want 127.0.0.1:PORT or " +
			"[::1]:PORT, or a token with --admin-token-file\n"},
		{[]string{"--admin-token-file", filepath.Join(folder, "short")}, "--admin-token-file: there is no admin interface to ask for it: give --admin HOST:PORT\n"},
		{[]string{"--admin", "127.0.0.1:0", "--admin-token-file", filepath.Join(folder, "none")}, "--admin-token-file: no such file or directory\n"},
		{[]string{"--admin", "127.0.0.1:0", "--admin-token-file", filepath.Join(folder, "short")}, want},
		{[]string{"--admin", "127.0.0.1:0", "--admin-token-file", filepath.Join(folder, "two")}, want},
		{[]string{"--admin", "127.0.0.1:0", "--admin-token-file", filepath.Join(folder, "long")}, "--admin-token-file: larger than 4096 bytes; want one token, and nothing else\n"},
		{[]string{"--admin", "127.0.0.1:0", "--admin-token-file", filepath.Join(folder, "empty")}, want},
	} {
		assert.Equal(t, ran{console.ExitUsage, "", tt.stderr}, run(t, "", nil, append([]string{"serve"}, tt.args...)...))
	}
}
