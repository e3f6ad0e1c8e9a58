// Package wiretap watches the requests of the command: for --debug, for doctor and for demo. It shows no credential.
package wiretap

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Observation watches a call on its way, its connections and the answers to its requests. It sends nothing itself.
type Observation struct {
	Now  func() time.Time
	mu   sync.Mutex
	seen Seen
}

// Seen is what an observation has noted.
type Seen struct {
	Proxy     *url.URL // nil: the transport uses none for this server
	Dialled            // the last connection of the call's own
	From      string   // this machine's end of the last connection, HOST
	Kept      bool     // another call dialled the connection
	Exchanges []Exchange
}

// Exchange is a request that was answered.
type Exchange struct {
	Signed, Token  bool // it carried credentials; it asked for an access token
	Status         int
	Header         http.Header
	Sent, Received time.Time
}

type observationKey struct{}

// Watching is a context whose call is watched.
func (o *Observation) Watching(ctx context.Context) context.Context {
	return context.WithValue(ctx, observationKey{}, o)
}

// Observed is a transport whose exchanges can be watched: those of a call that asks for it in its context.
type Observed struct {
	Base  http.RoundTripper
	Proxy func(*http.Request) (*url.URL, error) // the transport's own choice; nil: it uses none
}

// ProxyOf is how a transport chooses a proxy.
func ProxyOf(t http.RoundTripper) func(*http.Request) (*url.URL, error) {
	if t, ok := t.(*http.Transport); ok {
		return t.Proxy
	}
	return nil
}

// proxyFor asks what the transport asks. httptrace does not tell the proxy: with HTTP/2, GetConn names the server as
// well, and the server only when the connection was there already.
func (t Observed) proxyFor(req *http.Request) *url.URL {
	if t.Proxy == nil {
		return nil
	}
	proxy, err := t.Proxy(req)
	if err != nil { // the request ends with it
		return nil
	}
	return proxy
}

// RoundTrip notes the exchange if the context of req asks for it.
func (t Observed) RoundTrip(req *http.Request) (*http.Response, error) {
	o, ok := req.Context().Value(observationKey{}).(*Observation)
	if !ok {
		return t.Base.RoundTrip(req)
	}
	e := Exchange{
		Signed: req.Header.Get("Authorization") != "",
		Token:  strings.HasSuffix(req.URL.Path, "/oauth/token"),
		Sent:   o.Now(),
	}
	proxy := t.proxyFor(req)
	o.note(func(s *Seen) { s.Proxy = proxy })
	d := &dialling{o: o, wanted: handshakesTo(proxy, req.URL), before: o.End().Dialled}
	res, err := t.Base.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), d.trace())))
	if err != nil {
		return nil, err
	}
	e.Status, e.Header, e.Received = res.StatusCode, res.Header, o.Now()
	o.note(func(s *Seen) { s.Exchanges = append(s.Exchanges, e) })
	return res, nil
}

// note changes what was seen.
func (o *Observation) note(change func(*Seen)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change(&o.seen)
}

// End is what was seen until now.
func (o *Observation) End() Seen {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.seen
	s.Handshakes = slices.Clone(s.Handshakes)
	return s
}
