package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// newTransport is the transport of a Client that is given none. Its idle connections end before those of a server usually do: net/http
// repeats neither POST nor DELETE on a kept connection that the server closed just then.
func newTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // somebody has replaced it
		t = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	}
	t = t.Clone()
	proxy := t.Proxy
	t.Proxy = func(req *http.Request) (*url.URL, error) {
		if proxy == nil || loopback(req.URL.Hostname()) {
			return nil, nil
		}
		return proxy(req)
	}
	t.TLSHandshakeTimeout = 10 * time.Second
	t.ResponseHeaderTimeout = 60 * time.Second
	t.IdleConnTimeout = 30 * time.Second
	return t
}

// progress is how far one call has come. It travels in the context of its requests.
type progress struct {
	// sent: a request with credentials, and so with its content, was handed to the network.
	sent atomic.Bool
	// open: that request may have taken effect. One that was answered 401 has not, nor has one that found no server.
	open atomic.Bool
	// repeats is how many signed requests net/http sent once more, on another connection, and were refused then.
	repeats atomic.Int32
}

type progressKey struct{}

func withProgress(ctx context.Context, p *progress) context.Context {
	return context.WithValue(ctx, progressKey{}, p)
}

// wire is the transport below digest: it sees every request that leaves, and notes the progress of its call.
type wire struct{ base http.RoundTripper }

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil { // it was canceled while digest waited: nothing leaves
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	p, ok := req.Context().Value(progressKey{}).(*progress)
	signed := ok && req.Header.Get("Authorization") != ""
	if signed {
		p.open.Store(true)
	}
	if signed && req.Body != nil && req.Body != http.NoBody {
		last := *req // net/http logs what a server sends on an idle connection, which may be what it was sent
		last.Close = true
		req = &last
	}
	var connections atomic.Int32
	if signed {
		req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
			GotConn: func(httptrace.GotConnInfo) { connections.Add(1) },
		}))
	}
	res, err := w.base.RoundTrip(req)
	if err == nil && res.StatusCode == http.StatusUnauthorized && connections.Load() > 1 && p.repeats.Add(1) > 1 {
		_ = res.Body.Close()
		res, err = nil, errBrokeOff
	}
	if signed && err == nil {
		p.sent.Store(true)
		p.open.Store(res.StatusCode != http.StatusUnauthorized)
	}
	if signed && err != nil {
		arrived := !neverConnected(err)
		p.open.Store(arrived)
		p.sent.Store(p.sent.Load() || arrived)
	}
	if err != nil {
		return nil, err
	}
	dropUnreadableLocation(res, req)
	return res, nil
}

// errBrokeOff stands for the error of a connection, which net/http does not tell: it sends a GET again by itself where the connection was a kept
// one. To digest that is the same count twice, so that a server which has seen the first refuses the second, and it seems to be the key that was
// refused. Once, digest signs anew and nobody notices.
var errBrokeOff = errors.New("the connection broke off before an answer came, each time")

// neverConnected reports whether err tells that no server was reached, or none that could be trusted, so that nothing was sent to it.
func neverConnected(err error) bool {
	var operation *net.OpError
	if errors.As(err, &operation) && (operation.Op == "dial" || operation.Op == "proxyconnect") {
		return true
	}
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate)
}

// dropUnreadableLocation keeps http.Client from failing on a Location that it cannot read, with an error that repeats it whole.
func dropUnreadableLocation(res *http.Response, req *http.Request) {
	if _, err := req.URL.Parse(res.Header.Get("Location")); err != nil {
		res.Header.Del("Location")
	}
}
