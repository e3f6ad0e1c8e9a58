// Package requests makes requests from an OpenAPI document: right ones, and wrong ones of which each breaks just one rule of it. Nothing is listed
// by hand: what a document does not say is not made.
//
// Every request is written as it would be sent, read back, and judged by the checker: a wrong one that became valid on its way, or that breaks
// more than its rule, is left out. The same seed makes the same requests.
package requests

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/migrationlink/migrationlink/checker"
)

// Request is a request without credentials.
type Request struct {
	Method string
	// Target is the request target: an escaped path that begins with a slash, and the query.
	Target string
	Header http.Header
	Body   []byte
}

// HTTP makes the request to be sent to an origin (scheme://host).
func (r Request) HTTP(ctx context.Context, origin string) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, origin+r.Target, bytes.NewReader(r.Body))
	if err != nil {
		return nil, errors.New("the request cannot be sent by net/http") // its own text repeats what was given
	}
	request.Header = r.Header.Clone()
	if request.Header == nil {
		request.Header = make(http.Header)
	}
	return request, nil
}

// Exchange is the request as whoever receives it reads it, without an answer.
func (r Request) Exchange() (checker.Exchange, error) {
	request, err := r.HTTP(context.Background(), "http://host")
	if err != nil {
		return checker.Exchange{}, err
	}
	var wire bytes.Buffer
	if err := request.Write(&wire); err != nil {
		return checker.Exchange{}, fmt.Errorf("write the request: %w", err)
	}
	received, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		return checker.Exchange{}, fmt.Errorf("read the request back: %w", err)
	}
	body, err := io.ReadAll(received.Body)
	if err != nil {
		return checker.Exchange{}, fmt.Errorf("read the request's content back: %w", err)
	}
	return checker.Exchange{Method: received.Method, Target: received.RequestURI, RequestHeader: received.Header, RequestBody: body}, nil
}

// Case is one rule of one operation, with the requests that keep or break it.
type Case struct {
	// Name says where and what: status/query/pretty/type.
	Name string
	// Operation is the operationId. A request whose path or method the contract does not have carries that of the operation it is made from.
	Operation string
	// Rule is what each request breaks, as the checker's findings name it; empty for right requests.
	Rule string
	// Place of what is broken.
	Place checker.Place
	// Decision is the x-decision that the rule rests on, or that a right request is right by; empty where MongoDB's word is behind it, or a standard's.
	Decision string
	// Statuses are the answers that refuse each request as they should; none for right requests.
	Statuses []int
	Requests []Request
}

// Config says what to make requests for.
type Config struct {
	// Base is the base path that operations are asked for under, without a slash at its end.
	Base string
	// Values of parameters and properties by their names, to use in right requests. One that is missing is the example of the document, or made.
	Values map[string]string
	// Seed of what is drawn.
	Seed uint64
	// Variants is how many requests are drawn for each rule that has many, besides the ones that are always there.
	Variants int
	// Keep chooses cases by their names; nil is all. What is left out costs little, and changes none of the others.
	Keep func(name string) bool
}

// Maker makes requests. It is not safe for concurrent use: it draws.
type Maker struct {
	doc        *openapi3.T
	judge      *checker.Checker
	config     Config
	random     *rand.Rand
	operations []operation
}

type operation struct {
	id, method string
	template   string // below the base path
	path       string // whole, with values
	parameters openapi3.Parameters
	body       *openapi3.RequestBody // nil: it takes none
}

// New reads the document that judge judges by. The error says what is wrong with it, or which value is missing.
func New(document []byte, judge *checker.Checker, config Config) (*Maker, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	return (&Maker{doc: doc, judge: judge}).Under(config)
}

// Under makes requests of the same document by another config. It draws for itself.
func (m *Maker) Under(config Config) (*Maker, error) {
	m = &Maker{doc: m.doc, judge: m.judge, config: config, random: rand.New(rand.NewPCG(config.Seed, 0))}
	for _, template := range m.doc.Paths.InMatchingOrder() {
		item := m.doc.Paths.Value(template)
		operations := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			op := operation{id: operations[method].OperationID, method: method, template: template}
			for _, p := range slices.Concat(operations[method].Parameters, item.Parameters) {
				if op.parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil {
					op.parameters = append(op.parameters, p)
				}
			}
			if body := operations[method].RequestBody; body != nil {
				op.body = body.Value
			}
			var err error
			if op.path, err = m.fill(op, "", ""); err != nil {
				return nil, err
			}
			if slices.Contains(m.judge.Allowed(op.path), method) { // else it is served under other base paths alone
				m.operations = append(m.operations, op)
			}
		}
	}
	if len(m.operations) == 0 {
		return nil, fmt.Errorf("no operation is served under the base path; want one of %s", strings.Join(m.judge.BasePaths(), ", "))
	}
	return m, nil
}

// fill puts values into the path's template; the parameter of the name gets the escaped value instead.
func (m *Maker) fill(op operation, name, escaped string) (string, error) {
	path := m.config.Base + op.template
	for _, p := range op.parameters {
		if p.Value.In != openapi3.ParameterInPath {
			continue
		}
		value := escaped
		if p.Value.Name != name {
			valid, err := m.parameterValue(p.Value)
			if err != nil {
				return "", err
			}
			value = url.PathEscape(valid)
		}
		path = strings.ReplaceAll(path, "{"+p.Value.Name+"}", value)
	}
	return path, nil
}

// parameterValue is a right value of a parameter.
func (m *Maker) parameterValue(p *openapi3.Parameter) (string, error) {
	if value, given := m.config.Values[p.Name]; given {
		return value, nil
	}
	if p.Example != nil {
		return fmt.Sprint(p.Example), nil
	}
	value, ok := m.valid(p.Name, p.Schema.Value)
	if !ok {
		return "", fmt.Errorf("parameter %s: no value can be made for it; want an example in the document, or a value", p.Name)
	}
	return fmt.Sprint(value), nil
}

// right is the plainest right request of an operation.
func (m *Maker) right(op operation) Request {
	r := Request{Method: op.method, Target: op.path, Header: make(http.Header)}
	query := make(url.Values)
	for _, p := range op.parameters {
		value, err := m.parameterValue(p.Value)
		if err != nil || !p.Value.Required {
			continue
		}
		switch p.Value.In {
		case openapi3.ParameterInQuery:
			query.Set(p.Value.Name, value)
		case openapi3.ParameterInHeader:
			r.Header.Set(p.Value.Name, value)
		}
	}
	if len(query) > 0 {
		r.Target += "?" + query.Encode()
	}
	if mediaType, schema, ok := op.content(); ok {
		if value, ok := m.valid("", schema); ok {
			r.Header.Set("Content-Type", mediaType)
			r.Body = encode(value)
		}
	}
	return r
}

// content is the JSON that the operation takes.
func (op operation) content() (mediaType string, schema *openapi3.Schema, ok bool) {
	if op.body == nil {
		return "", nil, false
	}
	for _, mediaType := range slices.Sorted(maps.Keys(op.body.Content)) {
		if media := op.body.Content[mediaType]; media.Schema != nil && strings.Contains(mediaType, "json") {
			return mediaType, media.Schema.Value, true
		}
	}
	return "", nil, false
}

// with is a copy of the request with changes.
func (r Request) with(change func(*Request)) Request {
	r.Header = r.Header.Clone()
	r.Body = bytes.Clone(r.Body)
	change(&r)
	return r
}

// withQuery appends to the query.
func (r Request) withQuery(raw string) Request {
	separator := "?"
	if strings.Contains(r.Target, "?") {
		separator = "&"
	}
	r.Target += separator + raw
	return r
}

// withoutQuery takes a parameter out of the query, which is one of ours and parses.
func (r Request) withoutQuery(name string) Request {
	path, raw, _ := strings.Cut(r.Target, "?")
	query, err := url.ParseQuery(raw)
	if err != nil {
		return r
	}
	query.Del(name)
	r.Target = path
	return r.withQueryIf(query.Encode())
}
