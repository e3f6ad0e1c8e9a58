package httpcheck

import (
	"bufio"
	"net"
	"net/http"
)

// as gives the answer the optional methods that w has: those of a connection of HTTP/1.1, of HTTP/2, or of one that is neither and can be
// flushed, like httptest.ResponseRecorder. A handler asks for them by type, and must find what it would find without us.
func (a *answerWriter) as(w http.ResponseWriter) http.ResponseWriter {
	_, flushes := w.(http.Flusher)
	_, hijacks := w.(http.Hijacker)
	_, pushes := w.(http.Pusher)
	switch {
	case flushes && hijacks:
		return answerWriter1{a}
	case flushes && pushes:
		return answerWriter2{a}
	case flushes:
		return answerFlusher{a}
	}
	return a
}

type answerFlusher struct{ *answerWriter }

func (w answerFlusher) Flush()            { _ = w.flush() }
func (w answerFlusher) FlushError() error { return w.flush() }

type answerWriter1 struct{ *answerWriter }

func (w answerWriter1) Flush()            { _ = w.flush() }
func (w answerWriter1) FlushError() error { return w.flush() }

// Hijack implements http.Hijacker. What goes over the connection from here on is not seen.
func (w answerWriter1) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	connection, buffered, err := w.ResponseWriter.(http.Hijacker).Hijack()
	w.taken = w.taken || err == nil
	return connection, buffered, err
}

type answerWriter2 struct{ *answerWriter }

func (w answerWriter2) Flush()            { _ = w.flush() }
func (w answerWriter2) FlushError() error { return w.flush() }

func (w answerWriter2) Push(target string, opts *http.PushOptions) error {
	return w.ResponseWriter.(http.Pusher).Push(target, opts)
}
