package cli

import (
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"net/url"
)

// dialled is how far a connection came.
type dialled struct {
	lookup     reached
	addresses  []string // that a name stands for
	dial       reached
	refused    []string // HOST:PORT that became no connection
	to         string   // the other end of the connection, HOST:PORT
	handshakes []handshake
}

// reached is how far something has come.
type reached struct{ begun, done bool }

// failed reports whether it came to no good end, in a call that has ended.
func (r reached) failed() bool { return r.begun && !r.done }

type handshake struct {
	reached
	state tls.ConnectionState
}

// handshakesTo is how many handshakes a connection to the server has, one with the proxy included.
func handshakesTo(ends ...*url.URL) int {
	n := 0
	for _, u := range ends {
		if u != nil && u.Scheme == "https" {
			n++
		}
	}
	return n
}

// dialling notes what becomes of the connection of one request. While net/http dials for a request, it may give the
// request the connection of another call. Nothing is told of the dial then, which may still be under way.
type dialling struct {
	o      *observation
	wanted int     // number of handshakes
	before dialled // by the requests before

	// Guarded by o.mu: the request has a dial of its own; it has a connection.
	dials, got bool
}

// trace notes the events of a request. Several addresses may be dialled at once, one for each version of IP.
func (d *dialling) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:           func(string) { d.o.note(func(*seen) { d.begin() }) },
		DNSStart:          func(httptrace.DNSStartInfo) { d.note(func(s *dialled) { s.lookup = reached{begun: true} }) },
		DNSDone:           func(info httptrace.DNSDoneInfo) { d.note(func(s *dialled) { s.found(info) }) },
		ConnectStart:      func(string, string) { d.note(func(s *dialled) { s.dial.begun = true }) },
		ConnectDone:       func(_, at string, err error) { d.note(func(s *dialled) { s.connected(at, err) }) },
		TLSHandshakeStart: func() { d.note((*dialled).shakes) },
		TLSHandshakeDone:  func(state tls.ConnectionState, err error) { d.note(func(s *dialled) { s.shook(state, err) }) },
		GotConn:           func(info httptrace.GotConnInfo) { d.o.note(func(s *seen) { d.has(s, info) }) },
	}
}

// begin is net/http's first or next go at the request. With HTTP/2, GetConn may come twice in one go.
func (d *dialling) begin() {
	if d.got {
		d.dials, d.got = false, false
	}
}

// note changes what was seen of the dial, as long as the request waits for it.
func (d *dialling) note(change func(*dialled)) {
	d.o.note(func(s *seen) {
		if d.got {
			return
		}
		if !d.dials {
			d.dials, s.dialled = true, dialled{}
		}
		change(&s.dialled)
	})
}

func (d *dialling) has(s *seen, info httptrace.GotConnInfo) {
	d.got = true
	if !s.whole(d.wanted) {
		s.dialled = d.before
	}
	s.kept = !s.whole(d.wanted)
	s.from, _, _ = net.SplitHostPort(info.Conn.LocalAddr().String())
	s.to = info.Conn.RemoteAddr().String()
}

// whole reports whether there is a connection, with this number of handshakes.
func (s *dialled) whole(handshakes int) bool {
	n := len(s.handshakes)
	return s.dial.done && n >= handshakes && (n == 0 || s.handshakes[n-1].done)
}

func (s *dialled) found(info httptrace.DNSDoneInfo) {
	s.lookup.done, s.addresses = info.Err == nil, nil
	for _, a := range info.Addrs {
		s.addresses = append(s.addresses, a.String())
	}
}

func (s *dialled) connected(at string, err error) {
	if err != nil {
		s.refused = append(s.refused, at)
		return
	}
	s.dial.done, s.to = true, at
}

func (s *dialled) shakes() {
	s.handshakes = append(s.handshakes, handshake{reached: reached{begun: true}})
}

func (s *dialled) shook(state tls.ConnectionState, err error) {
	if n := len(s.handshakes); n > 0 { // a dial that was given up has them elsewhere
		s.handshakes[n-1].done, s.handshakes[n-1].state = err == nil, state
	}
}
