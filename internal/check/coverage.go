package check

import (
	"errors"
	"strconv"

	"github.com/migrationlink/migrationlink/checker/coverage"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/readfile"
)

// percent is a share of a hundred, as a flag's value. The zero value is none given.
type percent float64

func (s *percent) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*s), 'f', -1, 64)
}

func (s *percent) Set(text string) error {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > 0 && n <= 100) {
		return errors.New("want a number, more than 0 and at most 100")
	}
	*s = percent(n)
	return nil
}

func (*percent) Type() string { return "percent" }

func (s percent) share() float64 { return float64(s) / 100 }

// readExcuses reads the file of --excuses; without one nothing is excused.
func readExcuses(name string) (coverage.Excuses, error) {
	if name == "" {
		return coverage.Excuses{}, nil
	}
	content, err := readfile.Small(name)
	if err != nil {
		return coverage.Excuses{}, console.Usagef("--excuses: %w; want a YAML file, like the one in docs/coverage.md", readfile.WithoutPath(err))
	}
	excuses, err := coverage.ReadExcuses(name, content)
	if err != nil {
		return coverage.Excuses{}, console.Usagef("--excuses: %w", err)
	}
	return excuses, nil
}
