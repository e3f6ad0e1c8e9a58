package count_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/internal/count"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		0: "0 cases", 1: "1 case", 2: "2 cases", 999: "999 cases", 1000: "1,000 cases", 2214: "2,214 cases", 1234567: "1,234,567 cases",
	} {
		assert.Equal(t, want, count.Of(n, "case"))
	}
	assert.Equal(t, "100,000", count.Thousands(100_000))
}
