package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/migrationlink/migrationlink/internal/loopback"
)

const (
	dialLimit      = 10 * time.Second
	handshakeLimit = 10 * time.Second
	idleLimit      = 30 * time.Second
)

// newTransport is the transport of a Client that is given none. Its idle connections end before those of a server usually do: net/http
// repeats neither POST nor DELETE on a kept connection that the server closed just then.
func newTransport() *http.Transport {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // somebody has replaced it
		t = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	}
	t = t.Clone()
	proxy := t.Proxy
	t.Proxy = func(req *http.Request) (*url.URL, error) {
		if proxy == nil || loopback.Host(req.URL.Hostname()) {
			return nil, nil
		}
		return proxy(req)
	}
	dial := t.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	t.DialContext = limitedDial(dial)
	t.TLSHandshakeTimeout = handshakeLimit
	t.IdleConnTimeout = idleLimit
	t.MaxIdleConnsPerHost = t.MaxIdleConns // there is one host
	t.OnProxyConnectResponse = proxyAnswered
	return t
}

// limitedDial ends a dial that takes too long, and says so.
func limitedDial(dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		limited, cancel := context.WithTimeout(ctx, dialLimit)
		defer cancel()
		conn, err := dial(limited, network, address)
		if err != nil && ctx.Err() == nil && limited.Err() != nil {
			err = &net.OpError{Op: "dial", Net: network, Err: &boundError{BoundConnection, "no connection to " + address, dialLimit, err}}
		}
		return conn, err
	}
}

// proxyError is the answer of a proxy that opened no tunnel to the server.
type proxyError struct {
	proxy  string // scheme and host
	status int
}

func (e *proxyError) Error() string {
	if e.status == http.StatusProxyAuthRequired {
		return fmt.Sprintf("the proxy %s asks for a sign-in of its own (407): its user name and password belong into the proxy's address", e.proxy)
	}
	return fmt.Sprintf("the proxy %s opened no tunnel to the server (%d)", e.proxy, e.status)
}

func proxyAnswered(_ context.Context, proxy *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{proxy: proxy.Scheme + "://" + proxy.Host, status: res.StatusCode}
}

// wire is the transport that the options want, before anything signs in.
func (o *options) wire() (wire, error) {
	var base http.RoundTripper
	if o.httpClient != nil && *o.httpClient != nil {
		base = (*o.httpClient).Transport
	}
	if base == nil {
		base = newTransport()
	}
	t, ok := base.(*http.Transport)
	if !ok && (o.rootCAs != nil || o.certificate != nil) {
		return wire{}, wrong("HTTPClient", "its Transport is no *http.Transport, so that client.RootCAs and client.ClientCertificate cannot be added: want them in its own TLS configuration")
	}
	w := wire{base: base}
	if ok {
		if o.rootCAs != nil || o.certificate != nil {
			t = t.Clone()
		}
		if err := o.trust(t); err != nil {
			return wire{}, err
		}
		w = wire{base: t, handshake: t.TLSHandshakeTimeout, http2: t.Protocols != nil && t.Protocols.UnencryptedHTTP2(), proxy: t.Proxy}
	}
	if o.wrap != nil && *o.wrap != nil {
		if w.base = (*o.wrap)(w.base); w.base == nil {
			return wire{}, wrong("WrapTransport", "it returned nil: want a transport around the given one")
		}
	}
	return w, nil
}

// trust adds the authorities and the certificate of the options to a transport, which is one of ours then, and sees to it that it looks at certificates.
func (o *options) trust(t *http.Transport) error {
	if c := t.TLSClientConfig; c != nil && c.InsecureSkipVerify && c.VerifyConnection == nil && c.VerifyPeerCertificate == nil {
		return wrong("New", "the transport has InsecureSkipVerify, so that whoever is on the way could take the link-token: want the server's authority in client.RootCAs instead")
	}
	if t.TLSClientConfig == nil && (o.rootCAs != nil || o.certificate != nil) {
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if o.certificate != nil { // the array of the given certificates may be shared with others
		t.TLSClientConfig.Certificates = append(slices.Clip(t.TLSClientConfig.Certificates), *o.certificate)
		t.TLSClientConfig.GetClientCertificate = nil // it would be asked instead
	}
	if o.rootCAs == nil {
		return nil
	}
	roots, err := rootsWith(t.TLSClientConfig.RootCAs, *o.rootCAs)
	t.TLSClientConfig.RootCAs = roots
	return err
}

// rootsWith are the authorities of the transport, or else the system's, and those in pem.
func rootsWith(roots *x509.CertPool, pem []byte) (*x509.CertPool, error) {
	if roots == nil {
		system, err := x509.SystemCertPool()
		if err != nil {
			return nil, &OptionError{Option: "RootCAs", Problem: "the system's authorities: " + err.Error(), Err: err}
		}
		roots = system
	}
	roots = roots.Clone()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, wrong("RootCAs", `no certificate in it: want PEM, with "-----BEGIN CERTIFICATE-----"`)
	}
	return roots, nil
}
