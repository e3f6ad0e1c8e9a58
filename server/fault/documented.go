package fault

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"sync"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
)

// Documented is an error that the contract has an example of.
type Documented struct {
	Code       migrationlink.Code
	HTTPStatus int
	// Operations that have it.
	Operations []migrationlink.Operation
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
func Errors() []Documented { return slices.Clone(contract().errors) }

// catalogue is what a contract says of faults: which operations there are, and which errors each has.
type catalogue struct {
	operations []migrationlink.Operation
	errors     []Documented
}

// contract is read once a process.
var contract = sync.OnceValue(func() catalogue {
	c, err := read(migrationlink.OpenAPI())
	if err != nil {
		panic(err) // the contract is part of the program
	}
	return c
})

// read takes everything from one document, so that operations and errors cannot contradict each other. What is no
// error document with a code is left out: an enveloped one, or the challenge.
func read(document []byte) (catalogue, error) {
	judge, err := checker.New(checker.Document(document))
	if err != nil {
		return catalogue{}, err
	}
	var c catalogue
	all := judge.Operations()
	slices.SortStableFunc(all, func(a, b checker.Operation) int { return order(a) - order(b) })
	for _, op := range all {
		c.operations = append(c.operations, migrationlink.Operation(op.ID))
		for _, response := range op.Responses {
			for _, example := range response.Examples {
				c.errors = addError(c.errors, migrationlink.Operation(op.ID), response, example)
			}
		}
	}
	slices.SortFunc(c.errors, func(a, b Documented) int {
		return cmp.Or(cmp.Compare(a.HTTPStatus, b.HTTPStatus), cmp.Compare(a.Code, b.Code))
	})
	return c, nil
}

// order puts operations as the root package lists them, and those that it does not know first.
func order(op checker.Operation) int {
	return slices.Index(migrationlink.Operations(), migrationlink.Operation(op.ID))
}

func addError(all []Documented, op migrationlink.Operation, response checker.Response, example checker.Example) []Documented {
	var content struct{ ErrorCode migrationlink.Code }
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
		Code: content.ErrorCode, HTTPStatus: status, Operations: []migrationlink.Operation{op}, When: []When{BeforeEffect}, RetryAfter: Never, Example: example.Content,
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

// documented finds an error by its code.
func (c catalogue) documented(code migrationlink.Code) (Documented, bool) {
	i := slices.IndexFunc(c.errors, func(d Documented) bool { return d.Code == code })
	if i < 0 {
		return Documented{}, false
	}
	return c.errors[i], true
}
