package contract_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/contracttest"
	"github.com/migrationlink/migrationlink/server"
)

// targetOf is a stand-in with everything that a target can have.
func targetOf(t testing.TB, change ...func(*server.Config)) contracttest.Target {
	t.Helper()
	return contracttest.Target{
		Handler: newServer(t, change...), OrgID: exampleOrg, OtherOrgID: otherOrg, Key: contracttest.Key{Public: "owner", Private: migrationlink.NewSecret(privateKey)},
		WithoutRole: contracttest.Key{Public: "reader", Private: migrationlink.NewSecret(privateKey)}, Elsewhere: contracttest.Key{Public: "elsewhere", Private: migrationlink.NewSecret(privateKey)},
		ServiceAccount: contracttest.Key{Public: "mdb_sa_id_owner", Private: migrationlink.NewSecret(clientSecret)}, AccountWithoutRole: contracttest.Key{Public: "mdb_sa_id_reader", Private: migrationlink.NewSecret(clientSecret)},
		AccountElsewhere: contracttest.Key{Public: "mdb_sa_id_elsewhere", Private: migrationlink.NewSecret(clientSecret)}, Writes: true,
	}
}

// At least 2,000 exchanges, 1,500 of them different, each judged by kin-openapi too; every documented operation × status × scheme.
func TestTheStandInKeepsTheContract(t *testing.T) {
	said := new(output)
	record := newRecorder(t)
	target := targetOf(t, func(c *server.Config) { c.Logger = said.logger(t) })
	contracttest.Run(t, target, contracttest.Report(record.report))
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	t.Run("too large, told before sign-in", func(t *testing.T) {
		large := linkRequest() + strings.Repeat(" ", 1<<20)
		url := start(t, newServer(t))
		status, _ := ask(t, record.transport(judge, nil), url, migrationlink.OperationConnect, large)
		assert.Equal(t, http.StatusRequestEntityTooLarge, status)
	})
	t.Run("links that fail", func(t *testing.T) {
		target := targetOf(t, func(c *server.Config) { c.Links = brokenLinks{} })
		findings := runSuite(t, target, contracttest.Report(record.report), contracttest.Only("status/200"))
		assert.Contains(t, texts(findings),
			"GET …/migrationLink/status answered 500: status: is a failure of the server [responses/server-error]")
		only := contracttest.Only("connect/then")
		s, err := contracttest.Open(t.Context(), target, contracttest.Report(record.report), only)
		require.NoError(t, err)
		assert.Contains(t, texts(runCases(t, s)),
			"POST …/migrationLink with content answered 500: status: is a failure of the server [responses/server-error]")
		require.ErrorContains(t, s.Close(t.Context()), "organization "+exampleOrg+" could not be left as it was found, not connected: answer 500")
	})
	t.Run("limits", func(t *testing.T) {
		url := start(t, newServer(t, func(c *server.Config) { c.Limits = server.LimitsDocumented }))
		signed := asAccount(t, url, judge, record.transport(judge, nil))
		for range 100 {
			ask(t, signed, url, migrationlink.OperationStatus, "")
		}
		for op, body := range rightBodies() {
			status, _ := ask(t, signed, url, op, body)
			assert.Equal(t, http.StatusTooManyRequests, status, op)
		}
	})

	t.Run("documented errors", func(t *testing.T) { documentedErrors(t, record) })
	record.covered()
	different := make(map[string]bool)
	for _, e := range record.exchanges {
		different[withoutChance(e.Exchange)] = true
	}
	t.Logf("%d exchanges, %d of them different", len(record.exchanges), len(different))
	assert.GreaterOrEqual(t, len(record.exchanges), 2000)
	assert.GreaterOrEqual(t, len(different), 1500)
	noCanary(t, said.bytes())
}

func texts(findings []contracttest.Finding) []string {
	var all []string
	for _, finding := range findings {
		all = append(all, finding.Text())
	}
	return all
}

// chance is what differs from one run to the next: nonce, cnonce, the count and the response that are made of them; and access tokens.
var chance = regexp.MustCompile(`\b(nonce|cnonce|response|nc)="?[^",]*"?|\b(Bearer) eyJhbGciOiJIUzI1Ni.*`)

// withoutChance is an exchange as text, without what chance put into it.
func withoutChance(e checker.Exchange) string {
	authorization := chance.ReplaceAllString(strings.Join(e.RequestHeader.Values("Authorization"), "\n"), "$1$2")
	header := e.RequestHeader.Clone()
	header.Del("Authorization")
	return fmt.Sprint(e.Method, " ", e.Target, "\n", header, authorization, "\n", string(e.RequestBody), "\n", e.Status)
}

func TestTheStandInKeepsTheContractOverTLSAndHTTP2(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			target := targetOf(t)
			served := httptest.NewUnstartedServer(target.Handler)
			served.EnableHTTP2 = protocol == "HTTP/2.0"
			served.StartTLS()
			t.Cleanup(served.Close)
			target.Handler, target.URL, target.Transport = nil, served.URL, served.Client().Transport
			answer, err := served.Client().Get(served.URL)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.Equal(t, protocol, answer.Proto)
			contracttest.Run(t, target, contracttest.Variants(0))
		})
	}
}

func TestTheSameSeedAsksTheSame(t *testing.T) {
	t.Parallel()
	asked := func(seed uint64) []string {
		var all []string
		_ = runSuite(t, targetOf(t), contracttest.Seed(seed), contracttest.Variants(3), contracttest.Only("status/query"), contracttest.Report(func(e checker.Exchange, _ checker.Verdict) {
			all = append(all, withoutChance(e))
		}))
		return all
	}
	assert.Equal(t, asked(7), asked(7))
	assert.NotEqual(t, asked(7), asked(8))
}

// runSuite runs the suite as a loop of one's own does.
func runSuite(t testing.TB, target contracttest.Target, opts ...contracttest.Option) []contracttest.Finding {
	t.Helper()
	s, err := contracttest.Open(t.Context(), target, opts...)
	require.NoError(t, err)
	all := runCases(t, s)
	_ = s.Close(context.WithoutCancel(t.Context())) // a sabotaged server may not let it
	return all
}

// runCases runs every case of a session.
func runCases(t testing.TB, s *contracttest.Session) []contracttest.Finding {
	t.Helper()
	var all []contracttest.Finding
	for _, c := range s.Cases() {
		all = append(all, c.Run(t.Context(), s)...)
	}
	return all
}

// Without Writes nothing is sent that could change anything.
func TestAReadOnlyRunSendsSafeMethodsAlone(t *testing.T) {
	t.Parallel()
	target := targetOf(t)
	target.Writes = false
	methods := make(map[string]int)
	count := contracttest.Report(func(e checker.Exchange, _ checker.Verdict) { methods[e.Method]++ })
	s, err := contracttest.Open(t.Context(), target, count)
	require.NoError(t, err)
	for _, c := range s.Cases() {
		assert.Empty(t, texts(c.Run(t.Context(), s)), c.Name)
	}
	require.NoError(t, s.Close(t.Context()))
	for method := range methods {
		assert.Contains(t, []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace}, method)
	}
	assert.Contains(t, strings.Join(s.LeftOut(), "\n"), "cases that connect or disconnect, or would if what must be refused were accepted")
	t.Logf("%v", methods)
}

// The whole suite on a stand-in: at most 3 s on two cores.
func BenchmarkSuite(b *testing.B) {
	for b.Loop() {
		s, err := contracttest.Open(b.Context(), targetOf(b))
		require.NoError(b, err)
		for _, c := range s.Cases() {
			require.Empty(b, c.Run(b.Context(), s))
		}
		require.NoError(b, s.Close(b.Context()))
		b.ReportMetric(float64(s.Exchanges()), "exchanges")
	}
}
