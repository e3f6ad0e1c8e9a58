package page

import (
	"fmt"
	"strings"
)

// verdict is a row of the page's first table: a reach, and what was measured.
type verdict struct {
	What, Beside, Reach, Measured, Result string
}

// The words that a row ends with.
const (
	met         = "met"
	missed      = "**missed**"
	notMeasured = "not measured"
	shown       = "for orientation"
)

// verdicts has one for each reach.
func (c compared) verdicts() []verdict {
	var all []verdict
	for _, r := range c.reaches {
		v := verdict{What: c.title, Beside: r.beside, Reach: r.text(c.unit), Result: notMeasured}
		if r.beside == "" {
			v.Beside = "–"
		}
		if s, ok := c.against(r); ok {
			v.Measured, v.Result = r.measured(s, c.unit), r.judge(s.median)
		} else {
			v.Measured = "left out"
		}
		all = append(all, v)
	}
	return all
}

// against is the value that a reach is about: that of the first side, divided in each round by that of the other one. It is false if one of them was
// left out.
func (c compared) against(r reach) (spread, bool) {
	ours := c.values[c.sides[0].label]
	if r.beside == "" {
		return spreadOf(ours), true
	}
	theirs := c.values[r.beside]
	if theirs == nil {
		return spread{}, false
	}
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i] / theirs[i]
	}
	return spreadOf(ratios), true
}

func (r reach) judge(value float64) string {
	switch {
	case r.bound() == 0:
		return shown
	case r.atMost > 0 && value <= r.atMost, r.atLeast > 0 && value >= r.atLeast:
		return met
	default:
		return missed
	}
}

// bound is the value to reach; 0 where there is none.
func (r reach) bound() float64 { return max(r.atLeast, r.atMost) }

func (r reach) text(unit string) string {
	sign := "≥ "
	switch {
	case r.bound() == 0:
		return "–"
	case r.atMost > 0:
		sign = "≤ "
	}
	return sign + r.value(r.bound(), unit)
}

// value as it is printed: a ratio, where there is a side to divide by.
func (r reach) value(v float64, unit string) string {
	if r.beside == "" {
		return quantity(v, unit)
	}
	return ratio(v) + " ×"
}

// measured is the median, and from where to where the rounds went.
func (r reach) measured(s spread, unit string) string {
	if s.least == s.greatest {
		return r.value(s.median, unit)
	}
	return fmt.Sprintf("%s (%s to %s)", r.value(s.median, unit), strings.TrimSuffix(r.value(s.least, unit), " ×"), strings.TrimSuffix(r.value(s.greatest, unit), " ×"))
}

// tally is how many rows ended how.
func tally(all []verdict) string {
	count := make(map[string]int)
	for _, v := range all {
		count[v.Result]++
	}
	text := fmt.Sprintf("%d of %d are met, %d missed", count[met], len(all)-count[shown], count[missed])
	if n := count[notMeasured]; n > 0 {
		text += fmt.Sprintf(", %d not measured", n)
	}
	return text + "."
}
