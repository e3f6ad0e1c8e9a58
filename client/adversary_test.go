package client_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

// Whoever has not asked for a sign-in has done nothing for this key: a captive portal says yes to everything.
func TestASuccessWithoutASignInIsNone(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"status", "disconnect"} {
		for _, r := range []reply{{status: 200}, {status: 204}, jsonReply(200, `{}`), jsonReply(200, `{"status":"SYNCED"}`)} {
			_, err := run(t, over(t, &script{probe: answering(r)}), operation)
			require.ErrorIs(t, err, client.ErrUnexpectedAnswer, "%s: %d %s", operation, r.status, r.body)
			require.ErrorContains(t, err, fmt.Sprintf("%s organization %s: unexpected answer (%d): the server wanted no sign-in.", operation, org, r.status))
		}
	}
}

// A 404 before sign-in is about the address, not about the organization.
func TestNotConnectedIsOnlyToldToWhomHasSignedIn(t *testing.T) {
	t.Parallel()
	notFound := jsonReply(404, `{"error":404,"errorCode":"RESOURCE_NOT_FOUND"}`)
	_, err := run(t, over(t, &script{probe: answering(notFound)}), "disconnect")
	require.NotErrorIs(t, err, client.ErrNotConnected)
	require.EqualError(t, err, "disconnect organization "+org.String()+": not found (404 RESOURCE_NOT_FOUND): the server has no migration link here. "+
		"Check the address https://om.example:8443/api/public/v1.0; Ops Manager has it since version 5.0.")

	_, err = run(t, over(t, &script{signed: answering(notFound)}), "disconnect")
	require.ErrorIs(t, err, client.ErrNotConnected)
}

func TestABrokenErrorDocumentIsNoSuccess(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"error":"401","errorCode":"UNEXPECTED_ERROR"}`, `{"errorCode":"UNEXPECTED_ERROR","detail":"x"}`, `{"error":5.00e2}`,
		`{"content":{"error":500}}`,
	} {
		_, err := run(t, over(t, &script{signed: answering(jsonReply(200, body))}), "connect")
		require.ErrorIs(t, err, client.ErrUnexpectedAnswer, body)
	}
}

// The connection that carried a token is closed: net/http would log what a server sends on it unasked, and a server may send the token back.
func TestTheConnectionThatCarriedATokenIsNotKept(t *testing.T) {
	t.Parallel()
	kept := make(map[string]bool)
	network := &script{signed: func(req *http.Request) (*http.Response, error) {
		kept[req.Method] = !req.Close
		return jsonReply(200, `{"status":"SYNCED"}`).response(req), nil
	}}
	c := over(t, network)
	for _, operation := range []string{"connect", "status", "disconnect"} {
		_, err := run(t, c, operation)
		require.NoError(t, err)
	}
	assert.Equal(t, map[string]bool{"POST": false, "GET": true, "DELETE": true}, kept)
}

func TestACredentialIsFoundHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	each := func(s string, write func(byte) string) string {
		var b strings.Builder
		for i := range len(s) {
			b.WriteString(write(s[i]))
		}
		return b.String()
	}
	for name, echo := range map[string]string{
		"decimal references": each(innerKey, func(c byte) string { return fmt.Sprintf("&#%d;", c) }),
		"hex references":     each(innerKey, func(c byte) string { return fmt.Sprintf("&#x%x;", c) }),
		"torn by blanks":     each(rawToken, func(c byte) string { return string(c) + " " }),
		"torn by bars":       rawToken[:11] + "|" + rawToken[11:22] + "|" + rawToken[22:33],
		"torn by U+034F":     privateKey[:9] + "\u034f" + privateKey[9:18] + "\u034f" + privateKey[18:],
		"hex in pairs":       strings.TrimSpace(each(privateKey, func(c byte) string { return hex.EncodeToString([]byte{c}) + " " })),
		"another token": base64.StdEncoding.EncodeToString([]byte(
			`{"orgId":"4888442a3354817a7320eb62","orgName":"Test","publicApiKey":"abcdefgh","privateApiKey":"00000000-1111-2222-3333-444444444444"}`)),
	} {
		_, err := run(t, over(t, &script{signed: answering(jsonReply(400, fmt.Sprintf(`{"error":400,"detail":%q}`, "got "+echo)))}), "connect")
		var e *client.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "[withheld: it contained a credential]", e.Detail, name)
	}
}

func TestTheKeyInsideATokenWithoutPaddingIsFoundToo(t *testing.T) {
	t.Parallel()
	bare := strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(`{"orgId":"x","privateApiKey":"`+innerKey+`"}`)), "=")
	c := over(t, &script{signed: answering(jsonReply(400, `{"error":400,"detail":"`+innerKey+`"}`))})
	_, err := c.Connect(t.Context(), org, migrationlink.NewLinkToken(bare))
	assert.NotContains(t, err.Error(), innerKey[:12])
}

// The proxy settings of net/http exempt localhost in lower case alone, and are read once a process: so this test runs in one of its own.
func TestWhatIsForThisMachineGoesPastTheProxy(t *testing.T) {
	t.Parallel()
	if address := os.Getenv("CLIENT_TEST_ADDRESS"); address != "" {
		c, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL(address))
		require.NoError(t, err)
		_, err = c.Status(t.Context(), org)
		require.NoError(t, err)
		return
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // so that the process ends with no connection open
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"SYNCED"}`)
	}))
	defer server.Close()
	proxied := make(chan string, 10)
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { proxied <- r.URL.String() }))
	defer proxy.Close()

	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWhatIsForThisMachineGoesPastTheProxy$")
	child.Env = append(os.Environ(), "HTTP_PROXY="+proxy.URL, "http_proxy="+proxy.URL, "NO_PROXY=", "no_proxy=",
		"CLIENT_TEST_ADDRESS="+strings.Replace(server.URL, "127.0.0.1", "LOCALHOST", 1))
	output, err := child.CombinedOutput()
	require.NoError(t, err, "%s", output)
	assert.Empty(t, proxied)
}

func TestAnAddressWithAZoneIsRefused(t *testing.T) {
	t.Parallel()
	_, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL("http://[::1%25lo]:9999"))
	require.EqualError(t, err, "client.BaseURL: there is a zone in the IPv6 address, which requests cannot carry: want https://HOST[:PORT][/PREFIX]")
}
