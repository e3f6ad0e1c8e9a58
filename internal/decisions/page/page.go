// Package page renders docs/decisions.md from the extensions x-decision and x-contradictions of openapi.yaml.
package page

import (
	"bytes"
	"fmt"
	"strings"
)

const introduction = `<!-- Generated from openapi.yaml by go generate; edit that file. -->

# Decisions

MongoDB's documentation leaves some rules of the migration link open, and its sources contradict each other here and there. What
[openapi.yaml](../openapi.yaml) says in those places is a decision of this project. Each is given here with what it rests on, under the
place where it stands in the contract. If you know better, from the real API, please say so: an exchange as seen on the wire
settles any of these.

What breaks one of these rules breaks our contract, but perhaps not MongoDB's.
`

// Render writes the page for an OpenAPI document in YAML: every x-decision in the order of the document, then x-contradictions. Its
// errors name the line and say what belongs there. The same document always gives the same page.
func Render(contract []byte) ([]byte, error) {
	decisions, contradictions, err := read(contract)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(introduction)
	writeDecisions(&b, decisions)
	writeContradictions(&b, contradictions)
	return b.Bytes(), nil
}

// writeDecisions puts one heading over the decisions of one place, which follow each other in the document.
func writeDecisions(b *bytes.Buffer, decisions []decision) {
	above := ""
	for i, d := range decisions {
		if pointer := d.place.pointer(); i == 0 || pointer != above {
			above = pointer
			fmt.Fprintf(b, "\n## %s\n", sentence(d.place.words()))
			if pointer != "" { // the whole document has the empty pointer
				fmt.Fprintf(b, "\n%s\n", code(pointer))
			}
		}
		fmt.Fprintf(b, "\n### %s\n\n%s\n\n*Evidence:* %s\n", d.name, d.text, d.evidence)
		if len(d.rules) > 0 {
			fmt.Fprintf(b, "\n*Findings that rest on it:* `%s`\n", strings.Join(d.rules, "`, `"))
		}
		if len(d.refuses) > 0 {
			fmt.Fprintf(b, "\n*What a request breaks that gets this answer:* `%s`\n", strings.Join(d.refuses, "`, `"))
		}
	}
}

func writeContradictions(b *bytes.Buffer, contradictions []contradiction) {
	if len(contradictions) == 0 {
		return
	}
	b.WriteString("\n## Where the sources contradict each other\n\n| About | The sources | What is followed |\n|---|---|---|\n")
	for _, c := range contradictions {
		fmt.Fprintf(b, "| %s | %s | %s |\n", cell(c.about), cell(c.sources), cell(c.followed))
	}
}

// sentence gives s a capital at its start.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// cell keeps a text inside its cell of a table: on one line, without a bar of its own.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}
