package checker_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
)

// connected is a valid POST and its answer, with a link-token as long as Atlas makes them.
func connected() checker.Exchange {
	return checker.Exchange{
		Method: http.MethodPost, Target: link,
		RequestHeader: http.Header{
			"Accept-Encoding": {"gzip"}, "Authorization": {"Digest username=\"owner\""}, "Content-Length": {"208"}, "Content-Type": {"application/json"},
			"User-Agent": {"client"},
		},
		RequestBody: []byte(`{"linkToken":"` + strings.Repeat("eyJvcmdJZCI6", 16) + `"}`),
		Status:      http.StatusCreated,
		ResponseHeader: http.Header{
			"Content-Type": {"application/json"}, "Vary": {"Accept-Encoding"},
			"X-Mongodb-Service-Version": {"gitHash=0f1e2d3c4b; versionString=v20261123"},
		},
		ResponseBody: []byte(`{"status":"SYNCED"}`),
	}
}

// BenchmarkJudge is the time of judging one valid POST and its answer: by a Checker, by one that is thorough, and by kin-openapi's two calls alone, which
// see less.
func BenchmarkJudge(b *testing.B) {
	b.Run("by=kin-openapi", func(b *testing.B) {
		judge := kinOpenAPI(b)
		e := connected()
		b.ReportAllocs()
		for b.Loop() {
			if err := judge(e); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, c := range map[string]*checker.Checker{"checker": newChecker(b), "thorough": newChecker(b, checker.Thorough())} {
		b.Run("by="+name, func(b *testing.B) {
			e := connected()
			b.ReportAllocs()
			for b.Loop() {
				if v := c.Judge(e); !v.Kept() {
					b.Fatal(v)
				}
			}
		})
	}
}

// kinOpenAPI is wired with care: the route is found once for both calls, bodies are in memory, nothing is done that judging does not need.
func kinOpenAPI(b *testing.B) func(checker.Exchange) error {
	b.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(migrationlink.OpenAPI())
	require.NoError(b, err)
	require.NoError(b, doc.Validate(b.Context()))
	doc.Servers = openapi3.Servers{{URL: "/api/public/v1.0"}} // not bound to a host
	router, err := legacy.NewRouter(doc)
	require.NoError(b, err)
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, SkipSettingDefaults: true}
	return func(e checker.Exchange) error {
		target, err := url.ParseRequestURI(e.Target)
		if err != nil {
			return err
		}
		r := &http.Request{
			Method: e.Method, URL: target, Header: e.RequestHeader, ContentLength: int64(len(e.RequestBody)), Body: io.NopCloser(bytes.NewReader(e.RequestBody)),
		}
		route, values, err := router.FindRoute(r)
		if err != nil {
			return err
		}
		request := &openapi3filter.RequestValidationInput{Request: r, PathParams: values, Route: route, Options: options}
		if err := openapi3filter.ValidateRequest(context.Background(), request); err != nil {
			return err
		}
		return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: request, Status: e.Status, Header: e.ResponseHeader, Options: options,
			Body: io.NopCloser(bytes.NewReader(e.ResponseBody)),
		})
	}
}
