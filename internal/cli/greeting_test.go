package cli_test

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/cli"
	"github.com/migrationlink/migrationlink/internal/console"
)

// The lines that serve prints set up the command, in another terminal and working directory.
func TestServePrintsTheEnvironmentOfAClient(t *testing.T) {
	t.Parallel()
	ca := filepath.Join(t.TempDir(), "Ana's ca.pem")
	for name, c := range map[string]struct{ args, want []string }{
		"plain http": {nil, []string{
			`MCLI_OPS_MANAGER_URL='http://127\.0\.0\.1:\d+/'`,
			`MCLI_PUBLIC_API_KEY='ownerkey'`,
			`MCLI_PRIVATE_API_KEY='11111111-2222-3333-4444-555555555555'`,
			`MCLI_ORG_ID='5f7aac56b3a0b94bcdce6d8a'`,
		}},
		"TLS": {[]string{"--tls-self-signed", ca}, []string{
			`MCLI_OPS_MANAGER_URL='https://127\.0\.0\.1:\d+/'`,
			`MCLI_PUBLIC_API_KEY='ownerkey'`,
			`MCLI_PRIVATE_API_KEY='11111111-2222-3333-4444-555555555555'`,
			`MCLI_ORG_ID='5f7aac56b3a0b94bcdce6d8a'`,
			`MCLI_OPS_MANAGER_CA_CERTIFICATE='` + regexp.QuoteMeta(strings.ReplaceAll(ca, "'", `'\''`)) + `'`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			greeted := make(chan string, 1)
			stderr := &output{written: func(s string) {
				if strings.Contains(s, "export ") {
					greeted <- s
				}
			}}
			ended := make(chan int, 1)
			stdout := new(output)
			go func() {
				args := append([]string{"serve"}, c.args...)
				ended <- cli.Run(ctx, process(stdout, stderr, strings.NewReader(""), nil, args))
			}()
			var greeting string
			select {
			case greeting = <-greeted:
			case code := <-ended:
				require.FailNow(t, "serve has ended", "with %d: %s", code, stderr)
			case <-time.After(deadline):
				require.FailNow(t, "no export line", "%s", stderr)
			}

			exports := "\nexport " + strings.Join(c.want, "\nexport ") + "\n$"
			assert.Regexp(t, "\nto point migrationlink or mongocli at it:"+exports, greeting)
			assert.Equal(t, ran{console.ExitNotSynced, "NOT_SYNCED\n", ""}, run(t, "", exported(t, greeting), "status"))
			stop()
			assert.Equal(t, console.ExitDone, <-ended)
		})
	}
}

// exported are the variables that a shell sets when it reads these lines.
func exported(t *testing.T, lines string) map[string]string {
	t.Helper()
	env := map[string]string{}
	for _, export := range regexp.MustCompile(`(?m)^export (\w+)='(.*)'$`).FindAllStringSubmatch(lines, -1) {
		env[export[1]] = strings.ReplaceAll(export[2], `'\''`, "'")
	}
	require.NotEmpty(t, env)
	return env
}
