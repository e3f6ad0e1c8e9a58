package contract_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/contracttest"
)

// sabotaged is a stand-in whose answers are spoilt on their way out.
func sabotaged(t testing.TB, spoil func(*http.Request, *httptest.ResponseRecorder)) contracttest.Target {
	t.Helper()
	target := targetOf(t)
	right := target.Handler
	target.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		right.ServeHTTP(answer, r)
		spoil(r, answer)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		if r.Method != http.MethodHead && answer.Code != http.StatusNoContent {
			_, _ = w.Write(answer.Body.Bytes())
		}
	})
	return target
}

// become makes the answer another one.
func become(answer *httptest.ResponseRecorder, status int, body string) {
	answer.Code = status
	answer.Body.Reset()
	answer.Body.WriteString(body)
	answer.Header().Del("Content-Length")
	answer.Header().Set("X-MongoDB-Service-Version", "gitHash=x; versionString=sabotage")
	answer.Header().Set("Vary", "Accept-Encoding")
	if body == "" {
		answer.Header().Del("Content-Type")
	} else {
		answer.Header().Set("Content-Type", "application/json")
	}
}

func has(answer *httptest.ResponseRecorder, text string) bool {
	return strings.Contains(answer.Body.String(), text)
}

// sabotages are servers that break one thing each, the rule that convicts them, the decision that it rests on, and what a person reads.
var sabotages = []struct {
	name           string
	only           string
	spoil          func(*http.Request, *httptest.ResponseRecorder)
	rule, decision string
	text           string
}{
	{"disconnects what is not connected", "disconnect/404", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 404 && has(a, "RESOURCE_NOT_FOUND") {
			become(a, 204, "")
		}
	}, "state", "disconnect-unconnected", "DELETE …/migrationLink answered 204: status: the contract says 404 RESOURCE_NOT_FOUND [state] (x-decision: our choice, MongoDB is silent)\nnot your choice? contracttest.Except(\"disconnect-unconnected\")"},
	{"connects with 200", "connect/then", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 201 {
			a.Code = 200
		}
	}, "responses/200", "connect-created", "POST …/migrationLink with content answered 200: status: is not declared for the operation [responses/200] (x-decision: our choice, MongoDB is silent)\nnot your choice? contracttest.Except(\"connect-created\")"},
	{"another status word", "status/200", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 200 {
			become(a, 200, `{"status":"PENDING"}`)
		}
	}, "schema/enum", "", "GET …/migrationLink/status answered 200: body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]"},
	{"forgets a header", "connect/then", func(_ *http.Request, a *httptest.ResponseRecorder) { a.Header().Del("X-MongoDB-Service-Version") },
		"responses/201/headers/required", "", "POST …/migrationLink with content answered 201: header X-MongoDB-Service-Version: required, missing [responses/201/headers/required]"},
	{"1 is true", "status/query/pretty/type", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 400 {
			become(a, 200, `{"status":"NOT_SYNCED"}`)
		}
	}, "responses/rejection", "", "GET …/migrationLink/status?… answered 200: status: a request that breaks the contract is answered with success [responses/rejection]"},
	{"looks over a parameter", "status/query/undeclared", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 400 {
			become(a, 200, `{"status":"NOT_SYNCED"}`)
		}
	}, "responses/rejection", "undeclared-query-parameter", "is answered with success [responses/rejection] (x-decision"},
	{"another media type is 400", "connect/content/mediaType/other", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 415 {
			become(a, 400, `{"error":400}`)
		}
	}, "responses/rejection", "unsupported-media-type", "POST …/migrationLink with content answered 400: status: a request that breaks requestBody/mediaType is refused with 415 [responses/rejection] (x-decision"},
	{"any media type", "connect/content/mediaType/other", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 415 {
			become(a, 201, `{"status":"SYNCED"}`)
		}
	}, "responses/rejection", "", "POST …/migrationLink with content answered 201: status: a request that breaks the contract is answered with success [responses/rejection]"},
	{"malformed content is 404", "connect/content/syntax/after", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 400 {
			become(a, 404, `{"error":404}`)
		}
	}, "responses/rejection", "strict-json", "POST …/migrationLink with content answered 404: status: a request that breaks requestBody/syntax is refused with 400 or 422 [responses/rejection]"},
	{"an empty token", "connect/body/linkToken/minLength", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 400 {
			become(a, 201, `{"status":"SYNCED"}`)
		}
	}, "responses/rejection", "", "is answered with success [responses/rejection]"},
	{"malformed credentials are 400", "status/credentials/malformed", func(r *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 401 && r.Header.Get("Authorization") != "" {
			become(a, 400, `{"error":400}`)
		}
	}, "responses/acceptance", "malformed-credentials", "GET …/migrationLink/status answered 400: status: a request that keeps the contract is called wrong [responses/acceptance] (x-decision"},
	{"no challenge", "status/credentials/response", func(_ *http.Request, a *httptest.ResponseRecorder) { a.Header().Del("WWW-Authenticate") },
		"security", "", "GET …/migrationLink/status answered 401: status: a request without credentials is answered 401 with a Digest challenge that can be answered [security]"},
	{"no sign-in", "status/credentials/none", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 401 {
			become(a, 200, `{"status":"NOT_SYNCED"}`)
		}
	}, "security", "", "GET …/migrationLink/status answered 200: status: a request without credentials is answered with success [security]"},
	{"any bearer", "status/credentials/bearer-unknown", func(r *http.Request, a *httptest.ResponseRecorder) {
		if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
			become(a, 200, `{"status":"NOT_SYNCED"}`)
		}
	}, "security", "", "GET …/migrationLink/status answered 200: status: credentials that do not sign in are answered 401 [security]"},
	{"no bearer", "bearer/status/right/query", func(r *http.Request, a *httptest.ResponseRecorder) {
		if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") && a.Code == 200 {
			become(a, 401, `{"error":401}`)
			a.Header().Set("WWW-Authenticate", `Digest realm="x", nonce="x", algorithm=MD5, qop="auth"`)
		}
	}, "responses/acceptance", "", "GET …/migrationLink/status answered 401: status: a request that keeps the contract is not answered with success [responses/acceptance]"},
	{"a bearer's signature is not looked at", "bearer/status/credentials/altered", func(r *http.Request, a *httptest.ResponseRecorder) {
		if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer eyJ") && a.Code == 401 {
			become(a, 200, `{"status":"NOT_SYNCED"}`)
		}
	}, "security", "", "GET …/migrationLink/status answered 200: status: credentials that do not sign in are answered 401 [security]"},
	{"a service account needs no role", "bearer/status/401_account", func(r *http.Request, a *httptest.ResponseRecorder) {
		if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") && has(a, "NOT_ORG_OWNER") {
			become(a, 200, `{"status":"NOT_SYNCED"}`)
		}
	}, "security", "missing-role", "GET …/migrationLink/status answered 200: status: the contract says 401 [security]"},
	{"no access tokens", "bearer/status/200", func(r *http.Request, a *httptest.ResponseRecorder) {
		if r.URL.Path == "/api/oauth/token" {
			become(a, 401, `{"error":"invalid_client","error_description":"`+clientSecret+`"}`)
		}
	}, "responses", "", "GET …/migrationLink/status was not answered: status: no answer: the service account got no access token (answer 401) [responses]"},
	{"no access tokens to spoil", "bearer/status/credentials", func(r *http.Request, a *httptest.ResponseRecorder) {
		if r.URL.Path == "/api/oauth/token" {
			become(a, 200, `{"access_token":"`+clientSecret)
		}
	}, "responses", "", "GET …/migrationLink/status was not answered: status: no answer: the service account got no access token (answer 200) [responses]"},
	{"forgets the link", "connect/then", func(r *http.Request, a *httptest.ResponseRecorder) {
		if r.Method == http.MethodDelete && a.Code == 204 {
			become(a, 404, `{"error":404,"errorCode":"RESOURCE_NOT_FOUND"}`)
		}
	}, "state", "", "DELETE …/migrationLink answered 404: status: the contract says 204 [state]"},
	{"does not say that it is connected", "connect/then", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 200 && has(a, `"SYNCED"`) {
			become(a, 200, `{"status":"NOT_SYNCED"}`)
		}
	}, "state", "", "GET …/migrationLink/status answered 200: status: the contract says SYNCED [state]"},
	{"stays connected", "status/NOT_SYNCED_after", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 200 && has(a, "NOT_SYNCED") {
			become(a, 404, `{"error":404}`)
		}
	}, "state", "", "GET …/migrationLink/status answered 404: status: the contract says 200 [state]"},
	{"a token for everybody", "connect/409", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 409 {
			become(a, 201, `{"status":"SYNCED"}`)
		}
	}, "state", "link-token-in-use", "POST …/migrationLink with content answered 201: status: the contract says 409 LINK_TOKEN_IN_USE [state] (x-decision"},
	{"405 without Allow", "status/method/", func(_ *http.Request, a *httptest.ResponseRecorder) { a.Header().Del("Allow") },
		"responses/405/headers/Allow", "", "POST …/migrationLink/status answered 405: header Allow: does not list every method of the path [responses/405/headers/Allow]"},
	{"404 for another method", "status/method/", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 405 {
			become(a, 404, `{"error":404}`)
		}
	}, "responses/405", "", "PUT …/migrationLink/status answered 404: status: the path does not have the method, so it is 405 [responses/405]"},
	{"no HEAD", "status/right/HEAD", func(r *http.Request, a *httptest.ResponseRecorder) {
		if r.Method == http.MethodHead {
			become(a, 405, "")
			a.Header().Set("Allow", "GET")
		}
	}, "responses/head/405", "head-as-get", "HEAD …/migrationLink/status answered 405: status: the path has the method [responses/head/405] (x-decision"},
	{"no OPTIONS", "status/right/OPTIONS", func(r *http.Request, a *httptest.ResponseRecorder) {
		if r.Method == http.MethodOptions {
			become(a, 404, `{"error":404}`)
		}
	}, "responses/options", "method-not-allowed", "OPTIONS …/migrationLink/status answered 404: status: OPTIONS is answered 204, or 405 [responses/options] (x-decision"},
	{"cleans the path", "status/path/unknown", func(r *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 404 {
			become(a, 307, "")
			a.Header().Set("Location", path.Clean(r.URL.Path))
		}
	}, "responses/404", "", "GET another path answered 307: status: the path is none of the contract's, so it is 404 [responses/404]"},
	{"a malformed id is 400", "status/path/orgId", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 404 {
			become(a, 400, `{"error":400}`)
		}
	}, "responses/rejection", "org-id-malformed", "GET …/migrationLink/status answered 400: status: a request that breaks schema/pattern is refused with 404 [responses/rejection] (x-decision"},
	{"breaks down", "status/content/undeclared", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 400 {
			become(a, 500, `{"error":500}`)
		}
	}, "responses/server-error", "", "GET …/migrationLink/status with content answered 500: status: is a failure of the server [responses/server-error]"},
	{"calls what is right wrong", "status/right/query", func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 200 {
			become(a, 400, `{"error":400}`)
		}
	}, "responses/acceptance", "", "GET …/migrationLink/status answered 400: status: a request that keeps the contract is called wrong [responses/acceptance]"},
	{"a smaller limit", "connect/right/maxBytes", func(r *http.Request, a *httptest.ResponseRecorder) {
		if r.ContentLength > 1<<16 {
			become(a, 413, `{"error":413}`)
		}
	}, "responses/acceptance", "content-too-large", "POST …/migrationLink with content answered 413: status: " +
		"a request that keeps the contract is called wrong [responses/acceptance] (x-decision: our choice, MongoDB is silent)\n" +
		"not your choice? contracttest.Except(\"content-too-large\")"},
}

func TestASabotagedServerIsConvicted(t *testing.T) {
	t.Parallel()
	for _, c := range sabotages {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			opts := []contracttest.Option{contracttest.Only(c.only), contracttest.Variants(1)}
			if strings.HasPrefix(c.only, "bearer/") {
				opts = append(opts, contracttest.NoPreflight()) // which stops where the service account is refused
			}
			findings := runSuite(t, sabotaged(t, c.spoil), opts...)
			i := slices.IndexFunc(findings, func(f contracttest.Finding) bool { return f.Rule == c.rule && f.Decision == c.decision })
			require.GreaterOrEqual(t, i, 0, "%s (%s): %s", c.rule, c.decision, strings.Join(texts(findings), "\n"))
			assert.Contains(t, strings.Join(texts(findings), "\n"), c.text)
			noCanary(t, []byte(strings.Join(texts(findings), "\n")))
			if c.decision == "" {
				return
			}
			s, err := contracttest.Open(t.Context(), sabotaged(t, c.spoil),
				contracttest.Except(c.decision), contracttest.Variants(1), contracttest.Only(c.only))
			if err != nil {
				assert.ErrorContains(t, err, "no case is left to run", "all of them rest on the decision")
				return
			}
			for _, of := range s.Cases() {
				for _, f := range of.Run(t.Context(), s) {
					assert.NotEqual(t, c.decision, f.Decision, f.Text())
				}
			}
		})
	}
}

// A server that made the other choice keeps the contract less that decision.
func TestExceptTakesASingleDecisionOut(t *testing.T) {
	t.Parallel()
	spoil := func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 404 && has(a, "it is not connected") {
			become(a, 204, "")
		}
	}
	for _, only := range []string{"disconnect/", "sequence/"} {
		assert.NotEmpty(t, runSuite(t, sabotaged(t, spoil), contracttest.Variants(3), contracttest.Only(only)), only)
		assert.Empty(t, texts(runSuite(t, sabotaged(t, spoil), contracttest.Variants(3), contracttest.Only(only), contracttest.Except("disconnect-unconnected"))), only)
	}
}

func TestATargetIsRefusedWithWhatWouldBeRight(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*contracttest.Target)
		opts   []contracttest.Option
		want   string
	}{
		"nothing":    {func(s *contracttest.Target) { *s = contracttest.Target{} }, nil, "target: want either Handler or URL\ntarget: not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a\ntarget.Key: incomplete: want the public and the private key of an Organization Owner"},
		"a path":     {func(s *contracttest.Target) { s.Handler, s.URL = nil, "https://host/ops/" }, nil, "target.URL: the path is not /api/public/v1.0: want https://HOST[:PORT]"},
		"no address": {func(s *contracttest.Target) { s.Handler, s.URL = nil, "host:8443" }, nil, "target.URL: not an address: want https://HOST[:PORT]"},
		"base path":  {func(s *contracttest.Target) { s.BasePath = "/api" }, nil, "no operation is served under the base path; want one of /api/public/v1.0"},
		"curl's form": {func(s *contracttest.Target) { s.Key.Public += ":" + s.Key.Private.Reveal() }, nil,
			"target.Key: the public key has a colon in it: it looks like curl's form public:private; put only the part before the colon"},
		"a secret as client id": {func(s *contracttest.Target) { s.AccountElsewhere.Public = "mdb_sa_sk_x" }, nil,
			"target.AccountElsewhere: the client id looks like the secret of a service account: want the client id in its place"},
		"half an account": {func(s *contracttest.Target) { s.ServiceAccount.Private = migrationlink.Secret{} }, nil, "target.ServiceAccount: incomplete: want the client id and the secret of an Organization Owner, or neither"},
		"no token endpoint": {func(*contracttest.Target) {}, []contracttest.Option{contracttest.Document(bytes.Replace(migrationlink.OpenAPI(), []byte("clientCredentials:\n          tokenUrl"), []byte("password:\n          tokenUrl"), 1))},
			"target.ServiceAccount: the contract names no endpoint that gives access tokens"},
		"decision":     {func(*contracttest.Target) {}, []contracttest.Option{contracttest.Except("disconect-unconnected")}, "contracttest.Except: the contract has no decision of that name; did you mean disconnect-unconnected?"},
		"no decision":  {func(*contracttest.Target) {}, []contracttest.Option{contracttest.Except("x")}, "contracttest.Except: the contract has no decision of that name; docs/decisions.md lists them"},
		"no such case": {func(*contracttest.Target) {}, []contracttest.Option{contracttest.Only("x")}, "no case is left to run"},
		"nobody":       {func(s *contracttest.Target) { s.Handler, s.URL = nil, "http://127.0.0.1:1" }, nil, "no answer: dial tcp 127.0.0.1:1: connect: connection refused"},
	} {
		target := targetOf(t)
		c.change(&target)
		opts := append([]contracttest.Option{contracttest.Only("status/200")}, c.opts...)
		_, err := contracttest.Open(t.Context(), target, opts...)
		require.Error(t, err, name)
		assert.Contains(t, err.Error(), c.want, name)
	}
}

func TestAConnectedOrganizationIsNotTouched(t *testing.T) {
	t.Parallel()
	standIn := newServer(t)
	target := targetOf(t)
	target.Handler = standIn
	s, err := contracttest.Open(t.Context(), target, contracttest.Only("connect/409_token_in_use"))
	require.NoError(t, err)
	assert.Empty(t, texts(runCases(t, s)), "the case leaves the organization connected")

	_, err = contracttest.Open(t.Context(), target, contracttest.Only("connect/then"))
	require.ErrorIs(t, err, contracttest.ErrSynced)
	assert.EqualError(t, err, "the organization is SYNCED: its connection would be lost; want one that is not connected, or a run that only reads")

	require.NoError(t, s.Close(t.Context()))
	s, err = contracttest.Open(t.Context(), target, contracttest.Only("connect/then"))
	require.NoError(t, err, "it was left as it was found")
	require.NoError(t, s.Close(t.Context()))
}

// Each check of Schemathesis is asked for or excluded, with its reason; each case names one that exists.
func TestTheChecksOfSchemathesisAreThere(t *testing.T) {
	t.Parallel()
	s, err := contracttest.Open(t.Context(), targetOf(t))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close(t.Context())) })
	inCases := make(map[string]bool)
	names := make(map[string]bool)
	for _, c := range s.Cases() {
		assert.False(t, names[c.Name], "two cases are called %s", c.Name)
		names[c.Name] = true
		inCases[c.Check] = true
	}
	delete(inCases, "")
	for _, check := range contracttest.Checks() {
		assert.Equal(t, check.InCases, inCases[check.Name], check.Name)
		assert.True(t, len(check.Rules) > 0 || check.Excluded != "", check.Name)
		delete(inCases, check.Name)
	}
	assert.Empty(t, inCases)
}
