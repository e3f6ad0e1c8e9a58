package cli_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/certs"
	"github.com/migrationlink/migrationlink/internal/cli"
	"github.com/migrationlink/migrationlink/internal/console"
)

// authority is a CA in a file.
type authority struct {
	t *testing.T
	*certs.Authority
	file string // PEM
}

// template is a certificate for this machine, in force.
func template(change func(*x509.Certificate)) x509.Certificate {
	c := x509.Certificate{
		Subject:   pkix.Name{CommonName: "om.berlin.example"},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"om.example.invalid"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true,
	}
	change(&c)
	return c
}

func newAuthority(t *testing.T, name pkix.Name) *authority {
	t.Helper()
	a, err := certs.NewAuthority(template(func(c *x509.Certificate) { c.Subject = name }))
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "root.pem")
	require.NoError(t, os.WriteFile(file, a.PEM(), 0o600))
	return &authority{t, a, file}
}

func (a *authority) sign(template x509.Certificate) tls.Certificate {
	a.t.Helper()
	signed, err := a.Sign(template)
	require.NoError(a.t, err)
	return signed
}

// protocols are those that a server may speak by https, by their names in ALPN. What doctor says is
// the same for both.
var protocols = []string{"http/1.1", "h2"}

// secured serves https, by the protocol.
func secured(t *testing.T, protocol string, config *tls.Config) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, protocol, r.TLS.NegotiatedProtocol)
		if r.Header.Get("Authorization") == "" {
			challenging(w, r)
			return
		}
		says(200, jsonType, `{"status":"SYNCED"}`)(w, r)
	}))
	s.TLS, s.Config.ErrorLog = config.Clone(), log.New(io.Discard, "", 0)
	s.EnableHTTP2 = protocol == "h2"
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// bytewise takes connections, gives each to serve, and lets the client end it: nothing is lost on the way then.
func bytewise(t *testing.T, scheme string, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, conn)
			}()
		}
	}()
	return scheme + "://" + l.Addr().String()
}

func TestDoctorLooksAtTLS(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			looksAtTLS(t, protocol)
		})
	}
}

func looksAtTLS(t *testing.T, protocol string) {
	berlin := newAuthority(t, pkix.Name{CommonName: "Berlin Corp Root"})
	made := berlin.sign(template(func(c *x509.Certificate) {
		c.Subject, c.IsCA, c.KeyUsage = pkix.Name{Organization: []string{"Berlin \x1b[31mIssuing"}}, true, x509.KeyUsageCertSign
	}))
	between, err := certs.AuthorityWith(made)
	require.NoError(t, err)
	issuing := &authority{t: t, Authority: between}
	lone, err := certs.SelfSigned(template(func(*x509.Certificate) {}))
	require.NoError(t, err)
	same := func(*x509.Certificate) {}
	serves := func(c tls.Certificate) func(*testing.T) string {
		return func(t *testing.T) string {
			return secured(t, protocol, &tls.Config{Certificates: []tls.Certificate{c}})
		}
	}
	shakes := func(config *tls.Config) func(*testing.T) string {
		config.Certificates, config.NextProtos = []tls.Certificate{berlin.sign(template(same))}, []string{protocol}
		return func(t *testing.T) string {
			return bytewise(t, "https", func(conn net.Conn) { _ = tls.Server(conn, config).Handshake() })
		}
	}
	writes := func(scheme, content string) func(*testing.T) string {
		return func(t *testing.T) string {
			return bytewise(t, scheme, func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 1))
				_, _ = io.WriteString(conn, content)
			})
		}
	}
	chain := issuing.sign(template(same))
	whole := chain
	whole.Certificate = append(slices.Clip(whole.Certificate), issuing.Certificate.Raw)
	withRoot := berlin.sign(template(same))
	withRoot.Certificate = append(withRoot.Certificate, berlin.Certificate.Raw)
	const (
		mongocli = "      mongocli accepts it because it verifies nothing unless a CA file is set\n"
		export   = "      next: export MCLI_OPS_MANAGER_CA_CERTIFICATE=/path/to/root.pem\n"
		rest     = "skip  clock, challenge, key, access list, role, organization: not tried\n"
		works    = `ok    clock         agrees with the server's
ok    challenge     Digest, MD5, qop auth
ok    key           ownerkey is signed in
ok    access list   lets this machine in, whose own address is 127.0.0.1
ok    role          Organization Owner
ok    organization  5f7aac56b3a0b94bcdce6d8a: SYNCED
`
	)
	for _, c := range []struct {
		name    string
		trusted bool
		serve   func(*testing.T) string
		want    string
		code    int
	}{
		{"trusted", true, serves(berlin.sign(template(same))), `ok    TLS           TLS 1.3, certificate signed by "Berlin Corp Root", until 2100-01-01 00:00 UTC` + "\n" + works, console.ExitDone},
		{"an unknown authority", false, serves(berlin.sign(template(same))),
			`fail  TLS           the certificate is signed by "Berlin Corp Root", an authority that this machine does not know` + "\n" + mongocli + export + rest, console.ExitFailed},
		{"its root is sent along", false, serves(withRoot),
			`fail  TLS           the certificate is signed by "Berlin Corp Root", an authority that this machine does not know` + "\n" + mongocli + export + rest, console.ExitFailed},
		{"what signed it is sent along, its root is not", false, serves(whole),
			`fail  TLS           the certificate is signed by "Berlin Corp Root", an authority that this machine does not know` + "\n" + mongocli + export + rest, console.ExitFailed},
		{"what signed it is missing, and has a name to misread", true, serves(chain),
			`fail  TLS           the certificate is signed by "Berlin \x1b[31mIssuing", an authority that this machine does not know` + "\n" +
				"      MCLI_OPS_MANAGER_CA_CERTIFICATE names a file without it\n" + export + rest, console.ExitFailed},
		{"signed by itself", false, serves(lone),
			`fail  TLS           the certificate is signed by nobody but itself, "om.berlin.example"` + "\n" + mongocli + export + rest, console.ExitFailed},
		{"expired", true, serves(berlin.sign(template(func(c *x509.Certificate) { c.NotAfter = time.Date(2021, 2, 3, 4, 5, 6, 0, time.UTC) }))),
			`fail  TLS           the certificate held until 2021-02-03 04:05 UTC and is expired
      this machine's clock says 2026-11-23 10:00 UTC
      next: if that clock is right, whoever runs the server has to renew the certificate
` + rest, console.ExitFailed},
		{"not yet valid", true, serves(berlin.sign(template(func(c *x509.Certificate) { c.NotBefore = time.Date(2099, 2, 3, 4, 5, 6, 0, time.UTC) }))),
			`fail  TLS           the certificate holds only from 2099-02-03 04:05 UTC on
      this machine's clock says 2026-11-23 10:00 UTC
      next: if that clock is right, whoever runs the server has to look at the one of the machine that made the certificate
` + rest, console.ExitFailed},
		{"another host", true, serves(berlin.sign(template(func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses = []string{"om.berlin.example", "*.corp.example"}, []net.IP{net.IPv4(10, 2, 0, 17)}
		}))), `fail  TLS           the certificate is for om.berlin.example, *.corp.example, 10.2.0.17, not for 127.0.0.1
      next: use the server's name as the certificate has it, or have whoever runs the server make one that names 127.0.0.1
` + rest, console.ExitFailed},
		{"many other hosts", true, serves(berlin.sign(template(func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = strings.Split("abcdefg", ""), nil }))),
			`fail  TLS           the certificate is for a, b, c, d, e and 2 more, not for 127.0.0.1
      next: use the server's name as the certificate has it, or have whoever runs the server make one that names 127.0.0.1
` + rest, console.ExitFailed},
		{"no host", true, serves(berlin.sign(template(func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil }))),
			`fail  TLS           the certificate is for no host: it has no subject alternative name
      a common name alone does not count (RFC 9110 section 4.3.4)
      next: whoever runs the server has to make one that names 127.0.0.1
` + rest, console.ExitFailed},
		{"for clients", true, serves(berlin.sign(template(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }))),
			`fail  TLS           the certificate is not trusted: certificate specifies an incompatible key usage
      next: whoever runs the server has to give it another
` + rest, console.ExitFailed},
		{"an old version", true, shakes(&tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}),
			`fail  TLS           {host} speaks neither TLS 1.2 nor 1.3
      next: have whoever runs the server switch them on: what is older is not safe
` + rest, console.ExitFailed},
		{"a client certificate is wanted, TLS 1.3", true, shakes(&tls.Config{ClientAuth: tls.RequireAnyClientCert}),
			`fail  TLS           {host} wants a client certificate (tls: certificate required)
      this command shows none; a Go program can, with client.ClientCertificate
      next: have whoever runs the server ask none of this machine, or go through a proxy that has one
` + rest, console.ExitFailed},
		{"a client certificate is wanted, TLS 1.2", true, shakes(&tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}),
			`fail  TLS           {host} ended the handshake (tls: handshake failure)
      it takes none of the cipher suites offered, or wants a client certificate: it does not say which
      next: ask whoever runs the server
` + rest, console.ExitFailed},
		{"plain http", false, writes("https", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), `fail  TLS           {host} speaks plain http
      next: correct the port in MCLI_OPS_MANAGER_URL; Ops Manager listens on 8443 for https, unless told otherwise; if it has no https, give http:// in front
` + rest, console.ExitFailed},
		{"neither", false, writes("https", "SSH-2.0-canary\r\n"), `fail  TLS           {host} speaks neither TLS nor http
      next: correct the port in MCLI_OPS_MANAGER_URL
` + rest, console.ExitFailed},
		{"it hangs up", false, writes("https", ""), `fail  TLS           no handshake with {host}: EOF
      next: correct the port in MCLI_OPS_MANAGER_URL, or ask whoever runs the server, or what stands before it
` + rest, console.ExitUnavailable},
		{"https on plain http, told by an answer", false, writes("http", "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 50\r\n\r\nThe plain HTTP request was sent to HTTPS port here"), `fail  TLS           {host} speaks https
      next: export MCLI_OPS_MANAGER_URL=https://{host}
skip  clock         the server does not tell the time
skip  challenge, key, access list, role, organization: not tried
`, console.ExitFailed},
		{"https on plain http, told by an alert", false, writes("http", "\x15\x03\x01\x00\x02\x02\x50"), `fail  TLS           {host} speaks https
      next: export MCLI_OPS_MANAGER_URL=https://{host}
` + rest, console.ExitUnavailable},
	} {
		// In TLS 1.3 the server refuses after the handshake of the client. Over HTTP/2, net/http then says one time in some
		// hundred that the connection could not be established, and the alert is lost.
		if protocol == "h2" && strings.HasSuffix(c.name, "wanted, TLS 1.3") {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := c.serve(t)
			env := environment(url)
			if c.trusted {
				env["MCLI_OPS_MANAGER_CA_CERTIFICATE"] = berlin.file
			}
			var stdout, stderr output
			p := process(&stdout, &stderr, strings.NewReader(""), env, []string{"doctor"})
			if c.code != console.ExitDone {
				p.Now = func() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) }
			}
			code := cli.Run(t.Context(), p)
			want := at(url, "ok    address       {url}, no proxy\nskip  DNS           127.0.0.1 is an address already\n"+
				"ok    TCP           {host}\nskip  proxy         none for this host\n"+c.want)
			assert.Equal(t, ran{c.code, want, ""}, ran{code, stdout.String(), stderr.String()})
		})
	}
}

// The line that sets a CA sets it where the address is.
func TestTheAuthorityIsSetWhereTheAddressIs(t *testing.T) {
	t.Parallel()
	berlin := newAuthority(t, pkix.Name{CommonName: "Berlin Corp Root"})
	other := newAuthority(t, pkix.Name{CommonName: "Munich Corp Root"})
	url := secured(t, "h2", &tls.Config{Certificates: []tls.Certificate{berlin.sign(template(func(*x509.Certificate) {}))}})
	const (
		unknown = `: no answer: tls: failed to verify certificate: x509: certificate signed by unknown authority. ` +
			`It was issued by "Berlin Corp Root": if you know that authority, have it trusted beside those of the system. `
		nothing = "mongocli accepts it because it verifies nothing unless a CA file is set. Run "
	)
	key := "public_api_key = \"ownerkey\"\nprivate_api_key = \"" + privateKey + "\"\norg_id = \"" + org.String() + "\"\n"
	for _, c := range []struct {
		name, file string
		env        map[string]string
		args       []string
		want       string
	}{
		{"a flag", "", nil, []string{"--url", url, "--org", org.String()},
			nothing + "migrationlink doctor --org 5f7aac56b3a0b94bcdce6d8a --url " + url + " --ca-file /path/to/root.pem"},
		{"the environment", "", map[string]string{"MCLI_OPS_MANAGER_URL": url}, nil, nothing + "export MCLI_OPS_MANAGER_CA_CERTIFICATE=/path/to/root.pem"},
		{"a profile", "[berlin]\n" + key + "ops_manager_url = \"" + url + "\"\n[munich]\n", nil, []string{"-P", "berlin"},
			nothing + "mongocli config set ops_manager_ca_certificate /path/to/root.pem -P berlin"},
		{"the only profile", "[\"new york\"]\n" + key + "ops_manager_url = \"" + url + "\"\n", nil, nil,
			nothing + "mongocli config set ops_manager_ca_certificate /path/to/root.pem -P 'new york'"},
		{"the environment, beside a profile", "[berlin]\n" + key, map[string]string{"MCLI_OPS_MANAGER_URL": url}, nil,
			nothing + "export MCLI_OPS_MANAGER_CA_CERTIFICATE=/path/to/root.pem"},
		{"the top level", "ops_manager_url = \"" + url + "\"\n" + key, nil, nil, nothing + "export MCLI_OPS_MANAGER_CA_CERTIFICATE=/path/to/root.pem"},
		{"another file in a profile", "[berlin]\n" + key + "ops_manager_ca_certificate = \"" + other.file + "\"\n", map[string]string{"MCLI_OPS_MANAGER_URL": url}, nil,
			"CONFIG:5: ops_manager_ca_certificate names a file without it. Run mongocli config set ops_manager_ca_certificate /path/to/root.pem -P berlin"},
		{"another file in a flag", "", map[string]string{"MCLI_OPS_MANAGER_URL": url}, []string{"--ca-file", other.file},
			"--ca-file names a file without it. Run migrationlink doctor --org 5f7aac56b3a0b94bcdce6d8a --ca-file /path/to/root.pem"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := environment("")
			if c.file != "" {
				env = map[string]string{"XDG_CONFIG_HOME": t.TempDir()}
				require.NoError(t, os.Mkdir(filepath.Join(env["XDG_CONFIG_HOME"], "mongocli"), 0o700))
				require.NoError(t, os.WriteFile(filepath.Join(env["XDG_CONFIG_HOME"], "mongocli", "config.toml"), []byte(c.file), 0o600))
			}
			for name, value := range c.env {
				env[name] = value
			}
			want := strings.ReplaceAll(unknown+c.want+" and try again.", "CONFIG", filepath.Join(env["XDG_CONFIG_HOME"], "mongocli", "config.toml"))
			for _, command := range []struct {
				args      []string
				asks, end string
			}{{[]string{"status"}, "status", ""}, {[]string{"disconnect", "--yes"}, "disconnect", ""}, {[]string{"connect", "--yes"}, "status", " The link-token was not sent."}} {
				r := run(t, "canary", env, append(command.args, c.args...)...)
				assert.Equal(t, ran{console.ExitFailed, "", command.asks + " organization 5f7aac56b3a0b94bcdce6d8a" + want + command.end + "\n"}, r)
			}
		})
	}
}
