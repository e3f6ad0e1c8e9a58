package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/gen"
	"github.com/migrationlink/migrationlink/server/fault"
)

// errStruck ends the walk of an exchange: a fault has the answer, or there is none.
var errStruck = errors.New("a fault has struck")

// faultsBeforeSignIn strike what comes in, whoever sent it.
func (x *exchange) faultsBeforeSignIn() error {
	struck, err := x.strike(fault.BeforeSignIn)
	if err != nil || struck == nil {
		return err
	}
	return x.answerWith(struck.Fault)
}

// faultsAtSignIn strike what carries credentials, whatever they are worth.
func (x *exchange) faultsAtSignIn() error {
	if x.request.Header.Get("Authorization") == "" {
		return nil
	}
	struck, err := x.strike(fault.AtSignIn)
	if err != nil || struck == nil {
		return err
	}
	return x.answerWith(struck.Fault)
}

// carryOut does what the request asks for, among the faults of the call.
func (x *exchange) carryOut(handler http.HandlerFunc) error {
	struck, err := x.strike(fault.BeforeEffect, fault.AfterEffect)
	switch {
	case err != nil:
		return err
	case struck != nil && struck.Fault.When() == fault.BeforeEffect:
		return x.answerWith(struck.Fault)
	}
	handler(x, x.request)
	if err := x.late(fault.AfterEffect); err != nil {
		return err
	}
	if struck != nil {
		return x.answerWith(struck.Fault)
	}
	return nil
}

// strike has faults strike, and waits for those that are a latency before the effect. It returns the one that has the answer, or nil.
func (x *exchange) strike(at ...fault.When) (*fault.Strike, error) {
	if !x.server.faults.Armed() {
		return nil, nil
	}
	strikes := x.server.faults.Strike(x.faultCall(), at...)
	if len(strikes) == 0 {
		return nil, nil
	}
	for _, s := range strikes {
		x.server.log.Info("a fault strikes", "operation", string(x.route.operation), "fault", s.String())
	}
	x.strikes = append(x.strikes, strikes...)
	for _, when := range []fault.When{fault.BeforeSignIn, fault.BeforeEffect} {
		if err := x.late(when); err != nil {
			return nil, err
		}
	}
	if last := &strikes[len(strikes)-1]; last.Fault.Kind() != fault.Latency {
		return last, nil
	}
	return nil, nil
}

// faultCall is the exchange as faults want it. The organization counts where it is one that exists, so that nobody fills the memory with others.
func (x *exchange) faultCall() fault.Call {
	scheme, _, _ := strings.Cut(x.request.Header.Get("Authorization"), " ")
	call := fault.Call{Operation: x.route.operation}
	for _, known := range migrationlink.SecuritySchemes() {
		if strings.EqualFold(scheme, known.Authorization()) {
			call.Scheme = known
		}
	}
	if id, err := migrationlink.ParseOrgID(x.request.PathValue("orgId")); err == nil {
		if _, exists := x.server.organizations[id]; exists {
			call.OrgID = id
		}
	}
	return call
}

// late waits for the latencies of a point, each once. Who has gone away meanwhile gets no answer, and before the effect there is none.
func (x *exchange) late(when fault.When) error {
	for i := range x.strikes {
		s := &x.strikes[i]
		if s.Fault.Kind() != fault.Latency || s.Fault.When() != when || s.Delay == 0 {
			continue
		}
		x.allow(s.Delay)
		timer := time.NewTimer(s.Delay)
		defer timer.Stop()
		s.Delay = 0
		select {
		case <-timer.C:
		case <-x.request.Context().Done():
			x.unanswered(abort)
			return errStruck
		}
	}
	return nil
}

// lateTime is how long a request and its answer may take that are late, besides that.
const lateTime = time.Minute

// allow gives the connection time to be late. The timeouts of an http.Server go on meanwhile: at its ReadTimeout, net/http takes the client to
// have gone away, and at its WriteTimeout nothing more is written.
func (x *exchange) allow(delay time.Duration) {
	until := time.Now().Add(delay + lateTime) // the wall clock, as the network has it
	_ = x.control.SetReadDeadline(until)      // what is no connection has no deadline
	_ = x.control.SetWriteDeadline(until)
}

// answerWith makes the fault the answer, whatever was written before. It is not held to the contract: who has set the fault wants it so.
func (x *exchange) answerWith(f fault.Fault) error {
	effect, known := effects[f.Kind()]
	if !known {
		panic("no effect of fault " + string(f.Kind())) // a test has seen them all
	}
	x.response.deliberate = true
	effect(x, f)
	return errStruck
}

// effects are what each kind of fault makes of the response. A [fault.Latency] makes none.
var effects = map[fault.Kind]func(*exchange, fault.Fault){
	fault.Error: func(x *exchange, f fault.Fault) { x.fail(x.documented(f)) },
	fault.StaleNonce: func(x *exchange, _ fault.Fault) {
		x.fail(notSignedIn(&digest.Refusal{Reason: digest.ExpiredNonce, Stale: true}, x.challenges(true, "")))
	},
	fault.ReplayedNonce: func(x *exchange, _ fault.Fault) {
		x.fail(notSignedIn(&digest.Refusal{Reason: digest.SpentCount}, x.challenges(false, "")))
	},
	fault.ExpiredToken: func(x *exchange, _ fault.Fault) { x.fail(x.bearerRefused(expiredToken)) },
	fault.RevokedToken: func(x *exchange, _ fault.Fault) { x.fail(x.bearerRefused(revokedToken)) },
	fault.NotSynced: func(x *exchange, _ fault.Fault) {
		x.succeed(http.StatusOK, `{"status":"`+string(migrationlink.StatusNotSynced)+`"}`)
	},
	fault.BrokenContract: func(x *exchange, _ fault.Fault) { x.succeed(x.successStatus(), "["+synced+"}]") },
	fault.LoginPage: func(x *exchange, _ fault.Fault) {
		x.foreign(http.StatusOK, "Content-Type", "text/html; charset=utf-8", loginPage)
	},
	fault.Redirect: func(x *exchange, f fault.Fault) {
		x.foreign(http.StatusTemporaryRedirect, "Location", f.Location(), "")
	},
	fault.Half: func(x *exchange, _ fault.Fault) {
		x.response.deliver = x.half
		if x.response.status == http.StatusNoContent {
			x.unanswered(halfHeader)
		}
	},
	fault.Endless: func(x *exchange, _ fault.Fault) {
		x.succeed(x.successStatus(), synced)
		x.response.raw, x.response.deliver = true, x.endless
	},
	fault.Reset:      func(x *exchange, _ fault.Fault) { x.unanswered(reset) },
	fault.Garbage:    func(x *exchange, _ fault.Fault) { x.unanswered(garbage) },
	fault.ClosedIdle: func(x *exchange, _ fault.Fault) { x.unanswered(x.closedIdle) },
	fault.Empty:      func(x *exchange, _ fault.Fault) { x.unanswered(abort) },
}

// synced is the beginning of a link, without its last brace.
const synced = `{"status":"` + string(migrationlink.StatusSynced) + `"`

// documented is an error as the contract's example has it, of the organization that was asked for.
func (x *exchange) documented(f fault.Fault) *problem {
	d, _ := f.Documented()
	content := string(d.Example)
	if org, err := migrationlink.ParseOrgID(x.request.PathValue("orgId")); err == nil {
		content = strings.ReplaceAll(content, exampleOrg, org.String())
	}
	var e gen.ApiError
	if err := json.Unmarshal([]byte(content), &e); err != nil || e.Detail == nil || e.Parameters == nil {
		panic(fmt.Sprintf("the contract's example of %s is no error document", d.Code)) // a test has seen them all
	}
	p := &problem{code: d.Code, detail: *e.Detail, parameters: *e.Parameters, fields: e.BadRequestDetail, header: http.Header{}}
	if after, has := f.RetryAfter(); has {
		p.header.Set("Retry-After", strconv.Itoa(int(after.Seconds())))
	}
	switch d.HTTPStatus {
	case http.StatusUnauthorized:
		p.header = x.challenges(false, "")
	case http.StatusMethodNotAllowed:
		p.header.Set("Allow", strings.Join(x.server.checker.Allowed(x.request.URL.EscapedPath()), ", "))
	}
	return p
}

// exampleOrg is the organization that the contract's examples speak of.
const exampleOrg = "5f7aac56b3a0b94bcdce6d8a"

// succeed answers as the handlers do.
func (x *exchange) succeed(status int, content string) {
	x.response.reset(status)
	x.response.header.Set("Content-Type", "application/json")
	x.response.header.Set("Vary", varyAcceptEncoding)
	x.response.header.Set("X-MongoDB-Service-Version", serviceVersion)
	x.response.body = []byte(content)
}

// successStatus is that of a success with content: where the contract has none with content, it is 200.
func (x *exchange) successStatus() int {
	if x.route.operation == migrationlink.OperationConnect {
		return http.StatusCreated
	}
	return http.StatusOK
}

// foreign answers as what is no Cloud Manager does.
func (x *exchange) foreign(status int, name, value, content string) {
	x.response.reset(status)
	x.response.header.Set(name, value)
	x.response.body = []byte(content)
	x.response.raw = true
}

const loginPage = `<!DOCTYPE html>
<html><head><title>Sign in</title></head>
<body><form method="post" action="/login"><input name="user"><input name="password" type="password"><button>Sign in</button></form></body></html>
`
