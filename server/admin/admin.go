// Package admin is a way into a stand-in from outside: what it was asked, what it keeps, what goes wrong in it, and what time it is. It is an API
// of its own, on a listener of its own, and no part of what the stand-in stands in for.
//
//	GET    /health          that the process answers
//	GET    /ready           200, or 503 while it is stopped
//	GET    /journal         exchanges; ?operation= ?status= ?errorCode= ?caller= ?orgId= ?fault= ?after= ?limit=
//	GET    /links           the organizations, and how they are connected
//	GET    /faults          those that are set
//	POST   /faults          sets one
//	DELETE /faults          takes all out; /faults/{id} one
//	GET    /clock           the time
//	POST   /clock/advance   puts it forward: {"by": "61s"}
//	GET    /coverage        what of the contract was exercised
//	GET    /findings        which rules were broken
//	POST   /reset           journal, coverage and findings empty, faults and links as in the config; the clock goes on
//
// Answers are JSON; an error has error, detail and, where there is one, errorCode.
package admin

import (
	"errors"
	"net/http"
	"sync"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/report"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/clock"
)

// Config says what is administered, and who may. Server and Clock are required.
type Config struct {
	Server *server.Server
	// Clock is the one that the server was made with.
	Clock *clock.Clock
	// Ready reports whether new work is taken; nil is always.
	Ready func() bool
	// Token lets in whoever sends it as a bearer token, from anywhere. Empty is everybody, at a loopback address: a Host that is no loopback
	// one, and an Origin that is not this address, are refused, so that no page in a browser gets in (DNS rebinding, cross-site requests).
	Token migrationlink.Secret
}

// Admin is the API, an http.Handler. It is safe for concurrent use.
type Admin struct {
	config Config
	mux    *http.ServeMux
	judge  *checker.Checker

	mu  sync.Mutex
	run *report.Run
}

// New makes the API.
func New(config Config) (*Admin, error) {
	if config.Server == nil || config.Clock == nil {
		return nil, errors.New("admin: Server and Clock are required")
	}
	judge, err := checker.New(checker.AlsoAt())
	if err != nil {
		return nil, err
	}
	a := &Admin{config: config, mux: http.NewServeMux(), judge: judge}
	if err := a.begin(); err != nil {
		return nil, err
	}
	a.route("/health", map[string]handler{http.MethodGet: a.health})
	a.route("/ready", map[string]handler{http.MethodGet: a.ready})
	a.route("/journal", map[string]handler{http.MethodGet: a.journal})
	a.route("/links", map[string]handler{http.MethodGet: a.links})
	a.route("/faults", map[string]handler{http.MethodGet: a.faults, http.MethodPost: a.addFault, http.MethodDelete: a.clearFaults})
	a.route("/faults/{id}", map[string]handler{http.MethodDelete: a.removeFault})
	a.route("/clock", map[string]handler{http.MethodGet: a.clock})
	a.route("/clock/advance", map[string]handler{http.MethodPost: a.advance})
	a.route("/coverage", map[string]handler{http.MethodGet: a.coverage})
	a.route("/findings", map[string]handler{http.MethodGet: a.findings})
	a.route("/reset", map[string]handler{http.MethodPost: a.reset})
	a.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "there is no such page; see docs/admin.md")
	})
	return a, nil
}

// Report takes an exchange of the server for coverage and findings: it is the server's Config.Report.
func (a *Admin) Report(e checker.Exchange, v checker.Verdict) { a.collected().Add(e, v) }

func (a *Admin) collected() *report.Run {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.run
}

// begin starts coverage and findings anew.
func (a *Admin) begin() error {
	run, err := report.NewRun(a.judge, report.Options{Started: a.config.Clock.Now()})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.run = run
	return nil
}

// ServeHTTP implements http.Handler.
func (a *Admin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if !a.admitted(w, r) {
		return
	}
	a.mux.ServeHTTP(w, r)
}
