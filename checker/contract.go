package checker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// contract is an OpenAPI document made ready to be asked.
type contract struct {
	doc       *openapi3.T
	paths     []pathItem
	decisions []decision
	// tellsEarly: the document says with x-before-sign-in which answers may come before sign-in. One that never says it binds nobody.
	tellsEarly bool
	// paths beside those of the document
	tokenPath, revocationPath string
	proofs                    proofs
}

// pathItem is one path of the document under one base path.
type pathItem struct {
	base     string
	path     string   // as the document writes it
	also     bool     // the base path is that of x-also-at
	template []string // its segments below the root, parameters as {name}
	// operations by method, those alone that are served under this base path
	operations map[string]*operation
}

type operation struct {
	id         string
	route      *routers.Route
	template   []string // of the path that it is at
	parameters openapi3.Parameters
	// schemes that sign in, as Authorization names them
	schemes    []string
	mustSignIn bool
	// provable: proofs cover all that kin-openapi looks at
	provable bool
	// advice of x-also-at to whoever asks under its base path; empty elsewhere
	advice string
}

// load reads an OpenAPI 3.0 document and validates it, its examples included.
func load(document []byte) (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	demand(doc)
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("validate the OpenAPI document: %w", err)
	}
	if doc.IsOpenAPI31OrLater() {
		return nil, fmt.Errorf("the OpenAPI document has version %s; want 3.0", doc.OpenAPI)
	}
	if err := readable(doc); err != nil {
		return nil, fmt.Errorf("the OpenAPI document has what the checker does not read: %w", err)
	}
	decisions, err := readDecisions(document, doc)
	if err != nil {
		return nil, fmt.Errorf("read the decisions of the OpenAPI document: %w", err)
	}
	c := &contract{doc: doc, decisions: decisions, proofs: newProofs()}
	c.tokenPath, c.revocationPath = oauthPaths(doc)
	for _, template := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(template)
		for _, method := range sortedKeys(item.Operations()) {
			if err := c.addAll(item, item.Operations()[method], method, template); err != nil {
				return nil, fmt.Errorf("the OpenAPI document: %w", err)
			}
		}
	}
	slices.SortStableFunc(c.paths, func(a, b pathItem) int { // what has to be served comes before what need not
		switch {
		case a.also == b.also:
			return 0
		case b.also:
			return -1
		}
		return 1
	})
	if len(c.paths) == 0 {
		return nil, errors.New("the OpenAPI document has no operation")
	}
	return c, nil
}

// addAll adds an operation under each base path that it is served under, then under those of its x-also-at.
func (c *contract) addAll(item *openapi3.PathItem, op *openapi3.Operation, method, template string) error {
	for _, response := range op.Responses.Map() {
		c.tellsEarly = c.tellsEarly || beforeSignIn(response.Value)
	}
	made := operation{
		id:         cmp.Or(op.OperationID, method+" "+template), // an operationId is optional (OpenAPI 3.0.3, Operation Object)
		route:      &routers.Route{Spec: c.doc, Path: template, PathItem: item, Method: method, Operation: op},
		parameters: parameters(item, op),
	}
	made.schemes, made.mustSignIn = signIn(c.doc, op)
	made.provable = c.proofs.add(&made)
	for _, server := range servers(c.doc, item, op) {
		at := made
		if err := c.add(&at, basePath(server.URL), false); err != nil {
			return err
		}
	}
	also, err := alsoAt(op)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, template, err)
	}
	for _, alias := range also {
		at := made
		at.advice = alias.advice
		if err := c.add(&at, alias.base, true); err != nil {
			return err
		}
	}
	return nil
}

// servers of an operation: its own, else those of its path, else those of the document (OpenAPI 3.0.3, Operation Object).
func servers(doc *openapi3.T, item *openapi3.PathItem, op *openapi3.Operation) openapi3.Servers {
	switch {
	case op.Servers != nil && len(*op.Servers) > 0:
		return *op.Servers
	case len(item.Servers) > 0:
		return item.Servers
	case len(doc.Servers) > 0:
		return doc.Servers
	default:
		return openapi3.Servers{{URL: "/"}}
	}
}

// basePath is the path of a server's URL without a slash at its end. The host does not count: a stand-in or a proxy has another.
func basePath(serverURL string) string {
	if _, rest, absolute := strings.Cut(serverURL, "://"); absolute {
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			return ""
		}
		serverURL = rest[slash:]
	}
	return strings.TrimRight(serverURL, "/")
}

// parameters of an operation, and those of its path that it does not define anew.
func parameters(item *openapi3.PathItem, op *openapi3.Operation) openapi3.Parameters {
	all := slices.Clone(op.Parameters)
	for _, p := range item.Parameters {
		if op.Parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil {
			all = append(all, p)
		}
	}
	return all
}

// signIn is which schemes sign in to an operation, as Authorization names them, and whether one has to.
func signIn(doc *openapi3.T, op *openapi3.Operation) (schemes []string, must bool) {
	requirements := doc.Security
	if op.Security != nil {
		requirements = *op.Security
	}
	must = len(requirements) > 0
	for _, requirement := range requirements {
		if len(requirement) == 0 {
			must = false // an empty requirement makes signing in optional (OpenAPI 3.0.3, Operation Object)
		}
		for _, name := range sortedKeys(requirement) {
			switch s := doc.Components.SecuritySchemes[name].Value; s.Type {
			case "http":
				schemes = append(schemes, strings.ToUpper(s.Scheme[:1])+s.Scheme[1:])
			case "oauth2", "openIdConnect":
				schemes = append(schemes, "Bearer")
			}
		}
	}
	return schemes, must
}

// beforeSignIn reports whether a response may come before sign-in.
func beforeSignIn(response *openapi3.Response) bool {
	return response.Extensions["x-before-sign-in"] == true
}

// lateOnly reports whether a response may come after sign-in alone.
func (c *contract) lateOnly(response *openapi3.Response) bool {
	return c.tellsEarly && !beforeSignIn(response)
}

func segments(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

// find returns the path that an escaped request path matches. A path without parameters wins over one with.
func (c *contract) find(escaped string) (found pathItem, ok bool) {
	for _, p := range c.paths {
		if p.matches(escaped) {
			return p, true
		}
	}
	return pathItem{}, false
}

func (p pathItem) matches(escaped string) bool {
	rest, more := strings.CutPrefix(escaped, "/")
	for _, want := range p.template {
		if !more {
			return false
		}
		var given string
		if given, rest, more = strings.Cut(rest, "/"); !fits(want, given) {
			return false
		}
	}
	return !more
}

// fits reports whether an escaped segment of a request path is what a segment of a template wants.
func fits(want, given string) bool {
	got, err := url.PathUnescape(given)
	return err == nil && (want == got || strings.HasPrefix(want, "{") && isSegment(given, got))
}

// pathValue is the value of a path parameter in a request target that the operation is at.
func (op *operation) pathValue(target *url.URL, name string) string {
	rest := strings.TrimPrefix(target.EscapedPath(), "/")
	for _, segment := range op.template {
		var given string
		if given, rest, _ = strings.Cut(rest, "/"); segment == "{"+name+"}" {
			value, _ := url.PathUnescape(given) // it has been unescaped to match
			return value
		}
	}
	return ""
}

// pathValues are those of all path parameters, by name.
func (op *operation) pathValues(target *url.URL) map[string]string {
	values := make(map[string]string)
	for _, p := range op.parameters {
		if p.Value.In == openapi3.ParameterInPath {
			values[p.Value.Name] = op.pathValue(target, p.Value.Name)
		}
	}
	return values
}

// isSegment reports whether a parameter can stand for a path segment: it is not empty, and none that a path is cleaned of (RFC 3986 section 5.2.4).
func isSegment(given, unescaped string) bool {
	return unescaped != "" && unescaped != "/" && given != "." && given != ".."
}

// operation of a method. HEAD is answered as GET is (RFC 9110 section 9.3.2).
func (p pathItem) operation(method string) *operation {
	if op := p.operations[method]; op != nil || method != http.MethodHead {
		return op
	}
	return p.operations[http.MethodGet]
}

// allowed methods of the path, as an Allow header lists them.
func (p pathItem) allowed() []string {
	methods := []string{http.MethodOptions}
	for method := range p.operations {
		methods = append(methods, method)
		if method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// bodySchema returns the schema of a media type of a body, and nil where it has none.
func bodySchema(content openapi3.Content, mediaType string) *openapi3.Schema {
	if declared := content[mediaType]; declared != nil && declared.Schema != nil {
		return declared.Schema.Value
	}
	return nil
}
