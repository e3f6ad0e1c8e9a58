package cli_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// The canaries: credentials that must be in no output, in whatever encoding.
const canaryInside = "aaaabbbb-cccc-dddd-eeee-ffff00001111"

var canaryToken = base64.StdEncoding.EncodeToString(
	[]byte(`{"orgId":"4888442a3354817a7320eb61","orgName":"Prod","publicApiKey":"mnbvcxyz","privateApiKey":"` + canaryInside + `"}`))

func canaries() []secret.Named {
	return []secret.Named{
		secret.New("link-token", canaryToken),
		secret.New("private key inside the link-token", canaryInside),
		secret.New("private key", privateKey),
	}
}

// parrot gives whoever has credentials an answer, and the link-token in a header. linking is one that is asked for the status first.
func parrot(t *testing.T, status int, answer string) string {
	return parroting(t, parrots(status, answer))
}

func linking(t *testing.T, status int, answer string) string {
	return parroting(t, notSyncedFirst(parrots(status, answer)))
}

func parroting(t *testing.T, handler http.Handler) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

func parrots(status int, answer string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", "https://example.invalid/"+canaryToken)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	})
}

func TestNoCredentialIsInAnyOutput(t *testing.T) {
	t.Parallel()
	var shown output
	keep := func(r ran) { fmt.Fprintf(&shown, "%s\n%s\n", r.stdout, r.stderr) }

	// Everything in its place, on both sides.
	served := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(served, fmt.Appendf(nil,
		"organizations: [{id: %s}]\napiKeys: [{publicKey: %s, privateKey: %s, roles: {%s: [ORG_OWNER]}}]\n", org, publicKey, privateKey, org), 0o600))
	data := filepath.Join(t.TempDir(), "links.db")
	keep(serving(t, []string{"serve", "--config", served, "--data", data}, func(env map[string]string, _ func()) {
		for _, output := range []string{"text", "json"} {
			for _, args := range [][]string{{"connect", "--yes"}, {"status"}, {"connect", "--yes", "--replace", "-D"}, {"doctor"}, {"doctor", "-D"}, {"disconnect", "--yes", "-D"}, {"disconnect", "--yes"}} {
				keep(run(t, canaryToken+"\n", env, append(args, "-o", output)...))
			}
		}
		wrong := environment(env["MCLI_OPS_MANAGER_URL"])
		wrong["MCLI_PUBLIC_API_KEY"] = "stranger"
		keep(run(t, canaryToken, wrong, "connect", "--yes"))
		keep(run(t, canaryToken, wrong, "doctor"))
		keep(run(t, canaryToken, env, "connect", "--yes"))
	}))
	kept, err := os.ReadFile(data)
	require.NoError(t, err)
	require.Contains(t, string(kept), org, "the link is in the file")
	keep(ran{stdout: string(kept)})
	keep(run(t, "", nil, "demo"))

	// Everything in the wrong place.
	nowhere := environment("http://127.0.0.1:1")
	for _, canary := range canaries() {
		s := canary.Value.Reveal()
		for _, args := range [][]string{
			{s}, {"connect", s}, {"connect", "--" + s}, {"connect", "-" + s}, {"connect", "--token=" + s}, {"connect", "--linkToken", s},
			{"connect", "--yes=" + s}, {"status", "-o", s}, {"status", "--org", s}, {"status", "--url", s}, {"status", "--url", "https://u:" + s + "@h"},
			{"status", "--url", "https://h/?t=" + s}, {"connect", "--yes", "--token-file", s}, {"serve", "--listen", s},
			{"serve", "--listen", s + ":1"}, {"connect", "--yes", "--attempts", "1"}, {"connect", "--attempts", s}, {"status", "--timeout", s},
			{"doctor"}, {"doctor", "--url", "https://u:" + s + "@h"}, {"doctor", "--ca-file", s}, {"config", "-P", s}, {"config", "--ca-file", s}, {"status", "-P", s}, {"config", s}, {"config"}, {"config", "-o", "json"},
		} {
			keep(run(t, s+" "+s, nowhere, args...))
		}
		swapped := environment(s)
		swapped["MCLI_ORG_ID"], swapped["MCLI_PUBLIC_API_KEY"] = s, s+" "
		keep(run(t, s, swapped, "connect", "--yes"))
		for _, name := range []string{
			"MCLI_PROFILE", "MCLI_SERVICE", "MCLI_OUTPUT", "MCLI_ORG_ID", "MCLI_OPS_MANAGER_CA_CERTIFICATE", "MCLI_OPS_MANAGER_SKIP_VERIFY",
			"MIGRATIONLINK_CLIENT_ID", "MIGRATIONLINK_CLIENT_SECRET",
		} {
			env := environment("https://127.0.0.1:1")
			env[name], env["XDG_CONFIG_HOME"] = s, t.TempDir()
			keep(run(t, "", env, "config"))
		}
		keep(run(t, "", map[string]string{"MCLI_ORG_ID": org.String(), "MCLI_PUBLIC_API_KEY": canaryToken, "MCLI_PRIVATE_API_KEY": s}, "config"))
		keep(run(t, "", map[string]string{"MCLI_ORG_ID": org.String(), "MIGRATIONLINK_CLIENT_ID": canaryToken, "MIGRATIONLINK_CLIENT_SECRET": s}, "config"))
		keep(run(t, "", nowhere, "config", "--url", "https://"+canaryToken))
		keepProfiles(t, s, keep)
		file := filepath.Join(t.TempDir(), "config.yaml")
		for _, yaml := range []string{
			"%s: []", "organizations: [{id: %[1]s, %[1]s: 1}]", "apiKeys: [{privateKey: !%s x}]", "apiKeys: [{privateKey: *%s}]",
			"apiKeys: [{publicKey: %[1]s, roles: {%[1]s: [%[1]s]}, accessList: [%[1]s]}]", "apiKeys: [{privateKey: [%s}",
			"apiKeys:\n - privateKey: \"%s\n - x: y", "%%TAG ! %s\n---\n", "apiKeys: &%[1]s [*%[1]s]",
		} {
			require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, yaml, s), 0o600))
			r := run(t, "", nil, "serve", "--config", file)
			assert.Equal(t, console.ExitUsage, r.code, yaml)
			keep(r)
		}
	}

	// A server that repeats what it should not.
	for _, status := range []int{200, 201, 307, 400, 401, 403, 404, 409, 429, 500, 503} {
		for _, answer := range []string{
			`{"status":%q,"errorMessage":%q}`, `{"error":400,"detail":%q,"errorCode":%q}`, `{"error":400,"parameters":[%q,%q]}`, `<html>%s %s`,
			`{"status":"NOT_SYNCED","errorMessage":%q,"sourceOrgId":%q}`,
		} {
			for _, more := range [][]string{nil, {"--debug"}} {
				said := fmt.Sprintf(answer, canaryToken, privateKey)
				keep(run(t, canaryToken, environment(linking(t, status, said)), append([]string{"connect", "--yes", "--attempts", "1"}, more...)...))
				keep(run(t, canaryToken, environment(parrot(t, status, said)), append([]string{"connect", "--yes", "--attempts", "1"}, more...)...))
			}
			// These have no token that they could know again.
			env := environment(parrot(t, status, fmt.Sprintf(answer, canaryInside[:6], privateKey)))
			keep(run(t, "", env, "status", "--attempts", "1"))
			keep(run(t, "", env, "doctor"))
			keep(run(t, "", env, "doctor", "-o", "json"))
			keep(run(t, "", env, "disconnect", "--yes", "--attempts", "1"))
		}
	}

	assert.Greater(t, len(shown.String()), 10_000, "there is something to search")
	assert.Empty(t, secret.Find([]byte(shown.String()), canaries()...))
}

// keepProfiles keeps what is said of files of mongocli that have a secret in them, in its place and in wrong ones.
func keepProfiles(t *testing.T, secret string, keep func(ran)) {
	t.Helper()
	home := t.TempDir()
	file := filepath.Join(home, "mongocli", "config.toml")
	require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
	for _, toml := range []string{
		"private_api_key = %s", "[b]\nprivate_api_key = '%s", "[b]\n%s\n", "[b]\n'%[1]s' = 1\n'%[1]s' = 1", "[b]\nprivate_api_key = ['%s']", "[['%s']]",
		"[b]\npublic_api_key = 'x'\nprivate_api_key = '%[1]s'\norg_id = '%[1]s'\nops_manager_url = '%[1]s'\nops_manager_ca_certificate = '%[1]s'\n" +
			"ops_manager_skip_verify = '%[1]s'\noutput = '%[1]s'\nservice = '%[1]s'",
		"[b]\npublic_api_key = 'x'\nprivate_api_key = '%s'\norg_id = '5f7aac56b3a0b94bcdce6d8a'\nops_manager_url = 'http://127.0.0.1:1'",
		"[b]\nprivate_api_key = '%s'", "private_api_key = '%[1]s'\n[b]\npublic_api_key = 'x'\nprivate_api_key = '%[1]s'",
	} {
		require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, toml, secret), 0o600))
		for _, args := range [][]string{{"config"}, {"config", "-o", "json"}, {"status", "--attempts", "1"}, {"status", "-P", "c"}} {
			r := run(t, "", map[string]string{"XDG_CONFIG_HOME": home}, args...)
			assert.NotEmpty(t, r.stdout+r.stderr, toml)
			keep(r)
		}
	}
}

// The search finds what is planted, so that it means something when it finds nothing.
func TestTheSearchFindsAPlantedLeak(t *testing.T) {
	t.Parallel()
	env, _ := standIn(t)
	good := run(t, canaryToken, env, "connect", "--yes")
	for _, canary := range canaries() {
		planted := good.stdout + base64.StdEncoding.EncodeToString([]byte("token="+canary.Value.Reveal())) + good.stderr
		found := secret.Find([]byte(planted), canary)
		require.NotEmpty(t, found)
		assert.Equal(t, canary.Name, found[0].Secret)
	}
}
