package checker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/migrationlink/migrationlink/internal/proof"
	"github.com/migrationlink/migrationlink/internal/timestamp"
)

// JudgeAnswer judges the answer of an exchange, whose request has been judged already: a request that breaks the contract must be refused, one
// that keeps it must not be called wrong.
func (c *Checker) JudgeAnswer(e Exchange, request Verdict) Verdict {
	j := c.judge(e, Answer)
	j.verdict.Operation = request.Operation
	e = j.exchange
	target, err := url.ParseRequestURI(e.Target)
	if err != nil {
		return j.verdict
	}
	p, ok := c.find(e.Method, target.EscapedPath())
	if !ok {
		if e.Status < http.StatusBadRequest && !c.contract.givesTokens(target.EscapedPath()) {
			j.find(Status, "", "", "responses/404", "the path is none of the contract's, so it is 404")
		}
		return j.verdict
	}
	j.answerOf(p, target, request)
	if !c.demanded(p) {
		j.forgive()
	}
	return j.verdict
}

// answerOf judges the answer at a path of the contract.
func (j *judge) answerOf(p pathItem, target *url.URL, request Verdict) {
	e := j.exchange
	if e.Method == http.MethodOptions {
		j.options(p)
		return
	}
	op := p.operation(e.Method)
	if op == nil {
		j.otherMethod(p)
		return
	}
	j.thorough = j.thorough || !op.provable
	j.outcome(op, request)
	declared := op.route.Operation.Responses.Status(e.Status)
	if declared == nil {
		declared = op.route.Operation.Responses.Default()
	}
	if declared == nil {
		j.find(Status, "", "", fmt.Sprintf("responses/%d", e.Status), "is not declared for the operation")
		return
	}
	response := declared.Value
	if op.mustSignIn && !e.signedIn() && e.Status >= http.StatusMultipleChoices && j.contract.lateOnly(response) {
		j.find(Status, "", "", "x-before-sign-in", "is told to a request without credentials")
	}
	j.headers(response)
	if e.Status == http.StatusUnauthorized {
		j.challenge(op)
	}
	switch {
	case e.Method == http.MethodHead || len(response.Content) == 0:
		j.noContent(response)
	case j.partOfAnswer():
		j.unread(e.ResponseUnread)
	default:
		var query url.Values
		if target.RawQuery != "" {
			query = target.Query()
		}
		j.answerContent(response, func(parameter string) bool { return slices.Equal(query[parameter], []string{"true"}) })
	}
	if (j.thorough || j.unproved) && j.verdict.Kept() && e.Method != http.MethodHead && len(e.ResponseBody) > 0 && !j.partOfAnswer() && !j.beyondKin {
		j.kinAnswer(op, target)
	}
}

// options judges the answer to OPTIONS: a success with Allow, or a 405 with it.
func (j *judge) options(p pathItem) {
	switch j.exchange.Status {
	case http.StatusMethodNotAllowed:
		j.otherMethod(p)
		return
	case http.StatusNoContent:
		j.noContent(new(openapi3.Response))
	default:
		j.find(Status, "", "", "responses/options", "OPTIONS is answered 204, or 405")
	}
	j.allow(p, "responses/options/headers/Allow")
}

// otherMethod judges the answer to a method that the path does not have. Each of its operations declares the 405 alike.
func (j *judge) otherMethod(p pathItem) {
	if j.exchange.Status != http.StatusMethodNotAllowed {
		for _, op := range p.operations {
			if declared := op.route.Operation.Responses.Status(j.exchange.Status); declared != nil && j.exchange.Status >= http.StatusTooManyRequests &&
				!j.contract.lateOnly(declared.Value) {
				return // too many requests, or out of order: told before the method is looked at
			}
		}
		j.find(Status, "", "", "responses/405", "the path does not have the method, so it is 405")
		return
	}
	j.allow(p, "responses/405/headers/Allow")
	for _, method := range sortedKeys(p.operations) {
		if declared := p.operations[method].route.Operation.Responses.Status(http.StatusMethodNotAllowed); declared != nil {
			j.headers(declared.Value)
			if j.exchange.Method == http.MethodHead {
				j.noContent(declared.Value)
			} else if j.partOfAnswer() {
				j.unread(j.exchange.ResponseUnread)
			} else {
				j.answerContent(declared.Value, func(string) bool { return false })
			}
			return
		}
	}
}

// allow judges the Allow header: it lists the operations of the path, and may list HEAD, OPTIONS and TRACE besides.
func (j *judge) allow(p pathItem, rule string) {
	var given []string
	may := append(p.allowed(), http.MethodHead, http.MethodTrace, "")
	for method := range strings.SplitSeq(strings.Join(j.exchange.ResponseHeader.Values("Allow"), ","), ",") {
		method = strings.TrimSpace(method)
		if !slices.Contains(may, method) {
			j.find(Header, "Allow", "", rule, "lists a method that the path does not have")
			return
		}
		given = append(given, method)
	}
	for method := range p.operations {
		if !slices.Contains(given, method) {
			j.find(Header, "Allow", "", rule, "does not list every method of the path")
			return
		}
	}
}

// headers judges the declared headers of the answer.
func (j *judge) headers(response *openapi3.Response) {
	for _, name := range sortedKeys(response.Headers) {
		header := response.Headers[name].Value
		values := j.exchange.ResponseHeader.Values(name)
		if len(values) == 0 {
			if _, there := j.exchange.ResponseHeader[http.CanonicalHeaderKey(name)]; there {
				j.unproved = true // kin-openapi has a word on a field without a value
			}
			if header.Required {
				j.find(Header, name, "", fmt.Sprintf("responses/%d/headers/required", j.exchange.Status), "required, missing")
			}
			continue
		}
		if len(values) > 1 {
			values = append(slices.Clone(values), strings.Join(values, ", ")) // which is what it means (RFC 9110 section 5.3)
		}
		for _, value := range values {
			found := len(j.verdict.Findings)
			if !j.proves(header.Schema.Value, func(known *proof.Proof) bool { return known.Text(value) }) {
				j.schema(Header, name, header.Schema.Value, value)
			}
			if len(j.verdict.Findings) == found {
				j.httpDate(name, header.Schema.Value, value)
			}
		}
	}
}

// httpDate judges x-format: http-date, by which a value that has the form of a date is one. Numbers of seconds have another form.
func (j *judge) httpDate(name string, schema *openapi3.Schema, value string) {
	if schema.Extensions["x-format"] == "http-date" && strings.Contains(value, ",") && !timestamp.IsHTTPDate(value) {
		j.find(Header, name, "", "schema/x-format", "is no date that there is (RFC 9110 section 5.6.7; value hidden)")
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
		if j.exchange.ResponseHeader.Get("Content-Type") != "" {
			j.answerMediaType(response.Content)
		}
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
		j.undecoded(err)
		return
	}
	schema := bodySchema(response.Content, mediaType)
	early := beforeSignIn(response)
	stranger := early && !j.exchange.signedIn()
	if j.provesAnswer(schema, body, asked, stranger) {
		return
	}
	value, err := j.parse(body)
	if err != nil {
		j.find(Body, "", "", fmt.Sprintf("responses/%d/syntax", j.exchange.Status), err.Error())
		return
	}
	if schema == nil {
		return
	}
	plain, conditional, wanted := branch(schema, asked)
	envelope := conditional != nil && plain.VisitJSON(value) != nil
	rule := "schema/x-when"
	if j.exchange.Status >= http.StatusBadRequest {
		rule += "/error"
	}
	switch {
	case envelope && looksLike(conditional, value) && !wanted:
		j.find(Body, "", "", "schema/x-when", "is in an envelope, and none was asked for")
		plain = conditional
	case envelope && looksLike(conditional, value) && stranger:
		j.find(Body, "", "", "schema/x-when", "is in an envelope, before sign-in")
		plain = conditional
	case envelope && looksLike(conditional, value):
		plain = conditional
	case envelope && wanted && !stranger && looksLikePart(conditional, plain, value):
		part := *conditional
		part.Required = nil // what is missing is told here
		j.find(Body, "", "", rule, "is an envelope without "+strings.Join(missing(conditional, value), " and "))
		plain = &part
	case wanted && !early:
		j.find(Body, "", "", rule, "is not in an envelope, and one was asked for")
	}
	j.schema(Body, "", plain, value)
	j.equals(plain, value, "")
}

// provesAnswer reports whether content certainly keeps a schema, by the branch that was asked for.
func (j *judge) provesAnswer(schema *openapi3.Schema, content []byte, asked func(parameter string) bool, stranger bool) bool {
	if schema == nil || !j.proves(schema, func(*proof.Proof) bool { return true }) { // then no other branch of it can be valid as well
		j.unproved = true
		return false
	}
	plain, conditional, wanted := branch(schema, asked)
	if wanted {
		plain = conditional
	}
	return j.proves(plain, func(known *proof.Proof) bool { return (!wanted || !stranger) && known.JSON(content, j.exchange.Status) })
}

// looksLike reports whether value has every property that an object schema requires, whatever their values.
func looksLike(schema *openapi3.Schema, value any) bool {
	_, isObject := value.(map[string]any)
	return isObject && len(missing(schema, value)) == 0
}

// looksLikePart reports whether value has a property of the envelope that a plain answer does not have, or has with another type.
func looksLikePart(envelope, plain *openapi3.Schema, value any) bool {
	object, _ := value.(map[string]any)
	hasType := func(property *openapi3.SchemaRef, value any) bool {
		return property != nil && (&openapi3.Schema{Type: property.Value.Type}).VisitJSON(value) == nil
	}
	for _, name := range envelope.Required {
		if part, has := object[name]; has && hasType(envelope.Properties[name], part) && !hasType(plain.Properties[name], part) {
			return true
		}
	}
	return false
}

// missing are the properties that an object schema requires and value does not have.
func missing(schema *openapi3.Schema, value any) []string {
	object, _ := value.(map[string]any)
	var names []string
	for _, name := range schema.Required {
		if _, has := object[name]; !has {
			names = append(names, name)
		}
	}
	return names
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
		number, isNumber := property.(json.Number)
		if declared.Extensions["x-equals"] == "http-status" && isNumber && !isInteger(number, j.exchange.Status) {
			j.find(Body, "", pointer+"/"+name, "schema/x-equals", "is not the HTTP status")
		}
		j.equals(declared, property, pointer+"/"+name)
	}
}

// answerMediaType judges Content-Type: once and declared. Its parameters do not count, as the real server sends a wrong charset with JSON.
func (j *judge) answerMediaType(content openapi3.Content) (mediaType string, ok bool) {
	given := j.exchange.ResponseHeader.Values("Content-Type")
	if mediaType, _, ok := declaredMediaType(content, given); ok {
		return mediaType, true
	}
	j.find(Header, "Content-Type", "", fmt.Sprintf("responses/%d/mediaType", j.exchange.Status), otherMediaType(content, given))
	return "", false
}

// kinAnswer asks kin-openapi for its own verdict, so that nothing is accepted which it refuses.
func (j *judge) kinAnswer(op *operation, target *url.URL) {
	content, err := decoded(j.exchange)
	if err != nil {
		return // reported already
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: j.kinInput(op, target),
		Status:                 j.exchange.Status,
		Header:                 kinHeader(j.exchange.ResponseHeader),
		Body:                   io.NopCloser(bytes.NewReader(content)),
	}
	input.Options = input.RequestValidationInput.Options
	if err := openapi3filter.ValidateResponse(input.RequestValidationInput.Request.Context(), input); err != nil {
		j.kinError(err)
	}
}
