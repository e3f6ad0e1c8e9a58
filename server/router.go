package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink"
)

// router is the BaseRouter that the generated code registers its handlers with. It puts sign-in, access list, role and contract before
// each: the generated middlewares run after the parameters are bound, which is too late.
type router struct {
	server  *Server
	mux     *http.ServeMux
	methods map[string]bool // paths that answer the methods which they do not have
}

// HandleFunc implements gen.ServeMux. The pattern is a method and a path; what the contract does not serve there is left out.
func (rt *router) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	method, path, _ := strings.Cut(pattern, " ")
	allowed := rt.server.checker.Allowed(path)
	allow := strings.Join(allowed, ", ")
	if !slices.Contains(allowed, method) {
		return
	}
	operation, limit := migrationlink.Operation(rt.server.checker.OperationID(method, path)), rt.server.checker.MaxRequestBytes(method, path)
	rt.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
		x := exchangeOf(w)
		x.route.operation, x.route.limit = operation, limit
		x.admit(handler)
	})
	if rt.methods[path] {
		return
	}
	rt.methods[path] = true
	rt.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		exchangeOf(w).otherMethod(allow)
	})
}

// otherMethod answers a method that the resource does not have, and OPTIONS, which asks for those that it has.
func (x *exchange) otherMethod(allow string) {
	if x.request.Method != http.MethodOptions {
		x.fail(methodNotAllowed(allow))
		return
	}
	x.response.header.Set("Allow", allow)
	x.WriteHeader(http.StatusNoContent)
}

// ServeHTTP implements gen.ServeMux.
func (rt *router) ServeHTTP(w http.ResponseWriter, r *http.Request) { rt.mux.ServeHTTP(w, r) }
