package checker

import (
	"fmt"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decision is an x-decision that findings can rest on.
type decision struct {
	name string
	// operation is the operationId that it stands under; empty is all of them.
	operation string
	// rules are patterns of direction/rule, as path.Match reads them.
	rules []string
}

// readDecisions finds every x-decision of a document that names rules.
func readDecisions(document []byte) ([]decision, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, err
	}
	var all []decision
	err := walkDecisions(&root, "", &all)
	return all, err
}

// walkDecisions keeps the operationId that it is under.
func walkDecisions(n *yaml.Node, operation string, all *[]decision) error {
	if n.Kind != yaml.MappingNode {
		for _, child := range n.Content {
			if err := walkDecisions(child, operation, all); err != nil {
				return err
			}
		}
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "operationId" {
			operation = n.Content[i+1].Value
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		if key != "x-decision" {
			if err := walkDecisions(value, operation, all); err != nil {
				return err
			}
			continue
		}
		var entries []struct{ Name, Rules string }
		if err := value.Decode(&entries); err != nil {
			return fmt.Errorf("line %d: x-decision: %w", value.Line, err)
		}
		for _, entry := range entries {
			rules := strings.Fields(entry.Rules)
			for _, rule := range rules {
				if _, err := path.Match(rule, ""); err != nil {
					return fmt.Errorf("line %d: x-decision %s: rules: %q is no pattern", value.Line, entry.Name, rule)
				}
			}
			if len(rules) > 0 {
				*all = append(*all, decision{name: entry.Name, operation: operation, rules: rules})
			}
		}
	}
	return nil
}

// decisionOn is the name of the decision that a finding rests on, or empty.
func (c *contract) decisionOn(f Finding) string {
	for _, d := range c.decisions {
		if d.operation != "" && d.operation != f.Operation {
			continue
		}
		for _, rule := range d.rules {
			if match, _ := path.Match(rule, string(f.Direction)+"/"+f.Rule); match {
				return d.name
			}
		}
	}
	return ""
}
