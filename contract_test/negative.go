package contracttest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/requests"
)

// decided says with which one of several sensible statuses a broken rule is refused, by decision of ours. An empty rule is all of a place.
var decided = []struct {
	place    checker.Place
	rule     string
	status   int
	decision string
}{
	{checker.Path, "schema/pattern", http.StatusNotFound, "org-id-malformed"},
	{checker.Header, "requestBody/mediaType", http.StatusUnsupportedMediaType, "unsupported-media-type"},
	{checker.Header, "requestBody/charset", http.StatusUnsupportedMediaType, "unsupported-media-type"},
	{checker.Header, "requestBody/encoding", http.StatusUnsupportedMediaType, "unsupported-media-type"},
	{checker.Body, "requestBody/maxBytes", http.StatusRequestEntityTooLarge, "content-too-large"},
	{checker.Body, "", http.StatusBadRequest, "strict-json"},
	{checker.Query, "", http.StatusBadRequest, "undeclared-query-parameter"},
}

// wrongCases ask what breaks one rule each, and want it refused. First what no sensible server accepts, then by which status.
func wrongCases(maker *requests.Maker, base string) []Case {
	var all []Case
	for _, made := range maker.Wrong() {
		c := Case{
			Name: nameAt(base, made.Name), Operation: made.Operation, Rule: made.Rule, Decision: made.Decision,
			Check: "negative_data_rejection",
			// Whether a wrong path or method does anything, if it is accepted, nobody knows.
			Writes: slices.ContainsFunc(made.Requests, func(r requests.Request) bool { return !safe(r.Method) }),
		}
		switch {
		case made.Rule == "paths/method":
			c.Check = "unsupported_method"
		case strings.HasSuffix(made.Name, "content/mediaType/none"):
			c.Check = "missing_required_header"
		}
		c.run = func(a *attempt) {
			for _, r := range made.Requests {
				got, ok := a.send(r, a.signed)
				switch {
				case !ok || a.found(r, got):
				case !slices.Contains(made.Statuses, got.status):
					a.find(r, got, "responses/rejection", c.Decision, fmt.Sprintf("a request that breaks %s is refused with %s", made.Rule, either(made.Statuses)))
				default:
					a.wantDecided(r, got, made)
				}
			}
		}
		all = append(all, c)
	}
	return all
}

// wantDecided finds a refusal with another status than the one that we decided for.
func (s *attempt) wantDecided(r requests.Request, got answer, made requests.Case) {
	for _, d := range decided {
		if d.place != made.Place || d.rule != "" && d.rule != made.Rule {
			continue
		}
		if got.status != d.status {
			s.find(r, got, "responses/rejection", d.decision, fmt.Sprintf("a request that breaks %s is refused with %d", made.Rule, d.status))
		}
		return
	}
}

func either(statuses []int) string {
	var words []string
	for _, status := range statuses {
		words = append(words, fmt.Sprint(status))
	}
	return strings.Join(words, " or ")
}
