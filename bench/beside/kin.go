package beside

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/migrationlink/migrationlink"
)

// newKin chains kin-openapi's calls around the generated handler: the route, the request, the answer as it was recorded. Nobody signs in.
func newKin() (http.Handler, error) {
	doc, err := openapi3.NewLoader().LoadFromData(migrationlink.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("kin-openapi: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("kin-openapi: %w", err)
	}
	doc.Servers = openapi3.Servers{{URL: BasePath}} // whatever the host
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("kin-openapi: %w", err)
	}
	return &kin{router: router, next: newStrict()}, nil
}

type kin struct {
	router routers.Router
	next   http.Handler
}

// ServeHTTP implements http.Handler.
func (k *kin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route, values, err := k.router.FindRoute(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	request := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: values, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	recorded := httptest.NewRecorder()
	k.next.ServeHTTP(recorded, r)
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request, Status: recorded.Code, Header: recorded.Header(), Options: request.Options,
	}
	answer.SetBodyBytes(bytes.Clone(recorded.Body.Bytes()))
	if err := openapi3filter.ValidateResponse(r.Context(), answer); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	for name, all := range recorded.Header() {
		w.Header()[name] = all
	}
	w.WriteHeader(recorded.Code)
	_, _ = w.Write(recorded.Body.Bytes())
}
