package client_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

// withOwnTransport makes a client with the transport that it has of itself, on a network without a machine: that transport is made from
// http.DefaultTransport, so that no test that uses this may be parallel.
func withOwnTransport(t *testing.T, from *http.Transport, opts ...client.Option) *client.Client {
	t.Helper()
	before := http.DefaultTransport
	defer func() { http.DefaultTransport = before }()
	http.DefaultTransport = from
	c, err := client.New(append(opts, client.APIKey(publicKey, privateKey), client.Jitter(func() float64 { return 0 }))...)
	require.NoError(t, err)
	return c
}

// overheard keeps what a proxy reads of a connection, inside the tunnel too.
type overheard struct {
	net.Conn
	mu   sync.Mutex
	seen bytes.Buffer
}

func (o *overheard) Read(b []byte) (int, error) {
	n, err := o.Conn.Read(b)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen.Write(b[:n])
	return n, err
}

func viaProxy(network *pipes) *http.Transport {
	proxy, _ := url.Parse("http://proxyuser:proxypass@proxy.example:3128")
	return &http.Transport{DialContext: network.dial, Proxy: http.ProxyURL(proxy)}
}

//nolint:paralleltest // see withOwnTransport
func TestATunnelThroughAProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := newAuthority(t)
		heard := make(chan *overheard, 1)
		tunnel := func(p *peer) {
			o := &overheard{Conn: p.Conn}
			heard <- o
			p.Conn = o
			p.reader = bufio.NewReader(o)
			p.read()
			p.write("HTTP/1.1 200 OK\r\n\r\n")
			secured(&tls.Config{Certificates: []tls.Certificate{ca.issue(nil)}, MinVersion: tls.VersionTLS12}, answers(challenged401, synced200))(p)
		}
		network := &pipes{t: t, conns: []func(*peer){tunnel}}
		c := withOwnTransport(t, viaProxy(network), client.BaseURL("https://om.example"), client.RootCAs(ca.PEM()))
		link, err := run(t, c, "connect")
		require.NoError(t, err)
		assert.Equal(t, migrationlink.StatusSynced, link.Status)
		network.peers.Wait()
		assert.Equal(t, []string{"proxy.example:3128"}, network.dialed)
		network.requireAsked("CONNECT", "POST", "POST signed")

		seen := (<-heard).seen.Bytes()
		connect, inside, _ := bytes.Cut(seen, []byte("\r\n\r\n"))
		assert.Equal(t, "CONNECT om.example:443 HTTP/1.1\r\nHost: om.example:443\r\nUser-Agent: Go-http-client/1.1\r\nProxy-Authorization: Basic cHJveHl1c2VyOnByb3h5cGFzcw==", string(connect))
		assert.Greater(t, len(inside), 500, "the tunnel was used")
		assert.Empty(t, canaries.Find(seen))
		for _, plain := range []string{"linkToken", publicKey, "Digest", "migrationLink"} {
			assert.NotContains(t, string(seen), plain)
		}
	})
}

//nolint:paralleltest // see withOwnTransport
func TestAProxyThatOpensNoTunnel(t *testing.T) {
	refusing := func(answer string) func(*peer) {
		return answers("HTTP/1.1 " + answer + "\r\nContent-Length: 0\r\n\r\n")
	}
	for _, c := range []struct {
		name  string
		conns []func(*peer)
		want  string
		is    []error
	}{
		{"407", []func(*peer){refusing("407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"")},
			"no answer: the proxy http://proxy.example:3128 asks for a sign-in of its own (407): its user name and password belong into the proxy's address.", nil},
		{"403", []func(*peer){refusing("403 Forbidden")}, "no answer: the proxy http://proxy.example:3128 opened no tunnel to the server (403).", nil},
		{"502", []func(*peer){refusing("502 Bad Gateway"), refusing("502 Bad Gateway"), refusing("502 Bad Gateway"), refusing("502 Bad Gateway")},
			"no answer: the proxy http://proxy.example:3128 opened no tunnel to the server (502). It was tried 4 times.", []error{client.ErrUnavailable}},
		{"down", nil, "no answer: proxyconnect tcp: dial tcp: connection cut. The proxy cannot be reached: check its address in HTTPS_PROXY. It was tried 4 times.",
			[]error{client.ErrUnavailable, errCut}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := &pipes{t: t, conns: c.conns}
				_, err := run(t, withOwnTransport(t, viaProxy(network), client.BaseURL("https://om.example")), "connect")
				require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: "+c.want+notSent)
				assertIs(t, err, c.is...)
				assert.NotContains(t, shown(client.Link{}, err), "proxypass")
				network.peers.Wait()
			})
		})
	}
}

// What a client's own transport does: it dials for ten seconds, and has as much patience for TLS.
//
//nolint:paralleltest // see withOwnTransport
func TestTheBoundsOfTheOwnTransport(t *testing.T) {
	for _, c := range []struct {
		name string
		dial func(*pipes) func(context.Context, string, string) (net.Conn, error)
		want string
	}{
		{"dial", func(*pipes) func(context.Context, string, string) (net.Conn, error) {
			return func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		}, "no answer: dial tcp: no connection to om.example:443 within 10s."},
		{"TLS", func(network *pipes) func(context.Context, string, string) (net.Conn, error) { return network.dial }, "no answer: no TLS handshake within 10s."},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := &pipes{t: t, conns: []func(*peer){untilClosed}}
				made := withOwnTransport(t, &http.Transport{DialContext: c.dial(network)}, client.BaseURL("https://om.example"), client.Attempts(1))
				began := time.Now()
				_, err := run(t, made, "connect")
				require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: "+c.want+notSent)
				assertIs(t, err, client.ErrUnavailable)
				assert.Equal(t, 10*time.Second, time.Since(began))
				network.peers.Wait()
			})
		})
	}
}

// What the resolver says of a name, through the transport that a client has of itself.
//
//nolint:paralleltest // see withOwnTransport
func TestANameThatIsNotResolved(t *testing.T) {
	for _, c := range []struct {
		name     string
		err      net.DNSError
		attempts int
		want     string
		is       []error
	}{
		{"none", net.DNSError{Err: "no such host", Name: "om.example", IsNotFound: true}, 1,
			"no answer: dial tcp: lookup om.example: no such host. Check the host in the address https://om.example/api/public/v1.0.", nil},
		{"no server for names", net.DNSError{Err: "server misbehaving", Name: "om.example", Server: "127.0.0.53:53", IsTemporary: true}, 4,
			"no answer: dial tcp: lookup om.example on 127.0.0.53:53: server misbehaving. It was tried 4 times.", []error{client.ErrUnavailable}},
		{"a timeout", net.DNSError{Err: "i/o timeout", Name: "om.example", IsTimeout: true}, 4,
			"no answer: dial tcp: lookup om.example: i/o timeout. It was tried 4 times.", []error{client.ErrUnavailable}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dials := 0
				made := withOwnTransport(t, &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
					dials++
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &c.err}
				}}, client.BaseURL("https://om.example"))
				_, err := run(t, made, "connect")
				require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: "+c.want+notSent)
				assertIs(t, err, c.is...)
				assert.Equal(t, c.attempts, dials)
			})
		})
	}
}

func TestAnIPv6Address(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"http://[::1]":                            "[::1]:80",
		"http://[::1]:8080":                       "[::1]:8080",
		"http://[2001:DB8::7]:8080":               "[2001:db8::7]:8080",
		"http://[::ffff:127.0.0.1]:8080/a/prefix": "[::ffff:127.0.0.1]:8080",
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := &pipes{t: t, conns: []func(*peer){answers(challenged401, synced200)}}
				transport := &http.Transport{DialContext: network.dial}
				c, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL(host), client.AllowHTTP(), client.HTTPClient(&http.Client{Transport: transport}))
				require.NoError(t, err)
				_, err = run(t, c, "status")
				require.NoError(t, err)
				assert.Equal(t, []string{want}, network.dialed)
				transport.CloseIdleConnections()
				network.peers.Wait()
			})
		})
	}
}
