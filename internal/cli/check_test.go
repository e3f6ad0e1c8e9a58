package cli_test

import (
	"context"
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
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
)

const (
	checkedOrg   = "5f7aac56b3a0b94bcdce6d8a"
	clientSecret = "mdb_sa_sk_canary5Hj8Kw3Nd6Qf1Vb4Xz7"
)

// checked serves a stand-in whose answers are changed on their way out, and returns the environment to check it with.
func checked(t *testing.T, change func(*http.Request, *httptest.ResponseRecorder)) map[string]string {
	t.Helper()
	owner := map[migrationlink.OrgID][]server.Role{checkedOrg: {server.RoleOrgOwner}}
	standIn, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: checkedOrg}},
		APIKeys:       []server.APIKey{{PublicKey: "owner", PrivateKey: migrationlink.NewSecret(privateKey), Roles: owner}},
		// Asked with only where the environment has it.
		ServiceAccounts: []server.ServiceAccount{{ClientID: "mdb_sa_id_owner", Secret: migrationlink.NewSecret(clientSecret), Roles: owner}},
	})
	require.NoError(t, err)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		standIn.ServeHTTP(answer, r)
		change(r, answer)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		if r.Method != http.MethodHead && answer.Code != http.StatusNoContent {
			_, _ = w.Write(answer.Body.Bytes())
		}
	}))
	t.Cleanup(s.Close)
	return map[string]string{"MCLI_PUBLIC_API_KEY": "owner", "MCLI_PRIVATE_API_KEY": privateKey, "MCLI_ORG_ID": checkedOrg, "MCLI_OPS_MANAGER_URL": s.URL}
}

func TestCheckAsksByAServiceAccountToo(t *testing.T) {
	t.Parallel()
	env := checked(t, asIs)
	r := run(t, "", env, "check", "--write")
	assert.Equal(t, 0, r.code, r.stderr)
	assert.Contains(t, r.stdout, "left out: what signs in by OAuth 2.0: no service account was given\n")

	env["MIGRATIONLINK_CLIENT_ID"] = "mdb_sa_id_owner"
	r = run(t, "", env, "check", "--write")
	assert.Equal(t, 2, r.code)
	assert.Equal(t, "MIGRATIONLINK_CLIENT_SECRET is not set: want the secret of the service account whose client id is in MIGRATIONLINK_CLIENT_ID\n", r.stderr)

	env["MIGRATIONLINK_CLIENT_SECRET"] = clientSecret
	r = run(t, "", env, "check", "--write")
	assert.Equal(t, 0, r.code, r.stdout+r.stderr)
	assert.NotContains(t, r.stdout, "no service account was given")
	assert.Contains(t, r.stdout, "left out: a service account without the role: none was given\n")

	env["MIGRATIONLINK_CLIENT_SECRET"] = clientSecret + "x"
	r = run(t, "", env, "check", "--only", "bearer/status/200", "--no-preflight")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.stdout, "no answer: the service account got no access token (answer 401)")
	assert.Empty(t, secret.Find([]byte(r.stdout+r.stderr), secret.New("client secret", clientSecret)))

	delete(env, "MIGRATIONLINK_CLIENT_ID")
	r = run(t, "", env, "check")
	assert.Equal(t, 2, r.code)
	assert.Equal(t, "MIGRATIONLINK_CLIENT_ID is not set: want the client id of the service account whose secret is in MIGRATIONLINK_CLIENT_SECRET\n", r.stderr)
}

func TestCheckNotesWhatRestsOnADecision(t *testing.T) {
	t.Parallel()
	env := checked(t, func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == http.StatusNotFound && strings.Contains(a.Body.String(), "it is not connected") {
			a.Code = http.StatusNoContent
			a.Header().Del("Content-Type")
			a.Header().Del("Content-Length")
		}
	})
	const line = "disconnect, answer 204, status: the contract says 404 RESOURCE_NOT_FOUND [state, our decision disconnect-unconnected]\n"

	r := run(t, "", env, "check", "--write", "--only", "disconnect/404")
	assert.Equal(t, 0, r.code, r.stderr)
	assert.Equal(t, "10 exchanges, connect and disconnect among them\nnote  "+line+
		"notes rest on decisions of ours (docs/decisions.md); --decisions makes them failures\n"+
		"PASS  10 valid; coverage: operations 3/3, statuses 4/33, security schemes 1/2\n", r.stdout)
	assert.Empty(t, r.stderr)

	r = run(t, "", env, "check", "--write", "--decisions", "--only", "disconnect/404", "--seed", "7")
	assert.Equal(t, 1, r.code)
	assert.Equal(t, "10 exchanges, connect and disconnect among them\nFAIL  "+line+"coverage: operations 3/3, statuses 4/33, security schemes 1/2\n", r.stdout)
	assert.Equal(t, "1 rule broken in 10 exchanges; repeat the first: migrationlink check --url "+env["MCLI_OPS_MANAGER_URL"]+
		" --org "+org.String()+" --only disconnect/404_when_not_connected --seed 7 --write --decisions\n", r.stderr)
}

// What rests on the decision of its case alone is a note, and the report says the same as the text.
func TestANoteFailsNoReport(t *testing.T) {
	t.Parallel()
	env := checked(t, func(r *http.Request, a *httptest.ResponseRecorder) {
		if strings.HasPrefix(r.Header.Get("Authorization"), "Negotiate") {
			a.Code = http.StatusOK
			a.Header().Del("WWW-Authenticate")
			a.Header().Del("Content-Length")
			a.Body.Reset()
			a.Header().Set("Vary", "Accept-Encoding")
			a.Header().Set("X-MongoDB-Service-Version", "gitHash=1; versionString=1")
			a.Body.WriteString(`{"status":"NOT_SYNCED"}`)
		}
	})
	for _, c := range []struct {
		args   []string
		code   int
		passed string
	}{
		{code: 0, passed: `"passed": true`},
		{args: []string{"--decisions"}, code: 1, passed: `"passed": false`},
	} {
		name := filepath.Join(t.TempDir(), "report.json")
		r := run(t, "", env, append([]string{"check", "--only", "status/credentials/another-scheme", "--json", name}, c.args...)...)
		assert.Equal(t, c.code, r.code, r.stdout)
		assert.Contains(t, r.stdout, "status, answer 200, status: a request that breaks the contract is answered with success [responses/rejection, our decision malformed-credentials]")
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Contains(t, string(content), c.passed)
	}
}

func TestCheckFailsOnceForEachRule(t *testing.T) {
	t.Parallel()
	env := checked(t, func(r *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == http.StatusOK && r.Method == http.MethodGet {
			a.Header().Del("X-MongoDB-Service-Version")
		}
	})
	r := run(t, "", env, "check", "--only", "status/right")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.stdout, "FAIL  status, answer 200, header X-MongoDB-Service-Version: required, missing [responses/200/headers/required]\n")
	assert.Equal(t, 1, strings.Count(r.stdout, "FAIL"))
	assert.Contains(t, r.stderr, "1 rule broken in ")
	assert.Contains(t, r.stderr, "; repeat the first: migrationlink check --url "+env["MCLI_OPS_MANAGER_URL"]+" --org "+org.String()+" --only status/right/query --seed 1\n")
}

func TestCheckSaysThatItCouldNotLeaveTheOrganizationAsItWas(t *testing.T) {
	t.Parallel()
	env := checked(t, func(r *http.Request, a *httptest.ResponseRecorder) {
		if r.Method == http.MethodDelete && a.Code != http.StatusUnauthorized {
			a.Code = http.StatusConflict
			a.Body.Reset()
			a.Body.WriteString(`{"error":409,"errorCode":"CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT"}`)
			a.Header().Del("Content-Length")
			a.Header().Set("Content-Type", "application/json")
		}
	})
	r := run(t, "", env, "check", "--write", "--only", "connect/then")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.stdout, "FAIL  connect, answer 409, status: the contract says 204 [state]\n")
	assert.Contains(t, r.stderr, "organization "+checkedOrg+" could not be left as it was found, not connected: answer 409")
}

func TestCheckThatIsInterruptedChangesBackWhatItChanged(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var connected, deleted atomic.Int64
	env := checked(t, func(r *http.Request, a *httptest.ResponseRecorder) {
		if r.Method == http.MethodPost && a.Code == http.StatusCreated && connected.Add(1) == 3 {
			interrupt()
		}
		if r.Method == http.MethodDelete && a.Code == http.StatusNoContent {
			deleted.Add(1)
		}
	})
	r := runContext(ctx, strings.NewReader(""), env, "check", "--write", "--only", "connect/right")
	assert.Equal(t, 130, r.code)
	assert.Regexp(t, `^interrupted after [0-9]+ exchanges\n$`, r.stderr)
	assert.Empty(t, r.stdout)
	after := run(t, "", env, "status")
	assert.Equal(t, "NOT_SYNCED\n", after.stdout, after.stderr)
}

func TestCheckShowsNoCredential(t *testing.T) {
	t.Parallel()
	var shown strings.Builder
	for _, answer := range []string{`{"status":"` + canaryToken + `"}`, canaryToken, `{"` + canaryToken + `":1}`, `{"error":500,"detail":"` + canaryToken + privateKey + `"}`} {
		env := map[string]string{
			"MCLI_PUBLIC_API_KEY": "owner", "MCLI_PRIVATE_API_KEY": privateKey, "MCLI_ORG_ID": checkedOrg, "MCLI_OPS_MANAGER_URL": parrot(t, http.StatusOK, answer),
		}
		r := run(t, canaryToken, env, "check", "--write", "--decisions", "--only", "connect/right")
		assert.Equal(t, 1, r.code)
		shown.WriteString(r.stdout + r.stderr)
	}
	for _, canary := range canaries() {
		for _, flag := range []string{"--only", "--seed", "--org", "--url", "--write", "--decisions"} {
			r := run(t, "", environment("http://127.0.0.1:1"), "check", flag+"="+canary.Value.Reveal())
			assert.Equal(t, 2, r.code, flag)
			shown.WriteString(r.stdout + r.stderr)
		}
	}
	assert.Contains(t, shown.String(), "check: --seed: want a whole number, from 0 up\n")
	assert.Empty(t, secret.Find([]byte(shown.String()), canaries()...))
	assert.Contains(t, shown.String(), "FAIL")
}
