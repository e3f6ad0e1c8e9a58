package contract_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/coverage"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/links"
)

// serverCase is one signed-in request to the stand-in and what it answers. The cases of a group share a stand-in, in their order.
type serverCase struct {
	name   string
	key    string // public key; empty is owner
	method string
	path   string // below /orgs; empty is the link of the example organization
	base   string // empty is basePath
	header http.Header
	body   string
	// finding on the request, as the checker words it; empty is none
	finding string

	status  int
	code    string // errorCode
	content string // of the answer, whole; checked when it is given
	detail  string // of an error, whole; checked when it is given
}

const (
	theLink   = "/" + exampleOrg + "/liveExport/migrationLink"
	theStatus = theLink + "/status"
	otherLink = "/" + otherOrg + "/liveExport/migrationLink"
)

func linkRequest() string { return `{"linkToken":"` + token + `"}` }

func serverCases() map[string][]serverCase {
	const post, get, del, head, options = http.MethodPost, http.MethodGet, http.MethodDelete, http.MethodHead, http.MethodOptions
	return map[string][]serverCase{
		"one organization from beginning to end": {
			{name: "not connected", method: get, path: theStatus, status: 200, content: `{"status":"NOT_SYNCED"}`},
			{name: "nothing to disconnect", method: del, status: 404, code: "RESOURCE_NOT_FOUND", detail: "Cannot find the link of organization " + exampleOrg + ": it is not connected."},
			{name: "connect", method: post, body: linkRequest(), status: 201, content: `{"status":"SYNCED"}`},
			{name: "connected", method: get, path: theStatus, status: 200, content: `{"status":"SYNCED"}`},
			{name: "the same token again", method: post, body: linkRequest(), status: 201, content: `{"status":"SYNCED"}`},
			{name: "another organization has the token", method: post, path: otherLink, body: linkRequest(), status: 409, code: "LINK_TOKEN_IN_USE", detail: "The link-token connects another organization. Generate one token for each organization."},
			{name: "another token replaces it", method: post, body: `{"linkToken":"another"}`, status: 201, content: `{"status":"SYNCED"}`},
			{name: "the first token is free again", method: post, path: otherLink, body: linkRequest(), status: 201},
			{name: "disconnect", method: del, status: 204},
			{name: "disconnected", method: get, path: theStatus, status: 200, content: `{"status":"NOT_SYNCED"}`},
			{name: "disconnect again", method: del, status: 404, code: "RESOURCE_NOT_FOUND"},
			{name: "the other one still is", method: get, path: otherLink + "/status", status: 200, content: `{"status":"SYNCED"}`},
			{name: "upper case names the same organization", method: post, path: strings.ToUpper(theLink[:25]) + theLink[25:], body: `{"linkToken":"another"}`, status: 201},
			{name: "and lower case sees it", method: get, path: theStatus, status: 200, content: `{"status":"SYNCED"}`},
		},
		"rendering": {
			{name: "pretty", method: get, path: theStatus + "?pretty=true", status: 200, content: "{\n  \"status\" : \"NOT_SYNCED\"\n}"},
			{name: "compact, said so", method: get, path: theStatus + "?pretty=false&envelope=false", status: 200, content: `{"status":"NOT_SYNCED"}`},
			{name: "enveloped", method: get, path: theStatus + "?envelope=true", status: 200, content: `{"status":200,"content":{"status":"NOT_SYNCED"}}`},
			{name: "enveloped and pretty", method: get, path: theStatus + "?envelope=true&pretty=true", status: 200, content: "{\n  \"status\" : 200,\n  \"content\" : {\n    \"status\" : \"NOT_SYNCED\"\n  }\n}"},
			{name: "created, enveloped", method: post, path: theLink + "?envelope=true", body: linkRequest(), status: 201, content: `{"status":201,"content":{"status":"SYNCED"}}`},
			{name: "no content stays empty", method: del, path: theLink + "?envelope=true&pretty=true", status: 204},
			{
				name: "an error, enveloped", method: del, path: theLink + "?envelope=true", status: 404,
				content: `{"status":404,"content":{"detail":"Cannot find the link of organization ` + exampleOrg + `: it is not connected.","error":404,"errorCode":"RESOURCE_NOT_FOUND","parameters":["` + exampleOrg + `"],"reason":"Not Found"}}`,
			},
			{
				name: "an error, pretty", method: del, path: theLink + "?pretty=true", status: 404,
				content: "{\n  \"detail\" : \"Cannot find the link of organization " + exampleOrg + ": it is not connected.\",\n  \"error\" : 404,\n  \"errorCode\" : \"RESOURCE_NOT_FOUND\",\n  \"parameters\" : [ \"" + exampleOrg + "\" ],\n  \"reason\" : \"Not Found\"\n}",
			},
			{name: "HEAD", method: head, path: theStatus, status: 200},
			{name: "OPTIONS of the link", method: options, status: 204},
			{name: "OPTIONS of the status", method: options, path: theStatus, status: 204},
			{name: "the page's own path", method: post, base: "/api/atlas/v1.0", body: linkRequest(), status: 201},
		},
		"who is let in": {
			{name: "key refused", key: "nobody", method: get, path: theStatus, status: 401, detail: "You are not signed in: the API key was refused."},
			{name: "key refused, enveloped is not", key: "nobody", method: get, path: theStatus + "?envelope=true", status: 401, content: `{"detail":"You are not signed in: the API key was refused.","error":401,"reason":"Unauthorized"}`},
			{name: "key refused on connect", key: "nobody", method: post, body: linkRequest(), status: 401},
			{name: "key refused on disconnect", key: "nobody", method: del, status: 401},
			{name: "no owner", key: "reader", method: get, path: theStatus, status: 401, code: "NOT_ORG_OWNER", detail: "The API key must hold the role Organization Owner (ORG_OWNER) to perform this action."},
			{name: "no owner, enveloped", key: "reader", method: del, path: theLink + "?envelope=true", status: 401, content: `{"status":401,"content":{"detail":"The API key must hold the role Organization Owner (ORG_OWNER) to perform this action.","error":401,"errorCode":"NOT_ORG_OWNER","parameters":[],"reason":"Unauthorized"}}`},
			{name: "no role", key: "stranger", method: post, body: linkRequest(), status: 401, code: "USER_CANNOT_ACCESS_ORG", detail: "The API key has no role in organization " + exampleOrg + "."},
			{name: "address, connect", key: "elsewhere", method: post, body: linkRequest(), status: 403, code: "IP_ADDRESS_NOT_ON_ACCESS_LIST", detail: "IP address 127.0.0.1 is not allowed to access this resource."},
			{name: "address, disconnect", key: "elsewhere", method: del, status: 403, code: "IP_ADDRESS_NOT_ON_ACCESS_LIST"},
			{name: "address, status", key: "elsewhere", method: get, path: theStatus, status: 403, code: "IP_ADDRESS_NOT_ON_ACCESS_LIST"},
		},
		"where": {
			{name: "organization unknown, connect", method: post, path: "/" + unknownOrg + "/liveExport/migrationLink", body: linkRequest(), status: 404, code: "ORG_NOT_FOUND", detail: "No organization with ID " + unknownOrg + " exists."},
			{name: "organization unknown, status", method: get, path: "/" + unknownOrg + "/liveExport/migrationLink/status", status: 404, code: "ORG_NOT_FOUND"},
			{name: "organization malformed", method: get, path: "/5f7aac56/liveExport/migrationLink/status", finding: "status, request, path orgId: does not match ^[0-9a-fA-F]{24}$ (value hidden) [schema/pattern]", status: 404, code: "INVALID_ORG_ID", detail: "An invalid organization ID was specified; it has 24 hexadecimal digits."},
			{name: "organization with a slash", method: get, path: "/5f7aac56b3a0b94bcdce6d8%2F/liveExport/migrationLink/status", finding: "status, request, path orgId: does not match ^[0-9a-fA-F]{24}$ (value hidden) [schema/pattern]", status: 404, code: "INVALID_ORG_ID"},
			{name: "no such path", method: get, path: "/" + exampleOrg + "/liveExport", finding: "no operation, request, path: is none of the contract's [paths]", status: 404, code: "RESOURCE_NOT_FOUND", detail: "Cannot find the resource: the path is none of the API's, which begin with /api/public/v1.0/orgs/."},
			{name: "a slash at the end", method: get, path: theStatus + "/", finding: "no operation, request, path: is none of the contract's [paths]", status: 404, code: "RESOURCE_NOT_FOUND"},
			{name: "two slashes", method: get, path: "//liveExport/migrationLink/status", finding: "no operation, request, path: is none of the contract's [paths]", status: 404, code: "RESOURCE_NOT_FOUND"},
			{name: "no GET on the link", method: get, finding: "no operation, request, method: is none of DELETE, OPTIONS, POST [paths/method]", status: 405, code: "METHOD_NOT_ALLOWED", detail: "The method is not supported on this resource, which has DELETE, OPTIONS, POST."},
			{name: "no HEAD on the link", method: head, finding: "no operation, request, method: is none of DELETE, OPTIONS, POST [paths/method]", status: 405},
			{name: "no POST on the status", method: post, path: theStatus, finding: "no operation, request, method: is none of GET, HEAD, OPTIONS [paths/method]", status: 405, code: "METHOD_NOT_ALLOWED", detail: "The method is not supported on this resource, which has GET, HEAD, OPTIONS."},
			{name: "no DELETE on the page's path", method: del, base: "/api/atlas/v1.0", finding: "no operation, request, method: is none of OPTIONS, POST [paths/method]", status: 405, code: "METHOD_NOT_ALLOWED"},
			{name: "an invented method", method: "BREW", finding: "no operation, request, method: is none of DELETE, OPTIONS, POST [paths/method]", status: 405, code: "METHOD_NOT_ALLOWED"},
		},
		"query": {
			{name: "1 is not true", method: get, path: theStatus + "?pretty=1", finding: "status, request, query pretty: is neither true nor false [parameters/type]", status: 400, code: "INVALID_QUERY_PARAMETER", detail: "Invalid query parameter pretty specified: it is neither true nor false."},
			{name: "TRUE is not true", method: del, path: theLink + "?envelope=TRUE", finding: "disconnect, request, query envelope: is neither true nor false [parameters/type]", status: 400, code: "INVALID_QUERY_PARAMETER", detail: "Invalid query parameter envelope specified: it is neither true nor false."},
			{name: "empty", method: get, path: theStatus + "?pretty=", finding: "status, request, query pretty: is neither true nor false [parameters/type]", status: 400, code: "INVALID_QUERY_PARAMETER"},
			{name: "twice", method: get, path: theStatus + "?pretty=true&pretty=true", finding: "status, request, query pretty: is given more than once [parameters/repeated, our decision undeclared-query-parameter]", status: 400, code: "INVALID_QUERY_PARAMETER", detail: "Invalid query parameter pretty specified: it is given more than once."},
			{name: "undeclared", method: get, path: theStatus + "?prety=true", finding: "status, request, query: has a parameter that the operation does not have; did you mean pretty? [parameters/undeclared, our decision undeclared-query-parameter]", status: 400, code: "INVALID_QUERY_PARAMETER", detail: "Invalid query parameter specified: the query has a parameter that the operation does not have; did you mean pretty?"},
			{name: "does not parse", method: get, path: theStatus + "?pretty=%zz", finding: "status, request, query: does not parse [parameters/syntax, our decision undeclared-query-parameter]", status: 400, code: "INVALID_QUERY_PARAMETER", detail: "Invalid query parameter specified: the query does not parse."},
			{name: "semicolons", method: get, path: theStatus + "?pretty=true;envelope=true", finding: "status, request, query: does not parse [parameters/syntax, our decision undeclared-query-parameter]", status: 400, code: "INVALID_QUERY_PARAMETER"},
		},
		"content": {
			{name: "none", method: post, finding: "connect, request, body: required, missing [requestBody/required]", status: 400, code: "MALFORMED_JSON", detail: "Received JSON is malformed: it is empty."},
			{name: "not JSON", method: post, body: "linkToken=x", finding: "connect, request, body: is not JSON, from byte 1 on [requestBody/syntax, our decision strict-json]", status: 400, code: "MALFORMED_JSON", detail: "Received JSON is malformed: it is not JSON, from byte 1 on."},
			{name: "cut off", method: post, body: linkRequest()[:40], finding: "connect, request, body: is not JSON: it ends too early [requestBody/syntax, our decision strict-json]", status: 400, code: "MALFORMED_JSON"},
			{name: "bytes behind the value", method: post, body: linkRequest() + `{}`, finding: fmt.Sprintf("connect, request, body: goes on after the JSON value, which ends before byte %d [requestBody/syntax, our decision strict-json]", len(linkRequest())+2), status: 400, code: "MALFORMED_JSON"},
			{name: "a property twice", method: post, body: `{"linkToken":"a","linkToken":"b"}`, finding: "connect, request, body: has a property twice, again at byte 28 [requestBody/syntax, our decision strict-json]", status: 400, code: "MALFORMED_JSON"},
			{name: "not UTF-8", method: post, body: "{\"linkToken\":\"\xff\"}", finding: "connect, request, body: is not UTF-8 [requestBody/syntax, our decision strict-json]", status: 400, code: "MALFORMED_JSON", detail: "Received JSON is malformed: it is not UTF-8."},
			{name: "half a surrogate pair", method: post, body: `{"linkToken":"\ud83d"}`, finding: "connect, request, body: has half of a surrogate pair at byte 14 [requestBody/syntax, our decision strict-json]", status: 400, code: "MALFORMED_JSON"},
			{name: "a whole surrogate pair", method: post, body: `{"linkToken":"\ud83d\ude00"}`, status: 201},
			{name: "too deep", method: post, body: strings.Repeat("[", 100) + strings.Repeat("]", 100), finding: "connect, request, body: is no object [schema/type]", status: 400, code: "INVALID_JSON"},
			{name: "a list", method: post, body: `[]`, finding: "connect, request, body: is no object [schema/type]", status: 400, code: "INVALID_JSON", detail: "Received JSON does not match the expected format: it is no object."},
			{name: "null", method: post, body: `null`, finding: "connect, request, body: is null [schema/nullable]", status: 400, code: "INVALID_JSON"},
			{name: "no token", method: post, body: `{}`, finding: "connect, request, body /linkToken: required, missing [schema/required]", status: 400, code: "MISSING_ATTRIBUTE", detail: "The required attribute linkToken was not specified."},
			{name: "an empty token", method: post, body: `{"linkToken":""}`, finding: "connect, request, body /linkToken: is empty [schema/minLength]", status: 400, code: "INVALID_ATTRIBUTE", detail: "Invalid attribute linkToken specified: it is empty."},
			{name: "a number for a token", method: post, body: `{"linkToken":1}`, finding: "connect, request, body /linkToken: is no string [schema/type]", status: 400, code: "INVALID_JSON_ATTRIBUTE", detail: "Received JSON for the linkToken attribute does not match expected format: it is no string."},
			{name: "null for a token", method: post, body: `{"linkToken":null}`, finding: "connect, request, body /linkToken: is null [schema/nullable]", status: 400, code: "INVALID_JSON_ATTRIBUTE"},
			{name: "another property", method: post, body: `{"linkToken":"x","linkTokn":"y"}`, finding: "connect, request, body: has a property that the contract does not have; did you mean linkToken? [schema/additionalProperties]", status: 400, code: "INVALID_ATTRIBUTE", detail: "Invalid attribute specified: the content has a property that the contract does not have; did you mean linkToken?"},
			{name: "the token as a name", method: post, body: `{"linkToken":"x","` + token + `":1}`, finding: "connect, request, body: has a property that the contract does not have [schema/additionalProperties]", status: 400, code: "INVALID_ATTRIBUTE"},
			{name: "on status", method: get, path: theStatus, body: `{}`, finding: "status, request, body: is there, and the operation has none [requestBody/undeclared, our decision content-without-meaning]", status: 400, code: "VALIDATION_ERROR", detail: "The request has content, which this operation does not have."},
			{name: "on disconnect", method: del, body: `{}`, finding: "disconnect, request, body: is there, and the operation has none [requestBody/undeclared, our decision content-without-meaning]", status: 400, code: "VALIDATION_ERROR"},
			{name: "no media type", method: post, header: http.Header{}, body: linkRequest(), finding: "connect, request, header Content-Type: want application/json, got none [requestBody/mediaType]", status: 415, code: "UNSUPPORTED_MEDIA_TYPE", detail: "The header Content-Type is wrong: want application/json, got none."},
			{name: "another media type", method: post, header: http.Header{"Content-Type": {"text/plain"}}, body: linkRequest(), finding: "connect, request, header Content-Type: want application/json, got another [requestBody/mediaType]", status: 415, code: "UNSUPPORTED_MEDIA_TYPE"},
			{name: "two media types", method: post, header: http.Header{"Content-Type": {"application/json", "application/json"}}, body: linkRequest(), finding: "connect, request, header Content-Type: want application/json, got more than one [requestBody/mediaType]", status: 415, code: "UNSUPPORTED_MEDIA_TYPE"},
			{name: "another charset", method: post, header: http.Header{"Content-Type": {"application/json; charset=latin1"}}, body: linkRequest(), finding: "connect, request, header Content-Type: has a charset that is not UTF-8 [requestBody/charset, our decision unsupported-media-type]", status: 415, code: "UNSUPPORTED_MEDIA_TYPE"},
			{name: "UTF-8, said so", method: post, header: http.Header{"Content-Type": {"Application/JSON; charset=UTF-8"}}, body: linkRequest(), status: 201},
			{name: "compressed", method: post, header: http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, body: linkRequest(), finding: "connect, request, header Content-Encoding: is there; content is sent as it is [requestBody/encoding, our decision unsupported-media-type]", status: 415, code: "UNSUPPORTED_MEDIA_TYPE"},
			{name: "too large", method: post, body: `{"linkToken":"` + strings.Repeat("x", 1<<20) + `"}`, finding: "connect, request, body: is larger than 1048576 bytes [requestBody/maxBytes, our decision content-too-large]", status: 413, code: "REQUEST_ENTITY_TOO_LARGE", detail: "The content is larger than 1048576 bytes."},
		},
	}
}

func TestTheServerKeepsTheContract(t *testing.T) {
	judge, err := checker.New(checker.Thorough(), checker.AlsoAt())
	require.NoError(t, err)
	record := newRecorder(t)
	said := new(output)
	for group, cases := range serverCases() {
		t.Run(group, func(t *testing.T) {
			url := start(t, newServer(t, func(c *server.Config) { c.Logger = said.logger(t) }))
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) { c.run(t, judge, record, url) })
			}
		})
	}
	t.Run("links that fail", func(t *testing.T) {
		url := start(t, newServer(t, func(c *server.Config) { c.Logger, c.Links = said.logger(t), brokenLinks{} }))
		for _, c := range []serverCase{
			{name: "connect", method: http.MethodPost, body: linkRequest(), status: 500, code: "UNEXPECTED_ERROR", detail: "Unexpected error."},
			{name: "status", method: http.MethodGet, path: theStatus, status: 500, code: "UNEXPECTED_ERROR"},
			{name: "disconnect", method: http.MethodDelete, status: 500, code: "UNEXPECTED_ERROR"},
		} {
			t.Run(c.name, func(t *testing.T) { c.run(t, judge, record, url) })
		}
	})
	t.Run("documented errors", func(t *testing.T) { documentedErrors(t, record) })
	record.covered("Digest", coverage.AnyScheme)
	assert.Contains(t, string(said.bytes()), "the disk is full", "the log says why an answer is 500")
	noCanary(t, said.bytes())
	for _, e := range record.exchanges {
		noCanary(t, e.ResponseBody)
		noCanary(t, []byte(fmt.Sprint(e.ResponseHeader, e.verdict)))
	}
}

func (c serverCase) run(t *testing.T, judge *checker.Checker, record *recorder, url string) {
	t.Helper()
	key, base, path := c.key, c.base, c.path
	if key == "" {
		key = "owner"
	}
	if base == "" {
		base = basePath
	}
	if path == "" {
		path = theLink
	}
	client := http.Client{Transport: digest.NewTransport(key, privateKey, digest.WithBase(record.transport(judge, nil)))}
	request, err := http.NewRequestWithContext(t.Context(), c.method, url+base+"/orgs"+path, strings.NewReader(c.body))
	require.NoError(t, err)
	request.Header = http.Header{"Content-Type": {"application/json"}}
	if c.header != nil {
		request.Header = c.header.Clone()
	} else if c.method != http.MethodPost {
		request.Header = http.Header{}
	}
	answer, err := client.Do(request)
	require.NoError(t, err)
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())

	last := record.last()
	var finding string
	if len(last.verdict.Findings) > 0 {
		finding = last.verdict.Findings[0].String()
	}
	assert.Equal(t, c.finding, finding)
	assert.Equal(t, c.status, answer.StatusCode, "%s", content)
	if c.content != "" {
		assert.Equal(t, c.content, string(content))
	}
	if c.code != "" {
		assert.Contains(t, string(content), `"errorCode":"`+c.code+`"`)
	}
	if c.detail != "" {
		assert.Contains(t, string(content), `"detail":"`+c.detail+`"`)
	}
}

// brokenLinks fail.
type brokenLinks struct{}

var errDiskFull = errors.New("the disk is full")

func (brokenLinks) Connect(context.Context, links.Link) (links.Link, error) {
	return links.Link{}, errDiskFull
}

func (brokenLinks) ConnectOnce(context.Context, links.Link) (bool, error) { return false, errDiskFull }

func (brokenLinks) Get(context.Context, migrationlink.OrgID) (links.Link, error) {
	return links.Link{}, errDiskFull
}
func (brokenLinks) Disconnect(context.Context, migrationlink.OrgID) error { return errDiskFull }
