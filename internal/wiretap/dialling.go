package wiretap

import (
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"net/url"
)

// Dialled is how far a connection came.
type Dialled struct {
	Lookup     Reached
	Addresses  []string // that a name stands for
	Dial       Reached
	Refused    []string // HOST:PORT that became no connection
	To         string   // the other end of the connection, HOST:PORT
	Handshakes []Handshake
}

// Reached is how far something has come.
type Reached struct{ Begun, Done bool }

// Failed reports whether it came to no good end, in a call that has ended.
func (r Reached) Failed() bool { return r.Begun && !r.Done }

// Handshake is one TLS handshake, and what it agreed on.
type Handshake struct {
	Reached
	State tls.ConnectionState
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
	o      *Observation
	wanted int     // number of handshakes
	before Dialled // by the requests before

	// Guarded by o.mu: the request has a dial of its own; it has a connection.
	dials, got bool
}

// trace notes the events of a request. Several addresses may be dialled at once, one for each version of IP.
func (d *dialling) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:           func(string) { d.o.note(func(*Seen) { d.begin() }) },
		DNSStart:          func(httptrace.DNSStartInfo) { d.note(func(s *Dialled) { s.Lookup = Reached{Begun: true} }) },
		DNSDone:           func(info httptrace.DNSDoneInfo) { d.note(func(s *Dialled) { s.found(info) }) },
		ConnectStart:      func(string, string) { d.note(func(s *Dialled) { s.Dial.Begun = true }) },
		ConnectDone:       func(_, at string, err error) { d.note(func(s *Dialled) { s.connected(at, err) }) },
		TLSHandshakeStart: func() { d.note((*Dialled).shakes) },
		TLSHandshakeDone:  func(state tls.ConnectionState, err error) { d.note(func(s *Dialled) { s.shook(state, err) }) },
		GotConn:           func(info httptrace.GotConnInfo) { d.o.note(func(s *Seen) { d.has(s, info) }) },
	}
}

// begin is net/http's first or next go at the request. With HTTP/2, GetConn may come twice in one go.
func (d *dialling) begin() {
	if d.got {
		d.dials, d.got = false, false
	}
}

// note changes what was seen of the dial, as long as the request waits for it.
func (d *dialling) note(change func(*Dialled)) {
	d.o.note(func(s *Seen) {
		if d.got {
			return
		}
		if !d.dials {
			d.dials, s.Dialled = true, Dialled{}
		}
		change(&s.Dialled)
	})
}

func (d *dialling) has(s *Seen, info httptrace.GotConnInfo) {
	d.got = true
	if !s.whole(d.wanted) {
		s.Dialled = d.before
	}
	s.Kept = !s.whole(d.wanted)
	s.From, _, _ = net.SplitHostPort(info.Conn.LocalAddr().String())
	s.To = info.Conn.RemoteAddr().String()
}

// whole reports whether there is a connection, with this number of handshakes.
func (s *Dialled) whole(handshakes int) bool {
	n := len(s.Handshakes)
	return s.Dial.Done && n >= handshakes && (n == 0 || s.Handshakes[n-1].Done)
}

func (s *Dialled) found(info httptrace.DNSDoneInfo) {
	s.Lookup.Done, s.Addresses = info.Err == nil, nil
	for _, a := range info.Addrs {
		s.Addresses = append(s.Addresses, a.String())
	}
}

func (s *Dialled) connected(at string, err error) {
	if err != nil {
		s.Refused = append(s.Refused, at)
		return
	}
	s.Dial.Done, s.To = true, at
}

func (s *Dialled) shakes() {
	s.Handshakes = append(s.Handshakes, Handshake{Reached: Reached{Begun: true}})
}

func (s *Dialled) shook(state tls.ConnectionState, err error) {
	if n := len(s.Handshakes); n > 0 { // a dial that was given up has them elsewhere
		s.Handshakes[n-1].Done, s.Handshakes[n-1].State = err == nil, state
	}
}
