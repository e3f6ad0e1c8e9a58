package httpcheck

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/migrationlink/migrationlink/checker"
)

// Transport judges every exchange that a client has, on the wire: below digest it sees a probe and what follows apart. It changes nothing;
// an exchange is judged when its answer has been read to the end, or was closed before.
type Transport struct {
	checker *checker.Checker
	base    http.RoundTripper
	report  checker.Report
}

// NewTransport judges what goes through base, and tells report. A nil base is http.DefaultTransport.
func NewTransport(c *checker.Checker, base http.RoundTripper, report checker.Report) *Transport {
	if base == nil {
		base = http.DefaultTransport
	}
	return &Transport{checker: c, base: base, report: report}
}

// RoundTrip implements http.RoundTripper. An exchange without an answer is not judged.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.WithContext(r.Context()) // a RoundTripper does not change its request; header and trailers stay one with it
	sent := capturing(r)
	answer, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	e := asSent(r)
	e.Status, e.ResponseHeader = answer.StatusCode, answer.Header.Clone()
	judge := func(received []byte, whole bool) {
		sent.into(&e)
		e.ResponseBody, e.ResponseTruncated = received, !whole
		t.report(e, t.checker.Judge(e))
	}
	if answer.Body == nil || answer.Body == http.NoBody || answer.StatusCode == http.StatusSwitchingProtocols {
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

// judgedBody is the body of an answer that is judged when it ends.
type judgedBody struct {
	body   io.ReadCloser
	length int64 // as announced; -1 is unknown
	kept   capture
	once   sync.Once
	judge  func(received []byte, whole bool)
}

func (b *judgedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.kept.add(p[:n])
	if errors.Is(err, io.EOF) {
		b.kept.end()
		b.end()
	}
	return n, err
}

func (b *judgedBody) Close() error {
	err := b.body.Close()
	b.end()
	return err
}

func (b *judgedBody) end() {
	b.once.Do(func() { b.judge(b.kept.all(b.length)) })
}
