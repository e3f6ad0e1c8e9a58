package httpcheck

import (
	"io"
	"net/http"
	"sync/atomic"

	"github.com/migrationlink/migrationlink/checker"
)

// sent is the body of a request on its way through middleware, transport or proxy.
type sent struct {
	kept   atomic.Pointer[capture] // of the last time that it was sent
	length int64                   // as announced; -1 is unknown
	empty  bool
}

// capturing has the request's body kept as it is read.
func capturing(r *http.Request) *sent {
	s := &sent{length: r.ContentLength, empty: r.Body == nil || r.Body == http.NoBody}
	if s.empty {
		return s
	}
	r.Body = s.capture(r.Body)
	if anew := r.GetBody; anew != nil {
		r.GetBody = func() (io.ReadCloser, error) {
			body, err := anew()
			if err != nil {
				return nil, err
			}
			return s.capture(body), nil // net/http sends it a second time, on another connection, and may still read the first
		}
	}
	return s
}

func (s *sent) capture(body io.ReadCloser) io.ReadCloser {
	kept := new(capture)
	s.kept.Store(kept)
	return capturedBody{body, kept}
}

// asSent is the exchange as far as it is known before the body is read.
func asSent(r *http.Request) checker.Exchange {
	return checker.Exchange{Method: r.Method, Target: r.URL.RequestURI(), RequestHeader: r.Header.Clone(), RequestLength: r.ContentLength}
}

// into tells the exchange what was read of the body.
func (s *sent) into(e *checker.Exchange) {
	if s.empty {
		return
	}
	content, whole := s.kept.Load().all(s.length)
	e.RequestBody, e.RequestTruncated = content, !whole
}
