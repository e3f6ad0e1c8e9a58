package server

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/journal"
)

// exchange is one request on its way through the stand-in, and the answer as far as it is written. It is the http.ResponseWriter that the
// generated handlers write to.
type exchange struct {
	server  *Server
	request *http.Request
	control *http.ResponseController
	body    []byte
	rest    bool            // of the body was not read, and may still come
	verdict checker.Verdict // on the request, as far as it was read

	bearer   bool // the request came with a bearer token
	signedIn bool // from here on an answer can be enveloped
	caller   *caller
	org      migrationlink.OrgID

	route    route
	strikes  []fault.Strike // that struck, in their order
	response response
}

// route is what the path and the method of a request ask for.
type route struct {
	operation migrationlink.Operation // of the contract
	oauth     migrationlink.Operation // at an endpoint of OAuth 2.0, which is beside the contract
	limit     int                     // of the body, in bytes; an operation that takes none has no limit: its first byte is refused
}

func newExchange(s *Server, r *http.Request) *exchange {
	x := &exchange{server: s, rest: true, response: response{header: make(http.Header)}}
	x.request = r.WithContext(r.Context()) // a copy: it is given what was routed, and another body
	return x
}

// exchangeOf is the exchange whose answer is written to w.
func exchangeOf(w http.ResponseWriter) *exchange { return w.(*exchange) }

// Header, Write and WriteHeader make the exchange an http.ResponseWriter.
func (x *exchange) Header() http.Header { return x.response.header }

func (x *exchange) Write(p []byte) (int, error) { return x.response.write(p) }

func (x *exchange) WriteHeader(status int) { x.response.begin(status) }

// run walks the exchange up to its answer. A panic is answered like every other failure.
func (x *exchange) run() {
	defer func() {
		switch failure := recover(); failure {
		case nil:
		case http.ErrAbortHandler:
			panic(failure)
		default:
			// What was panicked with may hold anything that was sent; the stack holds no values.
			x.server.log.Error("a handler panicked", "stack", string(debug.Stack()))
			x.fail(unexpected())
		}
	}()
	if !clean(x.request.URL.EscapedPath()) {
		x.fail(noSuchPath())
		return
	}
	x.server.routes.ServeHTTP(x, x.request)
}

// clean reports whether http.ServeMux takes the path as it is. To any other it answers with a redirect, which the contract does not have.
func clean(escaped string) bool {
	cleaned := path.Clean(escaped)
	if strings.HasSuffix(escaped, "/") && cleaned != "/" {
		cleaned += "/"
	}
	return strings.HasPrefix(escaped, "/") && cleaned == escaped
}

// fail answers with a problem; any other error is an unexpected one, told to the log alone.
func (x *exchange) fail(err error) {
	var p *problem
	if !errors.As(err, &p) {
		x.server.log.Error("a handler failed", "error", err.Error())
		p = unexpected()
	}
	x.setProblem(p)
}

// send renders the answer, has it judged, and writes it. An answer that breaks the contract is a fault of ours, and 500, unless somebody has set
// the fault.
func (x *exchange) send(w http.ResponseWriter) {
	x.render()
	if findings := x.judge(); len(findings) > 0 && !x.response.deliberate {
		for _, finding := range findings {
			x.server.log.Error("an answer would break the contract", "finding", finding.String())
		}
		x.setProblem(unexpected())
		x.render()
		x.judge()
	}
	early := x.answerEarly(w)
	x.note() // first: who has the answer finds it in the journal, and delivering one may take its time, or panic
	if x.response.deliver != nil {
		x.response.deliver(w)
		return
	}
	hasContent := x.response.status != http.StatusNoContent
	length := ""
	if hasContent {
		length = strconv.Itoa(len(x.response.body))
	}
	x.response.writeHeader(w, length)
	if hasContent && x.request.Method != http.MethodHead {
		_, _ = w.Write(x.response.body) // who has gone away can't be told
	}
	early.takeRest()
}

// note tells log, journal and report of the exchange.
func (x *exchange) note() {
	if x.server.report != nil && x.route.oauth == "" {
		x.server.report(x.asExchange(), x.verdict)
	}
	x.logLine()
	x.server.journal.Add(x.entry())
}

// judge asks the contract about the answer, where it is the contract's.
func (x *exchange) judge() []checker.Finding {
	if x.route.oauth != "" {
		return nil
	}
	e := x.asExchange()
	if x.body == nil { // refused before it was read
		x.verdict = x.server.checker.JudgeRequest(e)
	}
	return x.server.checker.JudgeAnswer(e, x.verdict).Findings
}

// asExchange is the exchange as the checker wants it, as far as it has come.
func (x *exchange) asExchange() checker.Exchange {
	// URL is what was routed; RequestURI still has the prefix that http.StripPrefix takes away.
	e := checker.Exchange{
		Method: x.request.Method, Target: x.request.URL.RequestURI(), RequestHeader: x.request.Header, RequestBody: x.body,
		RequestLength:    x.request.ContentLength,
		RequestTruncated: x.body == nil && (x.request.ContentLength != 0 || x.response.deliberate), // what was not read is not judged
		Status:           x.response.status, ResponseHeader: x.response.header,
	}
	if x.request.Method != http.MethodHead {
		e.ResponseBody = x.response.body
	}
	return e
}

// entry is what the journal keeps of the exchange.
func (x *exchange) entry() journal.Entry {
	e := journal.Entry{
		At: x.server.now(), Operation: x.asked(), Status: x.response.status, Code: x.response.code, OrgID: x.org,
		Probe:    x.response.status == http.StatusUnauthorized && x.route.oauth == "" && x.request.Header.Get("Authorization") == "",
		Findings: x.verdict.Findings, Advice: x.verdict.Advice,
	}
	if x.caller != nil {
		e.Caller = x.caller.name
	}
	if len(x.strikes) > 0 {
		e.Fault = x.faults()
	}
	return e
}

// faults that struck, in words.
func (x *exchange) faults() string {
	texts := make([]string, len(x.strikes))
	for i, s := range x.strikes {
		texts[i] = s.String()
	}
	return strings.Join(texts, "; ")
}

// asked is the operation; empty for a method and path that nothing has.
func (x *exchange) asked() migrationlink.Operation {
	if x.route.oauth != "" && x.request.Method == http.MethodPost {
		return x.route.oauth
	}
	return migrationlink.Operation(x.verdict.Operation)
}

// logLine tells of the exchange what holds no credential. The path is left out: people paste tokens into the wrong place.
func (x *exchange) logLine() {
	if !x.server.log.Enabled(x.request.Context(), slog.LevelInfo) {
		return
	}
	attributes := []slog.Attr{slog.Int("status", x.response.status)}
	if x.response.code != "" {
		attributes = append(attributes, slog.String("code", string(x.response.code)))
	}
	if x.caller != nil {
		attributes = append(attributes, slog.String(x.caller.kind.word, x.caller.name))
	}
	if x.org != "" {
		attributes = append(attributes, slog.String("org", string(x.org)))
	}
	if len(x.strikes) > 0 {
		attributes = append(attributes, slog.String("fault", x.faults()))
	}
	for _, advice := range x.verdict.Advice {
		if advice.Rule != checker.NotJudged { // which advises the caller of nothing
			attributes = append(attributes, slog.String("advice", advice.Problem))
		}
	}
	x.server.log.LogAttrs(x.request.Context(), slog.LevelInfo, cmp.Or(string(x.asked()), "no operation"), attributes...)
}
