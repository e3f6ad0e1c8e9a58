package server

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// unanswered ends the exchange without an answer.
func (x *exchange) unanswered(deliver func(http.ResponseWriter)) {
	x.response.deliberate, x.response.deliver = true, deliver
	x.response.reset(0)
}

// abort has net/http end the connection, over HTTP/2 the stream, with what was flushed so far and no more.
func abort(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// reset closes the connection so that TCP says RST. Over HTTP/2 and without a connection it is an abort.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		abort(w)
	}
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secured.NetConn() // crypto/tls would say close_notify first
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// noHTTP is no beginning of an answer: bytes with all bits, and no line's end.
var noHTTP = bytes.Repeat([]byte{0x00, 0xff, 0x5a, 0xa5}, 16)

// garbage writes what is no HTTP and closes the connection. Over HTTP/2 and without a connection it is an abort.
func garbage(w http.ResponseWriter) { overwrite(w, noHTTP) }

// halfHeader writes half of a 204 and closes the connection. Over HTTP/2 and without a connection it is an abort.
func halfHeader(w http.ResponseWriter) {
	const whole = "HTTP/1.1 204 No Content\r\nX-MongoDB-Service-Version: " + serviceVersion + "\r\n\r\n"
	overwrite(w, []byte(whole[:len(whole)/2]))
}

// overwrite writes to the connection itself and closes it.
func overwrite(w http.ResponseWriter, raw []byte) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		abort(w)
	}
	_ = conn.SetWriteDeadline(time.Now().Add(endlessTime)) // the wall clock, as the network has it
	_, _ = conn.Write(raw)                                 // who has gone away can't be told
	_ = conn.Close()
}

// maxUnread is how much content is read before a connection is closed: with more of it unread TCP would say RST, and not that it is closed.
const maxUnread = 1 << 20

func (x *exchange) closedIdle(w http.ResponseWriter) {
	if x.request.Header.Get("Expect") == "" { // reading would ask for the content, and so answer
		_, _ = io.CopyN(io.Discard, x.request.Body, maxUnread)
	}
	abort(w)
}

// half writes the header and half of the content.
func (x *exchange) half(w http.ResponseWriter) {
	x.response.writeHeader(w, strconv.Itoa(len(x.response.body)))
	_, _ = w.Write(x.response.body[:len(x.response.body)/2])
	_ = http.NewResponseController(w).Flush()
	abort(w)
}

// The bounds of an answer that never ends. It ends earlier when the client goes away or the server stops.
const (
	endlessBytes = 16 << 20
	endlessTime  = time.Minute
	endlessChunk = 32 << 10
)

// endless writes blanks, which JSON allows between any two tokens.
func (x *exchange) endless(w http.ResponseWriter) {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(endlessTime)) // the wall clock, as the network has it
	x.response.writeHeader(w, "")
	chunk := x.response.body
	blanks := bytes.Repeat([]byte(" "), endlessChunk)
	for sent := 0; sent < endlessBytes && x.request.Context().Err() == nil; sent += len(chunk) {
		if sent > 0 {
			chunk = blanks
		}
		if _, err := w.Write(chunk); err != nil {
			break
		}
		_ = control.Flush()
	}
	abort(w)
}
