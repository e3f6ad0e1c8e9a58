package checker

import (
	"errors"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// AlsoAt judges for a server that serves operations where x-also-at says, as our stand-in does: the base paths of x-also-at
// are then like every other. Without it they are demanded of nobody: a request there gets an advice, and no server has to answer it.
func AlsoAt() Option {
	return func(o *options) { o.alsoAt = true }
}

// alias is another base path of one operation.
type alias struct{ base, advice string }

// alsoAt reads x-also-at of an operation.
func alsoAt(op *openapi3.Operation) ([]alias, error) {
	value, there := op.Extensions["x-also-at"]
	if !there {
		return nil, nil
	}
	wrong := errors.New("x-also-at: want a list of entries that have base, a path which begins with a slash, and advice, a sentence")
	entries, isList := value.([]any)
	if !isList {
		return nil, wrong
	}
	var all []alias
	for _, entry := range entries {
		members, _ := entry.(map[string]any)
		base, _ := members["base"].(string)
		advice, _ := members["advice"].(string)
		if len(members) != 2 || !strings.HasPrefix(base, "/") || advice == "" {
			return nil, wrong
		}
		all = append(all, alias{strings.TrimRight(base, "/"), advice})
	}
	return all, nil
}

// add puts an operation at its path under a base path. also says that x-also-at has the base path.
func (c *contract) add(op *operation, base string, also bool) error {
	at := base + op.route.Path
	op.template = segments(at)
	for _, p := range c.paths {
		if p.base != base || p.path != op.route.Path {
			continue
		}
		if p.also != also {
			return fmt.Errorf("%s %s: x-also-at: %s is a base path of the same path already; want another, or none", op.route.Method, op.route.Path, base)
		}
		p.operations[op.route.Method] = op
		return nil
	}
	c.paths = append(c.paths, pathItem{
		base: base, path: op.route.Path, also: also, template: op.template, operations: map[string]*operation{op.route.Method: op},
	})
	return nil
}

// find is the path that a request is for. One of x-also-at is there for its operations alone, unless the server serves it.
func (c *Checker) find(method, escaped string) (pathItem, bool) {
	p, ok := c.contract.find(escaped)
	if !ok || c.demanded(p) || p.operation(method) != nil {
		return p, ok
	}
	return pathItem{}, false
}

// served is the path that a server has to serve.
func (c *Checker) served(escaped string) (pathItem, bool) {
	p, ok := c.contract.find(escaped)
	return p, ok && c.demanded(p)
}

// demanded reports whether the server has to serve a path.
func (c *Checker) demanded(p pathItem) bool { return !p.also || c.alsoAt }

// forgive takes back what was found in an answer at a path that nobody has to serve: an error that breaks the contract may
// well be how the server answers for every path that it does not have.
func (j *judge) forgive() {
	success := j.exchange.Status >= 200 && j.exchange.Status <= 299
	if success || j.verdict.Kept() {
		return
	}
	j.verdict.Findings = nil
	j.advise(Status, "not-judged", "is not judged: no server has to serve this path")
}
