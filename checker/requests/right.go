package requests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Right makes requests that keep the contract: each operation with every combination of its query parameters, HEAD where there is GET, OPTIONS for
// each path, and content at the borders of its schema and in every way that JSON can be written.
func (m *Maker) Right() []Case {
	var all []Case
	asked := make(map[string]bool)
	add := func(op operation, name, decision string, requests ...Request) {
		c := Case{Name: op.id + "/" + name, Operation: op.id, Decision: decision}
		if m.config.Keep != nil && !m.config.Keep(c.Name) {
			return
		}
		for _, r := range requests {
			if e, err := r.Exchange(); err == nil && m.judge.JudgeRequest(e).Kept() {
				c.Requests = append(c.Requests, r)
			}
		}
		if len(c.Requests) > 0 {
			all = append(all, c)
		}
	}
	for _, op := range m.operations {
		plain := m.right(op)
		queries := m.queries(op)
		add(op, "right/query", "", each(queries, plain.withQueryIf)...)
		if op.method == http.MethodGet {
			head := plain.with(func(r *Request) { r.Method = http.MethodHead })
			add(op, "right/HEAD", "", each(queries, head.withQueryIf)...)
		}
		if _, schema, ok := op.content(); ok {
			add(op, "right/mediaType", "", each([]string{"; charset=utf-8", ";charset=UTF-8", `; charset="utf-8"`, "; version=1"}, func(parameter string) Request {
				return plain.with(func(r *Request) { r.Header.Set("Content-Type", r.Header.Get("Content-Type")+parameter) })
			})...)
			add(op, "right/spelling", "", each(spellings(plain.Body), plain.withBody)...)
			add(op, "right/body", "", each(m.bodies(schema), plain.withBody)...)
			if limit := m.judge.MaxRequestBytes(op.method, op.path); limit > len(plain.Body) {
				padded := func(size int) Request {
					return plain.withBody(slices.Concat(bytes.Repeat([]byte(" "), size-len(plain.Body)), plain.Body))
				}
				add(op, "right/maxBytes", m.decisionOn(padded(limit+1)), padded(limit))
			}
		}
		if !asked[op.path] {
			asked[op.path] = true
			add(op, "right/OPTIONS", "", Request{Method: http.MethodOptions, Target: op.path})
		}
	}
	return all
}

// decisionOn is the decision of ours by which the contract refuses a request; empty where there is none.
func (m *Maker) decisionOn(r Request) string {
	e, err := r.Exchange()
	if err != nil {
		return ""
	}
	findings := m.judge.JudgeRequest(e).Findings
	if len(findings) != 1 {
		return ""
	}
	return findings[0].Decision
}

func each[V any](values []V, make func(V) Request) []Request {
	requests := []Request{}
	for _, value := range values {
		requests = append(requests, make(value))
	}
	return requests
}

func (r Request) withBody(body []byte) Request {
	r.Body = body
	return r
}

func (r Request) withQueryIf(raw string) Request {
	if raw == "" {
		return r
	}
	return r.withQuery(raw)
}

// queries are all combinations of the optional query parameters: absent, and each value of booleans and enumerations or else one.
func (m *Maker) queries(op operation) []string {
	queries := []string{""}
	for _, p := range op.parameters {
		if p.Value.In != openapi3.ParameterInQuery || p.Value.Required {
			continue
		}
		values := []string{}
		switch schema := p.Value.Schema.Value; {
		case schema.Type.Is(openapi3.TypeBoolean):
			values = []string{"true", "false"}
		case len(schema.Enum) > 0:
			for _, value := range schema.Enum {
				values = append(values, fmt.Sprint(value))
			}
		case schema.Type.Is(openapi3.TypeString) || schema.Type == nil:
			for _, value := range m.validValues(p.Value.Name, schema) {
				if text, isText := value.(string); isText {
					values = append(values, text)
				}
			}
		default:
			if value, err := m.parameterValue(p.Value); err == nil {
				values = append(values, value)
			}
		}
		for _, before := range slices.Clone(queries) {
			for _, value := range values {
				queries = append(queries, strings.TrimPrefix(before+"&"+p.Value.Name+"="+url.QueryEscape(value), "&"))
			}
		}
	}
	return queries
}

// bodies at the borders of a schema of an object: each property with each of its values, and what it does not have where it takes that.
func (m *Maker) bodies(schema *openapi3.Schema) [][]byte {
	base, ok := m.valid("", schema)
	object, isObject := base.(map[string]any)
	if !ok || !isObject {
		return nil
	}
	var all [][]byte
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		for _, value := range m.validValues(name, schema.Properties[name].Value) {
			changed := maps.Clone(object)
			changed[name] = value
			all = append(all, encode(changed))
		}
		less := maps.Clone(object)
		delete(less, name)
		all = append(all, encode(less))
	}
	more := maps.Clone(object)
	more["more"] = "x"
	return append(all, encode(more))
}

// spellings of one JSON value: white space wherever there may be some, and characters written as escapes.
func spellings(compact []byte) [][]byte {
	var indented bytes.Buffer
	if json.Indent(&indented, compact, "", "\t") != nil {
		return nil
	}
	var escaped bytes.Buffer
	inString := false
	for i := 0; i < len(compact); i++ {
		c := compact[i]
		switch {
		case c == '"':
			inString = !inString
			escaped.WriteByte(c)
		case c == '\\':
			escaped.Write(compact[i : i+2])
			i++
		case inString && c < 0x80:
			fmt.Fprintf(&escaped, `\u%04X`, c)
		default:
			escaped.WriteByte(c)
		}
	}
	return [][]byte{
		slices.Concat([]byte(" \t\r\n"), compact, []byte("\r\n \t")), indented.Bytes(), escaped.Bytes(),
	}
}

// Operation is one operation of the contract under the base path.
type Operation struct {
	ID     string
	Method string
	// Path is whole, with values.
	Path string
	// Plain is the plainest right request.
	Plain Request
}

// Operations are those that the contract has under the base path, in the document's order.
func (m *Maker) Operations() []Operation {
	var all []Operation
	for _, op := range m.operations {
		all = append(all, Operation{ID: op.id, Method: op.method, Path: op.path, Plain: m.right(op)})
	}
	return all
}
