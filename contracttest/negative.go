package contracttest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink/checker/requests"
)

// wrongCases ask what breaks one rule each, and want it refused with a status that says what is wrong. By which of several, the checker knows.
func wrongCases(maker *requests.Maker) []Case {
	var all []Case
	for _, made := range maker.Wrong() {
		c := Case{
			Name: made.Name, Operation: made.Operation, Rule: made.Rule, Decision: made.Decision,
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
				if ok && !a.found(r, got) && !slices.Contains(made.Statuses, got.status) {
					a.find(r, got, "responses/rejection", c.Decision, fmt.Sprintf("a request that breaks %s is refused with %s", made.Rule, either(made.Statuses)))
				}
			}
		}
		all = append(all, c)
	}
	return all
}

func either(statuses []int) string {
	var words []string
	for _, status := range statuses {
		words = append(words, fmt.Sprint(status))
	}
	return strings.Join(words, " or ")
}
