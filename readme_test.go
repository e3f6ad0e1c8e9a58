package migrationlink_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// block is one fenced block of the README.
type block struct{ language, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// fenced are the blocks of the README that have one of the languages, in their order.
func fenced(t *testing.T, languages ...string) []block {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	var blocks []block
	for _, match := range fence.FindAllStringSubmatch(string(readme), -1) {
		if slices.Contains(languages, match[1]) {
			blocks = append(blocks, block{match[1], match[2]})
		}
	}
	return blocks
}

// A newcomer who runs the commands of the README from top to bottom sees the output that it shows.
// A block of output belongs to the block of commands before it.
func TestTheReadmeWorksAsItIsWritten(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	blocks := fenced(t, "sh", "console")
	require.NotEmpty(t, blocks)
	for i, b := range blocks {
		if b.language != "sh" {
			require.True(t, i > 0 && blocks[i-1].language == "sh", "no command has this output:\n%s", b.text)
			continue
		}
		want := ""
		if i+1 < len(blocks) && blocks[i+1].language == "console" {
			want = blocks[i+1].text
		}
		name, _, _ := strings.Cut(b.text, "\n")
		if !t.Run(name, func(t *testing.T) { n.follow(t, b.text, want) }) {
			return // the next blocks need what this one does
		}
	}
	n.leave(t)
}

// newcomer is somebody who has nothing but Go, git and the README.
type newcomer struct {
	home    string
	env     []string
	exports string // the export lines so far
	serve   *exec.Cmd
	log     *bufio.Scanner // what serve prints on standard error
	address string         // where serve listens
}

// documented is the address in the README. The tests take a free port instead.
const documented = "127.0.0.1:14280"

func newNewcomer(t *testing.T) *newcomer {
	t.Helper()
	n := &newcomer{home: t.TempDir(), address: documented}
	t.Cleanup(func() {
		if n.serve != nil && n.serve.ProcessState == nil {
			_ = n.serve.Process.Kill()
		}
	})
	caches, err := exec.CommandContext(t.Context(), "go", "env", "-json", "GOCACHE", "GOMODCACHE").Output()
	require.NoError(t, err)
	var cache struct{ GOCACHE, GOMODCACHE string }
	require.NoError(t, json.Unmarshal(caches, &cache))
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "MCLI_") && !strings.HasPrefix(variable, "MIGRATIONLINK_") {
			n.env = append(n.env, variable)
		}
	}
	n.env = append(n.env, "no_proxy=127.0.0.1", "NO_PROXY=127.0.0.1", // curl would ask a proxy even for this machine
		"HOME="+n.home, "XDG_CONFIG_HOME="+n.home, "GOPATH="+filepath.Join(n.home, "go"), "GOBIN=",
		"GOCACHE="+cache.GOCACHE, "GOMODCACHE="+cache.GOMODCACHE)
	for name, content := range map[string]string{
		".curlrc":     "silent\n", // at a terminal curl shows no progress either
		"atlas.token": "the-token-that-Atlas-showed\n",
		"forty.csv":   "orgId,linkTokenFile\n5f7aac56b3a0b94bcdce6d8a,atlas.token\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(n.home, name), []byte(content), 0o600))
	}
	return n
}

// follow runs a block and compares its output.
func (n *newcomer) follow(t *testing.T, commands, want string) {
	const clone = "git clone https://github.com/migrationlink/migrationlink\ncd migrationlink\n"
	switch {
	case strings.HasPrefix(commands, "go install "):
		n.install(t, commands)
	case strings.HasPrefix(commands, clone):
		n.sees(t, ".", strings.TrimPrefix(commands, clone), "…\n")
	case strings.HasPrefix(commands, "migrationlink serve "):
		n.serves(t, commands, want)
	case strings.HasPrefix(commands, "migrationlink connect --org "): // a real organization, not connected yet
		n.run(t, n.home, "migrationlink disconnect --yes")
		n.sees(t, n.home, commands, want)
	case commands == "make test\n":
		n.sees(t, ".", "make --dry-run test", "…\n") // this is one of the tests
	default:
		n.sees(t, n.home, commands, want)
	}
	for line := range strings.Lines(commands) {
		if strings.HasPrefix(line, "export ") {
			n.exports += line
		}
	}
}

// install installs this tree in place of the newest commit. With a version, go install refuses a
// module that replaces others.
func (n *newcomer) install(t *testing.T, command string) {
	program, found := strings.CutSuffix(command, "@latest\n")
	require.True(t, found, command)
	n.sees(t, ".", program, "")
	printed, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json").Output()
	require.NoError(t, err)
	var module struct{ Replace, Exclude []any }
	require.NoError(t, json.Unmarshal(printed, &module))
	assert.Empty(t, module)
}

// run runs commands in a shell, after the export lines so far.
func (n *newcomer) run(t *testing.T, folder, commands string) string {
	t.Helper()
	for _, program := range []string{"curl", "make"} {
		if _, err := exec.LookPath(program); err != nil && strings.HasPrefix(commands, program) {
			t.Skipf("no %s on this machine", program)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a bound, should a command not end
	defer cancel()
	shell := exec.CommandContext(ctx, "sh", "-c", strings.ReplaceAll(n.exports+commands, documented, n.address))
	shell.Dir, shell.Env = folder, n.env
	output, err := shell.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return strings.ReplaceAll(string(output), n.address, documented)
}

// sees runs commands and wants this output. An output that begins with … is the end of the whole.
func (n *newcomer) sees(t *testing.T, folder, commands, want string) {
	t.Helper()
	got := n.run(t, folder, commands)
	if end, isEnd := strings.CutPrefix(want, "…\n"); isEnd {
		assert.Equal(t, end, got[max(0, len(got)-len(end)):], "the end of:\n%s", got)
		return
	}
	assert.Equal(t, strings.TrimSuffix(want, "\n"), strings.TrimSuffix(got, "\n"))
}

// serves starts the stand-in, on a free port, and pastes the curl command that it prints.
func (n *newcomer) serves(t *testing.T, command, want string) {
	require.Contains(t, command, documented)
	command = "exec " + strings.ReplaceAll(command, documented, "127.0.0.1:0")
	n.serve = exec.Command("sh", "-c", n.exports+command) // ends when the newcomer leaves
	n.serve.Dir, n.serve.Env = n.home, n.env
	stdout, err := n.serve.StdoutPipe()
	require.NoError(t, err)
	stderr, err := n.serve.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, n.serve.Start())
	bound := time.AfterFunc(5*time.Minute, func() { _ = n.serve.Process.Kill() }) // should a line not come
	t.Cleanup(func() { bound.Stop() })

	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	n.address = regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(line)
	n.log = bufio.NewScanner(stderr)
	got, curl := line, ""
	for strings.Count(got, "\n") < strings.Count(want, "\n") && n.log.Scan() {
		got += n.log.Text() + "\n"
		if strings.HasPrefix(n.log.Text(), "curl ") {
			curl = n.log.Text()
		}
	}
	require.Equal(t, want, strings.ReplaceAll(got, n.address, documented))
	if _, err := exec.LookPath("curl"); err == nil {
		assert.Regexp(t, `(?s)^HTTP/1.1 401 .*Digest realm="MMS Public API", domain="", nonce="[^"]{32}", `+
			`algorithm=MD5, qop="auth", stale=false.*HTTP/1.1 201 Created.*\{\s+"status" : "SYNCED"\s+\}$`, n.run(t, n.home, curl))
	}
}

// leave interrupts the stand-in, which then ends without an error.
func (n *newcomer) leave(t *testing.T) {
	require.NotNil(t, n.serve, "the README starts no stand-in")
	require.NoError(t, n.serve.Process.Signal(os.Interrupt))
	for n.log.Scan() { // until it has ended
	}
	require.NoError(t, n.serve.Wait())
}

// Commands within the text of the README run too.
func TestCommandsInTheTextOfTheReadmeWork(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	n := newNewcomer(t)
	n.follow(t, "go install github.com/migrationlink/migrationlink/cmd/migrationlink@latest\n", "")
	n.follow(t, "export PATH=\"$PATH:$(go env GOPATH)/bin\"\n", "")
	outputs := fenced(t, "console")
	greeting := slices.IndexFunc(outputs, func(b block) bool { return strings.HasPrefix(b.text, "listening on ") })
	require.NotEqual(t, -1, greeting)
	n.follow(t, "migrationlink serve --listen "+documented+"\n", outputs[greeting].text)
	for line := range strings.Lines(outputs[greeting].text) {
		if strings.HasPrefix(line, "export ") {
			n.exports += line
		}
	}
	ways := map[string]func(command string){ // how each is run
		"go run ./cmd/migrationlink demo": func(command string) {
			n.sees(t, ".", command, "…\nlink-token shown 0 times\n")
		},
		"migrationlink doctor": func(command string) {
			n.sees(t, n.home, command, "…\nok    organization  5f7aac56b3a0b94bcdce6d8a: SYNCED\n")
		},
		"migrationlink connect --from forty.csv --results forty.jsonl": func(command string) {
			assert.Contains(t, n.run(t, n.home, command+" --yes"), "skipped, already SYNCED")
		},
		"migrationlink disconnect --yes": func(command string) {
			n.sees(t, n.home, command, "disconnected\n")
			check := "migrationlink check --url http://" + documented + " --org 5f7aac56b3a0b94bcdce6d8a --only connect/right --write"
			assert.Contains(t, n.run(t, n.home, check), "PASS ")
			n.sees(t, n.home, "echo any-word | migrationlink connect --yes", "connected, SYNCED\n")
		},
		"migrationlink proxy --target ORIGIN": func(string) {
			assert.Contains(t, n.run(t, n.home, "migrationlink proxy --help"), "--target ORIGIN")
		},
		"make": func(command string) { n.sees(t, ".", command, "…\n") },
	}
	command := regexp.MustCompile("`((?:go run |make|migrationlink )[^`]*)`")
	found := command.FindAllStringSubmatch(fence.ReplaceAllString(string(readme), ""), -1)
	require.GreaterOrEqual(t, len(found), len(ways))
	for _, match := range found {
		way := ways[match[1]]
		require.NotNil(t, way, "no test runs %s", match[1])
		way(match[1])
	}
	n.leave(t)
}

func TestGoInTheReadmeStandsInAnExampleThatRuns(t *testing.T) {
	t.Parallel()
	var examples strings.Builder
	for _, folder := range []string{"client", "server/servertest", "checker/httpcheck"} {
		content, err := os.ReadFile(folder + "/example_test.go")
		require.NoError(t, err)
		examples.Write(content)
	}
	blocks := fenced(t, "go")
	require.NotEmpty(t, blocks)
	for _, b := range blocks {
		assert.Contains(t, examples.String(), b.text)
	}
}

// The tree in the README names every folder at the top, and nothing that is not there.
func TestTheTreeInTheReadmeIsTheTree(t *testing.T) {
	t.Parallel()
	trees := fenced(t, "text")
	require.Len(t, trees, 1)
	named := map[string]bool{}
	for line := range strings.Lines(trees[0].text) {
		name := strings.Fields(line)[0]
		top, _, _ := strings.Cut(name, "/")
		named[cmp.Or(top, name)] = true
		found, err := filepath.Glob(name)
		require.NoError(t, err)
		assert.NotEmpty(t, found, name)
	}
	entries, err := fs.ReadDir(os.DirFS("."), ".")
	require.NoError(t, err)
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			assert.True(t, named[entry.Name()], "%s is not in the tree", entry.Name())
		}
	}
}
