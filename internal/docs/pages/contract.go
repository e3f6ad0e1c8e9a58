package pages

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
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
	w := walk{seen: map[string]int{}}
	if err := w.node(root, nil); err != nil {
		return nil, nil, err
	}
	contradictions, err := readContradictions(root)
	return w.decisions, contradictions, err
}

// walk goes through the document from top to bottom.
type walk struct {
	decisions []decision
	seen      map[string]int // the line of each name
}

func (w *walk) node(n *yaml.Node, at place) error {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i].Value, n.Content[i+1]
			if key == "x-decision" {
				if err := w.decide(value, n, at); err != nil {
					return err
				}
				continue
			}
			if key == "x-refuses" && !slices.ContainsFunc(n.Content, func(n *yaml.Node) bool { return n.Value == "x-decision" }) {
				return fmt.Errorf("openapi.yaml:%d: x-refuses stands beside no x-decision; want one that says so", n.Content[i].Line)
			}
			if err := w.node(value, at.under(key)); err != nil {
				return err
			}
		}
	case yaml.SequenceNode:
		for i, value := range n.Content {
			if err := w.node(value, at.under(fmt.Sprint(i))); err != nil {
				return err
			}
		}
	}
	return nil
}

// decide reads an x-decision, and an x-refuses that stands in the same mapping.
func (w *walk) decide(n, in *yaml.Node, at place) error {
	list, err := entries(n, "x-decision", "name", "text", "evidence", "rules?")
	if err != nil {
		return err
	}
	refuses, err := readRefuses(in, list)
	if err != nil {
		return err
	}
	for _, e := range list {
		name := e.text["name"]
		if first, twice := w.seen[name]; twice {
			return fmt.Errorf("openapi.yaml:%d: the decision %q has the name of the one in line %d; each has a name of its own", e.line, name, first)
		}
		w.seen[name] = e.line
		w.decisions = append(w.decisions, decision{
			name: name, text: e.text["text"], evidence: e.text["evidence"], rules: strings.Fields(e.text["rules"]), refuses: refuses[name], place: at,
		})
	}
	return nil
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
