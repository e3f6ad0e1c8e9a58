package cli

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
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
	asked      string // HOST:PORT that a connection was wanted to: that of the server, or of a proxy
	lookup     reached
	addresses  []string // that a name stands for
	dial       reached
	refused    []string // HOST:PORT that became no connection
	from, to   string   // the two ends of the last connection, HOST and HOST:PORT
	kept       bool     // it was there before the call
	handshakes []handshake
	exchanges  []exchange
}

// reached is how far something has come.
type reached struct{ begun, done bool }

// failed reports whether it came to no good end, in a call that has ended.
func (r reached) failed() bool { return r.begun && !r.done }

type handshake struct {
	reached
	state tls.ConnectionState
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
type observed struct{ base http.RoundTripper }

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
	res, err := t.base.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), o.trace())))
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

// end is what was seen until now. A connection that nobody waits for any more may still come.
func (o *observation) end() seen {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.seen
	s.handshakes = slices.Clone(s.handshakes)
	return s
}

// trace notes what becomes of connections. Several may be tried at once, one for each version of IP.
func (o *observation) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(at string) { o.note(func(s *seen) { s.asked = at }) },
		DNSStart:     func(httptrace.DNSStartInfo) { o.note(func(s *seen) { s.lookup.begun = true }) },
		DNSDone:      func(info httptrace.DNSDoneInfo) { o.note(func(s *seen) { s.found(info) }) },
		ConnectStart: func(string, string) { o.note(func(s *seen) { s.dial.begun = true }) },
		ConnectDone:  func(_, at string, err error) { o.note(func(s *seen) { s.dialled(at, err) }) },
		TLSHandshakeStart: func() {
			o.note(func(s *seen) { s.handshakes = append(s.handshakes, handshake{reached: reached{begun: true}}) })
		},
		TLSHandshakeDone: func(state tls.ConnectionState, err error) { o.note(func(s *seen) { s.shook(state, err) }) },
		GotConn:          func(info httptrace.GotConnInfo) { o.note(func(s *seen) { s.got(info) }) },
	}
}

func (s *seen) found(info httptrace.DNSDoneInfo) {
	s.lookup.done, s.addresses = info.Err == nil, nil
	for _, a := range info.Addrs {
		s.addresses = append(s.addresses, a.String())
	}
}

func (s *seen) dialled(at string, err error) {
	if err != nil {
		s.refused = append(s.refused, at)
		return
	}
	s.dial.done, s.to = true, at
}

func (s *seen) shook(state tls.ConnectionState, err error) {
	last := &s.handshakes[len(s.handshakes)-1]
	last.done, last.state = err == nil, state
}

func (s *seen) got(info httptrace.GotConnInfo) {
	s.kept = !s.dial.begun
	s.from, _, _ = net.SplitHostPort(info.Conn.LocalAddr().String())
	s.to = info.Conn.RemoteAddr().String()
}
