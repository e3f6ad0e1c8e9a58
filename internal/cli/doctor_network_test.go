package cli_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nobody is an address where nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// localhost is one address or two.
func localhost(t *testing.T) []string {
	t.Helper()
	found, err := net.DefaultResolver.LookupIPAddr(t.Context(), "localhost")
	require.NoError(t, err)
	var addresses []string
	for _, a := range found {
		addresses = append(addresses, a.String())
	}
	return addresses
}

func TestDoctorHasNoConnection(t *testing.T) {
	t.Parallel()
	closed := nobody(t)
	_, port, err := net.SplitHostPort(closed)
	require.NoError(t, err)
	addresses, tried := localhost(t), []string{}
	for _, a := range addresses {
		tried = append(tried, net.JoinHostPort(a, port))
	}
	slices.Sort(tried)
	for _, c := range []struct {
		name, url, want string
		code            int
	}{
		{"no such host", "https://no..host:8443", `ok    address       https://no..host:8443, no proxy
fail  DNS           no host is called no..host
      next: correct the host in MCLI_OPS_MANAGER_URL; if it is right, the DNS of this machine does not know it: nslookup no..host
skip  TCP           not tried
skip  proxy         none for this host
skip  TLS, clock, challenge, key, access list, role, organization: not tried
`, console.ExitFailed},
		{"nobody listens", "http://" + closed, `ok    address       http://` + closed + `, no proxy
skip  DNS           127.0.0.1 is an address already
fail  TCP           nothing listens on ` + closed + `
      next: correct host and port in MCLI_OPS_MANAGER_URL; Ops Manager listens on 8080 for http and on 8443 for https, unless told otherwise
skip  proxy         none for this host
skip  TLS           plain http
skip  clock, challenge, key, access list, role, organization: not tried
`, console.ExitUnavailable},
		{"nobody listens at a name", "https://localhost:" + port, `ok    address       https://localhost:` + port + `, no proxy
ok    DNS           localhost is ` + strings.Join(addresses, ", ") + `
fail  TCP           nothing listens on ` + strings.Join(tried, ", ") + `
      next: correct host and port in MCLI_OPS_MANAGER_URL; Ops Manager listens on 8080 for http and on 8443 for https, unless told otherwise
skip  proxy         none for this host
skip  TLS, clock, challenge, key, access list, role, organization: not tried
`, console.ExitUnavailable},
		{"it hangs up", bytewise(t, "http", func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) }), connected + `skip  clock         not tried
fail  challenge     no answer: EOF
      next: see whether the server, or what stands before it, works: its log tells more
skip  key, access list, role, organization: not tried
`, console.ExitUnavailable},
		{"it is silent in the handshake", bytewise(t, "https", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }), `ok    address       {url}, no proxy
skip  DNS           127.0.0.1 is an address already
ok    TCP           {host}
skip  proxy         none for this host
fail  TLS           the handshake with {host}: not done within 1s (--timeout)
      next: start it again, and give it longer
skip  clock, challenge, key, access list, role, organization: not tried
`, console.ExitUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, "", environment(c.url), "doctor", "--timeout", "1s")
			assert.Equal(t, ran{c.code, at(c.url, c.want), ""}, r)
		})
	}
}

// asProcess runs the command as a process of its own: net/http reads the variables that name proxies once for each.
func asProcess(t *testing.T, env map[string]string, args ...string) ran {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "migrationlink", args...)
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// tunnel is a proxy that opens a tunnel to one address, whichever is asked for.
func tunnel(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		server, err := net.Dial("tcp", to)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer func() { _ = server.Close() }()
		client, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(server, client) }()
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}
}

func TestDoctorGoesThroughAProxy(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			goesThroughAProxy(t, protocol)
		})
	}
}

func goesThroughAProxy(t *testing.T, protocol string) {
	berlin := newAuthority(t, pkix.Name{CommonName: "Berlin Corp Root"})
	server := secured(t, protocol, &tls.Config{Certificates: []tls.Certificate{berlin.sign(template(func(*x509.Certificate) {}))}})
	const (
		secure  = "https://om.example.invalid:8443"
		plain   = "http://om.example.invalid:8080"
		address = "ok    address       " + secure + ", through the proxy http://{proxy} of HTTPS_PROXY\n" +
			"skip  DNS           127.0.0.1 is an address already\n"
		reached = address + "ok    TCP           {proxy}\n"
		rest    = "skip  TLS, clock, challenge, key, access list, role, organization: not tried\n"
		past    = "NO_PROXY=om.example.invalid migrationlink doctor --org 5f7aac56b3a0b94bcdce6d8a\n"
		answers = `ok    clock         agrees with the server's
ok    challenge     Digest, MD5, qop auth
ok    key           ownerkey is signed in
ok    access list   lets this machine in, whose own address is 127.0.0.1
ok    role          Organization Owner
ok    organization  5f7aac56b3a0b94bcdce6d8a: SYNCED
`
		plainly = "ok    address       " + plain + ", through the proxy http://{proxy} of HTTP_PROXY\n" +
			"skip  DNS           127.0.0.1 is an address already\nok    TCP           {proxy}\n"
	)
	passesOn := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			challenging(w, r)
			return
		}
		says(200, jsonType, `{"status":"SYNCED"}`)(w, r)
	}
	secureProxy := func(name string) *tls.Config {
		return &tls.Config{NextProtos: []string{"http/1.1"}, Certificates: []tls.Certificate{berlin.sign(template(func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{name} }))}}
	}
	for _, c := range []struct {
		name, url string
		proxy     http.HandlerFunc // nil: nobody listens
		tls       *tls.Config
		args      []string
		want      string
		code      int
	}{
		{"a tunnel", secure, tunnel(strings.TrimPrefix(server, "https://")), nil, nil, reached + "ok    proxy         opened a tunnel to om.example.invalid:8443\n" +
			`ok    TLS           TLS 1.3, certificate signed by "Berlin Corp Root", until 2100-01-01 00:00 UTC` + "\n" + answers, console.ExitDone},
		{"a tunnel, to be reached by https", secure, tunnel(strings.TrimPrefix(server, "https://")), secureProxy("localhost"), nil,
			"ok    address       " + secure + ", through the proxy https://{proxy} of HTTPS_PROXY\n" +
				"ok    DNS           localhost, the proxy of HTTPS_PROXY is {addresses}\nok    TCP           {ip}\nok    proxy         opened a tunnel to om.example.invalid:8443\n" +
				`ok    TLS           TLS 1.3, certificate signed by "Berlin Corp Root", until 2100-01-01 00:00 UTC` + "\n" + answers, console.ExitDone},
		{"a certificate of the proxy for another host", secure, tunnel(""), secureProxy("proxy.corp.example"), nil,
			"ok    address       " + secure + ", through the proxy https://{proxy} of HTTPS_PROXY\n" +
				"ok    DNS           localhost, the proxy of HTTPS_PROXY is {addresses}\nok    TCP           {ip}\n" +
				"fail  proxy         the certificate is for proxy.corp.example, not for localhost\n" +
				"      next: use the server's name as the certificate has it, or have whoever runs the server make one that names localhost\n" + rest, console.ExitFailed},
		{"a sign-in", secure, says(407, "text/html", ""), nil, nil, reached +
			"fail  proxy         the proxy http://{proxy} asks for a sign-in of its own (407): its user name and password belong into the proxy's address\n" +
			"      next: export HTTPS_PROXY=http://USER:PASSWORD@{proxy}\n" + rest, console.ExitFailed},
		{"no tunnel", secure, says(403, "text/html", ""), nil, nil, reached + "fail  proxy         the proxy http://{proxy} opened no tunnel to the server (403)\n" +
			"      next: have whoever runs the proxy let this machine reach om.example.invalid:8443, or go past it: " + past + rest, console.ExitFailed},
		{"no proxy", secure, nil, nil, nil, address + "fail  TCP           nothing listens on {proxy}, the proxy of HTTPS_PROXY\n" +
			"      next: correct HTTPS_PROXY, or go past the proxy: " + past + "skip  proxy, TLS, clock, challenge, key, access list, role, organization: not tried\n", console.ExitUnavailable},
		{"plain http", plain, passesOn, nil, []string{"--allow-http"}, plainly + "ok    proxy         passes requests on\nskip  TLS           plain http\n" + answers, console.ExitDone},
		{"plain http, a sign-in", plain, says(407, "text/html", ""), nil, []string{"--allow-http"}, plainly +
			"fail  proxy         refused by a proxy (407): a proxy on the way to " + plain + "/api/public/v1.0 asks for a sign-in of its own. Its user name and password belong into the proxy's address\n" +
			"      next: export HTTP_PROXY=http://USER:PASSWORD@{proxy}\nskip  TLS           plain http\nok    clock         agrees with the server's\n" +
			"skip  challenge, key, access list, role, organization: not tried\n", console.ExitFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			proxy := nobody(t)
			if c.proxy != nil {
				s := httptest.NewUnstartedServer(c.proxy)
				s.TLS, s.Config.ErrorLog = c.tls, log.New(io.Discard, "", 0)
				if c.tls == nil {
					s.Start()
				} else {
					s.StartTLS()
				}
				t.Cleanup(s.Close)
				proxy = s.Listener.Addr().String()
			}
			ip, scheme := proxy, "http"
			if c.tls != nil {
				proxy, scheme = strings.Replace(proxy, "127.0.0.1", "localhost", 1), "https"
			}
			addresses := localhost(t)
			env := environment(c.url)
			env["MCLI_OPS_MANAGER_CA_CERTIFICATE"] = berlin.file
			env["HTTPS_PROXY"], env["HTTP_PROXY"] = scheme+"://ana:"+canaryInside+"@"+proxy, scheme+"://ana:"+canaryInside+"@"+proxy
			r := asProcess(t, env, append([]string{"doctor"}, c.args...)...)
			assert.Equal(t, ran{c.code, strings.NewReplacer("{proxy}", proxy, "{ip}", ip, "{addresses}", strings.Join(addresses, ", ")).Replace(c.want), ""}, r)
		})
	}
}

// Calls of a list share connections. With HTTP/2, net/http tells of the server alone where there is
// a connection.
func TestDoctorOfAListGoesThroughAProxy(t *testing.T) {
	t.Parallel()
	berlin := newAuthority(t, pkix.Name{CommonName: "Berlin Corp Root"})
	list := filepath.Join(t.TempDir(), "list.csv")
	require.NoError(t, os.WriteFile(list, []byte("orgId\n000000000000000000000001\n000000000000000000000002\n"), 0o600))
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			server := secured(t, protocol, &tls.Config{Certificates: []tls.Certificate{berlin.sign(template(func(*x509.Certificate) {}))}})
			proxy := httptest.NewServer(tunnel(strings.TrimPrefix(server, "https://")))
			t.Cleanup(proxy.Close)
			env := environment("https://om.example.invalid:8443")
			delete(env, "MCLI_ORG_ID")
			env["MCLI_OPS_MANAGER_CA_CERTIFICATE"], env["HTTPS_PROXY"] = berlin.file, proxy.URL
			r := asProcess(t, env, "doctor", "--from", list, "-o", "json")
			assert.Equal(t, console.ExitDone, r.code, r.stderr)
			assert.Equal(t, 2, strings.Count(r.stdout, `"found": "https://om.example.invalid:8443, through the proxy `+proxy.URL+` of HTTPS_PROXY"`), r.stdout)
		})
	}
}

// The client goes past every proxy to this machine itself, also where net/http would not.
func TestDoctorGoesPastAProxy(t *testing.T) {
	t.Parallel()
	env := environment(strings.Replace(hospital(t), "127.0.0.1", "LOCALHOST", 1))
	env["HTTP_PROXY"] = "http://" + nobody(t)
	r := asProcess(t, env, "doctor")
	assert.Equal(t, console.ExitDone, r.code, r.stdout)
	assert.True(t, strings.HasPrefix(r.stdout, "ok    address       "+env["MCLI_OPS_MANAGER_URL"]+", no proxy\nok    DNS           LOCALHOST is "), r.stdout)
}

// net/http says nothing of a variable that names no proxy, and may look for a host called http then.
func TestDoctorReadsTheProxysVariable(t *testing.T) {
	t.Parallel()
	const why = "      HTTP_PROXY is no address of a proxy: want http://HOST:PORT\n"
	for value, want := range map[string]string{
		"http://ana:" + canaryInside + "@proxy:port": why,
		"::" + canaryInside:                          why,
		"http://ana:" + canaryInside + "@proxy:3128": "",
		"proxy:3128": "",
		"":           "",
	} {
		for _, name := range []string{"HTTP_PROXY", "http_proxy"} {
			env := environment("http://" + nobody(t))
			env[name] = value
			r := run(t, "", env, "doctor")
			assert.Equal(t, console.ExitUnavailable, r.code)
			assert.True(t, strings.HasPrefix(r.stdout, "ok    address       "+env["MCLI_OPS_MANAGER_URL"]+", no proxy\n"+want+"skip  DNS  "), r.stdout)
		}
	}
}
