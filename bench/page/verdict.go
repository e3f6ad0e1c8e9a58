package page

import (
	"cmp"
	"fmt"
	"strconv"
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
	all := make([]verdict, len(c.reaches))
	for i, r := range c.reaches {
		all[i] = verdict{What: c.title, Beside: cmp.Or(r.beside, "–"), Reach: r.text(c.unit), Measured: "left out", Result: notMeasured}
		if s, ok := c.against(r); ok {
			all[i].Measured, all[i].Result = r.measured(s, c.unit), r.judge(s.median)
		}
		if r.bound() == 0 {
			all[i].Result = shown
		}
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
	if r.atMost > 0 && value <= r.atMost || r.atLeast > 0 && value >= r.atLeast {
		return met
	}
	return missed
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
	if r.beside == "" {
		return sign + quantity(r.bound(), unit)
	}
	return sign + strings.TrimSuffix(strconv.FormatFloat(r.bound(), 'f', 2, 64), ".00") + " ×"
}

// measured is the median, and from where to where the rounds went.
func (r reach) measured(s spread, unit string) string {
	text := func(v float64) string { return quantity(v, unit) }
	times := ""
	if r.beside != "" {
		text, times = ratio, " ×"
	}
	if text(s.least) == text(s.greatest) {
		return text(s.median) + times
	}
	return fmt.Sprintf("%s%s (%s to %s)", text(s.median), times, text(s.least), text(s.greatest))
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
