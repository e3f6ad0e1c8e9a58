// Package page writes docs/benchmarks.md from what was measured: which reach is met and which is missed, the medians with their spread, a chart, how
// it was measured and on what.
package page

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Results are what one run of make bench has measured; docs/benchmarks.json is this.
type Results struct {
	At            time.Time `json:"at"`
	Commit        string    `json:"commit"`
	Machine       []Fact    `json:"machine"`
	LoadGenerator string    `json:"loadGenerator"`
	Connections   int       `json:"connections"`
	Seconds       int       `json:"seconds"` // of a run of the load generator
	Rounds        int       `json:"rounds"`
	LeftOut       []LeftOut `json:"leftOut,omitempty"`
	Samples       []Sample  `json:"samples"`
}

// Fact is one thing to know of the machine.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// LeftOut is a side that was not measured, by its label on the page, and why.
type LeftOut struct {
	Side string `json:"side"`
	Why  string `json:"why"`
}

// Sample is what was measured of one side: one value a round, in the order of the rounds.
type Sample struct {
	Name   string    `json:"name"`
	Unit   string    `json:"unit"` // as Go's benchmarks name theirs: sec/op, allocs/op
	Values []float64 `json:"values"`
}

// Add keeps the value of one more round.
func (r *Results) Add(name, unit string, value float64) {
	i := slices.IndexFunc(r.Samples, func(s Sample) bool { return s.Name == name && s.Unit == unit })
	if i < 0 {
		i = len(r.Samples)
		r.Samples = append(r.Samples, Sample{Name: name, Unit: unit})
	}
	r.Samples[i].Values = append(r.Samples[i].Values, value)
}

// leftOut tells why a side was left out; empty if it was not.
func (r Results) leftOut(side string) string {
	for _, l := range r.LeftOut {
		if l.Side == side {
			return l.Why
		}
	}
	return ""
}

// values of a sample, one for each round.
func (r Results) values(name, unit string) ([]float64, error) {
	for _, s := range r.Samples {
		switch {
		case s.Name != name || s.Unit != unit:
		case len(s.Values) != r.Rounds:
			return nil, fmt.Errorf("%s has %d values of %s: want one for each of %d rounds", name, len(s.Values), unit, r.Rounds)
		default:
			if i := slices.IndexFunc(s.Values, func(v float64) bool { return v <= 0 }); i >= 0 {
				return nil, fmt.Errorf("%s is %v %s in round %d: want more", name, s.Values[i], unit, i+1)
			}
			return s.Values, nil
		}
	}
	return nil, fmt.Errorf("%s was not measured in %s", name, unit)
}

// spread is the median of some values, and the least and the greatest of them.
type spread struct{ median, least, greatest float64 }

// spreadOf takes one value at least.
func spreadOf(values []float64) spread {
	sorted := slices.SortedFunc(slices.Values(values), cmp.Compare)
	n := len(sorted)
	return spread{median: (sorted[(n-1)/2] + sorted[n/2]) / 2, least: sorted[0], greatest: sorted[n-1]}
}
