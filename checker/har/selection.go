package har

import (
	"net/http"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink/checker"
)

// selection collects what of a file is judged, and what is not.
type selection struct {
	checker   *checker.Checker
	basePaths []string
	host      string

	exchanges []Recorded
	apis      []api // of each exchange
	leftOut   map[Reason][]int
	// elsewhere are entries under no base path, by host; ours are the hosts that have others too
	elsewhere map[string][]int
	ours      map[string]bool
	// signedIn are the APIs that an entry of the file carries credentials for
	signedIn map[api]bool
	// hostMissed says that an entry was left out for its host alone
	hostMissed, linkToken bool
}

// api is what credentials are for.
type api struct{ host, base string }

func newSelection(c *checker.Checker, host string) *selection {
	return &selection{
		checker: c, basePaths: c.BasePaths(), host: host, leftOut: make(map[Reason][]int),
		elsewhere: make(map[string][]int), ours: make(map[string]bool), signedIn: make(map[api]bool),
	}
}

// isOurs reports whether an entry is for an API of the contract. One that is not is counted, and
// nothing but its address is read.
func (s *selection) isOurs(number int, method, url string) bool {
	at, ok := parseAddress(url)
	path := at.path()
	switch {
	case !ok || !s.known(method, path) && !s.underBasePath(path):
	case s.host != "" && !at.isAt(s.host):
		s.hostMissed = true
	default:
		return true
	}
	s.elsewhere[at.host] = append(s.elsewhere[at.host], number)
	return false
}

func (s *selection) known(method, path string) bool { return s.checker.OperationID(method, path) != "" }

// add takes an entry that is ours.
func (s *selection) add(number int, e entry) {
	at, _ := parseAddress(e.Request.URL)
	path := at.path()
	s.ours[at.host] = true
	of := s.apiOf(at)
	s.signedIn[of] = s.signedIn[of] || e.signedIn()
	if reason := s.unfit(s.known(e.Request.Method, path) || s.checker.Allowed(path) != nil, e); reason != "" {
		s.leftOut[reason] = append(s.leftOut[reason], number)
		return
	}
	s.exchanges = append(s.exchanges, Recorded{Number: number, Exchange: e.exchange(at.complete(e.Request.QueryString))})
	s.apis = append(s.apis, of)
}

func (s *selection) apiOf(at address) api {
	for _, base := range s.basePaths {
		if isUnder(base, at.path()) {
			return api{at.host, base}
		}
	}
	return api{host: at.host}
}

// unfit is the reason to leave out an entry under a base path, and empty for one to judge. ours
// says that the contract has its path.
func (s *selection) unfit(ours bool, e entry) Reason {
	switch {
	case !ours && e.status() != http.StatusNotFound:
		return OtherResource
	case e.preflight():
		return Preflight
	case !e.sent():
		return NotSent
	case e.status() == 0:
		return NoAnswer
	case len(e.Request.Headers) == 0 || len(e.Response.Headers) == 0:
		return NoHeaders // a request has Host or :authority at least, an answer Date
	}
	return ""
}

func (s *selection) underBasePath(path string) bool {
	return slices.ContainsFunc(s.basePaths, func(base string) bool { return isUnder(base, path) })
}

func isUnder(base, path string) bool { return path == base || strings.HasPrefix(path, base+"/") }

func (s *selection) recording() Recording {
	r := Recording{Exchanges: s.exchanges, HoldsLinkToken: s.linkToken, HostMissed: s.hostMissed && len(s.ours) == 0}
	for host, numbers := range s.elsewhere {
		reason := OtherHost
		if s.ours[host] {
			reason = OtherPath
		}
		s.leftOut[reason] = append(s.leftOut[reason], numbers...)
	}
	for _, reason := range reasons {
		if numbers := s.leftOut[reason]; len(numbers) > 0 {
			slices.Sort(numbers)
			r.LeftOut = append(r.LeftOut, LeftOut{Reason: reason, Numbers: numbers})
		}
	}
	for i := range r.Exchanges {
		x := &r.Exchanges[i].Exchange
		x.CredentialsHidden = x.CredentialsHidden || !s.signedIn[s.apis[i]]
		// A 401 may be the answer to credentials or to none: it is the same either way.
		r.CredentialsHidden = r.CredentialsHidden || x.CredentialsHidden && x.Status != http.StatusUnauthorized
	}
	return r
}
