package contracttest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/coverage"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
	"github.com/migrationlink/migrationlink/checker/requests"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/loopback"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// Session is a target made ready to be asked. Its cases run one after the other.
type Session struct {
	target  Target
	options options
	origin  string // scheme://host
	judge   *checker.Checker
	// coverage counts where Coverage asks for a share; nil else
	coverage *coverage.Coverage
	maker    *requests.Maker
	tokens   []migrationlink.LinkToken
	cases    []Case
	leftOut  []string

	base   http.RoundTripper // to the server
	wire   http.RoundTripper // judges on the way to base
	signed http.RoundTripper // signs in on the way to wire
	bearer http.RoundTripper // signs in by the service account; nil where there is none

	running   Case       // no case between two
	observed  []observed // since the last request of a case was sent
	exchanges int
	wrote     bool
	doubts    []string
	close     func()

	current   context.Context // of the request that is under way, for what knows no other
	last      onWire
	responded bool  // to any request
	silent    int   // requests in a row without a response
	deferred  int   // requests in a row that the server put off until nobody came back
	ended     error // why no more is asked
}

type observed struct {
	exchange checker.Exchange
	verdict  checker.Verdict
}

// ErrSynced is the error of [Open] for an organization that must not be touched: it is connected.
var ErrSynced = errors.New("the organization is SYNCED: its connection would be lost; want one that is not connected, or a run that only reads")

// TargetError is the error of [Open] for a target or an option that is wrong: nothing was sent. It says what would be right.
type TargetError struct{ err error }

func (e *TargetError) Error() string { return e.err.Error() }

// Unwrap is what is wrong.
func (e *TargetError) Unwrap() error { return e.err }

// Open makes a session. It asks for the status of the organization: the error is a [*PreflightError] where the response shows that the set-up is wrong,
// unless [NoPreflight] says otherwise, and [ErrSynced] where the run would write and the organization is SYNCED. It is a [*TargetError] where nothing
// was sent.
func Open(ctx context.Context, target Target, opts ...Option) (*Session, error) {
	s := &Session{target: target, options: readOptions(opts), close: func() {}}
	if err := s.prepareAll(); err != nil {
		s.close()
		return nil, &TargetError{err}
	}
	err := s.preflight(ctx)
	if err == nil {
		err = s.mayWrite(ctx)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// prepareAll does everything that can be done without sending anything.
func (s *Session) prepareAll() error {
	var err error
	judged := []checker.Option{checker.Thorough()}
	if s.options.document != nil {
		judged = append(judged, checker.Document(s.options.document))
	}
	if s.judge, err = checker.New(judged...); err != nil {
		return err
	}
	if err := s.checkDecisions(); err != nil {
		return err
	}
	if err := s.countCoverage(); err != nil {
		return err
	}
	if err := s.checkTarget(); err != nil {
		return err
	}
	s.tokens = s.target.Tokens
	if len(s.tokens) == 0 {
		s.tokens = inventedTokens(s.options.seed)
	}
	s.maker, err = requests.New(s.options.contract(), s.judge, requests.Config{
		Base: s.target.BasePath, Values: s.values(), Seed: s.options.seed, Variants: s.options.variants, Keep: s.keeps,
	})
	if err != nil {
		return err
	}
	if err := s.connectTo(); err != nil {
		return err
	}
	return s.assemble()
}

// checkTarget says everything that is wrong at once, and completes what may be left out.
func (s *Session) checkTarget() error {
	var wrong []error
	t := &s.target
	if (t.Handler == nil) == (t.URL == "") {
		wrong = append(wrong, errors.New("target: want either Handler or URL"))
	}
	t.BasePath = strings.TrimRight(cmp.Or(t.BasePath, publicBase(s.judge)), "/")
	if t.URL != "" {
		u, err := url.Parse(t.URL)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
			wrong = append(wrong, errors.New("target.URL: not an address: want https://HOST[:PORT]"))
		case strings.TrimRight(u.Path, "/") != "" && strings.TrimRight(u.Path, "/") != t.BasePath:
			wrong = append(wrong, fmt.Errorf("target.URL: the path is not %s: want https://HOST[:PORT]", t.BasePath))
		default:
			s.origin = u.Scheme + "://" + u.Host
		}
	}
	for _, id := range []*migrationlink.OrgID{&t.OrgID, &t.OtherOrgID} {
		if *id == "" && id == &t.OtherOrgID {
			continue
		}
		parsed, err := migrationlink.ParseOrgID(string(*id))
		if err != nil {
			wrong = append(wrong, fmt.Errorf("target: %w", err))
		}
		*id = parsed
	}
	if t.Key.Public == "" || t.Key.Private.IsZero() {
		wrong = append(wrong, errors.New("target.Key: incomplete: want the public and the private key of an Organization Owner"))
	}
	if (t.ServiceAccount.Public == "") != (t.ServiceAccount.Private.IsZero()) {
		wrong = append(wrong, errors.New("target.ServiceAccount: incomplete: want the client id and the secret of an Organization Owner, or neither"))
	}
	for _, c := range []struct {
		field string
		key   Key
		kind  secret.Pair
	}{
		{"Key", t.Key, secret.APIKey}, {"WithoutRole", t.WithoutRole, secret.APIKey}, {"Elsewhere", t.Elsewhere, secret.APIKey},
		{"ServiceAccount", t.ServiceAccount, secret.ServiceAccount},
		{"AccountWithoutRole", t.AccountWithoutRole, secret.ServiceAccount},
		{"AccountElsewhere", t.AccountElsewhere, secret.ServiceAccount},
	} {
		if misplaced := c.kind.Misplaced(c.key.Public, c.key.Private.Reveal()); misplaced != "" {
			wrong = append(wrong, fmt.Errorf("target.%s: %s", c.field, misplaced))
		}
	}
	if t.ServiceAccount.Public != "" && s.judge.TokenPath() == "" {
		wrong = append(wrong, errors.New("target.ServiceAccount: the contract names no endpoint that gives access tokens"))
	}
	return errors.Join(wrong...)
}

// publicBase is the base path that all operations are served under.
func publicBase(judge *checker.Checker) string {
	const link = "/orgs/x/liveExport/migrationLink"
	for _, base := range judge.BasePaths() {
		if judge.Allowed(base+link) != nil && judge.Allowed(base+link+"/status") != nil {
			return base
		}
	}
	return ""
}

// connectTo starts what is needed to reach the target.
func (s *Session) connectTo() error {
	if s.target.Handler != nil {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("listen on loopback for the handler: %w", err)
		}
		served := &http.Server{Handler: s.target.Handler, ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
		go func() { _ = served.Serve(listener) }() // ends when it is closed
		s.origin, s.close = "http://"+listener.Addr().String(), func() { _ = served.Close() }
	}
	s.base = s.target.Transport
	if s.base == nil {
		own := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableCompression: true, ForceAttemptHTTP2: true}
		s.base = own
		stop := s.close
		s.close = func() { own.CloseIdleConnections(); stop() }
	}
	s.wire = httpcheck.NewTransport(s.judge, bounded{s}, s.observe)
	s.signed = s.as(s.target.Key)
	if s.target.ServiceAccount.Public != "" {
		s.bearer = s.asAccount(s.target.ServiceAccount)
	}
	return nil
}

func (s *Session) as(key Key) http.RoundTripper {
	return digest.NewTransport(key.Public, key.Private.Reveal(), digest.WithBase(s.wire))
}

func (s *Session) observe(e checker.Exchange, v checker.Verdict) {
	s.exchanges++
	v.Findings = slices.Clone(v.Findings)
	for i, f := range v.Findings {
		if f.Direction == checker.Answer {
			v.Findings[i] = s.running.resting(f)
		}
	}
	s.observed = append(s.observed, observed{e, v})
	if s.coverage != nil {
		s.coverage.Add(e, v)
	}
	s.options.report(e, v)
}

// mayWrite refuses to write where something would be lost. On another machine it wants to know; here an unknown status is for the cases to find.
func (s *Session) mayWrite(ctx context.Context) error {
	if !s.target.Writes {
		return nil
	}
	a := &attempt{Session: s, ctx: ctx, signed: s.signed}
	for _, org := range s.organizations() {
		answer, err := a.do(a.statusOf(org), s.signed)
		switch {
		case err != nil && s.target.Handler == nil:
			return err
		case answer.linkStatus() == migrationlink.StatusSynced:
			return ErrSynced
		case answer.linkStatus() == migrationlink.StatusUnknown && s.target.Handler == nil && !loopback.URL(s.origin):
			return fmt.Errorf("the status of the organization could not be read (answer %d), so nothing is written", answer.status)
		}
	}
	return nil
}

func (s *Session) organizations() []migrationlink.OrgID {
	organizations := []migrationlink.OrgID{s.target.OrgID}
	if s.target.OtherOrgID != "" {
		organizations = append(organizations, s.target.OtherOrgID)
	}
	return organizations
}

// Cases are what is asked, in order. They are run one after the other, each whenever and as often as one likes.
func (s *Session) Cases() []Case { return slices.Clone(s.cases) }

// LeftOut says in a sentence each what is not asked, and why.
func (s *Session) LeftOut() []string { return slices.Clone(s.leftOut) }

// Exchanges is how many there were so far.
func (s *Session) Exchanges() int { return s.exchanges }

// Close leaves the organizations as they were found, not connected, and ends the session. The error says that it could not.
func (s *Session) Close(ctx context.Context) error {
	defer s.close()
	if !s.wrote {
		return nil
	}
	a := &attempt{Session: s, ctx: ctx, signed: s.signed}
	var failed []error
	for _, org := range s.organizations() {
		answer, err := a.do(a.disconnectOf(org), s.signed)
		if err == nil && answer.status != http.StatusNoContent && answer.status != http.StatusNotFound {
			err = fmt.Errorf("answer %d", answer.status)
		}
		if err == nil {
			if answer, err = a.do(a.statusOf(org), s.signed); err == nil && answer.linkStatus() == migrationlink.StatusSynced {
				err = errors.New("it is still SYNCED")
			}
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("organization %s could not be left as it was found, not connected: %w", org, err))
		}
	}
	return errors.Join(failed...)
}
