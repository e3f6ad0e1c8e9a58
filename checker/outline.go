package checker

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Operation is what the contract declares of one operation, flat, so that others can count it, break it or draw it.
type Operation struct {
	// ID is the operationId, as findings have it.
	ID     string
	Method string
	// Path is the template in the contract, without a base path.
	Path string
	// Schemes sign in to the operation, as Authorization names them: Digest, Bearer.
	Schemes []string
	// MustSignIn is false where the contract makes signing in optional.
	MustSignIn bool
	// MediaTypes of the request's content, sorted; none where the operation has no content.
	MediaTypes []string
	Parameters []Parameter
	// Responses in the order of their statuses, default last.
	Responses []Response
	// Constraints are all that a request or an answer of the operation can break.
	Constraints []Constraint
}

// Parameter is a declared parameter of an operation.
type Parameter struct {
	// In is path, query, header or cookie.
	In       Place
	Name     string
	Required bool
}

// Response is a declared answer of an operation.
type Response struct {
	// Status as the contract writes it: 201, 4XX, default.
	Status     string
	MediaTypes []string
	// BeforeSignIn says that a request without credentials can be answered so, though the operation wants them.
	BeforeSignIn bool
	// Headers that are declared, sorted by name.
	Headers []ResponseHeader
	// Examples of the content, sorted by name.
	Examples []Example
}

// ResponseHeader is a declared header of an answer.
type ResponseHeader struct {
	Name     string
	Required bool
}

// Example is one of the examples that the contract gives, as JSON.
type Example struct {
	Name    string
	Content json.RawMessage
}

// Constraint is one rule that a request or an answer can break. Its Rule, Place, Name and Pointer are those of the [Finding] that a
// breach of it makes; in a Pointer * stands for any index, and in a Rule the Status as the contract writes it.
type Constraint struct {
	Direction Direction
	// Status of the answer, as the contract writes it; empty in a constraint on requests, and in one on any answer.
	Status  string
	Place   Place
	Name    string
	Pointer string
	Rule    string
}

// Operations are those of the contract, sorted by path and, within one, in the order that OpenAPI gives the methods.
func (c *Checker) Operations() []Operation {
	var all []Operation
	seen := make(map[string]bool)
	for _, p := range c.contract.paths {
		for _, op := range p.operations {
			if seen[op.id] {
				continue // under another base path
			}
			seen[op.id] = true
			all = append(all, c.contract.outline(op))
		}
	}
	slices.SortFunc(all, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(methodOrder(a.Method), methodOrder(b.Method)))
	})
	return all
}

// Path is the template of the contract that an escaped request path matches, without its base path; empty where none does,
// and where [Checker.Allowed] has none.
func (c *Checker) Path(escapedPath string) string {
	if p, ok := c.served(escapedPath); ok {
		return p.path
	}
	return ""
}

// Title of the contract, and its version.
func (c *Checker) Title() (title, version string) {
	return c.contract.doc.Info.Title, c.contract.doc.Info.Version
}

// methodOrder is the order of the fixed fields of a Path Item Object (OpenAPI 3.0.3), but that POST stands before PUT.
func methodOrder(method string) int {
	return slices.Index([]string{
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodHead, http.MethodPatch, http.MethodTrace,
	}, method)
}

func (c *contract) outline(op *operation) Operation {
	o := Operation{ID: op.id, Method: op.route.Method, Path: op.route.Path}
	for _, scheme := range op.schemes {
		if !slices.Contains(o.Schemes, scheme) { // two flows of OAuth are one scheme in Authorization
			o.Schemes = append(o.Schemes, scheme)
		}
	}
	o.MustSignIn = op.mustSignIn
	if body := op.route.Operation.RequestBody; body != nil {
		o.MediaTypes = sortedKeys(body.Value.Content)
	}
	for _, p := range op.parameters {
		o.Parameters = append(o.Parameters, Parameter{In: Place(p.Value.In), Name: p.Value.Name, Required: p.Value.Required})
	}
	for _, status := range sortedKeys(op.route.Operation.Responses.Map()) {
		declared := op.route.Operation.Responses.Value(status).Value
		o.Responses = append(o.Responses, Response{
			Status: status, MediaTypes: sortedKeys(declared.Content),
			BeforeSignIn: status == "401" || beforeSignIn(declared), Headers: headersOf(declared), Examples: examplesOf(declared),
		})
	}
	o.Constraints = c.constraints(op)
	return o
}

func headersOf(response *openapi3.Response) []ResponseHeader {
	var all []ResponseHeader
	for _, name := range sortedKeys(response.Headers) {
		all = append(all, ResponseHeader{Name: name, Required: response.Headers[name].Value.Required})
	}
	return all
}

// examplesOf are those that have a name. What is no JSON is left out: nobody could send it.
func examplesOf(response *openapi3.Response) []Example {
	var all []Example
	for _, mediaType := range sortedKeys(response.Content) {
		examples := response.Content[mediaType].Examples
		for _, name := range sortedKeys(examples) {
			if content, err := json.Marshal(examples[name].Value.Value); err == nil {
				all = append(all, Example{Name: name, Content: content})
			}
		}
	}
	return all
}

// DeclaredStatus is the response of the operation that covers a status, as the contract writes it; empty where none does.
func (o Operation) DeclaredStatus(status int) string {
	for _, want := range []string{fmt.Sprint(status), fmt.Sprintf("%dXX", status/100), "default"} {
		if slices.ContainsFunc(o.Responses, func(r Response) bool { return r.Status == want }) {
			return want
		}
	}
	return ""
}
