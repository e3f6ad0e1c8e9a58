package checker

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// refusals are the statuses that say a request was not what the contract says.
var refusals = []int{
	http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
	http.StatusUnprocessableEntity,
}

// JudgeAnswer judges the answer of an exchange, whose request has been judged already: a request that breaks the contract must be refused, one
// that keeps it must not be called wrong.
func (c *Checker) JudgeAnswer(e Exchange, request Verdict) Verdict {
	j := &judge{contract: c.contract, exchange: e, direction: Answer, verdict: Verdict{Operation: request.Operation}}
	target, err := url.ParseRequestURI(e.Target)
	if err != nil {
		return j.verdict
	}
	p, values, ok := c.contract.find(target.EscapedPath())
	if !ok {
		if e.Status < http.StatusBadRequest {
			j.find(Status, "", "", "responses/404", "the path is none of the contract's, so it is 404")
		}
		return j.verdict
	}
	if e.Method == http.MethodOptions {
		j.options(p)
		return j.verdict
	}
	op := p.operation(e.Method)
	if op == nil {
		j.otherMethod(p)
		return j.verdict
	}
	j.outcome(op, request)
	declared := op.route.Operation.Responses.Status(e.Status)
	if declared == nil {
		declared = op.route.Operation.Responses.Default()
	}
	if declared == nil {
		j.find(Status, "", "", fmt.Sprintf("responses/%d", e.Status), "is not declared for the operation")
		return j.verdict
	}
	response := declared.Value
	j.headers(response)
	switch {
	case e.Method == http.MethodHead || len(response.Content) == 0:
		j.noContent(response)
	case e.ResponseTruncated:
	default:
		query := target.Query()
		j.answerContent(response, func(parameter string) bool { return slices.Equal(query[parameter], []string{"true"}) })
	}
	if j.verdict.Kept() && e.Method != http.MethodHead && len(e.ResponseBody) > 0 && !e.ResponseTruncated {
		j.kinAnswer(op, target, values)
	}
	return j.verdict
}

// options judges the answer to OPTIONS: a success with Allow, or a 405 with it.
func (j *judge) options(p pathItem) {
	if status := j.exchange.Status; status >= http.StatusMultipleChoices && status != http.StatusMethodNotAllowed {
		j.find(Status, "", "", "responses/options", "OPTIONS is answered 204, or 405")
	}
	j.allow(p)
}

// otherMethod judges the answer to a method that the path does not have. Each of its operations declares the 405 alike.
func (j *judge) otherMethod(p pathItem) {
	if j.exchange.Status != http.StatusMethodNotAllowed {
		j.find(Status, "", "", "responses/405", "the path does not have the method, so it is 405")
		return
	}
	j.allow(p)
	for _, method := range sortedKeys(p.operations) {
		if declared := p.operations[method].route.Operation.Responses.Status(http.StatusMethodNotAllowed); declared != nil {
			j.headers(declared.Value)
			if j.exchange.Method == http.MethodHead {
				j.noContent(declared.Value)
			} else if !j.exchange.ResponseTruncated {
				j.answerContent(declared.Value, func(string) bool { return false })
			}
			return
		}
	}
}

// allow judges the Allow header: it lists the operations of the path, and may list HEAD, OPTIONS and TRACE besides.
func (j *judge) allow(p pathItem) {
	var given []string
	for method := range strings.SplitSeq(strings.Join(j.exchange.ResponseHeader.Values("Allow"), ","), ",") {
		given = append(given, strings.TrimSpace(method))
	}
	for method := range p.operations {
		if !slices.Contains(given, method) {
			j.find(Header, "Allow", "", "responses/405/headers/Allow", "does not list every method of the path")
			return
		}
	}
}

// outcome judges whether the status fits the request: who may be told yes, and who no.
func (j *judge) outcome(op *operation, request Verdict) {
	success := j.exchange.Status >= 200 && j.exchange.Status <= 299
	_, mustSignIn := op.schemes()
	switch {
	case success && mustSignIn && !j.exchange.signedIn():
		j.find(Status, "", "", "security", "a request without credentials is answered with success")
	case success && !request.Kept():
		j.find(Status, "", "", "responses/rejection", "a request that breaks the contract is answered with success")
	case slices.Contains(refusals, j.exchange.Status) && request.Kept():
		j.find(Status, "", "", "responses/acceptance", "a request that keeps the contract is called wrong")
	}
}

// headers judges the declared headers of the answer.
func (j *judge) headers(response *openapi3.Response) {
	for _, name := range sortedKeys(response.Headers) {
		header := response.Headers[name].Value
		values := j.exchange.ResponseHeader.Values(name)
		if len(values) == 0 {
			if header.Required {
				j.find(Header, name, "", fmt.Sprintf("responses/%d/headers/required", j.exchange.Status), "required, missing")
			}
			continue
		}
		for _, value := range values {
			j.schema(Header, name, header.Schema.Value, value)
		}
	}
}

// noContent judges an answer that has none: RFC 9110 sections 6.4.1 and 8.6. The answer to HEAD has the headers of GET, and no content.
func (j *judge) noContent(response *openapi3.Response) {
	rule := fmt.Sprintf("responses/%d/content", j.exchange.Status)
	if len(response.Content) > 0 {
		rule = "responses/head/content"
	}
	if len(j.exchange.ResponseBody) > 0 {
		j.find(Body, "", "", rule, "is there, and the answer has none")
	}
	if len(response.Content) > 0 {
		return
	}
	for _, name := range []string{"Content-Type", "Content-Length"} {
		if j.exchange.ResponseHeader.Get(name) != "" {
			j.find(Header, name, "", rule, "is there, and the answer has no content")
		}
	}
}

// answerContent judges Content-Type and body. asked tells which query parameters are true.
func (j *judge) answerContent(response *openapi3.Response, asked func(parameter string) bool) {
	body := j.exchange.ResponseBody
	if len(body) == 0 {
		if response.Extensions["x-empty-body"] != true {
			j.find(Body, "", "", fmt.Sprintf("responses/%d/content", j.exchange.Status), "required, missing")
		}
		return
	}
	mediaType, ok := j.answerMediaType(response.Content)
	if !ok {
		return
	}
	body, err := decoded(j.exchange)
	if err != nil {
		j.find(Header, "Content-Encoding", "", fmt.Sprintf("responses/%d/encoding", j.exchange.Status), err.Error())
		return
	}
	value, err := parseJSON(body)
	if err != nil {
		j.find(Body, "", "", fmt.Sprintf("responses/%d/syntax", j.exchange.Status), err.Error())
		return
	}
	schema := bodySchema(response.Content, mediaType)
	if schema == nil {
		return
	}
	plain, conditional, wanted := branch(schema, asked)
	isConditional := conditional != nil && plain.VisitJSON(value) != nil && looksLike(conditional, value)
	early := response.Extensions["x-before-sign-in"] == true
	switch {
	case isConditional && !wanted:
		j.find(Body, "", "", "schema/x-when", "is in an envelope, and none was asked for")
		plain = conditional
	case isConditional:
		plain = conditional
	case wanted && !early:
		rule := "schema/x-when"
		if j.exchange.Status >= http.StatusBadRequest {
			rule += "/error"
		}
		j.find(Body, "", "", rule, "is not in an envelope, and one was asked for")
	}
	j.schema(Body, "", plain, value)
	j.equals(plain, value, "")
}

// looksLike reports whether value has every property that an object schema requires, whatever their values.
func looksLike(schema *openapi3.Schema, value any) bool {
	object, isObject := value.(map[string]any)
	return isObject && !slices.ContainsFunc(schema.Required, func(name string) bool { _, has := object[name]; return !has })
}

// equals judges x-equals: a property that repeats the HTTP status.
func (j *judge) equals(schema *openapi3.Schema, value any, pointer string) {
	object, isObject := value.(map[string]any)
	if !isObject {
		return
	}
	for _, name := range sortedKeys(schema.Properties) {
		property, present := object[name]
		if !present {
			continue
		}
		declared := schema.Properties[name].Value
		if number, isNumber := property.(float64); declared.Extensions["x-equals"] == "http-status" && isNumber && number != float64(j.exchange.Status) {
			j.find(Body, "", pointer+"/"+name, "schema/x-equals", "is not the HTTP status")
		}
		j.equals(declared, property, pointer+"/"+name)
	}
}

// answerMediaType judges Content-Type: once and declared. Its parameters do not count, as the real server sends a wrong charset with JSON.
func (j *judge) answerMediaType(content openapi3.Content) (mediaType string, ok bool) {
	rule := fmt.Sprintf("responses/%d/mediaType", j.exchange.Status)
	want := strings.Join(sortedKeys(content), ", ")
	given := j.exchange.ResponseHeader.Values("Content-Type")
	if len(given) != 1 {
		got := "none"
		if len(given) > 1 {
			got = "more than one"
		}
		j.find(Header, "Content-Type", "", rule, fmt.Sprintf("want %s, got %s", want, got))
		return "", false
	}
	mediaType, _, err := mime.ParseMediaType(given[0])
	if err != nil || content[mediaType] == nil {
		j.find(Header, "Content-Type", "", rule, fmt.Sprintf("want %s, got another", want))
		return "", false
	}
	return mediaType, true
}

// kinAnswer asks kin-openapi for its own verdict, so that nothing is accepted which it refuses.
func (j *judge) kinAnswer(op *operation, target *url.URL, values map[string]string) {
	content, err := decoded(j.exchange)
	if err != nil {
		return // reported already
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: j.kinInput(op, target, values),
		Status:                 j.exchange.Status,
		Header:                 j.exchange.ResponseHeader,
		Body:                   io.NopCloser(bytes.NewReader(content)),
	}
	input.Options = input.RequestValidationInput.Options
	if err := openapi3filter.ValidateResponse(input.RequestValidationInput.Request.Context(), input); err != nil {
		j.kinError(err)
	}
}
