package checker

import (
	"errors"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// AlsoAt judges a server that serves the base paths of x-also-at, as our stand-in does. They are then like
// every other base path. Without AlsoAt no server has to serve them. A request there still gets the advice.
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
	wrong := errors.New("x-also-at: want a list of entries with " +
		"base (a path that begins with a slash) and advice (a sentence)")
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

// add puts an operation at its path under a base path. also says that the base path is one of x-also-at.
func (c *contract) add(op *operation, base string, also bool) error {
	at := base + op.route.Path
	op.template = segments(at)
	for _, p := range c.paths {
		if p.base != base || p.path != op.route.Path {
			continue
		}
		if p.also != also {
			return fmt.Errorf("%s %s: x-also-at: %s is a base path of the same path already; want another, or none",
				op.route.Method, op.route.Path, base)
		}
		p.operations[op.route.Method] = op
		return nil
	}
	c.paths = append(c.paths, pathItem{
		base: base, path: op.route.Path, also: also, template: op.template,
		operations: map[string]*operation{op.route.Method: op},
	})
	return nil
}

// find is the path that a request is for. Under a base path of x-also-at it has only the methods that the
// contract has there, unless the server serves the base path.
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

// forgive takes back the findings on an answer at a path that no server has to serve. An error that breaks the
// contract may be what the server answers at every path that it does not have.
func (j *judge) forgive() {
	success := j.exchange.Status >= 200 && j.exchange.Status <= 299
	if success || j.verdict.Kept() {
		return
	}
	j.verdict.Findings = nil
	j.advise(Status, NotJudged, "does not count: no server has to serve this path")
}
