package httpcheck_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
)

// script is an exchange as it is to go.
type script struct {
	method, target string
	header         http.Header
	body           []byte
	chunked        bool
	trailer        http.Header

	reads        int // how much of the body the handler reads; -1 is all
	hints        http.Header
	status       int
	answerHeader http.Header
	chunks       []string
	flushes      bool // after each chunk
	length       int  // as announced; -1 is not at all
	answerTrail  http.Header
	lateTrail    http.Header // not announced
	cut          bool
}

// served is what the handler saw of an exchange, and received what the client did.
type served struct {
	Method, Target, Body, Err string
	Header, Trailer           http.Header
	Length                    int64
	Encoding                  []string
	Flusher, Hijacker, Pusher bool
}

type received struct {
	Status        int
	Header, Hints http.Header
	Body, Err     string
	Length        int64
	Encoding      []string
	Trailer       http.Header
	Uncompressed  bool
}

// stage plays one script at a time, and keeps what its handler saw.
type stage struct {
	mu     sync.Mutex
	script script
	served served
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.script
	s.served = served{Method: r.Method, Target: r.RequestURI, Header: r.Header.Clone(), Length: r.ContentLength, Encoding: r.TransferEncoding}
	_, s.served.Flusher = w.(http.Flusher)
	_, s.served.Hijacker = w.(http.Hijacker)
	_, s.served.Pusher = w.(http.Pusher)
	reader := io.Reader(r.Body)
	if c.reads >= 0 {
		reader = io.LimitReader(reader, int64(c.reads))
	}
	body, err := io.ReadAll(reader)
	s.served.Body, s.served.Err, s.served.Trailer = string(body), errorText(err), r.Trailer.Clone()

	if c.hints != nil {
		copyInto(w.Header(), c.hints)
		w.WriteHeader(http.StatusEarlyHints)
		clear(w.Header())
	}
	copyInto(w.Header(), c.answerHeader)
	for name := range c.answerTrail {
		w.Header().Add("Trailer", name)
	}
	if c.length >= 0 {
		w.Header().Set("Content-Length", fmt.Sprint(c.length))
	}
	w.WriteHeader(c.status)
	for _, chunk := range c.chunks {
		_, _ = io.WriteString(w, chunk)
		if c.flushes {
			w.(http.Flusher).Flush()
		}
	}
	if c.cut {
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	copyInto(w.Header(), c.answerTrail)
	for name, values := range c.lateTrail {
		w.Header()[http.TrailerPrefix+name] = values
	}
}

func copyInto(h, from http.Header) {
	for name, values := range from {
		h[name] = slices.Clone(values)
	}
}

var streamNumber = regexp.MustCompile(`stream ID \d+`)

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return streamNumber.ReplaceAllString(err.Error(), "stream ID n")
}

// play has the exchange with a server at that address.
func (s *stage) play(t require.TestingT, transport http.RoundTripper, address string, c script) (served, received) {
	s.mu.Lock()
	s.script, s.served = c, served{}
	s.mu.Unlock()

	var got received
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
		got.Hints = http.Header(h)
		return nil
	}})
	var body io.Reader = http.NoBody
	if len(c.body) > 0 {
		body = bytes.NewReader(c.body)
	}
	r, err := http.NewRequestWithContext(ctx, c.method, address, body)
	require.NoError(t, err)
	r.URL.Opaque = c.target
	r.Header = c.header.Clone()
	if c.chunked {
		r.ContentLength = -1
		r.Trailer = make(http.Header)
		for name := range c.trailer {
			r.Trailer[name] = nil
		}
		r.Body = io.NopCloser(io.MultiReader(body, ending(func() { copyInto(r.Trailer, c.trailer) })))
		r.GetBody = nil
	}
	answer, err := transport.RoundTrip(r)
	require.NoError(t, err)
	content, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	got.Status, got.Header, got.Body, got.Err = answer.StatusCode, answer.Header, string(content), errorText(err)
	got.Length, got.Encoding, got.Trailer, got.Uncompressed = answer.ContentLength, answer.TransferEncoding, answer.Trailer, answer.Uncompressed
	delete(got.Header, "Date")
	delete(got.Header, httpcheck.ViolationHeader)
	s.mu.Lock() // the handler has ended
	defer s.mu.Unlock()
	return s.served, got
}

type ending func()

func (f ending) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

// drawScript draws an exchange of which no part keeps the contract, or hardly.
func drawScript(t *rapid.T, http2 bool) script {
	values := rapid.SliceOfN(rapid.StringMatching(`[!-~]([ -~]{0,10}[!-~])?`), 1, 3)
	header := func(label string, names ...string) http.Header {
		h := make(http.Header)
		for name, v := range rapid.MapOfN(rapid.SampledFrom(names), values, 0, len(names)).Draw(t, label) {
			h[name] = v
		}
		return h
	}
	c := script{
		method: rapid.SampledFrom([]string{"GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT"}).Draw(t, "method"),
		target: rapid.SampledFrom([]string{
			link, link + "/status", link + "/status?envelope=true", link + "?pretty=1&pretty=1", "/", `/a{b}|"c"/%2f%41`, "/x?a;b=%zz&&c=1&c", "/x?",
		}).Draw(t, "target"),
		header: header("header", "Accept", "Authorization", "Content-Type", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Thing", "Cookie"),
		reads:  -1,
		status: rapid.SampledFrom([]int{200, 201, 204, 301, 304, 400, 401, 404, 418, 500, 599}).Draw(t, "status"),
		answerHeader: header("answerHeader", "Content-Type", "Content-Encoding", "Www-Authenticate", "Set-Cookie", "Vary", "Location", "Allow",
			"X-Mongodb-Service-Version"),
		length: -1,
	}
	if c.header["User-Agent"] = []string{"tests"}; http2 { // which joins them itself, or leaves them out
		delete(c.header, "Cookie")
	}
	if rapid.Bool().Draw(t, "hints") {
		c.hints = http.Header{"Link": {"</a>; rel=preload"}}
	}
	if rapid.Bool().Draw(t, "untyped") {
		c.answerHeader["Content-Type"] = nil // which net/http takes as left out on purpose
	}
	if c.method != http.MethodGet && c.method != http.MethodHead {
		c.body = rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "body")
		if len(c.body) > 100 {
			c.reads = rapid.IntRange(-1, 200).Draw(t, "reads")
		} else if rapid.IntRange(0, 50).Draw(t, "large") == 0 {
			c.body = bytes.Repeat([]byte("0123456789abcdef"), 1<<16+rapid.IntRange(-1, 1000).Draw(t, "more"))
		}
		c.chunked = rapid.Bool().Draw(t, "chunked") && len(c.body) > 0
		if c.chunked && c.reads == -1 {
			c.trailer = header("trailer", "X-Checksum", "X-Took")
		}
	}
	if c.status == http.StatusNoContent || c.status == http.StatusNotModified {
		return c
	}
	c.chunks = rapid.SliceOfN(rapid.StringMatching(`[a-z{}":]{1,9}`), 0, 5).Draw(t, "chunks")
	if rapid.IntRange(0, 50).Draw(t, "largeAnswer") == 0 {
		c.chunks = append(c.chunks, strings.Repeat("0123456789abcdef", 1<<16+rapid.IntRange(-1, 1000).Draw(t, "more")))
	}
	c.flushes = rapid.Bool().Draw(t, "flushes")
	all := len(strings.Join(c.chunks, ""))
	switch {
	case c.method == http.MethodHead:
	case rapid.Bool().Draw(t, "announced"):
		c.length = all
		if c.cut = rapid.Bool().Draw(t, "cut"); c.cut {
			c.length += rapid.IntRange(1, 100).Draw(t, "missing")
		}
	default:
		c.cut = rapid.Bool().Draw(t, "cut")
		if !c.cut {
			c.answerTrail = header("answerTrailer", "X-Checksum", "X-Took")
			c.lateTrail = header("lateTrailer", "X-Late", "X-Later")
		}
	}
	return c
}

// Whichever seat the checker takes, client and server see what they would see without it, and it tells of each exchange once.
func TestTheSeatsChangeNothing(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "HTTP/1.1", true: "HTTP/2"}[http2], func(t *testing.T) {
			t.Parallel()
			listen := func(handler http.Handler) *httptest.Server {
				s := httptest.NewUnstartedServer(handler)
				s.EnableHTTP2 = http2
				if http2 {
					s.StartTLS()
				} else {
					s.Start()
				}
				t.Cleanup(s.Close)
				return s
			}
			transport := func() *http.Transport {
				tr := &http.Transport{DisableCompression: true, ForceAttemptHTTP2: http2, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // of httptest
				t.Cleanup(tr.CloseIdleConnections)
				return tr
			}
			var on stage
			// An exchange is told of when it has ended for the seat, which can be after it has for the client.
			judge, reports := newChecker(t), make(chan string, 10)
			report := func(seat string) checker.Report { return func(checker.Exchange, checker.Verdict) { reports <- seat } }
			t.Cleanup(func() { assert.Empty(t, reports, "an exchange was told of twice") })
			direct := listen(&on)
			proxy, err := httpcheck.NewProxy(judge, direct.URL, report("proxy"), httpcheck.ProxyTransport(transport()))
			require.NoError(t, err)
			inside, before := listen(httpcheck.NewMiddleware(judge, &on, report("middleware"))), listen(proxy)
			client := transport()

			rapid.Check(t, func(t *rapid.T) {
				c := drawScript(t, http2)
				wantServed, wantReceived := on.play(t, client, direct.URL, c)
				for _, seat := range []struct {
					name      string
					transport http.RoundTripper
					address   string
				}{
					{"transport", httpcheck.NewTransport(judge, client, report("transport")), direct.URL},
					{"middleware", client, inside.URL},
					{"proxy", client, before.URL},
				} {
					gotServed, gotReceived := on.play(t, seat.transport, seat.address, c)
					wantEqual(t, seat.name+": the server's side", wantServed, gotServed)
					wantEqual(t, seat.name+": the client's side", wantReceived, gotReceived)
					require.Equal(t, seat.name, <-reports)
				}
			})
		})
	}
}

// wantEqual fails with the fields that differ: bodies can be large.
func wantEqual(t require.TestingT, what string, want, got any) {
	w, g := reflect.ValueOf(want), reflect.ValueOf(got)
	for i := range w.NumField() {
		assert.True(t, reflect.DeepEqual(w.Field(i).Interface(), g.Field(i).Interface()), "%s: %s: want %.200v, got %.200v",
			what, w.Type().Field(i).Name, w.Field(i), g.Field(i))
	}
	if !reflect.DeepEqual(want, got) {
		t.FailNow()
	}
}
