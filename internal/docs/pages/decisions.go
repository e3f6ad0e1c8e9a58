// Package pages renders the pages of docs/ that are generated.
package pages

import (
	"bytes"
	"fmt"
	"strings"
)

const decisionsIntroduction = `<!-- Generated from openapi.yaml by go generate; edit that file. -->

# Decisions

MongoDB's documentation leaves some rules of the migration link open, and some of its sources contradict each other. In those places,
[openapi.yaml](../openapi.yaml) follows a decision of this project. This page lists each decision with its evidence, in the order of the contract.

If you know the real API better, please open an issue. A request and its response, as seen on the wire, settle any decision. Remove the
credentials first.

A server that violates one of these rules violates this contract, but perhaps not MongoDB's. The stand-in, the project's mock server, follows
all of them.
`

// Decisions renders docs/decisions.md for an OpenAPI document in YAML: every x-decision in the order of the document, then x-contradictions. Its
// errors name the line and say what belongs there. The same document always gives the same page.
func Decisions(contract []byte) ([]byte, error) {
	decisions, contradictions, err := read(contract)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(decisionsIntroduction)
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
			fmt.Fprintf(b, "\n*Rules of the checker that rest on it:* `%s`\n", strings.Join(d.rules, "`, `"))
		}
		if len(d.refuses) > 0 {
			fmt.Fprintf(b, "\n*Request violations that get this response:* `%s`\n", strings.Join(d.refuses, "`, `"))
		}
	}
}

func writeContradictions(b *bytes.Buffer, contradictions []contradiction) {
	if len(contradictions) == 0 {
		return
	}
	b.WriteString("\n## Where the sources contradict each other\n\n| About | The sources | Decision |\n|---|---|---|\n")
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
