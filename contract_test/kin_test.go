package contract_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
)

// kin is kin-openapi by itself, as anybody would wire it: the second opinion on every exchange.
type kin struct {
	doc    *openapi3.T
	router routers.Router
}

func newKin(t testing.TB) kin {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(migrationlink.OpenAPI())
	require.NoError(t, err)
	require.NoError(t, doc.Validate(context.Background()))
	// Routes are matched against the host of the servers; here that is a port of loopback.
	doc.Servers = openapi3.Servers{{URL: "/api/public/v1.0"}, {URL: "/api/atlas/v1.0"}}
	router, err := legacy.NewRouter(doc)
	require.NoError(t, err)
	return kin{doc: doc, router: router}
}

// judge returns what kin-openapi says of the request and of the answer; known is false where it has no operation.
func (k kin) judge(t testing.TB, e checker.Exchange) (request, answer error, known bool) {
	t.Helper()
	target, err := url.ParseRequestURI(e.Target)
	require.NoError(t, err)
	r := &http.Request{
		Method: e.Method, URL: target, Header: e.RequestHeader.Clone(), ContentLength: int64(len(e.RequestBody)),
		Body: io.NopCloser(bytes.NewReader(e.RequestBody)),
	}
	if e.Method == http.MethodHead {
		r.Method = http.MethodGet
	}
	route, values, err := k.router.FindRoute(r)
	if err != nil {
		return nil, nil, false
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r, Route: route, PathParams: values,
		Options: &openapi3filter.Options{
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus: true, RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
		},
	}
	request = openapi3filter.ValidateRequest(t.Context(), input)
	r.Method = e.Method
	answer = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: e.Status, Header: e.ResponseHeader, Options: input.Options,
		Body: io.NopCloser(bytes.NewReader(e.ResponseBody)),
	})
	return request, answer, true
}
