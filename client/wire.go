package client

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/migrationlink/migrationlink/internal/secret"
)

// exchangeLimit is how long the header of an answer may take from the moment there is a connection, and then its content.
const exchangeLimit = 60 * time.Second

// progress is how far one attempt of a call has come. It travels in the context of its requests.
type progress struct {
	// signed is how far requests with credentials, and so with their content, have come. One that was answered 401 has not taken
	// effect, nor has one whose header was never written.
	signed atomic.Int32
	// again: net/http sent that request twice by itself, and the first may have taken effect.
	again atomic.Bool
	// repeats is how many signed requests without content net/http sent once more, on another connection, and were refused then.
	repeats atomic.Int32
}

// reach is how far the requests of the attempt have come.
func (p *progress) reach() reach { return reach(p.signed.Load()) }

type progressKey struct{}

func withProgress(ctx context.Context, p *progress) context.Context {
	return context.WithValue(ctx, progressKey{}, p)
}

// wire is the transport below the sign-in: it sees every request that leaves, notes the progress of its attempt, and bounds it.
type wire struct {
	base      http.RoundTripper
	handshake time.Duration // the transport's own bound for TLS
	http2     bool          // also without TLS, where a connection does not tell
	proxy     func(*http.Request) (*url.URL, error)
}

// proxySecrets are what requests to an address sign in with at a proxy. A proxy that answers itself may repeat them.
func (w wire) proxySecrets(address string) []string {
	if w.proxy == nil {
		return nil
	}
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil
	}
	proxy, err := w.proxy(req)
	if err != nil || proxy == nil {
		return nil
	}
	return secret.OfProxy(proxy)
}

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil { // it was canceled while digest waited: nothing leaves
		closeBody(req)
		return nil, err
	}
	p, _ := req.Context().Value(progressKey{}).(*progress)
	signed := p != nil && req.Header.Get("Authorization") != ""
	before := unsent
	if signed {
		before = p.reach()
		p.signed.Store(int32(open))
	}
	seen := trace{plainHTTP2: w.http2}
	limit := newLimit(req.Context())
	req = req.WithContext(seen.in(limit.ctx, limit.connected))
	if req.Body != nil && req.Body != http.NoBody {
		req.Close = true // net/http logs what a server sends on an idle connection, which may be what it was sent
		req.GetBody = seen.once(req.GetBody)
	}
	res, err := w.base.RoundTrip(req)
	if err != nil {
		err = limit.told(err)
		limit.end()
		w.tellHandshakeLimit(&err)
	}
	if err == nil && signed && req.Body == nil && res.StatusCode == http.StatusUnauthorized && seen.connections.Load() > 1 && p.repeats.Add(1) > 1 {
		_ = res.Body.Close()
		res, err = nil, errBrokeOff
		limit.end()
	}
	if signed && seen.again.Load() {
		p.again.Store(true)
	}
	if signed {
		p.signed.Store(int32(signedReach(before, res, err, &seen)))
	}
	if err != nil {
		return nil, err
	}
	dropConnection(res)
	limit.content(res)
	dropUnreadableLocation(res, req)
	return res, nil
}

// signedReach is the reach of an attempt after a request with credentials; before is that of the requests before it.
func signedReach(before reach, res *http.Response, err error, seen *trace) reach {
	switch {
	case err == nil && res.StatusCode == http.StatusUnauthorized:
		return refused
	case err == nil || seen.arrived(err):
		return open
	}
	return min(before, refused)
}

// tellHandshakeLimit gives the number to net/http's own error, which has none.
func (w wire) tellHandshakeLimit(err *error) {
	if (*err).Error() == "net/http: TLS handshake timeout" {
		*err = &boundError{BoundHandshake, "no TLS handshake", w.handshake, *err}
	}
}

// trace is what net/http tells of a request under way. A transport that tells nothing leaves it empty.
type trace struct {
	plainHTTP2   bool // a connection without TLS speaks HTTP/2
	asked, wrote atomic.Bool
	http2, again atomic.Bool
	connections  atomic.Int32
}

func (t *trace) in(ctx context.Context, connected func()) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) {
			t.anew()
			t.asked.Store(true)
		},
		GotConn: func(info httptrace.GotConnInfo) {
			t.anew()
			secure, isTLS := info.Conn.(*tls.Conn)
			t.http2.Store(isTLS && secure.ConnectionState().NegotiatedProtocol == "h2" || !isTLS && t.plainHTTP2)
			t.connections.Add(1)
			connected()
		},
		WroteHeaders: func() { t.wrote.Store(true) },
	})
}

// anew begins another go of net/http at the same request. In HTTP/1 it takes one where not a byte left for the network, though the header was
// written to a buffer, or where the request is a GET. In HTTP/2 it does so as well after the server gave up a request that it had read.
func (t *trace) anew() {
	switch {
	case !t.http2.Load():
		t.wrote.Store(false)
	case t.wrote.Load():
		t.again.Store(true)
	}
}

// arrived reports whether a request that ended in err may have reached the server. Where the transport tells nothing, it is up to err.
func (t *trace) arrived(err error) bool {
	if t.asked.Load() {
		return t.wrote.Load()
	}
	return !neverConnected(err)
}

var errGivenUp = errors.New("the server gave up the HTTP/2 request before an answer came")

// once gives net/http the content for another go, unless the server may have read it. In HTTP/2 it would send it again after PROTOCOL_ERROR, which
// says nothing of what was done before (RFC 9113 section 8.7 promises that of REFUSED_STREAM alone, and net/http does not tell which it was).
func (t *trace) once(content func() (io.ReadCloser, error)) func() (io.ReadCloser, error) {
	if content == nil {
		return nil
	}
	return func() (io.ReadCloser, error) {
		if t.http2.Load() && t.wrote.Load() {
			return nil, errGivenUp
		}
		return content()
	}
}

// limit ends an exchange that takes too long, whatever the transport.
type limit struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

var (
	errLateHeader  = &boundError{BoundHeader, "no header of an answer", exchangeLimit, context.DeadlineExceeded}
	errLateContent = &boundError{BoundContent, "the content did not come to its end", exchangeLimit, context.DeadlineExceeded}
)

func newLimit(ctx context.Context) *limit {
	ctx, cancel := context.WithCancelCause(ctx)
	return &limit{ctx: ctx, cancel: cancel, timer: time.AfterFunc(exchangeLimit, func() { cancel(errLateHeader) })}
}

// connected begins the time for the header: that for the connection has bounds of its own.
func (l *limit) connected() { l.timer.Reset(exchangeLimit) }

func (l *limit) end() {
	l.timer.Stop()
	l.cancel(nil)
}

// told is the bound in the place of the error that a transport makes of it.
func (l *limit) told(err error) error {
	var bound *boundError
	if errors.As(context.Cause(l.ctx), &bound) && !errors.As(err, &bound) {
		return bound
	}
	return err
}

// content begins the time for the content, which ends with its last byte or when it is closed.
func (l *limit) content(res *http.Response) {
	l.timer.Stop()
	if res.Body == nil {
		l.end()
		return
	}
	l.timer = time.AfterFunc(exchangeLimit, func() { l.cancel(errLateContent) })
	res.Body = limitedContent{res.Body, l}
}

type limitedContent struct {
	io.ReadCloser
	limit *limit
}

func (c limitedContent) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = c.limit.told(err)
	}
	return n, err
}

func (c limitedContent) Close() error {
	err := c.ReadCloser.Close()
	c.limit.end()
	return err
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
	var proxy *proxyError
	return errors.As(err, &certificate) || errors.As(err, &proxy)
}

// dropConnection ends a connection that a server switched to another protocol, which nobody asks for. Its content is the connection itself (RFC 9110
// section 15.2.2), which may never end, and net/http leaves it open when the context does.
func dropConnection(res *http.Response) {
	if res.StatusCode == http.StatusSwitchingProtocols && res.Body != nil {
		_ = res.Body.Close()
		res.Body = http.NoBody
	}
}

// dropUnreadableLocation keeps http.Client from failing on a Location that it cannot read, with an error that repeats it whole.
func dropUnreadableLocation(res *http.Response, req *http.Request) {
	if _, err := req.URL.Parse(res.Header.Get("Location")); err != nil {
		res.Header.Del("Location")
	}
}
