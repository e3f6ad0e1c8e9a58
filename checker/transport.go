package checker

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
)

// maxBody is how much of a body the transport keeps to judge: what the contract takes, and one byte to see that there is more.
const maxBody = 1<<20 + 1

// Report is told of each exchange and the verdict on it. It may be called from many goroutines, and must not keep the exchange's
// slices beyond the call if it changes them.
type Report func(Exchange, Verdict)

// Transport judges every exchange that a client has, on the wire: below digest it sees a probe and what follows apart. It changes nothing;
// an exchange is judged when its answer has been read to the end, or was closed before.
type Transport struct {
	checker *Checker
	base    http.RoundTripper
	report  Report
}

// NewTransport judges what goes through base, and tells report. A nil base is http.DefaultTransport.
func NewTransport(c *Checker, base http.RoundTripper, report Report) *Transport {
	if base == nil {
		base = http.DefaultTransport
	}
	return &Transport{checker: c, base: base, report: report}
}

// RoundTrip implements http.RoundTripper. An exchange without an answer is not judged.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := new(kept)
	if r.Body != nil && r.Body != http.NoBody {
		body := r.Body
		r = r.Clone(r.Context()) // a RoundTripper does not change its request
		r.Body = tee{Reader: io.TeeReader(body, sent), Closer: body, sent: sent}
	}
	answer, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	e := Exchange{
		Method: r.Method, Target: r.URL.RequestURI(), RequestHeader: r.Header.Clone(),
		RequestLength: r.ContentLength, Status: answer.StatusCode, ResponseHeader: answer.Header.Clone(),
	}
	var once sync.Once
	judge := func(received []byte, complete bool) {
		once.Do(func() {
			var whole bool
			e.RequestBody, whole = sent.bytes()
			e.RequestTruncated = !whole && r.Body != nil && r.Body != http.NoBody && int64(len(e.RequestBody)) != r.ContentLength
			e.ResponseBody, e.ResponseTruncated = received, !complete
			t.report(e, t.checker.Judge(e))
		})
	}
	if answer.Body == nil || answer.Body == http.NoBody {
		judge(nil, true)
		return answer, nil
	}
	answer.Body = &judgedBody{body: answer.Body, length: answer.ContentLength, judge: judge}
	return answer, nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections through to the base.
func (t *Transport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// kept is the start of a body, at most maxBody bytes of it. net/http may still send while the answer is read, so it is locked.
type kept struct {
	mu      sync.Mutex
	content []byte
	ended   bool // read to its end
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.content = append(k.content, p[:min(len(p), maxBody-len(k.content))]...)
	return len(p), nil
}

// bytes are what was kept, and whether that is to the end of what there was.
func (k *kept) bytes() (content []byte, ended bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.content), k.ended
}

func (k *kept) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended = true
}

// tee is the body of a request that is kept as it is sent.
type tee struct {
	io.Reader
	io.Closer
	sent *kept
}

func (t tee) Read(p []byte) (int, error) {
	n, err := t.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		t.sent.end()
	}
	return n, err
}

// judgedBody is the body of an answer that is judged when it ends.
type judgedBody struct {
	body     io.ReadCloser
	length   int64 // as declared; -1 is unknown
	read     int64
	received kept
	judge    func(received []byte, complete bool)
}

func (b *judgedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.read += int64(n)
	_, _ = b.received.Write(p[:n])
	if errors.Is(err, io.EOF) {
		b.end(true)
	}
	return n, err
}

func (b *judgedBody) Close() error {
	b.end(b.read == b.length)
	return b.body.Close()
}

// end has the answer judged: by all of its content, if it was read to its end and is no more than is kept.
func (b *judgedBody) end(complete bool) {
	content, _ := b.received.bytes()
	b.judge(content, complete && b.read <= maxBody)
}
