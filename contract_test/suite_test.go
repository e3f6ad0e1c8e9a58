package contracttest

import (
	"bytes"
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
	"github.com/migrationlink/migrationlink/checker/requests"
	"github.com/migrationlink/migrationlink/server"
)

// targetOf is a stand-in with everything that a target can have.
func targetOf(t testing.TB, change ...func(*server.Config)) Target {
	t.Helper()
	return Target{
		Handler: newServer(t, change...), OrgID: exampleOrg, OtherOrgID: otherOrg, Key: Key{Public: "owner", Private: migrationlink.NewSecret(privateKey)},
		WithoutRole: Key{Public: "reader", Private: migrationlink.NewSecret(privateKey)}, Elsewhere: Key{Public: "elsewhere", Private: migrationlink.NewSecret(privateKey)},
		ServiceAccount: Key{Public: "mdb_sa_id_owner", Private: migrationlink.NewSecret(clientSecret)}, AccountWithoutRole: Key{Public: "mdb_sa_id_reader", Private: migrationlink.NewSecret(clientSecret)},
		AccountElsewhere: Key{Public: "mdb_sa_id_elsewhere", Private: migrationlink.NewSecret(clientSecret)}, Writes: true,
	}
}

// At least 2,000 exchanges, 1,500 of them different, each judged by kin-openapi too; every documented operation × status × scheme.
func TestTheStandInKeepsTheContract(t *testing.T) {
	said := new(output)
	record := newRecorder(t)
	Run(t, targetOf(t, func(c *server.Config) { c.Logger = said.logger(t) }), Report(record.report))
	t.Run("too large, told before sign-in", func(t *testing.T) {
		s, err := Open(t.Context(), targetOf(t), Report(record.report))
		require.NoError(t, err)
		a := &attempt{Session: s, ctx: t.Context()}
		large := s.connectOf(exampleOrg, s.tokens[0])
		large.Body = append(large.Body, bytes.Repeat([]byte(" "), 1<<20)...)
		got, _ := a.send(large, s.wire)
		assert.Equal(t, http.StatusRequestEntityTooLarge, got.status)
		assert.Empty(t, texts(a.findings))
		require.NoError(t, s.Close(t.Context()))
	})
	t.Run("links that fail", func(t *testing.T) {
		target := targetOf(t, func(c *server.Config) { c.Links = brokenLinks{} })
		s, err := Open(t.Context(), target, Report(record.report), Only("connect/then"))
		require.NoError(t, err)
		a := &attempt{Session: s, ctx: t.Context()}
		a.send(s.statusOf(exampleOrg), s.signed)
		findings := s.Cases()[0].Run(t.Context(), s)
		require.NotEmpty(t, findings)
		assert.Contains(t, texts(findings), "POST …/migrationLink with content answered 500: status: is a failure of the server [responses/server-error]")
		require.ErrorContains(t, s.Close(t.Context()), "organization "+exampleOrg+" could not be left as it was found, not connected: answer 500")
	})
	t.Run("limits", func(t *testing.T) {
		s, err := Open(t.Context(), targetOf(t, func(c *server.Config) { c.Limits = server.LimitsDocumented }), Report(record.report), NoPreflight())
		require.NoError(t, err)
		a := &attempt{Session: s, ctx: t.Context()}
		for range 100 {
			a.send(s.statusOf(exampleOrg), s.bearer)
		}
		for _, r := range []requests.Request{s.connectOf(exampleOrg, s.tokens[0]), s.statusOf(exampleOrg), s.disconnectOf(exampleOrg)} {
			got, err := a.once(r, s.bearer) // send would come back when it may
			require.NoError(t, err)
			assert.Equal(t, http.StatusTooManyRequests, got.status)
		}
		assert.Empty(t, texts(a.findings))
		require.NoError(t, s.Close(t.Context()))
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

func texts(findings []Finding) []string {
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
			Run(t, target, Variants(0))
		})
	}
}

func TestTheSameSeedAsksTheSame(t *testing.T) {
	t.Parallel()
	asked := func(seed uint64) []string {
		var all []string
		_ = runSuite(t, targetOf(t), Seed(seed), Variants(3), Only("status/query"), Report(func(e checker.Exchange, _ checker.Verdict) {
			all = append(all, withoutChance(e))
		}))
		return all
	}
	assert.Equal(t, asked(7), asked(7))
	assert.NotEqual(t, asked(7), asked(8))
}

// runSuite runs the suite as a loop of one's own does.
func runSuite(t testing.TB, target Target, opts ...Option) []Finding {
	t.Helper()
	s, err := Open(t.Context(), target, opts...)
	require.NoError(t, err)
	var all []Finding
	for _, c := range s.Cases() {
		all = append(all, c.Run(t.Context(), s)...)
	}
	_ = s.Close(context.WithoutCancel(t.Context())) // a sabotaged server may not let it
	return all
}

// Without Writes nothing is sent that could change anything.
func TestAReadOnlyRunSendsSafeMethodsAlone(t *testing.T) {
	t.Parallel()
	target := targetOf(t)
	target.Writes = false
	methods := make(map[string]int)
	s, err := Open(t.Context(), target, Report(func(e checker.Exchange, _ checker.Verdict) { methods[e.Method]++ }))
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
		s, err := Open(b.Context(), targetOf(b))
		require.NoError(b, err)
		for _, c := range s.Cases() {
			require.Empty(b, c.Run(b.Context(), s))
		}
		require.NoError(b, s.Close(b.Context()))
		b.ReportMetric(float64(s.Exchanges()), "exchanges")
	}
}
