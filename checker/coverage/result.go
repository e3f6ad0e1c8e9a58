package coverage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Result is what a run has exercised.
type Result struct {
	// Cells of the contract, by kind, each with how often it was seen.
	Cells             []Tally           `json:"cells"`
	Undeclared        Undeclared        `json:"undeclared"`
	AnswerConstraints AnswerConstraints `json:"answerConstraints"`
}

// Tally is a cell and what became of it.
type Tally struct {
	// ID is the cell's String, as an excuse has it.
	ID string `json:"id"`
	Cell
	Seen int `json:"seen"`
	// Excuse is why the cell need not be seen; empty is none.
	Excuse string `json:"excuse,omitempty"`
}

// AnswerConstraints are the rules that an answer can break. No run has to: a server that keeps the contract breaks none.
type AnswerConstraints struct {
	Declared int `json:"declared"`
	Broken   int `json:"broken"`
}

// Sum is the number of cells of a kind. Excused are those that were excused and not seen, so that declared is at least seen and excused.
type Sum struct {
	Kind     Kind `json:"kind"`
	Declared int  `json:"declared"`
	Seen     int  `json:"seen"`
	Excused  int  `json:"excused"`
}

// Share of the cells seen, of those that have no excuse: from 0 to 1. It is 1 where there are none.
func (s Sum) Share() float64 {
	if s.Declared == s.Excused {
		return 1
	}
	return float64(s.Seen) / float64(s.Declared-s.Excused)
}

// Sum counts the cells of a kind.
func (r Result) Sum(kind Kind) Sum {
	sum := Sum{Kind: kind}
	for _, t := range r.Cells {
		if t.Kind != kind {
			continue
		}
		sum.Declared++
		switch {
		case t.Seen > 0:
			sum.Seen++
		case t.Excuse != "":
			sum.Excused++
		}
	}
	return sum
}

// Uncovered are the cells that were neither seen nor excused, of the kinds given, or of all.
func (r Result) Uncovered(kinds ...Kind) []Cell {
	var cells []Cell
	for _, t := range r.Cells {
		if t.Seen == 0 && t.Excuse == "" && (len(kinds) == 0 || slices.Contains(kinds, t.Kind)) {
			cells = append(cells, t.Cell)
		}
	}
	return cells
}

// Stale are the excuses that nobody needs: each a sentence.
func (r Result) Stale() []string {
	var all []string
	for _, t := range r.Cells {
		if t.Seen > 0 && t.Excuse != "" {
			all = append(all, fmt.Sprintf("%s is excused (%s), and was seen: take the excuse out", t.ID, t.Excuse))
		}
	}
	return all
}

// CheckThreshold is an error for a share that is no threshold: one is more than 0 and at most 1.
func CheckThreshold(share float64) error {
	if !(share > 0 && share <= 1) {
		return fmt.Errorf("the coverage threshold is %s; want more than 0 and at most 1", strconv.FormatFloat(share, 'g', -1, 64))
	}
	return nil
}

// Threshold is an error when less than the share of operation × status × scheme was seen, of what has no excuse. The share is as
// [CheckThreshold] wants it.
func (r Result) Threshold(share float64) error {
	if err := CheckThreshold(share); err != nil {
		return err
	}
	sum := r.Sum(Scheme)
	if sum.Share() >= share {
		return nil
	}
	const shown = 5
	missing := r.Uncovered(Scheme)
	names := make([]string, 0, shown)
	for _, cell := range missing[:min(shown, len(missing))] {
		names = append(names, strings.TrimPrefix(cell.String(), string(Scheme)+" "))
	}
	more := ""
	if len(missing) > shown {
		more = fmt.Sprintf(" and %d more", len(missing)-shown)
	}
	return fmt.Errorf("coverage of operation × status × security scheme is %s (%d of %d, %d excused), want %s; not seen: %s%s",
		Percent(sum.Share()), sum.Seen, sum.Declared, sum.Excused, Percent(share), strings.Join(names, ", "), more)
}

// Percent writes a share with one decimal, rounded down, so that only all of it is 100 %.
func Percent(share float64) string {
	return strconv.FormatFloat(float64(int(share*1000+1e-9))/10, 'f', -1, 64) + " %"
}
