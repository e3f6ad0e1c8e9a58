// Package checker is the judge: is this exchange what the contract says?
//
// kin-openapi judges the schemas. A strict layer convicts what it lets through: undeclared and repeated query parameters, a boolean written
// 1, more than one JSON value, a property given twice, a status that nobody declared, an envelope that was not asked for, content of a
// 204, and so on. Findings never hold a value of the exchange.
//
// What a proof compiled from a schema shows to be valid, neither of them looks at: that takes less than half of the time that kin-openapi takes by
// itself. A proof accepts or does not know; it never convicts. [Thorough] does without.
package checker

import (
	"slices"
	"sync"

	"github.com/migrationlink/migrationlink"
)

// Checker judges exchanges by one contract. It is immutable and safe for concurrent use.
type Checker struct {
	contract *contract
	thorough bool
	alsoAt   bool // the server serves what x-also-at says
}

// Option changes what New makes.
type Option func(*options)

type options struct {
	document []byte
	thorough bool
	alsoAt   bool
}

// Document judges by another OpenAPI 3.0 document, in YAML or JSON, instead of the migration link's. Content is JSON, parameters and headers
// are described by schemas, and sign-in goes by Authorization; [New] refuses a document with anything else. The extensions that our openapi.yaml
// begins with count in it as well; by one that it does not use it is not judged.
func Document(document []byte) Option {
	return func(o *options) { o.document = document }
}

// Thorough has kin-openapi and the strict layer look at everything. Without it, what a schema of the document proves valid by itself is not shown to
// them, which takes a fraction of the time; the verdict is the same. It is for tests, which rely on nothing but the two judges.
func Thorough() Option {
	return func(o *options) { o.thorough = true }
}

// ours is read once a process: the document is part of the program and does not change.
var ours = sync.OnceValues(func() (*contract, error) { return load(migrationlink.OpenAPI()) })

// New makes a checker of the migration link's contract, or of another [Document]. The error says what is wrong with that document.
func New(opts ...Option) (*Checker, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	read := ours
	if o.document != nil {
		read = func() (*contract, error) { return load(o.document) }
	}
	contract, err := read()
	if err != nil {
		return nil, err
	}
	return &Checker{contract: contract, thorough: o.thorough, alsoAt: o.alsoAt}, nil
}

// Judge judges a whole exchange: the request, then the answer to it.
func (c *Checker) Judge(e Exchange) Verdict {
	request := c.JudgeRequest(e)
	answer := c.JudgeAnswer(e, request)
	return Verdict{
		Operation: request.Operation,
		Findings:  slices.Concat(request.Findings, answer.Findings),
		Advice:    slices.Concat(request.Advice, answer.Advice),
	}
}

// BasePaths are the paths that operations are served under, sorted, without a slash at the end. [AlsoAt] adds
// those of x-also-at.
func (c *Checker) BasePaths() []string {
	var bases []string
	for _, p := range c.contract.paths {
		if c.demanded(p) {
			bases = append(bases, p.base)
		}
	}
	slices.Sort(bases)
	return slices.Compact(bases)
}

// Allowed returns the methods that the contract has for an escaped request path, as an Allow header lists them, and nil for a path that
// it does not have. OPTIONS is always among them, HEAD where GET is. Paths under a
// base path of x-also-at are there only with [AlsoAt].
func (c *Checker) Allowed(escapedPath string) []string {
	p, ok := c.served(escapedPath)
	if !ok {
		return nil
	}
	return p.allowed()
}

// MaxRequestBytes is the largest content, in bytes, that the operation of a method and an escaped request path takes. It is 0 for an operation
// that takes none or sets no limit, and where the contract has no operation.
func (c *Checker) MaxRequestBytes(method, escapedPath string) int {
	p, ok := c.contract.find(escapedPath)
	if !ok {
		return 0
	}
	op := p.operation(method)
	if op == nil || op.route.Operation.RequestBody == nil {
		return 0
	}
	limit, _ := maxBytes(op.route.Operation.RequestBody.Value)
	return limit
}

// OperationID is the operation of a method and an escaped request path, as findings have it; empty where the contract has none. HEAD is
// that of GET.
func (c *Checker) OperationID(method, escapedPath string) string {
	p, _ := c.contract.find(escapedPath)
	if op := p.operation(method); op != nil {
		return op.id
	}
	return ""
}
