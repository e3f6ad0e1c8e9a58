package contracttest

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/migrationlink/migrationlink/checker/coverage"
)

// Coverage makes a run fail that has not seen enough of the contract. The threshold is a share, more than 0 and at most 1, of operation × declared
// status × security scheme: of these cells, those that an answer was seen for, of all that are not excused. Excuses is the name of a file with the
// cells that need not be seen (see [coverage.ReadExcuses]); an excuse that nobody needs fails the run too. Empty excuses nothing.
//
// It is asked of whole runs: [Open] refuses it beside [Only], and [Run] where go test -run leaves cases out passes it over and logs that.
func Coverage(threshold float64, excuses string) Option {
	return func(o *options) { o.coverage = &wantedCoverage{threshold, excuses} }
}

// wantedCoverage is what Coverage asks for.
type wantedCoverage struct {
	threshold float64
	excuses   string
}

// countCoverage begins to count, where a share is asked for.
func (s *Session) countCoverage() error {
	want := s.options.coverage
	if want == nil {
		return nil
	}
	if s.options.only != "" {
		return errors.New("contracttest.Coverage: is asked of a whole run, and contracttest.Only leaves a part: want one of the two")
	}
	if err := coverage.CheckThreshold(want.threshold); err != nil {
		return fmt.Errorf("contracttest.Coverage: %w", err)
	}
	var excuses coverage.Excuses
	if want.excuses != "" {
		content, err := os.ReadFile(want.excuses)
		if err != nil {
			return fmt.Errorf("contracttest.Coverage: %w", err)
		}
		if excuses, err = coverage.ReadExcuses(want.excuses, content); err != nil {
			return fmt.Errorf("contracttest.Coverage: %w", err)
		}
	}
	var err error
	if s.coverage, err = coverage.New(s.judge, excuses); err != nil {
		return fmt.Errorf("contracttest.Coverage: %w", err)
	}
	return nil
}

// CoverageProblems are what was seen too little so far, and the excuses that nobody needs: each in a sentence. There are none unless [Coverage] asks.
func (s *Session) CoverageProblems() []string {
	if s.coverage == nil {
		return nil
	}
	result := s.coverage.Result()
	problems := result.Stale()
	if err := result.Threshold(s.options.coverage.threshold); err != nil {
		// Every cell is named, each as a line of the excuses has it.
		text := []string{err.Error(), "all that was not seen:"}
		for _, cell := range result.Uncovered(coverage.Scheme) {
			text = append(text, "  "+cell.String())
		}
		problems = append(problems, strings.Join(text, "\n"))
	}
	return problems
}
