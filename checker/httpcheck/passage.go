package httpcheck

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/internal/printable"
)

// passage is one exchange on its way through the proxy.
type passage struct {
	proxy    *Proxy
	client   *lockedWriter
	exchange checker.Exchange
	sent     *sent
}

// counted are the findings that nobody excused.
func (x *passage) counted(v checker.Verdict) []checker.Finding {
	var counted []checker.Finding
	for _, f := range v.Findings {
		if !x.proxy.excused(f) {
			counted = append(counted, f)
		}
	}
	return counted
}

// admit judges a request before it is passed on. If it breaks the contract it is answered here, and admit is false.
func (x *passage) admit(w http.ResponseWriter, r *http.Request) bool {
	e := x.exchange
	if len(e.RequestHeader.Values("Authorization")) > 0 {
		if !x.sent.empty {
			r.Body = held(r.Body)
		}
		x.sent.into(&e)
	} else {
		// It may be fetching its challenge. What it owes the contract then, it owes it in any case.
		e.Status, e.ResponseHeader = http.StatusUnauthorized, http.Header{"Www-Authenticate": {""}}
	}
	verdict := x.proxy.checker.JudgeRequest(e)
	wrong := x.counted(verdict)
	if len(wrong) == 0 {
		return true
	}
	e.Status, e.ResponseHeader = 0, nil
	x.proxy.report(e, verdict)
	setViolations(w.Header(), wrong)
	write(w, problemOf(http.StatusBadRequest, "The request breaks the contract, and was not passed on.", wrong))
	return false
}

// answer judges the exchange when the target has answered: it holds the answer back to its end, or to as much of it as is judged.
func (p *Proxy) answer(a *http.Response) error {
	x := a.Request.Context().Value(passageKey{}).(*passage)
	e := &x.exchange
	e.Status, e.ResponseHeader = a.StatusCode, a.Header.Clone()
	if a.Body != nil && a.Body != http.NoBody && a.StatusCode != http.StatusSwitchingProtocols {
		var kept capture
		announced := maps.Clone(a.Trailer)
		a.Body = held(capturedBody{a.Body, &kept})
		a.Body = trailed(flushed{a.Body, x.client}, a.Trailer, announced)
		content, whole := kept.all(a.ContentLength)
		e.ResponseBody, e.ResponseTruncated = content, !whole
	}
	x.sent.into(e)
	verdict := p.checker.Judge(*e)
	p.report(*e, verdict)
	wrong := x.counted(verdict)
	if p.enforce && len(wrong) > 0 {
		return violations(wrong)
	}
	if a.StatusCode < 100 || a.StatusCode > 999 { // which net/http takes, and does not write
		return errNoStatus
	}
	setViolations(a.Header, wrong)
	header := x.client.Header() // net/http adds what the target left out, unless it is there without a value
	header["Content-Type"], header["Date"] = nil, nil
	return nil
}

// held reads a body, to as much as is judged, and returns one that is the same, its error included.
func held(body io.ReadCloser) io.ReadCloser {
	start, err := io.ReadAll(io.LimitReader(body, maxBody))
	rest := io.Reader(body)
	if err != nil {
		rest = failing{err}
	}
	return heldBody{Reader: io.MultiReader(bytes.NewReader(start), rest), Closer: body}
}

type heldBody struct {
	io.Reader
	io.Closer
}

// failing is what follows when reading has failed.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// flushed sends what was read to the client before it ends in an error: net/http keeps an answer that is broken off to itself.
type flushed struct {
	io.ReadCloser
	client *lockedWriter
}

func (b flushed) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n == 0 && err != nil && !errors.Is(err, io.EOF) {
		_ = b.client.FlushError() // who has gone away can't be told
	}
	return n, err
}

// lockedWriter lets flushed flush, since httputil.ReverseProxy flushes by itself, at any time.
type lockedWriter struct {
	http.ResponseWriter
	mu sync.Mutex
}

// Unwrap is how an http.ResponseController reaches what is below.
func (w *lockedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ResponseWriter.Write(p)
}

func (w *lockedWriter) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// trailed takes those trailers out that were not announced, and returns a body that puts them back at its end: where httputil.ReverseProxy
// passes trailers on that nobody announced.
func trailed(body io.ReadCloser, trailer, announced http.Header) io.ReadCloser {
	late := make(http.Header)
	for name, values := range trailer {
		if _, known := announced[name]; !known {
			late[name] = values
			delete(trailer, name)
		}
	}
	if len(late) == 0 {
		return body
	}
	return heldBody{Reader: io.MultiReader(body, atEnd(func() { maps.Copy(trailer, late) })), Closer: body}
}

// atEnd is an empty reader that does something when it is reached.
type atEnd func()

func (f atEnd) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

var errNoStatus = errors.New("no status of HTTP")

// violations are findings for which the answer is not passed on.
type violations []checker.Finding

func (v violations) Error() string { return fmt.Sprintf("the contract is broken in %d places", len(v)) }

// unanswered is called by httputil.ReverseProxy when there is no answer to pass on.
func (p *Proxy) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	var wrong violations
	if errors.As(err, &wrong) {
		setViolations(w.Header(), wrong)
		if wrong[0].Direction == checker.Request {
			write(w, problemOf(http.StatusBadRequest, "The request breaks the contract. It was passed on, since it might have fetched a challenge.", wrong))
			return
		}
		write(w, problemOf(http.StatusBadGateway, "The answer breaks the contract, and was not passed on.", wrong))
		return
	}
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // nobody waits for an answer
	}
	why := unreached(err)
	p.unheard(why)
	write(w, problem{Title: "Bad Gateway", Status: http.StatusBadGateway, Detail: "The target did not answer: " + why + "."})
}

// maxViolationHeaders bounds the header: some clients take a hundred lines and no more.
const maxViolationHeaders = 10

// setViolations says in a header what is wrong. What the target said there itself goes: this word is the proxy's.
func setViolations(h http.Header, wrong []checker.Finding) {
	if len(wrong) > 0 {
		h.Del(ViolationHeader)
	}
	for i, f := range wrong {
		if i == maxViolationHeaders {
			h.Add(ViolationHeader, fmt.Sprintf("and %d more", len(wrong)-i))
			return
		}
		h.Add(ViolationHeader, printable.Field(f.String()))
	}
}
