package migrationlink_test

import (
	"bufio"
	"context"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
)

// fenced are the blocks of a language in the README.
func fenced(t *testing.T, language string) []string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	var blocks []string
	for _, match := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllSubmatch(readme, -1) {
		blocks = append(blocks, string(match[1]))
	}
	return blocks
}

func TestEveryCommandOfTheReadmeDoesWhatItSays(t *testing.T) {
	t.Parallel()
	commands := map[string]func(*testing.T, string){
		"go run ./cmd/migrationlink demo":  demonstrates,
		"go run ./cmd/migrationlink serve": serves,
		"migrationlink connect --org 5f7aac56b3a0b94bcdce6d8a --token-file atlas.token --yes\n" +
			"migrationlink status --org 5f7aac56b3a0b94bcdce6d8a\n" +
			"migrationlink disconnect --org 5f7aac56b3a0b94bcdce6d8a --yes": against("connected, SYNCED\nSYNCED\ndisconnected\n"),
		"migrationlink check --org 5f7aac56b3a0b94bcdce6d8a --html report.html": against(
			"read-only: [0-9]+ exchanges, .*\n(left out: .*\n)+PASS  contract kept; coverage: operations 1/3, statuses 6/33, security schemes 2/2 \\(details: report.html\\)\n"),
	}
	blocks := fenced(t, "sh")
	require.Len(t, blocks, len(commands))
	for _, block := range blocks {
		command := strings.TrimSpace(block)
		require.Contains(t, commands, command, "a command that no test runs")
		name, _, _ := strings.Cut(command, " --")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			commands[command](t, command)
		})
	}
}

func demonstrates(t *testing.T, command string) {
	output, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput()
	require.NoError(t, err, "%s", output)
	assert.True(t, strings.HasSuffix(string(output), "\n5 exchanges on 127.0.0.1, contract kept 5 of 5\nlink-token shown 0 times\n"), "%s", output)
}

// serves starts the stand-in as built, since go run answers an interrupt with a status of its own, pastes the curl command that it prints, and interrupts it.
func serves(t *testing.T, command string) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a bound, should a line not come
	defer cancel()
	program := filepath.Join(t.TempDir(), "migrationlink")
	output, err := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/migrationlink").CombinedOutput()
	require.NoError(t, err, "%s", output)
	serve := exec.CommandContext(ctx, program, strings.Fields(strings.TrimPrefix(command, "go run ./cmd/migrationlink"))...)
	stdout, err := serve.StdoutPipe()
	require.NoError(t, err)
	stderr, err := serve.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, serve.Start())

	results, notes := bufio.NewScanner(stdout), bufio.NewScanner(stderr)
	require.True(t, results.Scan())
	assert.Regexp(t, `^listening on http://127\.0\.0\.1:\d+/api/public/v1\.0$`, results.Text())
	var curl string
	for !strings.HasPrefix(curl, "curl ") {
		require.True(t, notes.Scan(), "no curl command")
		curl = strings.TrimSpace(notes.Text())
	}
	if _, err := exec.LookPath("curl"); err == nil {
		answer, err := exec.CommandContext(ctx, "sh", "-c", curl).Output()
		require.NoError(t, err)
		assert.Regexp(t, `(?s)^HTTP/1.1 401 .*Digest realm="MMS Public API", domain="", nonce="[^"]{32}", algorithm=MD5, qop="auth", stale=false.*`+
			`HTTP/1.1 201 Created.*\{\s+"status" : "SYNCED"\s+\}$`, string(answer))
	}

	require.NoError(t, serve.Process.Signal(os.Interrupt))
	for notes.Scan() {
	}
	for results.Scan() {
	}
	require.NoError(t, serve.Wait())
}

// against runs commands as built against a stand-in, with what they take from the environment, and matches what they say on stdout.
func against(want string) func(*testing.T, string) {
	return func(t *testing.T, commands string) {
		const org migrationlink.OrgID = "5f7aac56b3a0b94bcdce6d8a"
		standIn, err := server.New(server.Config{
			Organizations: []server.Organization{{ID: org}},
			APIKeys: []server.APIKey{{
				PublicKey: "ownerkey", PrivateKey: "secret-of-ownerkey", Roles: map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}},
			}},
		})
		require.NoError(t, err)
		listener := httptest.NewServer(standIn)
		defer listener.Close()
		folder := t.TempDir()
		program := filepath.Join(folder, "migrationlink")
		output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/migrationlink").CombinedOutput()
		require.NoError(t, err, "%s", output)
		require.NoError(t, os.WriteFile(filepath.Join(folder, "atlas.token"), []byte("the-token-that-Atlas-showed\n"), 0o600))

		script := exec.CommandContext(t.Context(), "sh", "-e", "-c", commands)
		script.Dir = folder
		script.Env = append(os.Environ(), "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"), "MCLI_OPS_MANAGER_URL="+listener.URL,
			"MCLI_PUBLIC_API_KEY=ownerkey", "MCLI_PRIVATE_API_KEY=secret-of-ownerkey")
		stderr := new(strings.Builder)
		script.Stderr = stderr
		results, err := script.Output()
		require.NoError(t, err, "%s", stderr)
		assert.Regexp(t, "^"+want+"$", string(results))
	}
}

func TestGoInTheReadmeStandsInAnExampleThatRuns(t *testing.T) {
	t.Parallel()
	var examples strings.Builder
	for _, file := range []string{"client/example_test.go", "server/servertest/example_test.go", "checker/httpcheck/example_test.go"} {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		examples.Write(content)
	}
	blocks := fenced(t, "go")
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		assert.Contains(t, examples.String(), block)
	}
}

// The tree in the README names every folder at the top, and nothing that is not there.
func TestTheTreeInTheReadmeIsTheTree(t *testing.T) {
	t.Parallel()
	var named []string
	for line := range strings.Lines(strings.Join(fenced(t, "text"), "")) {
		name := strings.Fields(line)[0]
		named = append(named, strings.TrimSuffix(name, "/"))
		found, err := filepath.Glob(name)
		require.NoError(t, err)
		assert.NotEmpty(t, found, name)
	}
	entries, err := fs.ReadDir(os.DirFS("."), ".")
	require.NoError(t, err)
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			assert.Condition(t, func() bool {
				for _, name := range named {
					if strings.Split(name, "/")[0] == entry.Name() {
						return true
					}
				}
				return false
			}, "%s is not in the tree", entry.Name())
		}
	}
}
