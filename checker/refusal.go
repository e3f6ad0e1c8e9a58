package checker

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// refusals are the statuses that say a request was not what the contract says.
var refusals = []int{
	http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
	http.StatusUnprocessableEntity,
}

// outcome judges whether the status fits the request: who may be told yes, and who no. That HEAD is answered at all has rules of its own.
func (j *judge) outcome(op *operation, request Verdict) {
	success := j.exchange.Status >= 200 && j.exchange.Status <= 299
	stranger := op.mustSignIn && !j.exchange.signedIn()
	responses := "responses/"
	if j.exchange.Method == http.MethodHead {
		responses = "responses/head/"
	}
	switch {
	case success && stranger:
		j.find(Status, "", "", "security", "a request without credentials is answered with success")
	case success && !request.Kept():
		j.rejection(basis(request.Findings), "a request that breaks the contract is answered with success")
	case j.exchange.Status == http.StatusMethodNotAllowed:
		j.find(Status, "", "", responses+"405", "the path has the method")
	case slices.Contains(refusals, j.exchange.Status) && request.Kept():
		j.find(Status, "", "", responses+"acceptance", "a request that keeps the contract is called wrong")
	case slices.Contains(refusals, j.exchange.Status) && !stranger:
		j.refusedWith(op, request.Findings)
	}
}

// refusedWith judges by which status a request is refused: by one that x-refuses says, where it speaks of all that is wrong with the request.
func (j *judge) refusedWith(op *operation, found []Finding) {
	if op.route.Operation.Responses.Status(j.exchange.Status) == nil {
		return // which is found by itself
	}
	var first Finding
	var want string
	for _, f := range found {
		status, decision, ok := op.refusal(f)
		if !ok || status == strconv.Itoa(j.exchange.Status) {
			return
		}
		if want == "" {
			first, want = f, status
			first.Decision = decision
		}
	}
	j.rejection(first.Decision, fmt.Sprintf("a request that breaks %s is refused with %s", first.Rule, want))
}

// rejection finds that a wrong request is not refused as it should be.
func (j *judge) rejection(decision, problem string) {
	f := j.finding(Status, "", "", "responses/rejection", problem)
	f.Decision = decision
	j.verdict.Findings = append(j.verdict.Findings, f)
}

// basis is the decision that a conviction for these findings rests on: that of the first, or none where one of them rests on none.
func basis(found []Finding) string {
	if slices.ContainsFunc(found, func(f Finding) bool { return f.Decision == "" }) {
		return ""
	}
	return found[0].Decision
}

// refusal is the status that a request is refused with for a finding, and the decision that says so: x-refuses of the answer with that status.
func (op *operation) refusal(f Finding) (status, decision string, ok bool) {
	for _, status := range sortedKeys(op.route.Operation.Responses.Map()) {
		if decision, ok := refuses(op.route.Operation.Responses.Value(status).Value)[string(f.Place)+"/"+f.Rule]; ok {
			name, _ := decision.(string)
			return status, name, true
		}
	}
	return "", "", false
}

// refuses are the rules of an x-refuses, each with the name of the decision that says so.
func refuses(response *openapi3.Response) map[string]any {
	rules, _ := response.Extensions["x-refuses"].(map[string]any)
	return rules
}
