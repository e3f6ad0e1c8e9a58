package contracttest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/migrationlink/migrationlink/internal/decisions"
	"github.com/migrationlink/migrationlink/internal/spelling"
)

// Decisions are the names of the x-decisions of the contract, which [Except] takes.
func Decisions() ([]string, error) { return decisionsIn(options{}.contract()) }

func decisionsIn(document []byte) ([]string, error) {
	all, err := decisions.Read(document)
	if err != nil {
		return nil, fmt.Errorf("read the decisions of the OpenAPI document: %w", err)
	}
	names := make([]string, len(all))
	for i, d := range all {
		names[i] = d.Name
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// checkDecisions refuses an exception that the contract does not have.
func (s *Session) checkDecisions() error {
	if len(s.options.except) == 0 {
		return nil
	}
	known, err := decisionsIn(s.options.contract())
	if err != nil {
		return err
	}
	for name := range s.options.except {
		if slices.Contains(known, name) {
			continue
		}
		if near := spelling.Nearest(name, known); near != "" {
			return fmt.Errorf("contracttest.Except: the contract has no decision of that name; did you mean %s?", near)
		}
		return errors.New("contracttest.Except: the contract has no decision of that name; docs/decisions.md lists them")
	}
	return nil
}
