package client_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

// secured speaks TLS before anything else. Where the handshake fails, that is all: it reads on until the client goes, so that there is one error and
// not two that race.
func secured(config *tls.Config, next func(*peer)) func(*peer) {
	return func(p *peer) {
		secure := tls.Server(p.Conn, config)
		if secure.Handshake() != nil {
			_, _ = io.Copy(io.Discard, p.Conn)
			return
		}
		next(&peer{secure, p.network, bufio.NewReader(secure)})
	}
}

// trusting makes a client on pipes, at an address of https, which trusts an authority by the option.
func trusting(t *testing.T, ca *authority, host string, conn func(*peer), opts ...client.Option) *client.Client {
	t.Helper()
	network := &pipes{t: t, conns: []func(*peer){conn}}
	transport := &http.Transport{DialContext: network.dial}
	opts = append(opts, client.BaseURL(host), client.APIKey(publicKey, privateKey), client.HTTPClient(&http.Client{Transport: transport}))
	if ca != nil {
		opts = append(opts, client.RootCAs(ca.PEM()))
	}
	// the transport is a copy then, and its connections end with those of their server
	c, err := client.New(opts...)
	require.NoError(t, err)
	t.Cleanup(network.peers.Wait)
	return c
}

// closing answers the probe and the request, and says that the connection ends then.
var closing = answers(challenged401, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n{\"status\":\"SYNCED\"}")

func TestAPrivateAuthority(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ca := newAuthority(t)
		server := &tls.Config{Certificates: []tls.Certificate{ca.issue(nil)}, MinVersion: tls.VersionTLS12}
		link, err := run(t, trusting(t, ca, "https://om.example", secured(server, closing)), "status")
		require.NoError(t, err)
		assert.Equal(t, migrationlink.StatusSynced, link.Status)
	})
}

func TestAClientCertificate(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ca := newAuthority(t)
				server := &tls.Config{
					Certificates: []tls.Certificate{ca.issue(nil)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool(),
					MinVersion: version, MaxVersion: version,
				}
				_, err := run(t, trusting(t, ca, "https://om.example", secured(server, closing), client.ClientCertificate(ca.issue(nil))), "status")
				require.NoError(t, err)
			})
		})
	}
}

const failedTLS = "no answer: tls: failed to verify certificate: x509: "

// Why there is no TLS, and what to do. None of these is attempted again: the network has one connection, and a second would be another error.
func TestWhyThereIsNoTLS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		host string
		conn func(ca *authority) func(*peer)
		want string
		ca   bool
	}{
		{"an authority that is not known", "https://om.example", func(ca *authority) func(*peer) {
			return secured(&tls.Config{Certificates: []tls.Certificate{ca.issue(nil)}}, closing)
		}, failedTLS + `certificate signed by unknown authority. It was issued by "Example Corp CA": if you know that authority, have it trusted beside those of the system.`, false},
		{"an expired certificate", "https://om.example", func(ca *authority) func(*peer) {
			return secured(&tls.Config{Certificates: []tls.Certificate{ca.issue(func(c *x509.Certificate) {
				c.NotBefore, c.NotAfter = c.NotBefore.AddDate(-1, 0, 0), c.NotBefore
			})}}, closing)
		}, failedTLS + "certificate has expired or is not yet valid: current time 2000-01-01T00:00:00Z is after 1999-12-31T23:00:00Z. The server needs a new one; or check the clock of this machine.", true},
		{"a certificate of tomorrow", "https://om.example", func(ca *authority) func(*peer) {
			return secured(&tls.Config{Certificates: []tls.Certificate{ca.issue(func(c *x509.Certificate) { c.NotBefore = c.NotBefore.AddDate(0, 0, 1) })}}, closing)
		}, failedTLS + "certificate has expired or is not yet valid: current time 2000-01-01T00:00:00Z is before 2000-01-01T23:00:00Z. It is valid from 2000-01-01 23:00 UTC on: check the clock of this machine, and of the server.", true},
		{"another host", "https://other.example:8443", func(ca *authority) func(*peer) {
			return secured(&tls.Config{Certificates: []tls.Certificate{ca.issue(nil)}}, closing)
		}, failedTLS + "certificate is valid for om.example, not other.example. Check the host in the address https://other.example:8443/api/public/v1.0: it must be one that the certificate names.", true},
		{"plain http", "https://om.example", func(*authority) func(*peer) {
			return func(p *peer) {
				p.write("HTTP/1.1 400 Bad Request\r\n\r\n")
				untilClosed(p)
			}
		}, "no answer: http: server gave HTTP response to HTTPS client. That port speaks plain http: check the port in the address https://om.example/api/public/v1.0.", true},
		{"a client certificate that is missing, TLS 1.3", "https://om.example", func(ca *authority) func(*peer) {
			return secured(&tls.Config{Certificates: []tls.Certificate{ca.issue(nil)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool(), MinVersion: tls.VersionTLS13}, closing)
		}, "no answer: remote error: tls: certificate required. The server asks for a client certificate, and none was given.", true},
		{"a client certificate that is missing, TLS 1.2", "https://om.example", func(ca *authority) func(*peer) {
			return secured(&tls.Config{Certificates: []tls.Certificate{ca.issue(nil)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool(), MaxVersion: tls.VersionTLS12}, closing)
		}, "no answer: remote error: tls: handshake failure. The server refused the TLS connection: it may ask for a client certificate, or not take the one that was given.", true},
		{"an old version of TLS", "https://om.example", func(ca *authority) func(*peer) {
			return secured(&tls.Config{Certificates: []tls.Certificate{ca.issue(nil)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, closing)
		}, "no answer: remote error: tls: protocol version not supported. The server speaks none of the versions of TLS that are safe, which are 1.2 and 1.3: it must be updated.", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ca := newAuthority(t)
				trusted := ca
				if !c.ca {
					trusted = nil
				}
				_, err := run(t, trusting(t, trusted, c.host, c.conn(ca)), "connect")
				now := "current time " + time.Now().Format(time.RFC3339) // crypto/x509 tells it in the zone of the machine
				want := strings.Replace(c.want, "current time 2000-01-01T00:00:00Z", now, 1)
				require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: "+want+notSent)
				assertIs(t, err)
				var e *client.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, 1, e.Attempts)
			})
		})
	}
}

func TestAServerThatIsSilentInTLS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := &pipes{t: t, conns: []func(*peer){untilClosed}}
		c, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL("https://om.example"), client.Attempts(1),
			client.HTTPClient(&http.Client{Transport: &http.Transport{DialContext: network.dial, TLSHandshakeTimeout: 10 * time.Second}}))
		require.NoError(t, err)
		t.Cleanup(network.peers.Wait)
		began := time.Now()
		_, err = run(t, c, "connect")
		require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: no answer: no TLS handshake within 10s."+notSent)
		assertIs(t, err, client.ErrUnavailable)
		assert.Equal(t, 10*time.Second, time.Since(began))
	})
}

// Certificates are always looked at, whatever a program does to http.DefaultTransport.
func TestATransportThatTakesEveryCertificateIsRefused(t *testing.T) {
	t.Parallel()
	_, err := client.New(client.APIKey(publicKey, privateKey), client.HTTPClient(&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}))
	require.EqualError(t, err, "client.New: the transport has InsecureSkipVerify, so that whoever is on the way could take the link-token: want the server's authority in client.RootCAs instead")

	_, err = client.New(client.APIKey(publicKey, privateKey), client.HTTPClient(&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, VerifyConnection: func(tls.ConnectionState) error { return context.Canceled }, // looked at in another way
	}}}))
	require.NoError(t, err)
}

// Two clients of one transport have a certificate of their own each, and the transport has none.
func TestAClientCertificateIsNotShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ca := newAuthority(t)
		given := make([]tls.Certificate, 0, 4)
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool(), Certificates: given}}
		seen := make(chan string, 2)
		server := &tls.Config{Certificates: []tls.Certificate{ca.issue(nil)}, ClientAuth: tls.RequireAnyClientCert, VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			c, err := x509.ParseCertificate(raw[0])
			seen <- c.Subject.CommonName
			return err
		}}
		network := &pipes{t: t, conns: []func(*peer){secured(server, closing), secured(server, closing)}}
		transport.DialContext = network.dial
		t.Cleanup(network.peers.Wait)
		var clients []*client.Client
		for _, name := range []string{"first", "second"} {
			c, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL("https://om.example"), client.HTTPClient(&http.Client{Transport: transport}),
				client.ClientCertificate(ca.issue(func(c *x509.Certificate) { c.Subject.CommonName = name })))
			require.NoError(t, err)
			clients = append(clients, c)
		}
		for i, want := range []string{"first", "second"} {
			_, err := run(t, clients[i], "status")
			require.NoError(t, err)
			assert.Equal(t, want, <-seen)
		}
		assert.Empty(t, transport.TLSClientConfig.Certificates)
		assert.Empty(t, given[:1][0].Certificate, "the array behind it is untouched")
	})
}
