package httpcheck

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/migrationlink/migrationlink/checker"
)

// NewMiddleware judges every exchange that next answers, and tells report when next has returned. It changes nothing: what next does not
// read of a body is not read, and an answer is passed on as it is written.
//
// The answer is judged as next writes it, so a Content-Type that net/http guesses counts as none. One that was never begun, or whose
// connection was taken over, is no answer, and is not judged. An http.MaxBytesReader inside next still ends the body with its error; that it
// also has the connection closed is lost, as with everything that wraps an http.ResponseWriter.
func NewMiddleware(c *checker.Checker, next http.Handler, report checker.Report) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := asSent(r)
		sent := capturing(r)
		answer := &answerWriter{ResponseWriter: w}
		returned := false
		defer func() { // next may end the connection with a panic, half an answer written
			if returned && !answer.taken {
				answer.begin(http.StatusOK) // net/http does
			}
			if answer.status == 0 {
				return
			}
			sent.into(&e)
			answer.into(&e, returned)
			report(e, c.Judge(e))
		}()
		next.ServeHTTP(answer.as(w), r)
		returned = true
	})
}

// answerWriter passes an answer on and keeps it. Its optional methods come with as.
type answerWriter struct {
	http.ResponseWriter
	status int // 0 until the answer has begun
	header http.Header
	kept   capture
	failed bool // to be written
	taken  bool // the connection was taken over
}

// Unwrap is how an http.ResponseController reaches what is below.
func (a *answerWriter) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (a *answerWriter) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols { // others go before the answer (RFC 9110 section 15.2)
		a.begin(status)
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answerWriter) Write(p []byte) (int, error) {
	a.begin(http.StatusOK)
	n, err := a.ResponseWriter.Write(p)
	a.kept.add(p[:n])
	a.failed = a.failed || err != nil
	return n, err
}

// begin keeps status and header as they are now: what is done to them later does not reach the client.
func (a *answerWriter) begin(status int) {
	if a.status == 0 {
		a.status, a.header = status, a.Header().Clone()
	}
}

func (a *answerWriter) flush() error {
	a.begin(http.StatusOK)
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// into tells the exchange what was answered.
func (a *answerWriter) into(e *checker.Exchange, returned bool) {
	e.Status, e.ResponseHeader = a.status, a.header
	for name := range e.ResponseHeader {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			delete(e.ResponseHeader, name)
		}
	}
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		e.ResponseHeader.Del("Content-Length") // net/http takes it out
	}
	if e.Method == http.MethodHead {
		return // net/http writes no content
	}
	announced, err := strconv.ParseInt(a.header.Get("Content-Length"), 10, 64)
	if err != nil {
		announced = -1
	}
	if returned && announced < 0 && !a.failed {
		a.kept.end()
	}
	content, whole := a.kept.all(announced)
	e.ResponseBody, e.ResponseTruncated = content, !whole
}
