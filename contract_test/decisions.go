package contracttest

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink/internal/spelling"
)

// Decisions are the names of the x-decisions of the contract, which [Except] takes.
func Decisions() ([]string, error) { return decisionsIn(options{}.contract()) }

func decisionsIn(document []byte) ([]string, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, fmt.Errorf("read the decisions of the OpenAPI document: %w", err)
	}
	var names []string
	var walk func(*yaml.Node) error
	walk = func(n *yaml.Node) error {
		for i, child := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "x-decision" {
				var entries []struct{ Name string }
				if err := child.Decode(&entries); err != nil {
					return fmt.Errorf("line %d: x-decision: %w", child.Line, err)
				}
				for _, entry := range entries {
					names = append(names, entry.Name)
				}
				continue
			}
			if err := walk(child); err != nil {
				return err
			}
		}
		return nil
	}
	err := walk(&root)
	slices.Sort(names)
	return slices.Compact(names), err
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
