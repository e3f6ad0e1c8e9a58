package contract_test

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
)

const (
	basePath     = "/api/public/v1.0"
	exampleOrg   = "5f7aac56b3a0b94bcdce6d8a"
	otherOrg     = "4888442a3354817a7320eb61"
	unknownOrg   = "000000000000000000000000"
	privateKey   = "7e0c6a1b-93d4-4f58-b2a7-canaryprivat"
	clientSecret = "mdb_sa_sk_canary7Qw2Lr5Tz8Ux1Yv4Bn6Ms9Kd3"
)

// The canaries: a link-token of the shape that was seen once (facts: base64 of a JSON object), and the keys. None may show up anywhere.
const tokenPrivateKey = "c0ffee11-dead-4bee-9abc-canarytokenk"

var token = base64.StdEncoding.EncodeToString([]byte(
	`{"orgId":"4888442a3354817a7320eb61","orgName":"Prod","publicApiKey":"hkqwertz","privateApiKey":"` + tokenPrivateKey + `"}`))

func canaries() []secret.Named {
	return []secret.Named{
		secret.New("link-token", token), secret.New("private key inside the link-token", tokenPrivateKey),
		secret.New("API private key", privateKey), secret.New("client secret", clientSecret),
	}
}

// config is a stand-in with two organizations, and a key and a service account for each way to be refused.
func config() server.Config {
	owner := map[migrationlink.OrgID][]server.Role{exampleOrg: {server.RoleOrgOwner}, otherOrg: {server.RoleOrgOwner}}
	reader := map[migrationlink.OrgID][]server.Role{exampleOrg: {server.RoleOrgReadOnly}}
	elsewhere := []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	return server.Config{
		Thorough:      true,
		Organizations: []server.Organization{{ID: exampleOrg}, {ID: otherOrg}},
		APIKeys: []server.APIKey{
			{PublicKey: "owner", PrivateKey: migrationlink.NewSecret(privateKey), Roles: owner},
			{PublicKey: "reader", PrivateKey: migrationlink.NewSecret(privateKey), Roles: reader},
			{PublicKey: "stranger", PrivateKey: migrationlink.NewSecret(privateKey)},
			{PublicKey: "elsewhere", PrivateKey: migrationlink.NewSecret(privateKey), Roles: owner, AccessList: elsewhere},
		},
		ServiceAccounts: []server.ServiceAccount{
			{ClientID: "mdb_sa_id_owner", Secret: migrationlink.NewSecret(clientSecret), Roles: owner},
			{ClientID: "mdb_sa_id_reader", Secret: migrationlink.NewSecret(clientSecret), Roles: reader},
			{ClientID: "mdb_sa_id_elsewhere", Secret: migrationlink.NewSecret(clientSecret), Roles: owner, AccessList: elsewhere},
		},
	}
}

// start serves a stand-in, or whatever handler is put before it, on a port of loopback.
func start(t testing.TB, handler http.Handler) string {
	t.Helper()
	listener := httptest.NewServer(handler)
	t.Cleanup(listener.Close)
	return listener.URL
}

func newServer(t testing.TB, change ...func(*server.Config)) *server.Server {
	t.Helper()
	c := config()
	c.Logger = errorsOf(t)
	for _, f := range change {
		f(&c)
	}
	s, err := server.New(c)
	require.NoError(t, err)
	return s
}

// errorsOf shows with a failed test what the stand-in said of itself: an answer that would break the contract goes out as 500, and only the log
// tells the finding.
func errorsOf(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
}

// output keeps what is printed, to be searched for canaries.
type output struct {
	mu      sync.Mutex
	content bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.content.Write(p)
}

func (o *output) bytes() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.content.Bytes())
}

// logger writes to the output, and errors to the log of the test too.
func (o *output) logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewMultiHandler(slog.NewTextHandler(o, &slog.HandlerOptions{Level: slog.LevelDebug}), errorsOf(t).Handler()))
}
