package contracttest

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
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
	"github.com/migrationlink/migrationlink/checker/requests"
	"github.com/migrationlink/migrationlink/server/journal"
)

const misprintedAdvice = "connect, request, path: The example of the reference page has this path; " +
	"everything else says /api/public/v1.0. Use that one. [paths/x-also-at]"

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
	lines, logs := new([]string), new([]string)
	Run(told{ctx: t.Context(), lines: lines, logs: logs}, target)
	assert.Empty(t, *lines)
	assert.Zero(t, asked.Load(), "requests below /api/atlas/")
	require.Len(t, *logs, 1)
	assert.Regexp(t, `^contracttest: \d,\d{3} exchanges, seed 1$`, (*logs)[0])
}

// The stand-in answers the misprinted path like the right one. This test sends every right and wrong request
// that the contract makes, and every kind of credentials.
func TestTheStandInKeepsTheContractAtTheMisprintedPath(t *testing.T) {
	t.Parallel()
	judge, err := checker.New(checker.Thorough(), checker.AlsoAt())
	require.NoError(t, err)
	record := newRecorder(t)
	standIn := newServer(t)
	target := targetOf(t)
	target.Handler = standIn
	s, err := Open(t.Context(), target, Variants(3), Report(record.report))
	require.NoError(t, err)
	s.judge, s.wire = judge, httpcheck.NewTransport(judge, s.base, s.observe)
	s.signed = s.as(target.Key)
	config := requests.Config{Base: "/api/atlas/v1.0", Values: s.values(), Seed: 1, Variants: 3}
	s.maker, err = requests.New(migrationlink.OpenAPI(), judge, config)
	require.NoError(t, err)
	asked := make(map[string]bool)
	for _, c := range slices.Concat(s.rightCases(s.maker), wrongCases(s.maker), s.credentialCases()) {
		asked[c.Name] = true
		assert.Empty(t, texts(c.Run(t.Context(), s)), c.Name)
	}
	require.NoError(t, s.Close(t.Context()))
	for _, name := range []string{
		"connect/right/query", "connect/right/OPTIONS", "connect/right/body", "connect/query/pretty/type",
		"connect/content/mediaType/other", "connect/content/syntax/cut-off", "connect/body/linkToken/minLength",
		"connect/content/maxBytes", "connect/method/DELETE",
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
