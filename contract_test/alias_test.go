package contract_test

import (
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/contracttest"
	"github.com/migrationlink/migrationlink/server/journal"
)

const misprintedAdvice = "connect, request, path: The example of the reference page has this path; " +
	"everything else says /api/public/v1.0. Use that one. [paths/x-also-at]"

const misprintedBase = "/api/atlas/v1.0"

// withoutAlias is a server that has nothing at the path that the reference page misprints, like Ops Manager.
// asked counts the requests to that path.
func withoutAlias(t testing.TB, asked *atomic.Int64) http.Handler {
	t.Helper()
	standIn, err := url.Parse(start(t, newServer(t)))
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(standIn)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/atlas/") {
			asked.Add(1)
			http.NotFound(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

// The misprinted path is the stand-in's alone: the suite asks no other server for it.
func TestAServerWithoutTheMisprintedPathPassesTheSuite(t *testing.T) {
	t.Parallel()
	asked := new(atomic.Int64)
	target := targetOf(t)
	target.Handler = withoutAlias(t, asked)
	s, err := contracttest.Open(t.Context(), target)
	require.NoError(t, err)
	assert.Empty(t, texts(runCases(t, s)))
	assert.Zero(t, asked.Load(), "requests below /api/atlas/")
	assert.Empty(t, s.Doubts())
	assert.Empty(t, s.LeftOut())
	assert.GreaterOrEqual(t, s.Exchanges(), 1000)
	require.NoError(t, s.Close(t.Context()))
}

// connectAtTheMisprintedPath is the contract of a server that has connect at the misprinted path only.
func connectAtTheMisprintedPath(t testing.TB) []byte {
	t.Helper()
	const also = "x-also-at:\n        - base: " + misprintedBase + "\n          advice: "
	document := string(migrationlink.OpenAPI())
	require.Equal(t, 1, strings.Count(document, also))
	const only = "servers:\n        - url: " + misprintedBase + "\n          description: "
	return []byte(strings.Replace(document, also, only, 1))
}

// The stand-in answers the misprinted path like the right one. This test sends every right and wrong request
// that the contract makes, and every kind of credentials.
func TestTheStandInKeepsTheContractAtTheMisprintedPath(t *testing.T) {
	t.Parallel()
	record := newRecorder(t)
	standIn := newServer(t)
	target := targetOf(t)
	target.Handler, target.BasePath, target.OtherOrgID = standIn, misprintedBase, ""
	document := contracttest.Document(connectAtTheMisprintedPath(t))
	s, err := contracttest.Open(t.Context(), target, document,
		contracttest.Variants(3), contracttest.NoPreflight(), contracttest.Report(record.report))
	require.NoError(t, err)
	asked := make(map[string]bool)
	for _, c := range s.Cases() {
		if c.Operation != string(migrationlink.OperationConnect) || c.Rule == "state" {
			continue // the other operations are not there
		}
		asked[c.Name] = true
		assert.Empty(t, texts(c.Run(t.Context(), s)), c.Name)
	}
	require.ErrorContains(t, s.Close(t.Context()), "not connected: answer 405", "no DELETE is there")
	for _, name := range []string{
		"connect/right/query", "connect/right/OPTIONS", "connect/right/body", "connect/query/pretty/type",
		"connect/content/mediaType/other", "connect/content/syntax/cut-off", "connect/body/linkToken/minLength",
		"connect/content/maxBytes", "connect/method/DELETE", "connect/credentials/malformed",
		"connect/401_key_without_the_role", "bearer/connect/right/body", "bearer/connect/credentials/altered",
	} {
		assert.True(t, asked[name], "%s is not among %v", name, slices.Sorted(maps.Keys(asked)))
	}
	// The test connects at no other path.
	connects := standIn.Journal().Entries(func(e journal.Entry) bool { return e.Operation == "connect" })
	assert.NotEmpty(t, connects)
	for _, e := range connects {
		assert.Contains(t, lines(e.Advice), misprintedAdvice)
	}
	statuses := make(map[int]int)
	for _, e := range record.exchanges {
		if strings.HasPrefix(e.Target, "/api/atlas/") {
			statuses[e.Status]++
		}
	}
	for _, status := range []int{201, 204, 400, 401, 404, 405, 413, 415} {
		assert.NotZero(t, statuses[status], "answers %d", status)
	}
}
