package server

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// mostRest is how much content is thrown away, in bytes, of a request that was answered before all of it was there. Nobody sends so much.
	mostRest = 16 << 20
	// restTime is how long it may take.
	restTime = 2 * time.Second
)

// early is an answer that goes out while the client may still be sending: to who is not signed in, or sends too much. Left to itself,
// net/http waits with it for the rest of a small content, and closes the connection on a large one; the client may then be told of a
// broken connection and never see the answer (RFC 9112 section 9.6). So the answer goes out at once, and the rest is read and thrown away.
type early struct {
	request *http.Request
	control *http.ResponseController
}

// answerEarly prepares for an early answer, before its header is written, and returns nil if it is none. Over HTTP/2 there is nothing to
// prepare: a stream that was answered can be reset, and the connection goes on.
func (x *exchange) answerEarly(w http.ResponseWriter) *early {
	r := x.request
	if !x.rest || r.ContentLength == 0 || r.ProtoMajor != 1 {
		return nil
	}
	if x.control.EnableFullDuplex() != nil {
		return nil // not a connection
	}
	// A client that asked for leave to send, and did not get it, may send or not: what comes next can't be told (RFC 9110 section 10.1.1).
	if r.ContentLength > mostRest || strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		w.Header().Set("Connection", "close")
	}
	return &early{request: r, control: x.control}
}

// takeRest sends what was written, and throws away what the client still sends, within bounds. Where that does not come to the end of the
// content, the connection is closed: what follows must not be taken for another request (RFC 9112 section 11.2).
func (e *early) takeRest() {
	if e == nil || e.control.Flush() != nil {
		return
	}
	// Deadlines of connections go by the clock of the machine.
	err := e.control.SetReadDeadline(time.Now().Add(restTime))
	if err == nil {
		_, err = io.CopyN(io.Discard, e.request.Body, mostRest+1)
	}
	if errors.Is(err, io.EOF) {
		return
	}
	if conn, _, err := e.control.Hijack(); err == nil {
		_ = conn.Close()
	}
}
