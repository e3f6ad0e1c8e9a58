package cli

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

// observation watches a call on its way, its connections and the answers to its requests. It sends nothing itself.
type observation struct {
	now  func() time.Time
	mu   sync.Mutex
	seen seen
}

// seen is what an observation has noted.
type seen struct {
	proxy     *url.URL // nil: the transport uses none for this server
	dialled            // the last connection of the call's own
	from      string   // this machine's end of the last connection, HOST
	kept      bool     // another call dialled the connection
	exchanges []exchange
}

// exchange is a request that was answered.
type exchange struct {
	signed, token  bool // it carried credentials; it asked for an access token
	status         int
	header         http.Header
	sent, received time.Time
}

type observationKey struct{}

// watching is a context whose call is watched.
func (o *observation) watching(ctx context.Context) context.Context {
	return context.WithValue(ctx, observationKey{}, o)
}

// observed is a transport whose exchanges can be watched: those of a call that asks for it in its context.
type observed struct {
	base  http.RoundTripper
	proxy func(*http.Request) (*url.URL, error) // the transport's own choice; nil: it uses none
}

// proxyOf is how a transport chooses a proxy.
func proxyOf(t http.RoundTripper) func(*http.Request) (*url.URL, error) {
	if t, ok := t.(*http.Transport); ok {
		return t.Proxy
	}
	return nil
}

// proxyFor asks what the transport asks. httptrace does not tell the proxy: with HTTP/2, GetConn names the server as
// well, and the server only when the connection was there already.
func (t observed) proxyFor(req *http.Request) *url.URL {
	if t.proxy == nil {
		return nil
	}
	proxy, err := t.proxy(req)
	if err != nil { // the request ends with it
		return nil
	}
	return proxy
}

func (t observed) RoundTrip(req *http.Request) (*http.Response, error) {
	o, ok := req.Context().Value(observationKey{}).(*observation)
	if !ok {
		return t.base.RoundTrip(req)
	}
	e := exchange{
		signed: req.Header.Get("Authorization") != "",
		token:  strings.HasSuffix(req.URL.Path, "/oauth/token"),
		sent:   o.now(),
	}
	proxy := t.proxyFor(req)
	o.note(func(s *seen) { s.proxy = proxy })
	d := &dialling{o: o, wanted: handshakesTo(proxy, req.URL), before: o.end().dialled}
	res, err := t.base.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), d.trace())))
	if err != nil {
		return nil, err
	}
	e.status, e.header, e.received = res.StatusCode, res.Header, o.now()
	o.note(func(s *seen) { s.exchanges = append(s.exchanges, e) })
	return res, nil
}

// note changes what was seen.
func (o *observation) note(change func(*seen)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change(&o.seen)
}

// end is what was seen until now.
func (o *observation) end() seen {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.seen
	s.handshakes = slices.Clone(s.handshakes)
	return s
}
