package checker

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/migrationlink/migrationlink/internal/proof"
)

// JudgeRequest judges the request of an exchange. When the exchange has an answer too, a request that only fetched its challenge is
// judged by method, path and query alone.
func (c *Checker) JudgeRequest(e Exchange) Verdict {
	j := c.judge(e, Request)
	e = j.exchange
	target, err := url.ParseRequestURI(e.Target)
	if err != nil {
		j.find(Path, "", "", "paths", "is no request target")
		return j.verdict
	}
	p, ok := c.find(e.Method, target.EscapedPath())
	if !ok {
		if !c.contract.givesTokens(target.EscapedPath()) {
			j.find(Path, "", "", "paths", "is none of the contract's")
		}
		return j.verdict
	}
	if e.Method == http.MethodOptions {
		return j.verdict // asks for Allow (RFC 9110 section 9.3.7), which every path answers
	}
	op := p.operation(e.Method)
	if op == nil {
		j.find(Method, "", "", "paths/method", "is none of "+strings.Join(p.allowed(), ", "))
		return j.verdict
	}
	j.verdict.Operation = op.id
	if op.advice != "" {
		j.advise(Path, "paths/x-also-at", op.advice)
	}
	j.thorough = j.thorough || !op.provable
	j.path(op, target)
	j.query(op, target.RawQuery)
	probe := e.probe() || op.answersEarly(e)
	if !probe {
		j.credentials(op)
		j.content(op)
	}
	j.tokenBeforeSignIn(op)
	if (j.thorough || j.unproved) && j.verdict.Kept() && !probe && !j.partOfRequest() && !j.beyondKin {
		j.kinRequest(op, target)
	}
	return j.verdict
}

// answersEarly reports whether a request without credentials and content was answered before anybody asked for them, as by a server that
// cannot answer for now: it was to fetch a challenge.
func (op *operation) answersEarly(e Exchange) bool {
	declared := op.route.Operation.Responses.Status(e.Status)
	return !e.signedIn() && len(e.RequestBody) == 0 && e.RequestLength <= 0 && e.Status != http.StatusUnauthorized &&
		!slices.Contains(refusals, e.Status) && declared != nil && beforeSignIn(declared.Value)
}

// path judges path parameters.
func (j *judge) path(op *operation, target *url.URL) {
	for _, parameter := range op.parameters {
		p := parameter.Value
		if p.In != openapi3.ParameterInPath || j.proves(p.Schema.Value, func(known *proof.Proof) bool { return known.Parameter(op.pathValue(target, p.Name)) }) {
			continue
		}
		input := j.kinInput(op, target)
		if err := openapi3filter.ValidateParameter(input.Request.Context(), input, p); err != nil {
			j.kinError(err)
		}
	}
}

// query judges the query string: only what is declared, once each, booleans spelled true or false.
func (j *judge) query(op *operation, raw string) {
	given, err := url.ParseQuery(raw)
	if err != nil {
		j.find(Query, "", "", "parameters/syntax", "does not parse")
		return
	}
	for _, parameter := range op.parameters {
		p := parameter.Value
		if p.In != openapi3.ParameterInQuery {
			continue
		}
		values, present := given[p.Name]
		switch {
		case !present && p.Required:
			j.find(Query, p.Name, "", "parameters/required", "required, missing")
		case !present:
		case len(values) > 1 && !p.Schema.Value.Type.Is(openapi3.TypeArray):
			j.find(Query, p.Name, "", "parameters/repeated", "is given more than once")
		case p.Schema.Value.Type.Is(openapi3.TypeBoolean) && values[0] != "true" && values[0] != "false":
			j.find(Query, p.Name, "", "parameters/type", "is neither true nor false")
		default:
			j.proves(p.Schema.Value, func(known *proof.Proof) bool { return known.Parameter(values[0]) })
		}
	}
	for _, name := range sortedKeys(given) {
		if op.parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			j.find(Query, "", "", "parameters/undeclared", "has a parameter that the operation does not have"+didYouMean(name, op.queryNames()))
		}
	}
}

// queryNames are the names of the query parameters.
func (op *operation) queryNames() []string {
	var names []string
	for _, p := range op.parameters {
		if p.Value.In == openapi3.ParameterInQuery {
			names = append(names, p.Value.Name)
		}
	}
	return names
}

// credentials judges which scheme signs in, and how often; what the credentials are worth is the server's to say.
func (j *judge) credentials(op *operation) {
	given := j.exchange.RequestHeader.Values("Authorization")
	if len(given) == 0 {
		return // what was answered to it is judged with the answer
	}
	if len(given) > 1 {
		j.find(Header, "Authorization", "", "security/repeated", "is given more than once")
		return
	}
	scheme, _, _ := strings.Cut(strings.TrimLeft(given[0], " \t"), " ")
	if len(op.schemes) > 0 && !slices.ContainsFunc(op.schemes, func(s string) bool { return strings.EqualFold(s, scheme) }) {
		j.find(Header, "Authorization", "", "security/scheme", "has a scheme that is none of "+strings.Join(op.schemes, ", "))
	}
}

// content judges Content-Type, Content-Encoding and the body.
func (j *judge) content(op *operation) {
	body := j.exchange.RequestBody
	if op.route.Operation.RequestBody == nil {
		if len(body) > 0 {
			j.find(Body, "", "", "requestBody/undeclared", "is there, and the operation has none")
		}
		return
	}
	declared := op.route.Operation.RequestBody.Value
	mediaType, ok := j.requestMediaType(declared.Content)
	if len(j.exchange.RequestHeader.Values("Content-Encoding")) > 0 {
		j.find(Header, "Content-Encoding", "", "requestBody/encoding", "is there; content is sent as it is")
		return
	}
	size := max(int64(len(body)), j.exchange.RequestLength)
	if limit, limited := maxBytes(declared); limited && size > int64(limit) {
		j.find(Body, "", "", "requestBody/maxBytes", fmt.Sprintf("is larger than %d bytes", limit))
		return
	}
	part := j.partOfRequest()
	if size == 0 && !part {
		if declared.Required {
			j.find(Body, "", "", "requestBody/required", "required, missing")
		}
		return
	}
	if !ok {
		return // nothing can be said of content of an unknown media type
	}
	if part {
		j.unread(j.exchange.RequestUnread)
		return
	}
	schema := bodySchema(declared.Content, mediaType)
	if j.proves(schema, func(known *proof.Proof) bool { return known.JSON(body, 0) }) {
		return
	}
	value, err := j.parse(body)
	if err != nil {
		j.find(Body, "", "", "requestBody/syntax", err.Error())
		return
	}
	if schema != nil {
		j.schema(Body, "", schema, value)
	}
}

// maxBytes is the largest content of a request that is read; limited is false where the contract sets no limit.
func maxBytes(declared *openapi3.RequestBody) (limit int, limited bool) {
	value, limited := declared.Extensions["x-max-bytes"].(float64)
	return int(value), limited
}

// requestMediaType judges Content-Type: once, declared, and no character set but UTF-8, which is all that JSON has (RFC 8259 section 11).
func (j *judge) requestMediaType(content openapi3.Content) (mediaType string, ok bool) {
	given := j.exchange.RequestHeader.Values("Content-Type")
	mediaType, parameters, ok := declaredMediaType(content, given)
	if !ok {
		j.find(Header, "Content-Type", "", "requestBody/mediaType", otherMediaType(content, given))
		return "", false
	}
	if charset, given := parameters["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		j.find(Header, "Content-Type", "", "requestBody/charset", "has a charset that is not UTF-8")
		return "", false
	}
	return mediaType, true
}

// declaredMediaType reads the values of Content-Type; ok is false unless there is one, and declared.
func declaredMediaType(content openapi3.Content, given []string) (mediaType string, parameters map[string]string, ok bool) {
	if len(given) != 1 {
		return "", nil, false
	}
	if content[given[0]] != nil {
		return given[0], nil, true // as it is declared, which is without parameters
	}
	mediaType, parameters, err := mime.ParseMediaType(withoutEmptyParameters(given[0]))
	return mediaType, parameters, err == nil && content[mediaType] != nil
}

// withoutEmptyParameters takes out what RFC 9110 section 5.6.6 allows between two semicolons and Go's parser does not: nothing.
func withoutEmptyParameters(mediaType string) string {
	if !strings.Contains(mediaType, ";") {
		return mediaType
	}
	return strings.Join(elements(mediaType, ';'), "; ")
}

// otherMediaType says what is wrong with values of Content-Type that are no declared one.
func otherMediaType(content openapi3.Content, given []string) string {
	got := "another"
	switch {
	case len(given) == 0:
		got = "none"
	case len(given) > 1:
		got = "more than one"
	}
	return fmt.Sprintf("want %s, got %s", strings.Join(sortedKeys(content), ", "), got)
}

// tokenBeforeSignIn advises against sending a body that is a credential before anybody asked for one. An announced body is sent whether
// the server reads it or not, unless it was to wait for a 100 (RFC 9110 section 10.1.1).
func (j *judge) tokenBeforeSignIn(op *operation) {
	announced := j.exchange.RequestLength > 0 && j.exchange.RequestHeader.Get("Expect") == ""
	if op.route.Operation.RequestBody != nil && (announced || len(j.exchange.RequestBody) > 0) && !j.exchange.signedIn() {
		j.advise(Body, "token-before-sign-in", "is sent before sign-in; fetch the challenge without it")
	}
}

// kinRequest asks kin-openapi for its own verdict, so that nothing is accepted which it refuses.
func (j *judge) kinRequest(op *operation, target *url.URL) {
	input := j.kinInput(op, target)
	if err := openapi3filter.ValidateRequest(input.Request.Context(), input); err != nil {
		j.kinError(err)
	}
}
