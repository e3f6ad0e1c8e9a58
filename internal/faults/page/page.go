// Package page renders docs/faults.md from package fault.
package page

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/migrationlink/migrationlink/server/fault"
)

const introduction = `<!-- Generated from server/fault by go generate; edit that package. -->

# Faults

What goes wrong in a stand-in on request. Nothing does until a fault is set, and then exactly what was set. In Go, and as JSON or YAML:

` + "```go" + `
fault.On(fault.Connect).Next(2).RateLimited(3 * time.Second)
fault.On(fault.Status).Share(0.1, 7, 1).Do(fault.Reset)
` + "```" + `

` + "```json" + `
{"operation": "connect", "next": 2, "error": "RATE_LIMITED", "retryAfter": "3s"}
{"operation": "status", "share": 0.1, "seed": 7, "inARow": 1, "fault": "reset"}
` + "```" + `

Several can be set. They are asked in the order in which they were: each latency strikes, and of the others the first, which leaves those after
it as they are. The next n calls are n calls however many come at a time. Of a share, which calls are struck follows from the seed and their
order; of one organization's calls at most so many in a row are struck by one fault, so that whoever tries again more often gets through. The journal says
of each exchange which faults struck it.

## What a fault says

A name that is not known, a value out of range and what has no meaning beside the rest is refused when the fault is set, with what would be right.

| Field | | |
|---|---|---|
`

const points = `
## When it strikes

| When | Which requests are calls | What was done |
|---|---|---|
| ` + "`beforeSignIn`" + ` | every request of the operation, before anything else is looked at: one without credentials, sent to fetch a challenge, uses the fault up too | nothing |
| ` + "`atSignIn`" + ` | those with credentials, before they are verified; the nonce's count is not spent | nothing |
| ` + "`beforeEffect`" + ` | those that are signed in, allowed and well formed: what is refused otherwise uses nothing up | nothing |
| ` + "`afterEffect`" + ` | the same | what was asked for; the caller does not learn of it |

`

// Render writes the page. The same code always gives the same page.
func Render() []byte {
	var b bytes.Buffer
	b.WriteString(introduction)
	for _, field := range fault.Fields() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", field.Name, field.Type, field.Says)
	}
	b.WriteString(points)
	writeKinds(&b)
	writeErrors(&b)
	return b.Bytes()
}

// writeKinds lists what can happen. The first of the points is the one without "when".
func writeKinds(b *bytes.Buffer) {
	b.WriteString("## What happens\n\nOver HTTP/1.1, with TLS or without. The first of the points is what a fault does unless it says otherwise.\n\n")
	b.WriteString("| Fault | | When | Of | Over HTTP/2 | Without a connection |\n|---|---|---|---|---|---|\n")
	for _, k := range fault.Kinds() {
		name := "`" + string(k.Kind) + "`"
		if k.Kind == fault.Error || k.Kind == fault.Latency {
			name = "(`" + string(k.Kind) + "`)" // a field of its own
		}
		when := code(k.When)
		if k.Kind == fault.Error {
			when = "see below"
		}
		of := operations(k.Operations)
		if k.Scheme != "" {
			of += ", with credentials of scheme " + k.Scheme
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", name, k.Does, when, of, orSame(k.HTTP2), orSame(k.InProcess))
	}
}

func writeErrors(b *bytes.Buffer) {
	b.WriteString("\n## Documented errors\n\nEach is answered as its example in [openapi.yaml](../openapi.yaml) has it, of the organization that was asked for. " +
		"The answer keeps the contract; that one of 400, 405, 413 or 415 is said to a request that is right does not, and a judge finds that.\n\n" +
		"| Status | `error` | When | Of | `Retry-After` |\n|---|---|---|---|---|\n")
	for _, e := range fault.Errors() {
		after := string(e.RetryAfter)
		if e.RetryAfter == fault.Always {
			after += ", 60 s unless it is set"
		}
		fmt.Fprintf(b, "| %d | `%s` | %s | %s | %s |\n", e.HTTPStatus, e.Code, code(e.When), operations(e.Operations), after)
	}
}

// operations are named where they are not all.
func operations(of []fault.Operation) string {
	if len(of) == len(fault.Operations()) {
		return "each"
	}
	return code(of)
}

func code[S ~string](words []S) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = "`" + string(word) + "`"
	}
	return strings.Join(quoted, ", ")
}

func orSame(text string) string {
	if text == "" {
		return "the same"
	}
	return text
}
