package contract_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/contracttest"
	"github.com/migrationlink/migrationlink/server"
)

// A fault of the set-up is told as one, before anything is judged.
func TestThePreflightStopsWhereTheSetUpIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*contracttest.Target)
		kind   error
		status int
		want   string
	}{
		"another private key": {
			func(s *contracttest.Target) { s.Key.Private = migrationlink.NewSecret("another") },
			contracttest.ErrNotSignedIn, 401, `not signed in (401): the key pair "owner" was refused. Nothing was judged.`,
		},
		"an unknown key": {
			func(s *contracttest.Target) {
				s.Key = contracttest.Key{Public: "unknown", Private: migrationlink.NewSecret(privateKey)}
			},
			contracttest.ErrNotSignedIn, 401, `not signed in (401): the key pair "unknown" was refused. Nothing was judged.`,
		},
		"a key without the role": {
			func(s *contracttest.Target) { s.Key.Public = "reader" },
			contracttest.ErrNotAllowed, 401, `not allowed (401 NOT_ORG_OWNER): the key pair "reader" lacks the role Organization Owner in organization ` +
				exampleOrg + `, or does not belong to it. Nothing was judged.`,
		},
		"a key not allowed from here": {
			func(s *contracttest.Target) { s.Key.Public = "elsewhere" },
			contracttest.ErrNotAllowed, 403, `not allowed (403 IP_ADDRESS_NOT_ON_ACCESS_LIST): the address of this machine is not on the access list of the key pair "elsewhere". Nothing was judged.`,
		},
		"an organization that is not there": {
			func(s *contracttest.Target) { s.OrgID = "000000000000000000000000" },
			contracttest.ErrOrgNotFound, 404, "not found (404 ORG_NOT_FOUND): the server has no organization 000000000000000000000000 of Cloud Manager or Ops Manager. Nothing was judged.",
		},
		"a second organization that is not there": {
			func(s *contracttest.Target) { s.OtherOrgID = "000000000000000000000000" },
			contracttest.ErrOrgNotFound, 404, "not found (404 ORG_NOT_FOUND): the server has no organization 000000000000000000000000 of Cloud Manager or Ops Manager. Nothing was judged.",
		},
		"another secret of the service account": {
			func(s *contracttest.Target) { s.ServiceAccount.Private = migrationlink.NewSecret("another") },
			contracttest.ErrNotSignedIn, 401, `not signed in (401): the service account "mdb_sa_id_owner" was refused: it got no access token. Nothing was judged.`,
		},
		"a service account without the role": {
			func(s *contracttest.Target) { s.ServiceAccount = s.AccountWithoutRole },
			contracttest.ErrNotAllowed, 401, `not allowed (401 NOT_ORG_OWNER): the service account "mdb_sa_id_reader" lacks the role Organization Owner in organization ` +
				exampleOrg + `, or does not belong to it. Nothing was judged.`,
		},
		"a server that hangs up": {
			func(s *contracttest.Target) { s.Handler = hijacked("") },
			contracttest.ErrNoResponse, 0, "no answer: the connection was closed. Nothing was judged.",
		},
		"a server of another protocol": {
			func(s *contracttest.Target) { s.Handler = hijacked("SSH-2.0-OpenSSH_9.9 " + privateKey + "\r\n\r\n") },
			contracttest.ErrNoResponse, 0, "no answer: what came is not HTTP that can be read. Nothing was judged.",
		},
		"nobody listens": {
			func(s *contracttest.Target) { s.Handler, s.URL = nil, "http://127.0.0.1:1" },
			contracttest.ErrNoResponse, 0, "no answer: dial tcp 127.0.0.1:1: connect: connection refused. Nothing was judged.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := targetOf(t)
			c.change(&target)
			s, err := contracttest.Open(t.Context(), target, contracttest.Variants(0), contracttest.Report(func(checker.Exchange, checker.Verdict) { assert.Fail(t, "judged") }))
			assert.Nil(t, s)
			var refused *contracttest.PreflightError
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, c.want, err.Error())
			assert.Equal(t, c.status, refused.Status)
			require.ErrorIs(t, err, c.kind)
			noCanary(t, fmt.Appendf(nil, "%v %+v", err, err))
		})
	}
}

// hijacked writes to the connection itself, and closes it.
func hijacked(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(connection, text)
			_ = connection.Close()
		}
	})
}

// toSigned answers whoever signs in, and asks everybody else to. The number of signed requests is counted.
func toSigned(signed *int, header http.Header, status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		*signed++
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// Every code that the contract has for role, access list or organization stops; no other does.
func TestThePreflightGoesByTheCodesOfTheContract(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		code   string
		want   error
	}{
		{401, "USER_UNAUTHORIZED", contracttest.ErrNotAllowed},
		{401, "NOT_ORG_OWNER", contracttest.ErrNotAllowed},
		{401, "NOT_ORG_ADMIN", contracttest.ErrNotAllowed},
		{401, "USER_CANNOT_ACCESS_ORG", contracttest.ErrNotAllowed},
		{403, "NOT_ORG_OWNER", contracttest.ErrNotAllowed}, // the documentation disagrees with itself on the status
		{401, "NO_CURRENT_USER", contracttest.ErrNotSignedIn},
		{401, "SOMETHING_ELSE", contracttest.ErrNotSignedIn},
		{403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", contracttest.ErrNotAllowed},
		{403, "ORG_REQUIRES_ACCESS_LIST", contracttest.ErrNotAllowed},
		{403, "ACCESS_FORBIDDEN", contracttest.ErrNotAllowed},
		{403, "NO_FREE_TIER_API", contracttest.ErrNotAllowed},
		{404, "INVALID_ORG_ID", contracttest.ErrOrgNotFound},
		{404, "ORG_NOT_FOUND", contracttest.ErrOrgNotFound},
		{404, "EXPECTED_NON_ATLAS_ORG", contracttest.ErrOrgNotFound},
		{404, "RESOURCE_NOT_FOUND", nil},
		{404, "SOMETHING_ELSE", nil},
		{403, "SOMETHING_ELSE", nil},
		{402, "ACCOUNT_SUSPENDED", nil},
		{400, "ORG_NOT_FOUND", nil},
		{500, "NOT_ORG_OWNER", nil},
		{200, "ORG_NOT_FOUND", nil},
	} {
		target := targetOf(t)
		signed := 0
		target.Handler = toSigned(&signed, http.Header{"Content-Type": {"application/json"}}, c.status, fmt.Sprintf(`{"error":%d,"errorCode":%q}`, c.status, c.code))
		target.Writes, target.ServiceAccount = false, contracttest.Key{}
		s, err := contracttest.Open(t.Context(), target, contracttest.Only("status/200"), contracttest.Variants(0))
		if c.want == nil {
			require.NoError(t, err, c)
			assert.NotEmpty(t, s.Doubts(), c)
			require.NoError(t, s.Close(t.Context()))
		} else {
			require.ErrorIs(t, err, c.want, c)
		}
		if c.status != http.StatusUnauthorized { // which digest takes for a nonce that is used up
			assert.Equal(t, 1, signed, c)
		}
	}
}

// Everything that does not say that the set-up is wrong is judged; where it may be, that is said.
func TestEverythingElseIsJudged(t *testing.T) {
	t.Parallel()
	always := func(header http.Header, status int, body string) func(*contracttest.Target) {
		return func(target *contracttest.Target) {
			target.ServiceAccount = contracttest.Key{}
			target.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for name, values := range header {
					w.Header()[name] = values
				}
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			})
		}
	}
	tokens := func(status int, body string) func(*contracttest.Target) {
		return func(target *contracttest.Target) {
			right := target.Handler
			target.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/api/oauth/") {
					w.WriteHeader(status)
					_, _ = io.WriteString(w, body)
					return
				}
				right.ServeHTTP(w, r)
			})
		}
	}
	redirected := func(target *contracttest.Target) {
		right := target.Handler
		target.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/api/oauth/") {
				http.Redirect(w, r, "https://login.example/", http.StatusFound)
				return
			}
			right.ServeHTTP(w, r)
		})
	}
	html := http.Header{"Content-Type": {"text/html"}}
	const between = "a login page or a proxy may have answered; check the address http://"
	for name, c := range map[string]struct {
		change func(*contracttest.Target)
		want   string
	}{
		"a login page":       {always(html, 200, "<html>"), "status was answered 200 without a status: " + between},
		"a redirect":         {always(http.Header{"Location": {"https://login.example/" + token}}, 302, ""), "status was redirected (302), which is not followed: " + between},
		"a wrong base path":  {always(html, 404, "<html>"), "status was answered 404: " + between},
		"another sign-in":    {always(http.Header{"Www-Authenticate": {`Basic realm="proxy"`}}, 401, ""), "status was answered 401 without a Digest challenge that can be answered: " + between},
		"no sign-in":         {always(http.Header{"Content-Type": {"application/json"}}, 200, `{"status":"SYNCED"}`), "status was answered 200 without sign-in: " + between},
		"a suspended owner":  {always(nil, 402, ""), "status was answered 402: the account may be suspended"},
		"unavailable":        {always(nil, 503, ""), "status was answered 503: the server may not be ready"},
		"a body cut off":     {always(http.Header{"Content-Length": {"100"}}, 200, `{"sta`), "status was answered 200, and the answer broke off: the connection was closed"},
		"no access tokens":   {tokens(404, ""), "the service account got no access token (answer 404): Ops Manager gives none; leave the service account out"},
		"tokens elsewhere":   {redirected, "the service account got no access token (answer 302)"},
		"tokens later":       {tokens(500, ""), "the service account got no access token (answer 500)"},
		"tokens that are no": {tokens(200, "{"), "the service account got no access token (answer 200)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := targetOf(t)
			target.Writes = false
			c.change(&target)
			s, err := contracttest.Open(t.Context(), target, contracttest.Variants(0))
			require.NoError(t, err)
			require.NotEmpty(t, s.Doubts())
			assert.True(t, strings.HasPrefix(s.Doubts()[0], c.want), s.Doubts()[0])
			noCanary(t, []byte(strings.Join(s.Doubts(), "\n")))
			assert.NoError(t, s.Ended())
			require.NoError(t, s.Close(t.Context()))
		})
	}
	s, err := contracttest.Open(t.Context(), targetOf(t))
	require.NoError(t, err)
	assert.Empty(t, s.Doubts())
	require.NoError(t, s.Close(t.Context()))
}

// One signed request, by the key; a second one where cases sign in by the service account.
func TestThePreflightAsksOnce(t *testing.T) {
	t.Parallel()
	for only, want := range map[string]int{"status/200": 1, "bearer/status/200": 2} {
		target := targetOf(t)
		target.Writes = false
		s, err := contracttest.Open(t.Context(), target, contracttest.Only(only))
		require.NoError(t, err)
		assert.Equal(t, want, target.Handler.(*server.Server).Journal().Count("status", 200))
		assert.Zero(t, s.Exchanges())
		require.NoError(t, s.Close(t.Context()))
	}
}

func TestWithoutPreflightAWrongKeyIsJudged(t *testing.T) {
	t.Parallel()
	target := targetOf(t)
	target.Key.Private = migrationlink.NewSecret("another")
	findings := texts(runSuite(t, target, contracttest.Only("status/200"), contracttest.NoPreflight()))
	assert.Equal(t, "GET …/migrationLink/status answered 401: status: the contract says 200 [state]", findings[0])
}
