package doctor

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/mongocli"
	"github.com/migrationlink/migrationlink/internal/settings"
	"github.com/migrationlink/migrationlink/internal/standinfile"
	"github.com/migrationlink/migrationlink/internal/wiretap"
	"github.com/migrationlink/migrationlink/server"
)

// Calls of one profile share a client, and so a connection: what is found out about one organization is not lost for the next.
func TestExaminationsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	handler, err := server.New(standinfile.ExampleConfig())
	require.NoError(t, err)
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	env := map[string]string{settings.EnvURL: s.URL, settings.EnvPublicKey: standinfile.ExamplePublicKey, settings.EnvPrivateKey: standinfile.ExamplePrivateKey}
	p := console.Process{Stderr: io.Discard, LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
	sources, err := settings.NewSources(p, settings.Flags{Attempts: 1})
	require.NoError(t, err)
	examined := func(org string) *Examination {
		c, err := sources.Call(console.Setting{}, console.Setting{Value: org, Name: "line 2: orgId"})
		require.NoError(t, err)
		return Examine(t.Context(), p, c)
	}
	first := examined("000000000000000000000000")
	assert.Equal(t, console.ResultError(console.ExitNotFound), first.Result())
	second := examined(string(standinfile.ExampleOrg))
	require.NoError(t, second.Result())
	assert.Equal(t, `ok    address       URL, no proxy
skip  DNS, TCP, proxy, TLS: the connection of a call before is used
ok    clock         agrees with the server's
ok    challenge     the one of a call before is used
ok    key           ownerkey is signed in
ok    access list   lets this machine in, whose own address is 127.0.0.1
ok    role          Organization Owner
ok    organization  5f7aac56b3a0b94bcdce6d8a: NOT_SYNCED
`, strings.ReplaceAll(second.text(), s.URL, "URL"))
}

// While a call dials, net/http may give it the connection of another call: the second connection
// here never gets through its handshake.
func TestACallTakesTheConnectionOfAnother(t *testing.T) {
	t.Parallel()
	const first, second = "000000000000000000000001", "000000000000000000000002"
	asked, dialled, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Header.Get("Authorization") == "":
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", algorithm=MD5, qop="auth"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		case strings.Contains(r.URL.Path, first):
			close(asked)
			<-dialled
		}
		_, _ = io.WriteString(w, `{"status":"SYNCED"}`)
	}))
	var connections atomic.Int32
	s.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if connections.Add(1) > 1 {
			close(dialled)
			<-done
		}
		return nil, nil
	}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(done) })
	authority := filepath.Join(t.TempDir(), "root.pem")
	require.NoError(t, os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600))
	env := map[string]string{settings.EnvURL: s.URL, settings.EnvPublicKey: standinfile.ExamplePublicKey, settings.EnvPrivateKey: standinfile.ExamplePrivateKey, mongocli.Env(mongocli.OpsManagerCACertificate): authority}
	p := console.Process{Stderr: io.Discard, LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
	sources, err := settings.NewSources(p, settings.Flags{Attempts: 1})
	require.NoError(t, err)
	calls := map[string]settings.Call{}
	for _, org := range []string{first, second} {
		calls[org], err = sources.Call(console.Setting{}, console.Setting{Value: org, Name: "line 2: orgId"})
		require.NoError(t, err)
	}
	var all sync.WaitGroup
	all.Go(func() { assert.NoError(t, Examine(t.Context(), p, calls[first]).Result()) })
	<-asked
	x := Examine(t.Context(), p, calls[second])
	all.Wait()
	require.NoError(t, x.Result())
	assert.Equal(t, `ok    address       URL, no proxy
skip  DNS, TCP, proxy, TLS: the connection of a call before is used
ok    clock         agrees with the server's
ok    challenge     the one of a call before is used
ok    key           ownerkey is signed in
ok    access list   lets this machine in, whose own address is 127.0.0.1
ok    role          Organization Owner
ok    organization  000000000000000000000002: SYNCED
`, strings.ReplaceAll(x.text(), s.URL, "URL"))
}

// What a network does when it does not work cannot be had on loopback, or not without waiting.
func TestFailuresOfNetworks(t *testing.T) {
	t.Parallel()
	const (
		dns = "      next: see whether the DNS of this machine works: nslookup om.example\n"
		tcp = "      next: have the firewall let this machine reach om.example:8443, or name the proxy of this network: export HTTPS_PROXY=http://HOST:PORT\n"
	)
	late := &client.Error{Bound: client.BoundConnection, Within: 10 * time.Second}
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, c := range []struct {
		name string
		seen wiretap.Dialled
		err  error
		want string
	}{
		{"the DNS server fails", wiretap.Dialled{Lookup: wiretap.Reached{Begun: true}}, dial(&net.DNSError{Err: "server misbehaving", Name: "om.example", IsTemporary: true}),
			"fail  DNS           looking up om.example: server misbehaving\n" + dns + "skip  TCP           not tried\n"},
		{"the DNS server is silent", wiretap.Dialled{Lookup: wiretap.Reached{Begun: true}}, late,
			"fail  DNS           looking up om.example: no answer within 10s\n" + dns + "skip  TCP           not tried\n"},
		{"no network", wiretap.Dialled{Dial: wiretap.Reached{Begun: true}, Refused: []string{"10.2.0.17:8443"}}, dial(os.NewSyscallError("connect", syscall.ENETUNREACH)),
			"skip  DNS           not tried\nfail  TCP           no connection to 10.2.0.17:8443: network is unreachable\n" + tcp},
		{"a firewall that drops", wiretap.Dialled{Dial: wiretap.Reached{Begun: true}}, late,
			"skip  DNS           not tried\nfail  TCP           no connection to om.example:8443 within 10s\n" + tcp},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := &Examination{seen: wiretap.Seen{Dialled: c.seen}, err: c.err, way: way{server: &url.URL{Scheme: "https", Host: "om.example:8443"}, env: "HTTPS_PROXY"}}
			x.findDNS()
			x.findTCP()
			assert.Equal(t, c.want, x.text())
		})
	}
}
