package page_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/bench/page"
)

const prose = "## What was tried\n\nThis and that.\n"

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.FromSlash(path))
	require.NoError(t, err)
	return content
}

func decode(t *testing.T, content []byte) page.Results {
	t.Helper()
	var r page.Results
	require.NoError(t, json.Unmarshal(content, &r))
	return r
}

// figures are those of testdata, changed.
func figures(t *testing.T, change ...func(*page.Results)) page.Results {
	t.Helper()
	r := decode(t, read(t, "testdata/benchmarks.json"))
	for _, f := range change {
		f(&r)
	}
	return r
}

// measured replaces the values of a sample.
func measured(name, unit string, values ...float64) func(*page.Results) {
	return func(r *page.Results) {
		for i, s := range r.Samples {
			if s.Name == name && s.Unit == unit {
				r.Samples[i].Values = values
				return
			}
		}
		panic("no sample " + name + " " + unit)
	}
}

// without leaves a side out, and what was measured of it.
func without(side, why, name string) func(*page.Results) {
	return func(r *page.Results) {
		r.LeftOut = append(r.LeftOut, page.LeftOut{Side: side, Why: why})
		r.Samples = slices.DeleteFunc(r.Samples, func(s page.Sample) bool { return strings.HasSuffix(s.Name, name) })
	}
}

func TestThePageSaysWhatWasMeasuredLast(t *testing.T) {
	t.Parallel()
	markdown, chart, err := page.Render(decode(t, read(t, "../../docs/benchmarks.json")), read(t, "../prose.md"))
	require.NoError(t, err)
	const again = "docs/benchmarks.%s is not what its figures and bench/prose.md say; run make bench-page"
	assert.Equal(t, string(markdown), string(read(t, "../../docs/benchmarks.md")), again, "md")
	assert.Equal(t, string(chart), string(read(t, "../../docs/benchmarks.svg")), again, "svg")
}

func TestTheWholePage(t *testing.T) {
	t.Parallel()
	markdown, _, err := page.Render(figures(t), []byte(prose))
	require.NoError(t, err)
	assert.Equal(t, string(read(t, "testdata/benchmarks.md")), string(markdown))
}

// Each case is one row of the table: what was measured, and how the row ends.
func TestRows(t *testing.T) {
	t.Parallel()
	const (
		standIn = "tcp.connect/side=stand-in"
		bare    = "tcp.connect/side=bare"
		suite   = "contract_test.Suite"
	)
	for name, c := range map[string]struct {
		change func(*page.Results)
		want   string
	}{
		"at least, met exactly": {
			measured(standIn, "req/s", 20000, 19000, 20500),
			"| Stand-in over TCP: connect | bare handler | ≥ 0.50 × | 0.500 × | met |",
		},
		"at least, missed by what two digits do not show": {
			measured(standIn, "req/s", 19900, 18905, 20397.5),
			"| Stand-in over TCP: connect | bare handler | ≥ 0.50 × | 0.497 × | **missed** |",
		},
		"within each round, and not of the medians": {
			measured(standIn, "req/s", 4000, 38000, 20500),
			"| Stand-in over TCP: connect | bare handler | ≥ 0.50 × | 0.500 × (0.100 to 1.000) | met |",
		},
		"at most, met exactly": {
			measured("checker.Judge/by=checker", "allocs/op", 31.5, 31.5, 31.5),
			"| Checker: the same, allocations | kin-openapi's two calls | ≤ 0.30 × | 0.300 × | met |",
		},
		"at most, missed": {
			measured("checker.Judge/by=checker", "allocs/op", 32, 32, 32),
			"| Checker: the same, allocations | kin-openapi's two calls | ≤ 0.30 × | 0.305 × | **missed** |",
		},
		"by itself, at least": {
			measured(suite, "exchanges", 1999, 1999, 2001),
			"| Whole suite: exchanges | – | ≥ 2,000 | 1,999 (1,999 to 2,001) | **missed** |",
		},
		"by itself, at most": {
			measured(suite, "sec/op", 2.9, 3, 3.1),
			"| Whole suite: time | – | ≤ 3.00 s | 3.00 s (2.90 s to 3.10 s) | met |",
		},
		"a time, as how often in a second": {
			measured("boltlinks.Connect/clients=64", "sec/op", 3e-5, 4e-5, 2e-5),
			"| boltlinks: acknowledged connects, clients at a time: 64 | write of its 44 bytes, and sync | ≥ 5 × | 5.000 × (4.000 to 8.000) | met |",
		},
		"left out": {
			without(page.Prism, "There is no Node on this machine.", "side=prism"),
			"| Stand-in over TCP: connect | Prism 5.14.2 | ≥ 10 × | left out | not measured |",
		},
		"why it was left out": {
			without(page.Prism, "There is no Node on this machine.", "side=prism"),
			"Left out: Prism 5.14.2. There is no Node on this machine.",
		},
		"counted": {
			func(*page.Results) {},
			"14 of 16 are met, 2 missed. A value is the median of 3 rounds, followed by the least and the greatest value. A ratio is taken within each round.",
		},
		"counted, with what was not measured": {
			without(page.Prism, "There is no Node on this machine.", "side=prism"),
			"12 of 16 are met, 2 missed, 2 not measured. A value is the median of 3 rounds, followed by the least and the greatest value. A ratio is taken within each round.",
		},
		"an even number of rounds": {
			func(r *page.Results) {
				r.Rounds = 2
				for i := range r.Samples {
					r.Samples[i].Values = r.Samples[i].Values[:2]
				}
				measured(standIn, "req/s", 16000, 22800)(r)
				measured(bare, "req/s", 40000, 38000)(r)
			},
			"| Stand-in over TCP: connect | bare handler | ≥ 0.50 × | 0.500 × (0.400 to 0.600) | met |",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			markdown, _, err := page.Render(figures(t, c.change), []byte(prose))
			require.NoError(t, err)
			var like []string // the rows that a failure shows
			for line := range strings.Lines(string(markdown)) {
				if strings.HasPrefix(line, c.want[:16]) {
					like = append(like, strings.TrimSpace(line))
				}
			}
			assert.Contains(t, like, c.want)
		})
	}
}

func TestFiguresThatAreNotWhole(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*page.Results)
		want   string
	}{
		"a sample is missing": {
			without("", "", "side=bare"),
			"page: tcp.connect/side=bare was not measured in req/s",
		},
		"a round is missing": {
			measured("contract_test.Suite", "exchanges", 3068, 3068),
			"page: contract_test.Suite has 2 values of exchanges: want one for each of 3 rounds",
		},
		"no round": {
			func(r *page.Results) { r.Rounds = 0 },
			"page: 0 rounds: want 1 at least",
		},
		"a value of nothing": {
			measured("tcp.connect/side=bare", "req/s", 40000, 0, 41000),
			"page: tcp.connect/side=bare is 0 req/s in round 2: want more",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := page.Render(figures(t, c.change), []byte(prose))
			assert.EqualError(t, err, c.want)
		})
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	var r page.Results
	r.Add("a", "sec/op", 1)
	r.Add("a", "allocs/op", 7)
	r.Add("a", "sec/op", 2)
	assert.Equal(t, []page.Sample{{Name: "a", Unit: "sec/op", Values: []float64{1, 2}}, {Name: "a", Unit: "allocs/op", Values: []float64{7}}}, r.Samples)
}
