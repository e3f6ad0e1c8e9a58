package contracttest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCoverageIsWhatWasDocumentedSeenAndExcused(t *testing.T) {
	t.Parallel()
	declared := []string{"405", "connect 201", "connect 402", "connect 429"}
	seen := map[string]int{"405": 1, "connect 201": 2, "connect 429": 1}

	assert.Equal(t, []string{"connect 402 is documented, and was neither seen nor excused"}, uncovered(declared, seen, nil))
	assert.Equal(t, []string{"connect 402 is excused without a reason"}, uncovered(declared, seen, map[string]string{"connect 402": " "}))
	assert.Equal(t, []string{
		"connect 429 is excused (needs a fault), and was seen: take the excuse out",
		"connect 418 is excused, and not documented",
	}, uncovered(declared, seen, map[string]string{
		"connect 402": "needs a fault", "connect 429": "needs a fault", "connect 418": "a teapot",
	}))
}

func TestDocumentedCellsCountA405OnceForEachPath(t *testing.T) {
	t.Parallel()
	cells := declaredCells(newKin(t).doc, byDigest, byServiceAccount, nobody)

	assert.Contains(t, cells, "405")
	assert.NotContains(t, cells, "connect 405 digest")
	assert.Contains(t, cells, "disconnect 409 digest")
	assert.Contains(t, cells, "status 200 serviceAccount")
	assert.Contains(t, cells, "status 401 nobody")
	assert.Len(t, cells, 2*(13+11+10-3)+3+1, "operation × status × scheme without the 405 of each, three 401 of nobody, and one 405")
}
