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
	leftOut   map[Reason][]int
	// elsewhere are entries under no base path, by host; ours are the hosts that have others too
	elsewhere map[string][]int
	ours      map[string]bool
	// signedIn says that an entry of the file carries credentials, wherever they are for
	signedIn, linkToken bool
}

func newSelection(c *checker.Checker, host string) *selection {
	return &selection{
		checker: c, basePaths: c.BasePaths(), host: strings.ToLower(host),
		leftOut: make(map[Reason][]int), elsewhere: make(map[string][]int), ours: make(map[string]bool),
	}
}

func (s *selection) add(number int, e entry) {
	s.signedIn = s.signedIn || e.signedIn()
	s.linkToken = s.linkToken || e.Request.PostData.holdsLinkToken() || e.Response.Content.holdsLinkToken()
	host, target, ok := e.address()
	path, _, _ := strings.Cut(target, "?")
	known := s.checker.OperationID(e.Request.Method, path) != ""
	if !ok || s.host != "" && s.host != host || !known && !s.underBasePath(path) {
		s.elsewhere[host] = append(s.elsewhere[host], number)
		return
	}
	s.ours[host] = true
	if reason := s.unfit(known || s.checker.Allowed(path) != nil, e); reason != "" {
		s.leftOut[reason] = append(s.leftOut[reason], number)
		return
	}
	x, unjudged := e.exchange(target)
	s.exchanges = append(s.exchanges, Recorded{Number: number, Exchange: x, Unjudged: unjudged})
}

// unfit is the reason to leave out an entry under a base path, and empty for one to judge. ours says that the contract has its path.
func (s *selection) unfit(ours bool, e entry) Reason {
	switch {
	case !ours && e.status() != http.StatusNotFound:
		return OtherResource
	case e.status() == 0:
		return NoAnswer
	case !e.sent():
		return NotSent
	case len(e.Request.Headers) == 0 || len(e.Response.Headers) == 0:
		return NoHeaders // a request has Host or :authority at least, an answer Date
	}
	return ""
}

func (s *selection) underBasePath(path string) bool {
	return slices.ContainsFunc(s.basePaths, func(base string) bool { return path == base || strings.HasPrefix(path, base+"/") })
}

func (s *selection) recording() Recording {
	r := Recording{Exchanges: s.exchanges, HoldsLinkToken: s.linkToken}
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
		x.CredentialsHidden = x.CredentialsHidden || !s.signedIn
		// A 401 may be the answer to credentials or to none: it is the same either way.
		r.CredentialsHidden = r.CredentialsHidden || x.CredentialsHidden && x.Status != http.StatusUnauthorized
	}
	return r
}
