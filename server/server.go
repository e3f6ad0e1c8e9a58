// Package server is a stand-in for MongoDB Cloud Manager's and Ops Manager's migration link: stateful, strict, and held to the contract in
// every answer. It is made to test against, and is no production service.
//
// [New] gives an http.Handler and listens to nothing. An exchange walks through it one way, once:
//
//	route → size → sign-in → access list → limits → organization → role → contract → handler → rendering → contract → wire
//
// A fault of [Server.Faults] strikes where its When says: before size, before sign-in, before the handler or after it.
//
// The endpoints that give and revoke access tokens (RFC 6749, RFC 7009) stand beside the contract: they have errors of their own.
package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/gen"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/journal"
	"github.com/migrationlink/migrationlink/server/links"
)

// Realm is what the challenge names, as MongoDB's servers do.
const Realm = "MMS Public API"

// Server is the stand-in, an http.Handler. It is safe for concurrent use.
type Server struct {
	checker       *checker.Checker
	verifier      *digest.Verifier
	keys          map[string]*caller // API keys, by public key
	accounts      map[string]*caller // service accounts, by client id
	bearers       []*caller
	tokens        *accessTokens // nil without service accounts
	limits        Limits
	organizations map[migrationlink.OrgID]Organization
	links         links.Links
	journal       *journal.Journal
	faults        fault.Set
	now           func() time.Time
	steady        func() time.Time // now, and not set back with the wall clock: for what expires
	log           *slog.Logger
	report        checker.Report
	startFaults   []fault.Fault
	routes        *router
}

// New makes a stand-in. The error names what in the config is wrong and what would be right, all of it at once.
func New(config Config) (*Server, error) {
	if err := config.err(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	judged := []checker.Option{checker.AlsoAt()}
	if config.Thorough {
		judged = append(judged, checker.Thorough())
	}
	judge, err := checker.New(judged...)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s := &Server{
		checker:       judge,
		keys:          make(map[string]*caller),
		accounts:      make(map[string]*caller),
		limits:        config.Limits,
		organizations: make(map[migrationlink.OrgID]Organization),
		links:         config.Links,
		journal:       journal.New(config.JournalSize),
		now:           config.Now,
		log:           config.Logger,
		report:        config.Report,
		startFaults:   slices.Clone(config.Faults),
	}
	if s.links == nil {
		s.links = new(links.Memory)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	start := s.now()
	s.steady = func() time.Time { return start.Add(s.now().Sub(start)) }
	s.callers(config)
	for _, organization := range config.Organizations {
		s.organizations[canonical(organization.ID)] = organization.clone()
	}
	s.verifier, err = digest.NewVerifier(config.verifier(s.privateKey))
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if len(config.ServiceAccounts) > 0 {
		if s.tokens, err = newAccessTokens(config, s.steady); err != nil {
			return nil, fmt.Errorf("server: %w", err)
		}
	}
	if err := s.connectAtStart(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if err := s.setFaults(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s.route()
	return s, nil
}

// Journal is what was asked and answered.
func (s *Server) Journal() *journal.Journal { return s.journal }

// Links is where connections are kept.
func (s *Server) Links() links.Links { return s.links }

// Faults are what goes wrong: nothing, until a fault is added.
func (s *Server) Faults() *fault.Set { return &s.faults }

// route puts the generated handlers under each base path of the contract.
func (s *Server) route() {
	s.routes = &router{server: s, mux: http.NewServeMux(), methods: make(map[string]bool)}
	s.routes.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { exchangeOf(w).fail(noSuchPath()) })
	handlers := gen.NewStrictHandlerWithOptions(&handlers{server: s}, nil, gen.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  failWith,
		ResponseErrorHandlerFunc: failWith,
	})
	for _, base := range s.checker.BasePaths() {
		gen.HandlerWithOptions(handlers, gen.StdHTTPServerOptions{BaseURL: base, BaseRouter: s.routes, ErrorHandlerFunc: failWith})
	}
	s.routeOAuth()
}

// failWith sends what the generated code or a handler says went wrong through the one door.
func failWith(w http.ResponseWriter, _ *http.Request, err error) { exchangeOf(w).fail(err) }

// privateKey is how the verifier asks for the password of a user.
func (s *Server) privateKey(publicKey string) (string, bool) {
	key, known := s.keys[publicKey]
	if !known {
		return "", false
	}
	return key.secret.Reveal(), true
}

// ServeHTTP answers one request. The answer is held back until it has been judged by the contract.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil { // made by a test, not read from a connection
		r = r.Clone(r.Context())
		r.Body = http.NoBody
	}
	x := newExchange(s, r)
	x.control = http.NewResponseController(w)
	x.run()
	x.send(w)
}

// canonical is the one spelling of an id that passed ParseOrgID.
func canonical(id migrationlink.OrgID) migrationlink.OrgID {
	return migrationlink.OrgID(strings.ToLower(string(id)))
}
