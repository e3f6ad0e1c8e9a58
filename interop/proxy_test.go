package interop

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"sync"
	"testing"

	forks "github.com/mongodb-forks/digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
	"github.com/migrationlink/migrationlink/client"
)

// judged is an enforcing proxy in front of a stand-in, and what it says of the exchanges.
type judged struct {
	mu               sync.Mutex
	statuses         []int
	findings, advice []string
}

func (j *judged) report(e checker.Exchange, v checker.Verdict) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.statuses = append(j.statuses, e.Status)
	for _, f := range v.Findings {
		j.findings = append(j.findings, f.String())
	}
	for _, f := range v.Advice {
		j.advice = append(j.advice, f.String())
	}
}

func enforcing(t *testing.T) (origin string, said *judged) {
	t.Helper()
	judge, err := checker.New()
	require.NoError(t, err)
	said = new(judged)
	_, target, _ := standInAt(t)
	proxy, err := httpcheck.NewProxy(judge, target, said.report, httpcheck.Enforce())
	require.NoError(t, err)
	listener := httptest.NewServer(proxy)
	t.Cleanup(listener.Close)
	return listener.URL, said
}

// Each signs in through the proxy as it would without, and only who posts the token before it was asked to sign in is told so.
func TestClientsSignInThroughTheEnforcingProxy(t *testing.T) {
	const before = "connect, request, body: is sent before sign-in; fetch the challenge without it [token-before-sign-in]"
	for name, tt := range map[string]struct {
		connect func(t *testing.T, origin string)
		advice  []string
	}{
		"curl": {connect: func(t *testing.T, origin string) {
			path, err := exec.LookPath("curl")
			if err != nil {
				t.Skip("there is no curl on this machine")
			}
			out, err := exec.CommandContext(t.Context(), path, "--silent", "--show-error", "--fail", "--noproxy", "*",
				"--user", publicKey+":"+privateKey, "--digest",
				"--header", "Accept: application/json", "--header", "Content-Type: application/json", "--request", "POST", linkAt(origin),
				"--data", `{ "linkToken": "string" }`).CombinedOutput()
			require.NoError(t, err, "%s", out)
			assert.JSONEq(t, `{"status":"SYNCED"}`, string(out))
		}},
		"mongodb-forks/digest": {connect: func(t *testing.T, origin string) {
			status, content := do(t, &http.Client{Transport: forks.NewTransport(publicKey, privateKey)}, http.MethodPost, linkAt(origin), `{"linkToken":"string"}`)
			assert.Equal(t, http.StatusCreated, status)
			assert.JSONEq(t, `{"status":"SYNCED"}`, content)
		}, advice: []string{before}},
		"ours": {connect: func(t *testing.T, origin string) {
			c, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL(origin))
			require.NoError(t, err)
			got, err := c.Connect(t.Context(), org, migrationlink.NewLinkToken("string"))
			require.NoError(t, err)
			assert.Equal(t, migrationlink.StatusSynced, got.Status)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			origin, said := enforcing(t)
			tt.connect(t, origin)
			said.mu.Lock()
			defer said.mu.Unlock()
			assert.Equal(t, []int{401, 201}, said.statuses)
			assert.Empty(t, said.findings)
			assert.Equal(t, tt.advice, said.advice)
		})
	}
}
