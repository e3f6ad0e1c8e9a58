// Package servertest starts a stand-in of Cloud Manager inside a test, as net/http/httptest starts a server:
//
//	func TestMyTool(t *testing.T) {
//		s := servertest.New(t)
//		run(t, s.Env(), "mytool", "link", s.Org().ID.String())
//		if n := s.Journal().Count(migrationlink.OperationConnect, 201); n != 1 {
//			t.Errorf("connected %d times, want once", n)
//		}
//	}
//
// Each server has a port, a clock, a private key and links of its own, so that tests run in parallel, and closes itself when its test ends. It then
// fails the test for every request that broke the contract, unless [Server.Expect] asked for it. Not counted are probes, the requests without
// credentials that fetch a challenge, and what a fault has struck.
package servertest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/clock"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/journal"
	"github.com/migrationlink/migrationlink/server/links"
)

// TB is what a [Server] needs of a testing.TB, so that this package does not link package testing.
type TB interface {
	Helper()
	Cleanup(func())
	TempDir() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Server is a stand-in that listens on 127.0.0.1 until its test ends. It is safe for concurrent use.
type Server struct {
	// URL is http://127.0.0.1:PORT, or https with [TLS].
	URL string
	// CAFile has the certificate to trust, as PEM; empty without [TLS].
	CAFile string

	test         *test
	organization server.Organization
	key          server.APIKey
	clock        *clock.Clock
	standIn      *server.Server
	front        *front
	watch        *watch
	wire         *http.Transport
	signed       http.RoundTripper
	client       func() (*client.Client, error)
}

// New starts a stand-in with one organization, 5f7aac56b3a0b94bcdce6d8a, and the key that owns it, "ownerkey". These are the same in every test, so
// that what is printed is. The private key is another one for each server: a program that asks the server of another test is not signed in.
//
// Its clock stands at 2026-11-23 10:00 UTC until [clock.Clock.Advance] puts it forward. A config that is wrong fails the test at once.
func New(t TB, opts ...Option) *Server {
	t.Helper()
	s := &Server{
		test:  &test{t: t},
		clock: clock.Stopped(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)),
	}
	o := readOptions(opts)
	s.watch = &watch{test: s.test, lenient: o.lenient}
	if err := s.start(o); err != nil {
		t.Fatalf("servertest: %v", err)
		return nil
	}
	t.Cleanup(s.end)
	return s
}

// start does all that can fail. What was opened then is closed.
func (s *Server) start(o options) error {
	config := o.serverConfig(privateKey())
	config.Now, config.Logger, config.Thorough = s.clock.Now, s.test.logger(), true
	for _, change := range o.changes {
		change(&config)
	}
	if len(config.Organizations) > 0 {
		s.organization = config.Organizations[0]
	}
	if len(config.APIKeys) > 0 {
		s.key = config.APIKeys[0]
	}
	var err error
	if s.standIn, err = server.New(config); err != nil {
		return err
	}
	s.standIn.Journal().Watch(s.watch.see)

	s.wire = new(http.Transport) // no proxy: it is this machine
	var own *certificates
	if o.tls {
		if own, err = authority(); err != nil {
			return err
		}
		if err := s.trust(own); err != nil {
			return err
		}
	}
	s.signed = digest.NewTransport(s.key.PublicKey, s.key.PrivateKey.Reveal(), digest.WithBase(s.wire))
	s.client = sync.OnceValues(func() (*client.Client, error) {
		return client.New(client.APIKey(s.key.PublicKey, s.key.PrivateKey.Reveal()), client.BaseURL(s.URL), client.Attempts(1), client.HTTPClient(&http.Client{Transport: s.wire}))
	})
	s.front, err = serve(s.standIn, s.test.logger(), own)
	if err != nil {
		return err
	}
	s.URL = s.front.url
	return nil
}

// trust writes the authority of the process for whoever reads files, and has clients of this process trust it.
func (s *Server) trust(own *certificates) error {
	s.CAFile = filepath.Join(s.test.t.TempDir(), "ca.pem")
	s.wire.TLSClientConfig, s.wire.ForceAttemptHTTP2 = own.client(), true
	return os.WriteFile(s.CAFile, own.authority.PEM(), 0o600)
}

// privateKey is a new one, in the shape that private keys have.
func privateKey() migrationlink.Secret {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return migrationlink.NewSecret(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}

// Org is the organization, or the first of [Organizations].
func (s *Server) Org() server.Organization { return s.organization }

// Key is the API key that owns the organizations.
func (s *Server) Key() server.APIKey { return s.key }

// Client is a client of ours that signs in with [Server.Key] and attempts each call once, so that what a fault does is seen. It is the same at each
// call.
func (s *Server) Client() *client.Client {
	c, err := s.client()
	if err != nil { // a Config without a key
		s.test.t.Helper()
		s.test.t.Fatalf("servertest: %v", err)
	}
	return c
}

// HTTPClient signs in by HTTP Digest with [Server.Key] and trusts the server's certificate, for any client that takes an http.Client. It is a new
// one at each call, to be changed at will; all share connections and challenge.
func (s *Server) HTTPClient() *http.Client { return &http.Client{Transport: s.signed} }

// Env has the address and the credentials for a program under test, as exec.Cmd takes them: MCLI_PUBLIC_API_KEY, MCLI_PRIVATE_API_KEY, MCLI_ORG_ID
// and MCLI_OPS_MANAGER_URL, each as NAME=VALUE. With [TLS] there is [Server.CAFile] in MCLI_OPS_MANAGER_CA_CERTIFICATE, and in SSL_CERT_FILE, which
// OpenSSL reads, and Go but on macOS and Windows.
func (s *Server) Env() []string {
	env := []string{
		"MCLI_PUBLIC_API_KEY=" + s.key.PublicKey,
		"MCLI_PRIVATE_API_KEY=" + s.key.PrivateKey.Reveal(),
		"MCLI_ORG_ID=" + s.organization.ID.String(),
		"MCLI_OPS_MANAGER_URL=" + s.URL,
	}
	if s.CAFile != "" {
		env = append(env, "MCLI_OPS_MANAGER_CA_CERTIFICATE="+s.CAFile, "SSL_CERT_FILE="+s.CAFile)
	}
	return env
}

// Clock is the server's: it stands until it is put forward.
func (s *Server) Clock() *clock.Clock { return s.clock }

// Journal is what the server was asked and what it answered. Whoever has an answer finds it there.
func (s *Server) Journal() *journal.Journal { return s.standIn.Journal() }

// Links is where connections are kept.
func (s *Server) Links() links.Links { return s.standIn.Links() }

// Fault sets a fault, after those that are set. One that is wrong fails the test at once.
func (s *Server) Fault(f fault.Fault) {
	if _, err := s.standIn.Faults().Add(f); err != nil {
		s.test.t.Helper()
		s.test.t.Fatalf("servertest: Fault: %v", err)
	}
}

// Faults are those that are set, and how often each has struck.
func (s *Server) Faults() *fault.Set { return s.standIn.Faults() }

// Expect allows requests to break a rule of the contract, like requestBody/mediaType, until during returns. The test fails if none did.
func (s *Server) Expect(rule string, during func()) {
	s.test.t.Helper()
	e := s.watch.expect(rule)
	returned := false // and not ended by FailNow or a panic, which say enough
	defer func() {
		s.test.t.Helper()
		if came := s.watch.meet(e); returned && !came {
			s.test.errorf("servertest: expected a request that breaks %s, and none came", rule)
		}
	}()
	during()
	returned = true
}

// end closes the server, and then tells the test what was wrong. From then on the test is left alone.
func (s *Server) end() {
	s.test.t.Helper()
	s.watch.seal() // what closing cuts off is nobody's fault
	s.test.close()
	if err := s.front.close(); err != nil {
		s.test.errorf("servertest: %v", err)
	}
	s.wire.CloseIdleConnections()
	s.watch.tell()
	s.test.end()
}
