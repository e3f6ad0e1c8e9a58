package contract_test

import (
	"fmt"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
)

// The exchanges that a wrong one is made from. Each keeps the contract.
func rightExchanges() map[string]checker.Exchange {
	request := http.Header{"Authorization": {"Digest username=\"owner\""}}
	answer := func(more ...string) http.Header {
		h := http.Header{
			"Content-Type": {"application/json"}, "Vary": {"Accept-Encoding"},
			"X-Mongodb-Service-Version": {"gitHash=0f1e2d; versionString=v20261123"},
		}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	withContent := request.Clone()
	withContent.Set("Content-Type", "application/json")
	link := basePath + "/orgs" + theLink
	return map[string]checker.Exchange{
		"connect": {
			Method: http.MethodPost, Target: link, RequestHeader: withContent, RequestBody: []byte(linkRequest()),
			Status: 201, ResponseHeader: answer(), ResponseBody: []byte(`{"status":"SYNCED"}`),
		},
		"connect, enveloped": {
			Method: http.MethodPost, Target: link + "?envelope=true", RequestHeader: withContent, RequestBody: []byte(linkRequest()),
			Status: 201, ResponseHeader: answer(), ResponseBody: []byte(`{"status":201,"content":{"status":"SYNCED"}}`),
		},
		"probe": {
			Method: http.MethodPost, Target: link, RequestHeader: http.Header{}, Status: 401,
			ResponseHeader: answer("WWW-Authenticate", `Digest realm="MMS Public API", domain="", nonce="x", algorithm=MD5, qop="auth", stale=false`),
			ResponseBody:   []byte(`{"detail":"You are not authorized for this resource.","error":401,"reason":"Unauthorized"}`),
		},
		"status": {
			Method: http.MethodGet, Target: link + "/status", RequestHeader: request,
			Status: 200, ResponseHeader: answer(), ResponseBody: []byte(`{"status":"NOT_SYNCED"}`),
		},
		"disconnect": {
			Method: http.MethodDelete, Target: link, RequestHeader: request, Status: 204,
			ResponseHeader: http.Header{"X-Mongodb-Service-Version": {"gitHash=0f1e2d; versionString=v20261123"}},
		},
		"HEAD": {Method: http.MethodHead, Target: link + "/status", RequestHeader: request, Status: 200, ResponseHeader: answer()},
		"OPTIONS": {
			Method: http.MethodOptions, Target: link, RequestHeader: http.Header{}, Status: 204,
			ResponseHeader: http.Header{"Allow": {"DELETE, OPTIONS, POST"}},
		},
		"PUT": {
			Method: http.MethodPut, Target: link, RequestHeader: request, Status: 405, ResponseHeader: answer("Allow", "DELETE, POST"),
			ResponseBody: []byte(`{"error":405}`),
		},
		"not connected": {
			Method: http.MethodDelete, Target: link, RequestHeader: request, Status: 404, ResponseHeader: answer(),
			ResponseBody: []byte(`{"detail":"Cannot find it.","error":404,"errorCode":"RESOURCE_NOT_FOUND","parameters":["x",1,true],"reason":"Not Found"}`),
		},
		"too many": {
			Method: http.MethodGet, Target: link + "/status", RequestHeader: request, Status: 429, ResponseHeader: answer("Retry-After", "60"),
			ResponseBody: []byte(`{"error":429,"errorCode":"RATE_LIMITED"}`),
		},
	}
}

// wrongExchange is a right one with one thing wrong.
type wrongExchange struct {
	name    string
	of      string // a key of rightExchanges
	change  func(*checker.Exchange)
	finding string
	// kinPasses says that kin-openapi by itself lets it through: a gap that the strict layer closes.
	kinPasses bool
}

func body(s string) func(*checker.Exchange) {
	return func(e *checker.Exchange) { e.ResponseBody = []byte(s) }
}

func sent(s string) func(*checker.Exchange) {
	return func(e *checker.Exchange) { e.RequestBody, e.Status = []byte(s), 400; refuse(e) }
}

func query(s string) func(*checker.Exchange) {
	return func(e *checker.Exchange) { e.Target += "?" + s; e.Status = 400; refuse(e) }
}

// refuse makes the answer the right one to a wrong request, so that the request alone is at fault.
func refuse(e *checker.Exchange) {
	e.ResponseBody = fmt.Appendf(nil, `{"error":%d}`, e.Status)
}

func answerHeader(name string, values ...string) func(*checker.Exchange) {
	return func(e *checker.Exchange) {
		e.ResponseHeader.Del(name)
		for _, v := range values {
			e.ResponseHeader.Add(name, v)
		}
	}
}

func requestHeaderOnly(name, value string) func(*checker.Exchange) {
	return func(e *checker.Exchange) {
		e.RequestHeader = e.RequestHeader.Clone()
		e.RequestHeader.Set(name, value)
	}
}

func enveloped(s string) func(*checker.Exchange) {
	return func(e *checker.Exchange) { e.Target, e.ResponseBody = e.Target+"?envelope=true", []byte(s) }
}

// created is a link with that time.
func created(at string) func(*checker.Exchange) {
	return body(`{"status":"SYNCED","createdAt":"` + at + `"}`)
}

func requestHeader(status int, name string, values ...string) func(*checker.Exchange) {
	return func(e *checker.Exchange) {
		e.RequestHeader.Del(name)
		for _, v := range values {
			e.RequestHeader.Add(name, v)
		}
		e.Status = status
		refuse(e)
		if status == 401 {
			e.ResponseHeader.Set("WWW-Authenticate", `Digest realm="MMS Public API", nonce="x"`)
		}
	}
}

const noDate = "status, answer 429, header Retry-After: is no date that there is (RFC 9110 section 5.6.7; value hidden) [schema/x-format]"

func wrongExchanges() []wrongExchange {
	return []wrongExchange{
		// what is asked
		{"pretty=1", "status", query("pretty=1"), "status, request, query pretty: is neither true nor false [parameters/type]", true},
		{"pretty=T", "status", query("pretty=T"), "status, request, query pretty: is neither true nor false [parameters/type]", true},
		{"pretty=TRUE", "status", query("pretty=TRUE"), "status, request, query pretty: is neither true nor false [parameters/type]", true},
		{"pretty=yes", "status", query("pretty=yes"), "status, request, query pretty: is neither true nor false [parameters/type]", false},
		{"a parameter twice", "status", query("pretty=true&pretty=true"), "status, request, query pretty: is given more than once [parameters/repeated, our decision undeclared-query-parameter]", true},
		{"an undeclared parameter", "connect", query("envelop=true"), "connect, request, query: has a parameter that the operation does not have; did you mean envelope? [parameters/undeclared, our decision undeclared-query-parameter]", true},
		{"a query that does not parse", "status", query("pretty=%zz"), "status, request, query: does not parse [parameters/syntax, our decision undeclared-query-parameter]", true},
		{"orgId too short", "status", func(e *checker.Exchange) {
			e.Target, e.Status = strings.Replace(e.Target, exampleOrg, exampleOrg[1:], 1), 404
			e.ResponseBody = []byte(`{"error":404}`)
		}, "status, request, path orgId: does not match ^[0-9a-fA-F]{24}$ (value hidden) [schema/pattern]", false},
		{"orgId with a line ending", "status", func(e *checker.Exchange) {
			e.Target, e.Status = strings.Replace(e.Target, exampleOrg, exampleOrg+"%0A", 1), 404
			e.ResponseBody = []byte(`{"error":404}`)
		}, "status, request, path orgId: does not match ^[0-9a-fA-F]{24}$ (value hidden) [schema/pattern]", false},
		{"no content", "connect", sent(""), "connect, request, body: required, missing [requestBody/required]", false},
		{"no token", "connect", sent(`{}`), "connect, request, body /linkToken: required, missing [schema/required]", false},
		{"an empty token", "connect", sent(`{"linkToken":""}`), "connect, request, body /linkToken: is empty [schema/minLength]", false},
		{"a token that is a list", "connect", sent(`{"linkToken":["x"]}`), "connect, request, body /linkToken: is no string [schema/type]", false},
		{"a token that is a number out of range", "connect", sent(`{"linkToken":1e400}`), "connect, request, body /linkToken: is no string [schema/type]", false},
		{"a property more", "connect", sent(`{"linkToken":"x","link_token":"x"}`), "connect, request, body: has a property that the contract does not have; did you mean linkToken? [schema/additionalProperties]", false},
		{"bytes behind the value", "connect", sent(`{"linkToken":"x"} x`), "connect, request, body: goes on after the JSON value, which ends before byte 19 [requestBody/syntax, our decision strict-json]", true},
		{"a property twice", "connect", sent(`{"linkToken":"x","linkToken":"y"}`), "connect, request, body: has a property twice, again at byte 28 [requestBody/syntax, our decision strict-json]", true},
		{"not UTF-8", "connect", sent("{\"linkToken\":\"\xc3\x28\"}"), "connect, request, body: is not UTF-8 [requestBody/syntax, our decision strict-json]", true},
		{"a lone surrogate", "connect", sent(`{"linkToken":"\udc00"}`), "connect, request, body: has half of a surrogate pair at byte 14 [requestBody/syntax, our decision strict-json]", true},
		{"a comment", "connect", sent(`{"linkToken":"x"/*y*/}`), "connect, request, body: is not JSON, from byte 16 on [requestBody/syntax, our decision strict-json]", false},
		{"too large", "connect", func(e *checker.Exchange) {
			e.RequestBody, e.Status = []byte(`{"linkToken":"`+strings.Repeat("x", 1<<20)+`"}`), 413
			refuse(e)
		}, "connect, request, body: is larger than 1048576 bytes [requestBody/maxBytes, our decision content-too-large]", true},
		{"charset=latin1", "connect", requestHeader(415, "Content-Type", "application/json; charset=latin1"), "connect, request, header Content-Type: has a charset that is not UTF-8 [requestBody/charset, our decision unsupported-media-type]", true},
		{"no media type", "connect", requestHeader(415, "Content-Type"), "connect, request, header Content-Type: want application/json, got none [requestBody/mediaType]", false},
		{"two media types", "connect", requestHeader(415, "Content-Type", "application/json", "text/plain"), "connect, request, header Content-Type: want application/json, got more than one [requestBody/mediaType]", true},
		{"a form", "connect", requestHeader(415, "Content-Type", "application/x-www-form-urlencoded"), "connect, request, header Content-Type: want application/json, got another [requestBody/mediaType]", false},
		{"compressed", "connect", requestHeader(415, "Content-Encoding", "gzip"), "connect, request, header Content-Encoding: is there; content is sent as it is [requestBody/encoding, our decision unsupported-media-type]", true},
		{"Basic", "status", requestHeader(401, "Authorization", "Basic abc="), "status, request, header Authorization: has a scheme that is none of Digest, Bearer [security/scheme]", true},
		{"two credentials", "status", requestHeader(401, "Authorization", "Digest x", "Digest y"), "status, request, header Authorization: is given more than once [security/repeated]", true},
		{"content of a GET", "status", func(e *checker.Exchange) { e.RequestBody, e.Status = []byte(`{}`), 400; refuse(e) }, "status, request, body: is there, and the operation has none [requestBody/undeclared, our decision content-without-meaning]", false},
		{"another path", "status", func(e *checker.Exchange) { e.Target += "es"; e.Status = 404; refuse(e) }, "no operation, request, path: is none of the contract's [paths]", true},
		{"a path without its base", "status", func(e *checker.Exchange) {
			e.Target, e.Status = strings.TrimPrefix(e.Target, basePath), 404
			refuse(e)
		}, "no operation, request, path: is none of the contract's [paths]", true},
		{"another method", "PUT", func(*checker.Exchange) {}, "no operation, request, method: is none of DELETE, OPTIONS, POST [paths/method]", true},

		// what is answered
		{"success for a wrong request", "connect", func(e *checker.Exchange) { e.RequestBody = []byte(`{}`) }, "connect, answer 201, status: a request that breaks the contract is answered with success [responses/rejection]", false},
		{"success for what is wrong by a decision", "status", func(e *checker.Exchange) { e.Target += "?x=1" }, "status, answer 200, status: a request that breaks the contract is answered with success [responses/rejection, our decision undeclared-query-parameter]", true},
		{"success for what is wrong by MongoDB's word as well", "status", func(e *checker.Exchange) { e.Target += "?pretty=true&pretty=true&envelope=1" }, "status, answer 200, status: a request that breaks the contract is answered with success [responses/rejection]", true},
		{"400 for a malformed orgId", "status", func(e *checker.Exchange) {
			e.Target, e.Status = strings.Replace(e.Target, exampleOrg, "x", 1), 400
			refuse(e)
		}, "status, answer 400, status: a request that breaks schema/pattern is refused with 404 [responses/rejection, our decision org-id-malformed]", false},
		{"400 for a form", "connect", requestHeader(400, "Content-Type", "application/x-www-form-urlencoded"), "connect, answer 400, status: a request that breaks requestBody/mediaType is refused with 415 [responses/rejection, our decision unsupported-media-type]", false},
		{"400 for a charset", "connect", requestHeader(400, "Content-Type", "application/json; charset=latin1"), "connect, answer 400, status: a request that breaks requestBody/charset is refused with 415 [responses/rejection, our decision unsupported-media-type]", true},
		{"413 for a coding", "connect", requestHeader(413, "Content-Encoding", "gzip"), "connect, answer 413, status: a request that breaks requestBody/encoding is refused with 415 [responses/rejection, our decision unsupported-media-type]", true},
		{"400 for too much", "connect", func(e *checker.Exchange) {
			e.RequestBody, e.Status = []byte(`{"linkToken":"`+strings.Repeat("x", 1<<20)+`"}`), 400
			refuse(e)
		}, "connect, answer 400, status: a request that breaks requestBody/maxBytes is refused with 413 [responses/rejection, our decision content-too-large]", true},
		{"400 for a right request", "connect", func(e *checker.Exchange) { e.Status = 400; refuse(e) }, "connect, answer 400, status: a request that keeps the contract is called wrong [responses/acceptance]", true},
		{"success without credentials", "status", func(e *checker.Exchange) { e.RequestHeader = http.Header{} }, "status, answer 200, status: a request without credentials is answered with success [security]", true},
		{"an undeclared status", "connect", func(e *checker.Exchange) { e.Status = 202 }, "connect, answer 202, status: is not declared for the operation [responses/202]", false},
		{"200 for a connect", "connect", func(e *checker.Exchange) { e.Status = 200 }, "connect, answer 200, status: is not declared for the operation [responses/200, our decision connect-created]", false},
		{"an error that is not in the envelope asked for", "not connected", func(e *checker.Exchange) { e.Target += "?envelope=true" }, "disconnect, answer 404, body: is not in an envelope, and one was asked for [schema/x-when/error, our decision envelope-after-sign-in]", true},
		{"gzip that is none", "status", answerHeader("Content-Encoding", "gzip"), "status, answer 200, header Content-Encoding: is gzip, and the body is not [responses/200/encoding]", true},
		{"a coding that nobody asked for", "status", func(e *checker.Exchange) {
			requestHeaderOnly("Accept-Encoding", "gzip")(e)
			answerHeader("Content-Encoding", "br")(e)
		}, "status, answer 200, header Content-Encoding: is a coding that the request does not accept [responses/200/encoding]", true},
		{"a redirect", "status", func(e *checker.Exchange) { e.Status = 307 }, "status, answer 307, status: is not declared for the operation [responses/307]", true},
		{"a permanent redirect", "connect", func(e *checker.Exchange) { e.Status = 308 }, "connect, answer 308, status: is not declared for the operation [responses/308]", true},
		{"not modified", "status", func(e *checker.Exchange) { e.Status = 304 }, "status, answer 304, status: is not declared for the operation [responses/304]", true},
		{"an unknown status of the link", "status", body(`{"status":"PENDING"}`), "status, answer 200, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]", false},
		{"no status of the link", "status", body(`{}`), "status, answer 200, body /status: required, missing [schema/required]", false},
		{"a property more", "status", body(`{"status":"SYNCED","zone":"x"}`), "status, answer 200, body: has a property that the contract does not have [schema/additionalProperties, our decision link-properties]", true},
		{"a date that is none", "connect", body(`{"status":"SYNCED","createdAt":"yesterday"}`), "connect, answer 201, body /createdAt: is no date-time (value hidden) [schema/format]", false},
		{"null", "status", body(`null`), "status, answer 200, body: is null [schema/nullable]", false},
		{"no content", "status", body(``), "status, answer 200, body: required, missing [responses/200/content]", false},
		{"two values", "status", body(`{"status":"SYNCED"}{}`), "status, answer 200, body: goes on after the JSON value, which ends before byte 21 [responses/200/syntax]", true},
		{"a status twice", "status", body(`{"status":"SYNCED","status":"NOT_SYNCED"}`), "status, answer 200, body: has a property twice, again at byte 27 [responses/200/syntax]", true},
		{"a login page", "status", func(e *checker.Exchange) {
			e.ResponseHeader.Set("Content-Type", "text/html")
			e.ResponseBody = []byte("<html>")
		}, "status, answer 200, header Content-Type: want application/json, got another [responses/200/mediaType]", false},
		{"no media type", "status", answerHeader("Content-Type"), "status, answer 200, header Content-Type: want application/json, got none [responses/200/mediaType]", false},
		{"two media types", "status", answerHeader("Content-Type", "application/json", "application/json"), "status, answer 200, header Content-Type: want application/json, got more than one [responses/200/mediaType]", true},
		{"an envelope that nobody asked for", "status", body(`{"status":200,"content":{"status":"SYNCED"}}`), "status, answer 200, body: is in an envelope, and none was asked for [schema/x-when]", true},
		{"no envelope where one was asked for", "connect, enveloped", body(`{"status":"SYNCED"}`), "connect, answer 201, body: is not in an envelope, and one was asked for [schema/x-when]", true},
		{"an envelope of another status", "connect, enveloped", body(`{"status":200,"content":{"status":"SYNCED"}}`), "connect, answer 201, body /status: is not the HTTP status [schema/x-equals]", true},
		{"an envelope with the old name", "connect, enveloped", body(`{"status":201,"envelope":{"status":"SYNCED"}}`), "connect, answer 201, body: is an envelope without content [schema/x-when]", false},
		{"an envelope without content", "connect, enveloped", body(`{"status":201}`), "connect, answer 201, body: is an envelope without content [schema/x-when]", false},
		{"an envelope without content, of another status", "connect, enveloped", body(`{"status":500}`), "connect, answer 201, body: is an envelope without content [schema/x-when]", false},
		{"an envelope without status", "connect, enveloped", body(`{"content":{"status":"SYNCED"}}`), "connect, answer 201, body: is an envelope without status [schema/x-when]", false},
		{"an unknown status of the link, and no envelope", "connect, enveloped", body(`{"status":"PENDING"}`), "connect, answer 201, body: is not in an envelope, and one was asked for [schema/x-when]", false},
		{"an error's envelope without content", "not connected", func(e *checker.Exchange) {
			e.Target += "?envelope=true"
			e.ResponseBody = []byte(`{"status":404}`)
		}, "disconnect, answer 404, body: is an envelope without content [schema/x-when/error, our decision envelope-after-sign-in]", false},
		{"an error of another status", "not connected", body(`{"error":400}`), "disconnect, answer 404, body /error: is not the HTTP status [schema/x-equals]", true},
		{"an error without error", "not connected", body(`{"detail":"x"}`), "disconnect, answer 404, body /error: required, missing [schema/required]", false},
		{"an error with a property more", "not connected", body(`{"error":404,"zone":"x"}`), "disconnect, answer 404, body: has a property that the contract does not have [schema/additionalProperties, our decision error-properties]", true},
		{"an error with a property more in its details", "not connected", body(`{"error":404,"badRequestDetail":{"fields":[{"field":"a","description":"b","zone":"x"}]}}`), "disconnect, answer 404, body /badRequestDetail/fields/0: has a property that the contract does not have [schema/additionalProperties, our decision error-properties]", true},
		{"an error with a property more in an envelope", "not connected", func(e *checker.Exchange) {
			e.Target += "?envelope=true"
			e.ResponseBody = []byte(`{"status":404,"content":{"error":404,"zone":"x"}}`)
		}, "disconnect, answer 404, body /content: has a property that the contract does not have [schema/additionalProperties, our decision error-properties]", true},
		{"an envelope with a property more", "connect, enveloped", body(`{"status":201,"content":{"status":"SYNCED"},"zone":"x"}`), "connect, answer 201, body: has a property that the contract does not have [schema/additionalProperties]", true},
		{"a property more in an envelope", "connect, enveloped", body(`{"status":201,"content":{"status":"SYNCED","zone":"x"}}`), "connect, answer 201, body /content: has a property that the contract does not have [schema/additionalProperties, our decision link-properties]", true},
		{"a status out of range", "not connected", body(`{"error":1e400}`), "disconnect, answer 404, body /error: is a number out of range [schema/type]", false},
		{"an error code in lower case", "not connected", body(`{"error":404,"errorCode":"not_found"}`), "disconnect, answer 404, body /errorCode: does not match ^[A-Z][A-Z0-9_]*$ (value hidden) [schema/pattern]", false},
		{"parameters that are null", "not connected", body(`{"error":404,"parameters":null}`), "disconnect, answer 404, body /parameters: is null [schema/nullable]", false},
		{"no service version", "connect", answerHeader("X-MongoDB-Service-Version"), "connect, answer 201, header X-MongoDB-Service-Version: required, missing [responses/201/headers/required]", false},
		{"another service version", "connect", answerHeader("X-MongoDB-Service-Version", "1.0"), "connect, answer 201, header X-MongoDB-Service-Version: does not match ^gitHash=[^;]*; versionString=.*$ (value hidden) [schema/pattern]", false},
		{"no Vary", "status", answerHeader("Vary"), "status, answer 200, header Vary: required, missing [responses/200/headers/required]", true},
		{"HSTS that is empty", "status", answerHeader("Strict-Transport-Security", ""), "status, answer 200, header Strict-Transport-Security: is empty [schema/minLength]", false},
		{"a 404 for strangers", "not connected", func(e *checker.Exchange) { e.RequestHeader = http.Header{} }, "disconnect, answer 404, status: is told to a request without credentials [x-before-sign-in]", true},
		{"an envelope for strangers", "probe", func(e *checker.Exchange) {
			e.Target += "?envelope=true"
			e.ResponseBody = []byte(`{"status":401,"content":{"error":401}}`)
		}, "connect, answer 401, body: is in an envelope, before sign-in [schema/x-when]", false},
		{"a challenge that nobody can answer", "probe", answerHeader("WWW-Authenticate", "Basic realm=x"), "connect, answer 401, header WWW-Authenticate: asks for none of Digest, Bearer [responses/401/challenge]", false},
		{"a challenge without parameters", "probe", answerHeader("WWW-Authenticate", "Digest"), "connect, answer 401, header WWW-Authenticate: has a Digest challenge without realm or nonce [responses/401/challenge]", false},
		{"a challenge without a nonce", "probe", answerHeader("WWW-Authenticate", `Digest realm="x"`), "connect, answer 401, header WWW-Authenticate: has a Digest challenge without realm or nonce [responses/401/challenge]", false},
		{"a nonce that is another scheme's", "probe", answerHeader("WWW-Authenticate", `Digest realm="x", Other nonce="y"`), "connect, answer 401, header WWW-Authenticate: has a Digest challenge without realm or nonce [responses/401/challenge]", false},
		{"a challenge that is in another one's text", "probe", answerHeader("WWW-Authenticate", `Basic realm="a, Digest b"`), "connect, answer 401, header WWW-Authenticate: asks for none of Digest, Bearer [responses/401/challenge]", false},
		{"a challenge that is quoted", "probe", answerHeader("WWW-Authenticate", `"Digest" realm="x"`), "connect, answer 401, header WWW-Authenticate: does not match ^[\\w!#$%&'*+.^|~-]+([ ,].*)?$ (value hidden) [schema/pattern]", false},
		{"two Retry-After", "too many", answerHeader("Retry-After", "60", "70"), "status, answer 429, header Retry-After: does not match ^([0-9]+|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT)$ (value hidden) [schema/pattern]", true},
		{"a status that is nearly right", "not connected", body(`{"error":404.00000000000000001}`), "disconnect, answer 404, body /error: is not the HTTP status [schema/x-equals]", true},
		{"a status with an exponent that is nearly right", "not connected", body(`{"error":4.041e2}`), "disconnect, answer 404, body /error: is no integer [schema/type]", false},
		{"a status with a minus", "not connected", body(`{"error":-404}`), "disconnect, answer 404, body /error: is not the HTTP status [schema/x-equals]", false},
		{"a status ten times as large", "not connected", body(`{"error":404e1}`), "disconnect, answer 404, body /error: is not the HTTP status [schema/x-equals]", false},
		{"a status with a huge exponent", "not connected", body(`{"error":404e99999999999999999999}`), "disconnect, answer 404, body /error: is not the HTTP status [schema/x-equals]", false},
		{"a space for the T of a time", "connect", created("2026-11-30 10:00:00Z"), "connect, answer 201, body /createdAt: is no date-time (value hidden) [schema/format]", false},
		{"a day that is not in the month", "connect", created("2026-02-29t10:00:00z"), "connect, answer 201, body /createdAt: is no date-time (value hidden) [schema/format]", false},
		{"a leap second in the middle of a day", "connect", created("2016-12-31T12:00:60Z"), "connect, answer 201, body /createdAt: is no date-time (value hidden) [schema/format]", true},
		{"a leap second in the middle of a month", "connect", created("2016-12-30T23:59:60Z"), "connect, answer 201, body /createdAt: is no date-time (value hidden) [schema/format]", true},
		{"a time without an offset", "connect", created("2026-11-30T10:00:00"), "connect, answer 201, body /createdAt: is no date-time (value hidden) [schema/format]", false},
		{"Retry-After on a day that there is not", "too many", answerHeader("Retry-After", "Tue, 31 Feb 2026 10:00:00 GMT"), noDate, true},
		{"Retry-After on another day of the week", "too many", answerHeader("Retry-After", "Mon, 29 Feb 2028 10:00:00 GMT"), noDate, true},
		{"Retry-After in a month that there is not", "too many", answerHeader("Retry-After", "Tue, 29 Feu 2028 10:00:00 GMT"), noDate, true},
		{"Retry-After at an hour that there is not", "too many", answerHeader("Retry-After", "Tue, 29 Feb 2028 24:00:00 GMT"), noDate, true},
		{"Retry-After in a leap second at noon", "too many", answerHeader("Retry-After", "Tue, 29 Feb 2028 12:00:60 GMT"), noDate, true},
		{"an outage until a day that there is not", "too many", func(e *checker.Exchange) {
			e.Status, e.ResponseBody = 503, []byte(`{"error":503}`)
			e.ResponseHeader.Set("Retry-After", "Tue, 31 Feb 2026 10:00:00 GMT")
		}, "status, answer 503, header Retry-After: is no date that there is (RFC 9110 section 5.6.7; value hidden) [schema/x-format]", true},
		{"Retry-After as RFC 850 had it", "too many", answerHeader("Retry-After", "Tuesday, 29-Feb-28 10:00:00 GMT"), "status, answer 429, header Retry-After: does not match ^([0-9]+|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT)$ (value hidden) [schema/pattern]", false},
		{"Retry-After as asctime had it", "too many", answerHeader("Retry-After", "Tue Feb 29 10:00:00 2028"), "status, answer 429, header Retry-After: does not match ^([0-9]+|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT)$ (value hidden) [schema/pattern]", false},
		{"an error of another status in an envelope", "not connected", func(e *checker.Exchange) {
			e.Target += "?envelope=true"
			e.ResponseBody = []byte(`{"status":404,"content":{"error":500}}`)
		}, "disconnect, answer 404, body /content/error: is not the HTTP status [schema/x-equals]", true},
		{"405 for a method that the path has", "connect", func(e *checker.Exchange) {
			e.RequestBody, e.Status = []byte(`{}`), 405
			e.ResponseHeader.Set("Allow", "DELETE, POST")
			refuse(e)
		}, "connect, answer 405, status: the path has the method [responses/405]", false},
		{"Allow with a method more", "PUT", answerHeader("Allow", "DELETE, POST, PUT"), "no operation, answer 405, header Allow: lists a method that the path does not have [responses/405/headers/Allow]", true},
		{"OPTIONS with a page", "OPTIONS", func(e *checker.Exchange) { e.Status = 200; e.ResponseBody = []byte("<html>") }, "no operation, answer 200, status: OPTIONS is answered 204, or 405 [responses/options, our decision method-not-allowed]", true},
		{"OPTIONS with content", "OPTIONS", body("x"), "no operation, answer 204, body: is there, and the answer has none [responses/204/content]", true},
		{"OPTIONS that is 405 as a page", "OPTIONS", func(e *checker.Exchange) { e.Status = 405; e.ResponseBody = []byte("<html>") }, "no operation, answer 405, header Content-Type: want application/json, got none [responses/405/mediaType]", true},
		{"HEAD with another media type", "HEAD", answerHeader("Content-Type", "text/html"), "status, answer 200, header Content-Type: want application/json, got another [responses/200/mediaType]", true},
		{"401 without a challenge", "probe", answerHeader("WWW-Authenticate"), "connect, answer 401, header WWW-Authenticate: required, missing [responses/401/headers/required]", false},
		{"429 without Retry-After", "too many", answerHeader("Retry-After"), "status, answer 429, header Retry-After: required, missing [responses/429/headers/required]", false},
		{"429 with a Retry-After that is none", "too many", answerHeader("Retry-After", "soon"), "status, answer 429, header Retry-After: does not match ^([0-9]+|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT)$ (value hidden) [schema/pattern]", false},
		{"405 without Allow", "PUT", answerHeader("Allow"), "no operation, answer 405, header Allow: does not list every method of the path [responses/405/headers/Allow]", true},
		{"Allow without DELETE", "PUT", answerHeader("Allow", "POST"), "no operation, answer 405, header Allow: does not list every method of the path [responses/405/headers/Allow]", true},
		{"404 for a method", "PUT", func(e *checker.Exchange) { e.Status = 404 }, "no operation, answer 404, status: the path does not have the method, so it is 405 [responses/405]", true},
		{"OPTIONS without Allow", "OPTIONS", answerHeader("Allow"), "no operation, answer 204, header Allow: does not list every method of the path [responses/options/headers/Allow, our decision method-not-allowed]", true},
		{"OPTIONS with a method more", "OPTIONS", answerHeader("Allow", "DELETE, POST, PUT"), "no operation, answer 204, header Allow: lists a method that the path does not have [responses/options/headers/Allow, our decision method-not-allowed]", true},
		{"OPTIONS with a 405 without Allow", "OPTIONS", func(e *checker.Exchange) {
			e.Status, e.ResponseHeader, e.ResponseBody = 405, http.Header{"Content-Type": {"application/json"}}, []byte(`{"error":405}`)
		}, "no operation, answer 405, header Allow: does not list every method of the path [responses/405/headers/Allow]", true},
		{"OPTIONS that is 404", "OPTIONS", func(e *checker.Exchange) { e.Status = 404 }, "no operation, answer 404, status: OPTIONS is answered 204, or 405 [responses/options, our decision method-not-allowed]", true},
		{"content of a 204", "disconnect", body(`{}`), "disconnect, answer 204, body: is there, and the answer has none [responses/204/content, our decision no-content-stays-empty]", true},
		{"media type of a 204", "disconnect", answerHeader("Content-Type", "application/json"), "disconnect, answer 204, header Content-Type: is there, and the answer has no content [responses/204/content, our decision no-content-stays-empty]", true},
		{"length of a 204", "disconnect", answerHeader("Content-Length", "0"), "disconnect, answer 204, header Content-Length: is there, and the answer has no content [responses/204/content, our decision no-content-stays-empty]", true},
		{"HEAD that is 405", "HEAD", func(e *checker.Exchange) {
			e.Status = 405
			e.ResponseHeader.Set("Allow", "GET")
		}, "status, answer 405, status: the path has the method [responses/head/405, our decision head-as-get]", true},
		{"HEAD that is called wrong", "HEAD", func(e *checker.Exchange) { e.Status = 400 }, "status, answer 400, status: a request that keeps the contract is called wrong [responses/head/acceptance, our decision head-as-get]", true},
		{"content of a HEAD", "HEAD", body(`{"status":"SYNCED"}`), "status, answer 200, body: is there, and the answer has none [responses/head/content, our decision head-as-get]", true},
		{"HEAD without GET's headers", "HEAD", answerHeader("Vary"), "status, answer 200, header Vary: required, missing [responses/200/headers/required]", true},
		{"success on another path", "status", func(e *checker.Exchange) { e.Target += "es" }, "no operation, answer 200, status: the path is none of the contract's, so it is 404 [responses/404]", true},
	}
}

func TestRightExchangesKeepTheContract(t *testing.T) {
	t.Parallel()
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	for name, e := range rightExchanges() {
		verdict := judge.Judge(e)
		if name == "PUT" { // the request is wrong, the answer right
			assert.Empty(t, judge.JudgeAnswer(e, judge.JudgeRequest(e)).Findings, name)
			continue
		}
		assert.Empty(t, lines(verdict.Findings), name)
		assert.Empty(t, lines(verdict.Advice), name)
	}
}

func TestWrongExchangesAreConvicted(t *testing.T) {
	t.Parallel()
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	second := newKin(t)
	for _, c := range wrongExchanges() {
		t.Run(c.of+": "+c.name, func(t *testing.T) {
			e := rightExchanges()[c.of]
			c.change(&e)
			verdict := judge.Judge(e)
			found := lines(verdict.Findings)
			assert.Contains(t, found, c.finding)
			noCanary(t, []byte(strings.Join(found, "\n")))

			request, answer, known := second.judge(t, e)
			assert.Equal(t, c.kinPasses, !known || request == nil && answer == nil, "kin-openapi by itself: request %v, answer %v", request, answer)
		})
	}
}

// Each rule that an x-decision claims is broken by one of the wrong exchanges, and named in the finding.
func TestEveryDecisionOnFindingsIsSeen(t *testing.T) {
	t.Parallel()
	claims := regexp.MustCompile(`- name: (\S+)\n\s+rules: (.+)`).FindAllStringSubmatch(string(migrationlink.OpenAPI()), -1)
	require.NotEmpty(t, claims)
	seen := make(map[string]bool)
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	for _, c := range wrongExchanges() {
		e := rightExchanges()[c.of]
		c.change(&e)
		for _, f := range judge.Judge(e).Findings {
			seen[f.Decision+" "+string(f.Direction)+"/"+f.Rule] = true
		}
	}
	for _, claim := range claims {
		for _, rule := range strings.Fields(claim[2]) {
			found := slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(s string) bool {
				name, broken, _ := strings.Cut(s, " ")
				match, _ := path.Match(rule, broken)
				return name == claim[1] && match
			})
			assert.True(t, found, "%s: no wrong exchange breaks %s", claim[1], rule)
		}
	}
}

// looksWrong are right exchanges that a strict reader could take for wrong ones, each a change of one of rightExchanges.
func looksWrong() map[string]change {
	return map[string]change{
		"names in lower case": {"connect", func(e *checker.Exchange) {
			e.RequestHeader = http.Header{"authorization": {"Digest x"}, "content-type": {"application/json"}}
			e.ResponseHeader = http.Header{"content-type": {"application/json"}, "vary": {"x"}, "x-mongodb-service-version": {"gitHash=1; versionString=1"}}
		}},
		"a probe that meets an outage": {"probe", func(e *checker.Exchange) { e.Status, e.ResponseBody = 503, []byte(`{"error":503}`) }},
		"HSTS as others write it":      {"status", answerHeader("Strict-Transport-Security", "includeSubDomains; Max-Age=\"300\"")},
		"a number of any size":         {"not connected", func(e *checker.Exchange) { e.ResponseBody = []byte(`{"error":404,"parameters":[1e400,-1e-400]}`) }},
		"several challenges":           {"probe", answerHeader("WWW-Authenticate", `Digest realm="x", nonce="y"`, `Bearer realm="x"`)},

		// RFC 9110 section 11.6.1: challenges of any schemes, without parameters too, on one line or several.
		"a challenge of another scheme":     {"probe", answerHeader("WWW-Authenticate", `Digest realm="x", nonce="y"`, "Negotiate")},
		"another scheme on the same line":   {"probe", answerHeader("WWW-Authenticate", `Digest realm="x", nonce="y", Negotiate`)},
		"another scheme first":              {"probe", answerHeader("WWW-Authenticate", `Negotiate, NTLM, Digest realm="x", nonce="y"`)},
		"another scheme first, on a line":   {"probe", answerHeader("WWW-Authenticate", "Negotiate", `Digest realm="x", nonce="y"`)},
		"a scheme with a token68":           {"probe", answerHeader("WWW-Authenticate", `Negotiate a87421==, Digest realm="x", nonce="y"`)},
		"a scheme with signs":               {"probe", answerHeader("WWW-Authenticate", `x_scheme!1 a=b, Digest realm="x", nonce="y"`)},
		"a comma in a quoted string":        {"probe", answerHeader("WWW-Authenticate", `Basic realm="a, \"b, Digest", Digest realm="x", nonce="y"`)},
		"white space about an equals sign":  {"probe", answerHeader("WWW-Authenticate", `Digest realm = "x", nonce= "y"`)},
		"schemes in other letter cases":     {"probe", answerHeader("WWW-Authenticate", `DIGEST REALM="x", Nonce="y"`)},
		"a Bearer challenge alone":          {"probe", answerHeader("WWW-Authenticate", `Bearer realm="x"`)},
		"a Bearer challenge without params": {"probe", answerHeader("WWW-Authenticate", `Bearer`)},
		// RFC 9110 sections 5.6 and 8.3.1: letter case and optional white space.
		"a media type in capitals":           {"not connected", answerHeader("Content-Type", "Application/JSON")},
		"a charset that is quoted":           {"not connected", answerHeader("Content-Type", `application/json;charset="UTF-8"`)},
		"white space about a semicolon":      {"not connected", answerHeader("Content-Type", "application/json ;\tCharset=utf-8")},
		"a parameter that is left out":       {"not connected", answerHeader("Content-Type", "application/json;")},
		"parameters that are left out":       {"not connected", answerHeader("Content-Type", "application/json; ;charset=utf-8;")},
		"a sent media type in capitals":      {"connect", requestHeaderOnly("Content-Type", "APPLICATION/JSON;CHARSET=\"utf-8\"")},
		"a sent parameter that is left out":  {"connect", requestHeaderOnly("Content-Type", "application/json;;charset=UTF-8")},
		"credentials in another letter case": {"status", requestHeaderOnly("Authorization", `DIGEST username="owner"`)},
		"Allow on two lines":                 {"PUT", answerHeader("Allow", "DELETE", "POST")},
		"Allow with tabs":                    {"PUT", answerHeader("Allow", "DELETE\t,\tPOST")},
		"Retry-After as a date":              {"too many", answerHeader("Retry-After", "Tue, 29 Feb 2028 10:00:00 GMT")},
		"Retry-After in a leap second":       {"too many", answerHeader("Retry-After", "Sat, 31 Dec 2016 23:59:60 GMT")},
		"Retry-After with zeros in front":    {"too many", answerHeader("Retry-After", "0060")},
		// RFC 8259 sections 6 and 9, and what JSON Schema calls an integer.
		"null where anything may be":          {"not connected", body(`{"error":404,"parameters":[null]}`)},
		"null deeper where anything may be":   {"not connected", body(`{"error":404,"parameters":[[null],{"a":null}]}`)},
		"null in an envelope":                 {"not connected", enveloped(`{"status":404,"content":{"error":404,"parameters":[null]}}`)},
		"null in what is open":                {"connect", body(`{"status":"SYNCED","targetOrg":{"name":null,"n":1e400}}`)},
		"a status with a fraction of nothing": {"not connected", body(`{"error":404.0}`)},
		"a status with many zeros":            {"not connected", body(`{"error":404.000000000000000000000000}`)},
		"a status with an exponent":           {"not connected", body(`{"error":4.04E+2}`)},
		"a status with a minus exponent":      {"not connected", body(`{"error":40400e-2}`)},
		"a status of an envelope as 2.01e2":   {"connect, enveloped", body(`{"status":2.01e2,"content":{"status":"SYNCED"}}`)},
		"a minus zero":                        {"not connected", body(`{"error":404,"parameters":[-0,-0.0,0e1]}`)},
		"nested as deep as one likes":         {"connect", body(`{"status":"SYNCED","targetOrg":{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}}`)},
		"nested deeper than Go reads":         {"connect", body(`{"status":"SYNCED","targetOrg":{"a":` + strings.Repeat(`{"b":`, 20000) + "1" + strings.Repeat("}", 20000) + `}}`)},
		// RFC 3339 section 5.6 and 5.7.
		"a time in lower case":        {"connect", created("2026-11-30t10:00:00z")},
		"a time in mixed letter case": {"connect", created("2026-11-30T10:00:00.123456789012z")},
		"a leap second":               {"connect", created("2016-12-31T23:59:60Z")},
		"a leap second elsewhere":     {"connect", created("2016-12-31t15:59:60.5-08:00")},
		"an offset that is not known": {"connect", created("2026-11-30T10:00:00-00:00")},
		"a leap day":                  {"connect", created("2028-02-29T00:00:00+14:00")},
	}
}

type change struct {
	of     string // a key of rightExchanges
	change func(*checker.Exchange)
}

func TestWhatLooksWrongAndIsRight(t *testing.T) {
	t.Parallel()
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	fast, err := checker.New()
	require.NoError(t, err)
	for name, c := range looksWrong() {
		e := rightExchanges()[c.of]
		c.change(&e)
		assert.Empty(t, lines(judge.JudgeAnswer(e, judge.JudgeRequest(e)).Findings), name)
		if c.of != "PUT" { // which is wrong as a request
			assert.Empty(t, lines(judge.Judge(e).Findings), name)
			assert.Empty(t, lines(fast.Judge(e).Findings), name)
		}
	}
	outage := rightExchanges()["PUT"]
	outage.Status, outage.ResponseBody = 503, []byte(`{"error":503}`)
	assert.Empty(t, lines(judge.JudgeAnswer(outage, judge.JudgeRequest(outage)).Findings), "an outage is told whatever the method")
}

// One body can break a rule in each of its values; what that costs is bounded.
func TestABodyThatIsWrongAllOverIsJudgedInAFewFindings(t *testing.T) {
	t.Parallel()
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	e := rightExchanges()["connect"]
	var names strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&names, `,"linkTo%d":1`, i)
	}
	sent(`{"linkToken":"x"` + names.String() + `}`)(&e)
	assert.Len(t, judge.Judge(e).Findings, 1)

	e = rightExchanges()["not connected"]
	body(`{"error":404,"badRequestDetail":{"fields":[{}` + strings.Repeat(",{}", 5000) + `]}}`)(&e)
	found := lines(judge.Judge(e).Findings)
	assert.Len(t, found, 101)
	assert.Equal(t, "disconnect, answer 404, body: breaks the schema in more places than are listed [schema]", found[100])
}

func TestTheTokenBeforeSignInIsAdvisedAgainstAndNoViolation(t *testing.T) {
	t.Parallel()
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	e := rightExchanges()["probe"]
	e.RequestHeader = http.Header{"Content-Type": {"application/json"}}
	e.RequestBody = []byte(linkRequest())

	verdict := judge.Judge(e)

	assert.Empty(t, verdict.Findings)
	assert.Equal(t, []string{"connect, request, body: is sent before sign-in; fetch the challenge without it [token-before-sign-in]"}, lines(verdict.Advice))
}
