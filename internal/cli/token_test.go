package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/server"
)

const (
	org        = migrationlink.OrgID("5f7aac56b3a0b94bcdce6d8a")
	publicKey  = "ownerkey"
	privateKey = "77777777-cafe-dead-beef-999999999999"
)

// counted is how many requests there were, and how many of these were to change something.
type counted struct{ all, writes atomic.Int64 }

// standIn listens with one organization, and counts the requests.
func standIn(t *testing.T) (env map[string]string, requests *counted) {
	t.Helper()
	handler, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: org}},
		APIKeys: []server.APIKey{{
			PublicKey: publicKey, PrivateKey: migrationlink.NewSecret(privateKey),
			Roles: map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}},
		}},
	})
	require.NoError(t, err)
	requests = new(counted)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.all.Add(1)
		if r.Method != http.MethodGet {
			requests.writes.Add(1)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return environment(s.URL), requests
}

func environment(url string) map[string]string {
	return map[string]string{
		"MCLI_OPS_MANAGER_URL": url, "MCLI_ORG_ID": org.String(),
		"MCLI_PUBLIC_API_KEY": publicKey, "MCLI_PRIVATE_API_KEY": privateKey,
	}
}

func TestConnectRefusesWhatIsNoToken(t *testing.T) {
	t.Parallel()
	env, requests := standIn(t)
	const blank = "blank or unprintable character at byte "
	const alone = "; want the token alone, on one line"
	for _, c := range []struct{ name, content, want string }{
		{"nothing", "", "empty; generate one in Atlas (Organization, Live Migration) and give it whole"},
		{"a line ending", "\r\n", "empty; generate one in Atlas (Organization, Live Migration) and give it whole"},
		{"two line endings", "canary\n\n", blank + "7" + alone},
		{"two lines", "canary\ncanary\n", blank + "7" + alone},
		{"a blank before it", " canary\n", blank + "1" + alone},
		{"a blank after it", "canary \n", blank + "7" + alone},
		{"a tab inside", "can\tary", blank + "4" + alone},
		{"a return alone at the end", "canary\r", blank + "7" + alone},
		{"a no-break space", "can\u00a0ary", blank + "4" + alone},
		{"a byte order mark", "\ufeffcanary", "a byte order mark is in front of it, which some editors write" + alone},
		{"a zero", "canary\x00", blank + "7" + alone},
		{"an escape", "canary\x1b[2J", blank + "7" + alone},
		{"not UTF-8", "canary\xff", "not UTF-8; want the text that Atlas showed"},
		{"UTF-16", "\xff\xfec\x00a\x00", "not UTF-8; want the text that Atlas showed"},
		{"a byte too many", strings.Repeat("c", 1<<20-len(`{"linkToken":""}`)+1), "too long; the request would be larger than 1 MiB, a token has about 190 characters"},
		{"too many once escaped", strings.Repeat(`"`, 1<<19), "too long; the request would be larger than 1 MiB, a token has about 190 characters"},
		{"endless", strings.Repeat("c", 1<<22), "too long; the request would be larger than 1 MiB, a token has about 190 characters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, c.content, env, "connect", "--yes")
			assert.Equal(t, ran{console.ExitUsage, "", "link-token from standard input: " + c.want + "\n"}, r)

			r = run(t, "", env, "connect", "--yes", "--token-file", file(t, c.content, 0o600))
			assert.Equal(t, ran{console.ExitUsage, "", "link-token from --token-file: " + c.want + "\n"}, r)

			assert.Zero(t, requests.all.Load(), "nothing is sent")
		})
	}
}

func TestConnectTakesAToken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, content string }{
		{"without a line ending", "canary"},
		{"with one", "canary\n"},
		{"with that of Windows", "canary\r\n"},
		{"with what JSON and HTML escape", `can"a\ry<&>/` + "\n"},
		{"not of ASCII", "canäry\n"},
		{"the largest", strings.Repeat("c", 1<<20-len(`{"linkToken":""}`)) + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env, _ := standIn(t)
			assert.Equal(t, ran{console.ExitDone, "connected, SYNCED\n", ""}, run(t, c.content, env, "connect", "--yes"))
			assert.Equal(t, ran{console.ExitDone, "connected, SYNCED\n", ""},
				run(t, "not a token", env, "connect", "--yes", "--replace", "--token-file", file(t, c.content, 0o600)), "the file wins")
		})
	}
}

func TestATokenFile(t *testing.T) {
	t.Parallel()
	env, requests := standIn(t)
	for _, c := range []struct{ name, file, want string }{
		{"missing", filepath.Join(t.TempDir(), "canary"), "no such file; its name is not repeated here, since it may be the token: want the name of a file that the token is in"},
		{"a folder", t.TempDir(), "is a directory"},
	} {
		r := run(t, "", env, "connect", "--yes", "--token-file", c.file)
		assert.Equal(t, ran{console.ExitUsage, "", "link-token from --token-file: " + c.want + "\n"}, r, c.name)
	}
	assert.Zero(t, requests.all.Load(), "nothing is sent")

	r := run(t, "", env, "connect", "--yes", "--token-file", file(t, "canary", 0o640))
	assert.Equal(t, ran{console.ExitDone, "connected, SYNCED\n", "warning: others can read the token file (mode 0640); chmod 600 keeps it to yourself\n"}, r)
}

func file(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(name, []byte(content), mode))
	require.NoError(t, os.Chmod(name, mode)) // past the umask
	return name
}

// What the answer tells, and how it is put.
func TestResults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, answer, command, stdout, stderr string
		code                                  int
	}{
		{"connected", `{"status":"SYNCED"}`, "connect", "connected, SYNCED\n", "", console.ExitDone},
		{"connected, not pushed yet", `{"status":"NOT_SYNCED"}`, "connect",
			"connected, NOT_SYNCED: the first push has not arrived. Follow it: migrationlink status --org 5f7aac56b3a0b94bcdce6d8a --watch\n", "", console.ExitDone},
		{"accepted", `{"sourceOrgId":"5f7aac56b3a0b94bcdce6d8a"}`, "connect",
			"accepted, state unknown: the answer did not tell it. Follow it: migrationlink status --org 5f7aac56b3a0b94bcdce6d8a --watch\n", "", console.ExitDone},
		{"another status", `{"status":"SYNCING"}`, "connect", "connected, SYNCING\n", "", console.ExitDone},
		{"a push that failed", `{"status":"NOT_SYNCED","errorMessage":"no route to Atlas"}`, "status",
			"NOT_SYNCED\n", "the last push failed: no route to Atlas\n", console.ExitNotSynced},
		{"no status", `{}`, "status", "unknown: the answer did not tell it\n", "", console.ExitFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			handler := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "" {
					w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(c.answer))
			}))
			if c.command == "connect" {
				handler = notSyncedFirst(handler)
			}
			s := httptest.NewServer(handler)
			t.Cleanup(s.Close)
			args := []string{c.command}
			if c.command == "connect" {
				args = append(args, "--yes")
			}
			assert.Equal(t, ran{c.code, c.stdout, c.stderr}, run(t, "canary", environment(s.URL), args...))
		})
	}
}
