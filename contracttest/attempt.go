package contracttest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/requests"
	"github.com/migrationlink/migrationlink/digest"
)

// attempt is one run of one case: what it sends, and what it found.
type attempt struct {
	*Session
	ctx      context.Context
	of       Case
	signed   http.RoundTripper // how the case signs in: by the session's key, or another way
	findings []Finding
	cut      bool // the case was not run to its end, since the run ended
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 1 << 20

func (w answer) member(name string) string {
	var members map[string]any
	if json.Unmarshal(w.body, &members) != nil {
		return ""
	}
	text, _ := members[name].(string)
	return text
}

func (w answer) linkStatus() migrationlink.Status { return migrationlink.Status(w.member("status")) }

// do sends a request and reads the answer. A server that is busy is given the time it asks for, up to a minute, three times.
func (s *attempt) do(r requests.Request, through http.RoundTripper) (answer, error) {
	if !safe(r.Method) {
		s.wrote = true
	}
	for try := 0; ; try++ {
		got, err := s.once(r, through)
		later, busy := comeBack(got)
		switch {
		case err != nil || !busy:
			s.deferred = 0
			return got, err
		case try == 3:
			s.putOff(later)
			return got, nil
		}
		if err := wait(s.ctx, later); err != nil {
			return got, err
		}
	}
}

func (s *attempt) once(r requests.Request, through http.RoundTripper) (answer, error) {
	s.observed, s.current = nil, s.ctx
	request, err := r.HTTP(s.ctx, s.origin)
	if err != nil {
		return answer{}, err
	}
	response, err := through.RoundTrip(request)
	switch {
	case err != nil && s.ctx.Err() != nil:
		return answer{}, endOf(s.ctx)
	case err != nil:
		return answer{}, noAnswer(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case err != nil && s.ctx.Err() != nil:
		return answer{}, endOf(s.ctx)
	case err != nil:
		return answer{}, fmt.Errorf("the answer broke off: %w", plainly(err))
	}
	return answer{status: response.StatusCode, header: response.Header, body: body}, nil
}

// noAnswer says that there is none, and why.
func noAnswer(err error) error {
	var late *lateError
	if errors.As(err, &late) {
		return late
	}
	return fmt.Errorf("no answer: %w", plainly(err))
}

// plainly says why there is no answer. The texts of net/http repeat what a server sent, and that may be anything: they are left out.
func plainly(err error) error {
	var (
		network     *net.OpError
		certificate *tls.CertificateVerificationError
		stale       *digest.StaleError
		late        *lateError
		noToken     *noTokenError
		record      tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &late):
		return late
	case errors.As(err, &noToken):
		return noToken
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return errors.New("interrupted")
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return http.ErrSchemeMismatch
	case errors.As(err, &record):
		return record
	case errors.As(err, &network):
		return network
	case errors.As(err, &certificate):
		return certificate
	case errors.As(err, &stale):
		return stale
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the connection was closed")
	}
	return errors.New("what came is not HTTP that can be read")
}

// safe methods change nothing (RFC 9110 section 9.2.1).
func safe(method string) bool {
	return slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace}, method)
}

// comeBack reports whether a server asks to be asked again soon, and when.
func comeBack(got answer) (time.Duration, bool) {
	if got.status != http.StatusTooManyRequests && got.status != http.StatusServiceUnavailable {
		return 0, false
	}
	seconds, err := strconv.Atoi(got.header.Get("Retry-After"))
	return time.Duration(seconds) * time.Second, err == nil && 0 <= seconds && seconds <= 60
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send does what do does, and finds what the checker finds in the answers. ok is false where there is none to go on with.
// Once the run has ended it sends nothing.
func (s *attempt) send(r requests.Request, through http.RoundTripper) (got answer, ok bool) {
	if s.over() {
		return answer{}, false
	}
	got, err := s.do(r, through)
	if err != nil && (s.ctx.Err() != nil || !s.responded) && s.over() {
		return got, false // nobody is to blame for it
	}
	for _, o := range s.observed {
		for _, f := range o.verdict.Findings {
			if f.Direction == checker.Answer {
				s.add(r, o.exchange.Status, f)
			}
		}
		if o.exchange.Status >= http.StatusInternalServerError && o.exchange.Status != http.StatusServiceUnavailable {
			s.find(r, got, "responses/server-error", "", "is a failure of the server")
		}
	}
	if err != nil {
		s.unanswered(r, err)
		return got, false
	}
	if got.status == http.StatusTooManyRequests || got.status == http.StatusServiceUnavailable {
		s.find(r, got, "responses/later", "", "asks to come back later, again and again, so that nothing could be judged")
		return got, false
	}
	return got, true
}

// over reports whether the run has ended, and notes that the case is cut.
func (s *attempt) over() bool {
	s.cut = s.cut || s.ended != nil || s.ctx.Err() != nil
	return s.cut
}

// endOf says what ended a context.
func endOf(ctx context.Context) error {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return errors.New("interrupted")
	case cause == nil || errors.Is(ctx.Err(), cause):
		return errors.New("the time that it had is over")
	}
	return cause
}

// unanswered finds that a request has no answer. The error says why in words of ours.
func (s *attempt) unanswered(r requests.Request, err error) {
	s.add(r, 0, checker.Finding{Operation: s.of.Operation, Direction: checker.Answer, Place: checker.Status, Rule: "responses", Problem: err.Error()})
}

// find adds a finding of the suite's own on the status of an answer.
func (s *attempt) find(r requests.Request, got answer, rule, decision, problem string) {
	s.add(r, got.status, checker.Finding{
		Operation: s.of.Operation, Direction: checker.Answer, Status: got.status, Place: checker.Status, Rule: rule, Decision: decision, Problem: problem,
	})
}

func (s *attempt) add(r requests.Request, status int, f checker.Finding) {
	f = s.of.resting(f)
	finding := Finding{Finding: f, Asked: s.asked(r), Answered: status}
	if !s.options.except[f.Decision] && !slices.Contains(s.findings, finding) {
		s.findings = append(s.findings, finding)
	}
}

// found reports whether the last request was found to be answered yes or no wrongly.
func (s *attempt) found(r requests.Request, got answer) bool {
	return slices.ContainsFunc(s.findings, func(f Finding) bool {
		return f.Asked == s.asked(r) && f.Answered == got.status && slices.Contains(outcomes, f.Rule)
	})
}

// asked is a request in words, without a value: DELETE …/migrationLink?….
func (s *attempt) asked(r requests.Request) string {
	path, query, hasQuery := strings.Cut(r.Target, "?")
	where := "another path"
	if s.judge.Allowed(path) != nil {
		segments := strings.Split(path, "/")
		for i, segment := range segments {
			if segment == "liveExport" {
				where = "…/" + strings.Join(segments[i+1:], "/")
			}
		}
	}
	if hasQuery && query != "" {
		where += "?…"
	}
	if len(r.Body) > 0 {
		where += " with content"
	}
	return r.Method + " " + where
}

// The three calls.

func (s *Session) link(org migrationlink.OrgID) string {
	return s.target.BasePath + "/orgs/" + string(org) + "/liveExport/migrationLink"
}

func (s *Session) statusOf(org migrationlink.OrgID) requests.Request {
	return requests.Request{Method: http.MethodGet, Target: s.link(org) + "/status"}
}

func (s *Session) disconnectOf(org migrationlink.OrgID) requests.Request {
	return requests.Request{Method: http.MethodDelete, Target: s.link(org)}
}

func (s *Session) connectOf(org migrationlink.OrgID, token migrationlink.LinkToken) requests.Request {
	body, err := json.Marshal(map[string]migrationlink.LinkToken{"linkToken": token.ForRequest()})
	if err != nil {
		body = nil // a token for a request can be written
	}
	return requests.Request{Method: http.MethodPost, Target: s.link(org), Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}
