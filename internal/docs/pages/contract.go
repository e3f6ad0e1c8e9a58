package pages

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink/internal/decisions"
)

// decision is one entry of an x-decision.
type decision struct {
	name, text, evidence string
	rules                []string // those of the checker's findings that rest on it
	refuses              []string // what requests break that are refused with the answer that it stands beside, since it says so
	place                place
}

// contradiction is one entry of x-contradictions.
type contradiction struct {
	about, sources, followed string
}

// read finds the decisions of an OpenAPI document, in its order, and its contradictions.
func read(contract []byte) ([]decision, []contradiction, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(contract, &doc); err != nil {
		return nil, nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, nil, errors.New("openapi.yaml: want an OpenAPI document, a mapping")
	}
	root := doc.Content[0]
	var found []decision
	seen := map[string]int{} // the line of each name
	err := decisions.Walk(root, func(o decisions.Object) error {
		list, err := decide(o, seen)
		found = append(found, list...)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	contradictions, err := readContradictions(root)
	return found, contradictions, err
}

// decide reads the x-decision of an object, and the x-refuses beside it.
func decide(o decisions.Object, seen map[string]int) ([]decision, error) {
	_, n := o.Find("x-decision")
	if n == nil {
		if key, _ := o.Find("x-refuses"); key != nil {
			return nil, fmt.Errorf("openapi.yaml:%d: x-refuses stands beside no x-decision; want one that says so", key.Line)
		}
		return nil, nil
	}
	list, err := entries(n, "x-decision", "name", "text", "evidence", "rules?")
	if err != nil {
		return nil, err
	}
	refuses, err := readRefuses(o.Node, list)
	if err != nil {
		return nil, err
	}
	found, err := o.Decisions()
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	all := make([]decision, len(found))
	for i, d := range found {
		e := list[i]
		if first, twice := seen[d.Name]; twice {
			return nil, fmt.Errorf("openapi.yaml:%d: the decision %q has the name of the one in line %d; each has a name of its own", e.line, d.Name, first)
		}
		seen[d.Name] = e.line
		all[i] = decision{
			name: d.Name, text: e.text["text"], evidence: e.text["evidence"], rules: d.Rules, refuses: refuses[d.Name], place: d.Place,
		}
	}
	return all, nil
}

// readRefuses gives each decision the rules that x-refuses names it for.
func readRefuses(in *yaml.Node, decisions []entry) (map[string][]string, error) {
	rules := map[string][]string{}
	for i := 0; i+1 < len(in.Content); i += 2 {
		if in.Content[i].Value != "x-refuses" {
			continue
		}
		said := in.Content[i+1].Content
		for j := 0; j+1 < len(said); j += 2 {
			rule, name := said[j].Value, said[j+1].Value
			if !slices.ContainsFunc(decisions, func(e entry) bool { return e.text["name"] == name }) {
				return nil, fmt.Errorf("openapi.yaml:%d: x-refuses: %s: want the name of a decision beside it, not %q", said[j].Line, rule, name)
			}
			rules[name] = append(rules[name], rule)
		}
	}
	return rules, nil
}

func readContradictions(root *yaml.Node) ([]contradiction, error) {
	const key = "x-contradictions"
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != key {
			continue
		}
		list, err := entries(root.Content[i+1], key, "about", "sources", "followed")
		if err != nil {
			return nil, err
		}
		found := make([]contradiction, len(list))
		for j, e := range list {
			found[j] = contradiction{about: e.text["about"], sources: e.text["sources"], followed: e.text["followed"]}
		}
		return found, nil
	}
	return nil, nil
}

// entry is one mapping of an extension.
type entry struct {
	line int
	text map[string]string
}

// entries reads a list of mappings that have exactly these keys, each with a text. A key that may be left out ends in a question mark.
func entries(n *yaml.Node, extension string, wanted ...string) ([]entry, error) {
	var keys []string
	optional := map[string]bool{}
	for _, key := range wanted {
		name, mayMiss := strings.CutSuffix(key, "?")
		keys, optional[name] = append(keys, name), mayMiss
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return nil, fmt.Errorf("openapi.yaml:%d: %s is a list of entries with the keys %s", n.Line, extension, strings.Join(keys, ", "))
	}
	list := make([]entry, len(n.Content))
	for i, item := range n.Content {
		text, err := texts(item, extension, keys, optional)
		if err != nil {
			return nil, err
		}
		list[i] = entry{line: item.Line, text: text}
	}
	return list, nil
}

func texts(n *yaml.Node, extension string, keys []string, optional map[string]bool) (map[string]string, error) {
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("openapi.yaml:%d: an entry of %s is a mapping with the keys %s", n.Line, extension, strings.Join(keys, ", "))
	}
	known := map[string]bool{}
	for _, key := range keys {
		known[key] = true
	}
	found := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !known[key.Value] {
			return nil, fmt.Errorf("openapi.yaml:%d: an entry of %s has no key %q; its keys are %s", key.Line, extension, key.Value, strings.Join(keys, ", "))
		}
		if _, twice := found[key.Value]; twice {
			return nil, fmt.Errorf("openapi.yaml:%d: the key %q stands twice in one entry of %s", key.Line, key.Value, extension)
		}
		if value.Kind != yaml.ScalarNode || value.Tag != "!!str" || strings.TrimSpace(value.Value) == "" {
			return nil, fmt.Errorf("openapi.yaml:%d: %q of an entry of %s is a text", key.Line, key.Value, extension)
		}
		found[key.Value] = strings.TrimSpace(value.Value)
	}
	for _, key := range keys {
		if _, there := found[key]; !there && !optional[key] {
			return nil, fmt.Errorf("openapi.yaml:%d: an entry of %s lacks the key %q", n.Line, extension, key)
		}
	}
	return found, nil
}
