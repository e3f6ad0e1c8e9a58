package httpcheck

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/migrationlink/migrationlink/checker"
)

// Proxy stands between any client and one server, and judges what goes through. It is an http.Handler.
//
// It passes an exchange on as it came, request target included, since digest signs it. Of its own are only Host, which names the target, the
// framing and the fields that RFC 9110 section 7.6.1 has for one connection alone, and a line [ViolationHeader] in the answer for each
// rule broken. So that these can come first, an answer is held back to its end, or to 1 MiB.
type Proxy struct {
	checker   *checker.Checker
	target    *url.URL
	report    checker.Report
	transport http.RoundTripper
	enforce   bool
	excused   func(checker.Finding) bool
	unheard   func(why string)
	reverse   *httputil.ReverseProxy
}

// ViolationHeader is in an answer of the proxy for each rule of the contract that its exchange broke: the finding in words.
const ViolationHeader = "Migrationlink-Violation"

// ProxyOption changes what NewProxy makes.
type ProxyOption func(*Proxy)

// Enforce answers in the target's place where the contract is broken, with a problem (RFC 9457) that lists the findings. A request that breaks it is
// not passed on and answered 400; without credentials it may be fetching its challenge, and is passed on unless its method, path or query is
// wrong. An answer that breaks it becomes 502. Bodies of more than 1 MiB pass unjudged.
func Enforce() ProxyOption { return func(p *Proxy) { p.enforce = true } }

// Excuse leaves findings alone: they are reported, and neither in a header nor enforced.
func Excuse(excused func(checker.Finding) bool) ProxyOption {
	return func(p *Proxy) { p.excused = excused }
}

// Unheard is told why the target did not answer: an exchange without an answer is not judged, and not reported.
func Unheard(told func(why string)) ProxyOption { return func(p *Proxy) { p.unheard = told } }

// ProxyTransport reaches the target by another transport. It must not decompress what it receives. The default is as
// http.DefaultTransport, without compression of its own, and keeps more connections. An http.Transport writes what a server sends beyond its
// answer to the standard logger, values included: a program that keeps that log turns it away.
func ProxyTransport(transport http.RoundTripper) ProxyOption {
	return func(p *Proxy) { p.transport = transport }
}

// NewProxy makes a proxy in front of a target, which is an origin: scheme, host and port. The error says what about it is not.
func NewProxy(c *checker.Checker, target string, report checker.Report, opts ...ProxyOption) (*Proxy, error) {
	origin, err := parseOrigin(target)
	if err != nil {
		return nil, err
	}
	p := &Proxy{checker: c, target: origin, report: report, excused: func(checker.Finding) bool { return false }, unheard: func(string) {}}
	for _, opt := range opts {
		opt(p)
	}
	if p.transport == nil {
		p.transport = newTransport()
	}
	p.reverse = &httputil.ReverseProxy{
		Transport: p.transport, Rewrite: p.rewrite, ModifyResponse: p.answer, ErrorHandler: p.unanswered,
		ErrorLog: log.New(io.Discard, "", 0), // that an answer broke off is in the report
	}
	return p, nil
}

// newTransport is the transport of a Proxy that is given none.
func newTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // somebody has replaced it
		t = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	}
	t = t.Clone()
	t.DisableCompression = true
	t.MaxIdleConnsPerHost = 100 // there is one host; with the two of net/http, busy clients use up the ports of the machine
	return t
}

// parseOrigin reads an origin (RFC 6454), with or without the slash that a browser shows after it. Errors do not repeat it: people paste
// credentials into the wrong place.
func parseOrigin(target string) (*url.URL, error) {
	const want = "want an origin, like https://cloud.mongodb.com or http://127.0.0.1:8080"
	u, err := url.Parse(target)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the target is no http or https address: " + want)
	case u.User != nil:
		return nil, errors.New("the target holds credentials; clients sign in for themselves: " + want)
	case strings.TrimSuffix(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("the target has a path; request targets pass as they came, since digest signs them, so the client gives it: " + want)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

type passageKey struct{}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect || !strings.HasPrefix(r.RequestURI, "/") && r.RequestURI != "*" {
		write(w, problem{Status: http.StatusMisdirectedRequest, Title: "Misdirected Request",
			Detail: "This stands in front of one server and is no forward proxy: give its address to the client as the server's."})
		return
	}
	x := &passage{proxy: p, client: &lockedWriter{ResponseWriter: w}, exchange: asSent(r), sent: capturing(r)}
	x.exchange.Target = r.RequestURI
	if p.enforce && !x.admit(w, r) {
		return
	}
	p.reverse.ServeHTTP(x.client, r.WithContext(context.WithValue(r.Context(), passageKey{}, x)))
}

// rewrite undoes what httputil.ReverseProxy does to a request: the query and the fields of other proxies pass as they came.
func (p *Proxy) rewrite(r *httputil.ProxyRequest) {
	r.Out.URL = &url.URL{Scheme: p.target.Scheme, Host: p.target.Host, Opaque: r.In.RequestURI}
	if strings.HasPrefix(r.In.RequestURI, "//") { // which Opaque would take for an authority
		r.Out.URL.Opaque, r.Out.URL.Path, r.Out.URL.RawPath = "", r.In.URL.Path, r.In.URL.RawPath
		r.Out.URL.RawQuery, r.Out.URL.ForceQuery = r.In.URL.RawQuery, r.In.URL.ForceQuery
	}
	r.Out.Host = ""
	r.Out.Trailer = r.In.Trailer // filled in when the body ends
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, given := r.In.Header[name]; given {
			r.Out.Header[name] = values
		}
	}
}
