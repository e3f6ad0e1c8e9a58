package contract_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/coverage"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
)

// recorder has every exchange of a test judged twice, by kin-openapi and by the checker, and counts which of the contract was seen.
type recorder struct {
	t        testing.TB
	kin      kin
	coverage *coverage.Coverage

	mu        sync.Mutex
	exchanges []recorded
}

type recorded struct {
	checker.Exchange
	verdict checker.Verdict
}

func newRecorder(t testing.TB) *recorder {
	t.Helper()
	judge, err := checker.New(checker.Thorough(), checker.AlsoAt())
	require.NoError(t, err)
	counts, err := coverage.New(judge, coverage.Excuses{})
	require.NoError(t, err)
	return &recorder{t: t, kin: newKin(t), coverage: counts}
}

// report takes an exchange of which the answer must keep the contract. Whether the request does is for whoever sent it to say.
func (r *recorder) report(e checker.Exchange, v checker.Verdict) {
	request, answer, known := r.kin.judge(r.t, e)
	for _, finding := range v.Findings {
		if finding.Direction == checker.Answer {
			assert.Fail(r.t, "the answer breaks the contract", finding.String())
		}
	}
	if known && len(e.ResponseBody) > 0 {
		assert.NoError(r.t, answer, "kin-openapi on the answer of %s %s", e.Method, e.Target)
	}
	if known && v.Kept() && len(e.RequestBody) > 0 {
		assert.NoError(r.t, request, "kin-openapi on the request %s %s, which the checker accepts", e.Method, e.Target)
	}
	r.coverage.Add(e, v)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = append(r.exchanges, recorded{e, v})
}

// transport is what a client of the test uses below its digest.
func (r *recorder) transport(c *checker.Checker, base http.RoundTripper) http.RoundTripper {
	return httpcheck.NewTransport(c, base, r.report)
}

// last is the exchange that was recorded last.
func (r *recorder) last() recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.exchanges[len(r.exchanges)-1]
}

func (r *recorder) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.exchanges)
}

// covered fails the test for each documented operation × status of the schemes, or of all, that was not seen.
func (r *recorder) covered(schemes ...string) {
	r.t.Helper()
	for _, cell := range r.coverage.Result().Uncovered(coverage.Scheme) {
		if len(schemes) == 0 || slices.Contains(schemes, cell.Scheme) {
			assert.Fail(r.t, cell.String()+" is documented, and was not seen")
		}
	}
}
