package contract_test

import (
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/gen"
	"github.com/migrationlink/migrationlink/server/servertest"
)

// The generator decodes one form of a response. gen/envelope.go has it read the other one too: without it a success in an envelope
// is an error to the caller, and an error has no code.
func TestTrapTheGeneratedClientAsksForEnvelopes(t *testing.T) {
	t.Parallel()
	for name, envelope := range map[string]*bool{"in an envelope": new(true), "plain, as asked": new(false), "plain": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := servertest.New(t)
			c, err := gen.NewClientWithResponses(s.URL+basePath, gen.WithHTTPClient(s.HTTPClient()))
			require.NoError(t, err)
			org := s.Org().ID

			connected, err := c.ConnectWithResponse(t.Context(), org, &gen.ConnectParams{Envelope: envelope},
				gen.LinkRequest{LinkToken: migrationlink.NewLinkToken(token).ForRequest()})
			require.NoError(t, err)
			require.NotNil(t, connected.JSON201, string(connected.Body))
			assert.Equal(t, migrationlink.StatusSynced, connected.JSON201.Status)

			status, err := c.StatusWithResponse(t.Context(), org, &gen.StatusParams{Envelope: envelope})
			require.NoError(t, err)
			require.NotNil(t, status.JSON200, string(status.Body))
			assert.Equal(t, migrationlink.StatusSynced, status.JSON200.Status)

			for range 2 {
				disconnected, err := c.DisconnectWithResponse(t.Context(), org, &gen.DisconnectParams{Envelope: envelope})
				require.NoError(t, err)
				if disconnected.StatusCode() != http.StatusNoContent {
					require.NotNil(t, disconnected.JSON404, string(disconnected.Body))
					assert.Equal(t, http.StatusNotFound, disconnected.JSON404.Error)
					assert.Equal(t, "RESOURCE_NOT_FOUND", *disconnected.JSON404.ErrorCode)
				}
			}
		})
	}
}

// kin-openapi writes the defaults of parameters that are missing into the request's URL. A verifier in the same process reads the
// request line, which stays what was signed. A proxy sends the changed URL on, so each sign-in is refused, unless SkipSettingDefaults
// is set.
func TestTrapKinChangesTheRequestThatDigestHasSigned(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(migrationlink.OpenAPI())
	require.NoError(t, err)
	const path = "/orgs/{orgId}/liveExport/migrationLink/status"
	item := doc.Paths.Value(path)
	route := &routers.Route{Spec: doc, Server: doc.Servers[0], Path: path, PathItem: item, Method: http.MethodGet, Operation: item.Get}
	verifier, err := digest.NewVerifier(digest.VerifierConfig{Realm: "MMS Public API", Password: func(string) (string, bool) { return "private", true }})
	require.NoError(t, err)
	verified := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := verifier.Verify(r); err != nil {
			w.Header().Set("WWW-Authenticate", verifier.Challenge(false).String())
			http.Error(w, err.Error(), http.StatusUnauthorized)
		}
	})
	origin, err := url.Parse(start(t, verified))
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		next   http.Handler
		skip   bool
		status int
		body   string
	}{
		"a middleware":                           {verified, false, http.StatusOK, ""},
		"a middleware, with SkipSettingDefaults": {verified, true, http.StatusOK, ""},
		"a proxy":                                {httputil.NewSingleHostReverseProxy(origin), false, http.StatusUnauthorized, "digest: uri is not the request target\n"},
		"a proxy, with SkipSettingDefaults":      {httputil.NewSingleHostReverseProxy(origin), true, http.StatusOK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			judged := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.NoError(t, openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
					Request: r, PathParams: map[string]string{"orgId": exampleOrg}, Route: route,
					Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: tt.skip},
				}))
				tt.next.ServeHTTP(w, r)
			}))
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, judged+basePath+"/orgs"+theStatus, nil)
			require.NoError(t, err)
			response, err := (&http.Client{Transport: digest.NewTransport("public", "private")}).Do(request)
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			assert.Equal(t, tt.status, response.StatusCode)
			assert.Equal(t, tt.body, string(body))
		})
	}
}
