package fault

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"sync"

	"github.com/migrationlink/migrationlink/checker"
)

// Documented is an error that the contract has an example of.
type Documented struct {
	Code       string
	HTTPStatus int
	// Operations that have it.
	Operations []Operation
	// When it can strike: before the effect; after it, where the error does not tell that nothing was done; before sign-in, where the contract
	// lets it come before.
	When []When
	// RetryAfter says whether the answer has that header.
	RetryAfter Presence
	// Example is the content of the answer, as JSON.
	Example json.RawMessage
}

// Presence says whether something is there.
type Presence string

// What can be said of a header.
const (
	Never  Presence = "never"
	MayBe  Presence = "where it is set"
	Always Presence = "always"
)

// Errors are the documented errors, sorted by status and code. They are read from the contract, which is the only place that lists them.
func Errors() []Documented { return slices.Clone(documented()) }

// documented is read once a process. What is no error document with a code is left out: an enveloped one, or the challenge.
var documented = sync.OnceValue(func() []Documented {
	judge, err := checker.New()
	if err != nil {
		panic(err) // the contract is part of the program
	}
	var all []Documented
	for _, op := range judge.Operations() {
		for _, response := range op.Responses {
			for _, example := range response.Examples {
				all = addError(all, Operation(op.ID), response, example)
			}
		}
	}
	slices.SortFunc(all, func(a, b Documented) int {
		return cmp.Or(cmp.Compare(a.HTTPStatus, b.HTTPStatus), cmp.Compare(a.Code, b.Code))
	})
	for i := range all {
		slices.SortFunc(all[i].Operations, func(a, b Operation) int {
			return slices.Index(Operations(), a) - slices.Index(Operations(), b)
		})
	}
	return all
})

func addError(all []Documented, op Operation, response checker.Response, example checker.Example) []Documented {
	var content struct{ ErrorCode string }
	status, err := strconv.Atoi(response.Status)
	if err != nil || json.Unmarshal(example.Content, &content) != nil || content.ErrorCode == "" {
		return all
	}
	for i := range all {
		if all[i].Code == content.ErrorCode && all[i].HTTPStatus == status {
			all[i].Operations = append(all[i].Operations, op)
			return all
		}
	}
	d := Documented{
		Code: content.ErrorCode, HTTPStatus: status, Operations: []Operation{op}, When: []When{BeforeEffect}, RetryAfter: Never, Example: example.Content,
	}
	if status >= 500 {
		d.When = append(d.When, AfterEffect)
	}
	if response.BeforeSignIn {
		d.When = append(d.When, BeforeSignIn)
	}
	for _, header := range response.Headers {
		switch {
		case header.Name != "Retry-After":
		case header.Required:
			d.RetryAfter = Always
		default:
			d.RetryAfter = MayBe
		}
	}
	return append(all, d)
}

// documentedError finds an error by its code.
func documentedError(code string) (Documented, bool) {
	all := documented()
	i := slices.IndexFunc(all, func(d Documented) bool { return d.Code == code })
	if i < 0 {
		return Documented{}, false
	}
	return all[i], true
}
