package cli_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/secret"
)

// echoes are ways in which a server can repeat a secret so that it is another text, and the secret
// still.
var echoes = map[string]func(string) string{
	"capitals":                 strings.ToUpper,
	"capitals, without dashes": func(s string) string { return strings.ToUpper(strings.ReplaceAll(s, "-", "")) },
	"small letters":            strings.ToLower,
	"hex of capitals":          func(s string) string { return fmt.Sprintf("%X", strings.ToUpper(s)) },
	"base64 of capitals": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(strings.ToUpper(s)))
	},
	"on four lines": func(s string) string { return s[:6] + `\n` + s[6:12] + `\n` + s[12:18] + `\n` + s[18:24] },
}

func TestAnEchoInAnotherFormIsShownByNoCommand(t *testing.T) {
	t.Parallel()
	for name, echo := range echoes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, canary := range canaries() {
				text := echo(canary.Value.Reveal())
				url := linking(t, http.StatusBadRequest, `{"error":400,"errorCode":"INVALID_ATTRIBUTE","detail":"`+text+`"}`)
				refused := parrot(t, http.StatusBadRequest, `{"error":400,"errorCode":"INVALID_ATTRIBUTE","detail":"`+text+`"}`)
				list := filepath.Join(t.TempDir(), "list.csv")
				require.NoError(t, os.WriteFile(list, []byte("orgId,linkToken\n"+org.String()+","+canaryToken+"\n"), 0o600))
				const withheld = "connect organization 5f7aac56b3a0b94bcdce6d8a: refused (400 INVALID_ATTRIBUTE): " +
					`the server does not take the request. The server says: "[withheld: it contained a credential]".`
				connect := []string{"connect", "--yes", "--attempts", "1"}
				r := run(t, canaryToken, environment(url), connect...)
				assert.Equal(t, withheld+"\n", r.stderr, canary.Name)

				keep := []ran{r, run(t, canaryToken, environment(url), append(connect, "--debug")...)}
				kept := filepath.Join(t.TempDir(), "results.jsonl")
				many := []string{"--from", list, "--results", kept, "--debug", "-o", "json"}
				keep = append(keep, run(t, "", environment(url), append(connect, many...)...))
				results, err := os.ReadFile(kept)
				require.NoError(t, err)
				keep = append(keep, ran{stdout: string(results)})
				if canary.Name == "private key" { // the others are not known to these
					for _, args := range [][]string{
						{"status"}, {"status", "-o", "json"}, {"status", "--debug"}, {"status", "--from", list},
						{"doctor"}, {"doctor", "-o", "json"}, {"doctor", "-D"},
						{"disconnect", "--yes"}, {"disconnect", "--yes", "--debug"},
					} {
						if args[0] != "doctor" {
							args = append(args, "--attempts", "1")
						}
						keep = append(keep, run(t, "", environment(refused), args...))
					}
				}
				for _, r := range keep {
					assert.NotEmpty(t, r.stdout+r.stderr)
					for _, line := range strings.Split(text, `\n`) {
						assert.NotContains(t, r.stdout+r.stderr, line, canary.Name)
					}
					assert.Empty(t, secret.Find([]byte(r.stdout+r.stderr), canary))
				}
			}
		})
	}
}
