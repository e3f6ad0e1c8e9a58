package contracttest

import (
	_ "embed"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink/checker"
)

// recorder has every exchange of a test judged twice, by kin-openapi and by the checker, and keeps which cells of operation × status × scheme were seen.
type recorder struct {
	t   testing.TB
	kin kin

	mu        sync.Mutex
	exchanges []recorded
	seen      map[string]int
}

type recorded struct {
	checker.Exchange
	verdict checker.Verdict
}

func newRecorder(t testing.TB) *recorder {
	return &recorder{t: t, kin: newKin(t), seen: make(map[string]int)}
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
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = append(r.exchanges, recorded{e, v})
	r.seen[cell(v.Operation, e.Status, schemeOf(e))]++
}

// transport is what a client of the test uses below its digest.
func (r *recorder) transport(c *checker.Checker, base http.RoundTripper) http.RoundTripper {
	return checker.NewTransport(c, base, r.report)
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

// cell of the coverage table: operation, status, and the scheme that the request signed in by, as openapi.yaml names it. A 405 belongs to the path,
// which has no operation for the method, and is told before sign-in.
func cell(operation string, status int, scheme string) string {
	if status == http.StatusMethodNotAllowed || operation == "" {
		return strconv.Itoa(status)
	}
	return fmt.Sprintf("%s %d %s", operation, status, scheme)
}

// The schemes of openapi.yaml, and nobody for a request without credentials.
const (
	byDigest         = "digest"
	byServiceAccount = "serviceAccount"
	nobody           = "nobody"
)

// schemeOf is how a request signed in, or tried to.
func schemeOf(e checker.Exchange) string {
	given := e.RequestHeader.Values("Authorization")
	if len(given) == 0 {
		return nobody
	}
	switch scheme, _, _ := strings.Cut(given[0], " "); {
	case len(given) == 1 && strings.EqualFold(scheme, "Digest"):
		return byDigest
	case len(given) == 1 && strings.EqualFold(scheme, "Bearer"):
		return byServiceAccount
	}
	return "other"
}

// declaredCells are all of operation × documented status × scheme, and the 401 of nobody; 405 counts once.
func declaredCells(doc *openapi3.T, schemes ...string) []string {
	cells := make(map[string]struct{})
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			for status := range op.Responses.Map() {
				code, _ := strconv.Atoi(status)
				for _, scheme := range schemes {
					if scheme != nobody || code == http.StatusUnauthorized {
						cells[cell(op.OperationID, code, scheme)] = struct{}{}
					}
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(cells))
}

//go:embed testdata/excused.yaml
var excusedFile []byte

// excused are the documented cells that the stand-in does not answer yet, each with its reason, of those schemes.
func excused(t testing.TB, schemes ...string) map[string]string {
	t.Helper()
	var file struct {
		Count int
		Cells map[string]string
	}
	require.NoError(t, yaml.Unmarshal(excusedFile, &file))
	require.Len(t, file.Cells, file.Count, "the file says how many excuses there are")
	maps.DeleteFunc(file.Cells, func(cell, _ string) bool {
		return !slices.ContainsFunc(schemes, func(scheme string) bool { return strings.HasSuffix(cell, " "+scheme) })
	})
	return file.Cells
}

// covered fails the test for each documented cell of the schemes that was neither seen nor excused, and for an excuse that nobody needs.
func (r *recorder) covered(excused map[string]string, schemes ...string) {
	r.t.Helper()
	for _, problem := range uncovered(declaredCells(r.kin.doc, schemes...), r.seen, excused) {
		assert.Fail(r.t, problem)
	}
}

func uncovered(declared []string, seen map[string]int, excused map[string]string) []string {
	var problems []string
	for _, cell := range declared {
		reason, isExcused := excused[cell]
		switch {
		case seen[cell] > 0 && isExcused:
			problems = append(problems, fmt.Sprintf("%s is excused (%s), and was seen: take the excuse out", cell, reason))
		case seen[cell] == 0 && !isExcused:
			problems = append(problems, fmt.Sprintf("%s is documented, and was neither seen nor excused", cell))
		case isExcused && strings.TrimSpace(reason) == "":
			problems = append(problems, fmt.Sprintf("%s is excused without a reason", cell))
		}
	}
	for cell := range excused {
		if !slices.Contains(declared, cell) {
			problems = append(problems, fmt.Sprintf("%s is excused, and not documented", cell))
		}
	}
	return problems
}
