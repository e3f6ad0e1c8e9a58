package pages

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/fault"
)

const faultsIntroduction = `<!-- Generated from server/fault by go generate; edit that package. -->

# Faults

The stand-in is a mock server. It can fail on request. It injects no fault until you set one, and then exactly the fault that you set.

Set a fault in the [configuration](operating.md), through the [admin interface](admin.md), or in Go. The same two faults in each form.

In Go, with [servertest](../server/servertest/example_test.go):

` + "```go" + `
fault.On(migrationlink.OperationConnect).Next(2).RateLimited(3 * time.Second)
fault.On(migrationlink.OperationStatus).Share(0.1, 7, 1).Do(fault.Reset)
` + "```" + `

In JSON, one fault for each request to ` + "`POST /faults`" + ` of the admin interface ([curl command](admin.md)):

` + "```json" + `
{"operation": "connect", "next": 2, "error": "RATE_LIMITED", "retryAfter": "3s"}
{"operation": "status", "share": 0.1, "seed": 7, "inARow": 1, "fault": "reset"}
` + "```" + `

In the file of ` + "`serve --config`" + `, which injects them from the start:

` + "```yaml" + `
faults:
  - {operation: connect, next: 2, error: RATE_LIMITED, retryAfter: 3s}
  - {operation: status, share: 0.1, seed: 7, inARow: 1, fault: reset}
` + "```" + `

## Several faults

- The stand-in tries the faults in the order in which they were set.
- All latencies apply. Of the other faults only the first match applies and is used up.
- With ` + "`next`" + `, exactly n calls fail, even if they arrive at the same time.
- With ` + "`share`" + `, the seed and the call order decide which calls fail.
- ` + "`inARow`" + ` caps consecutive failures per organization, so a client that retries more often succeeds.
- The [journal](admin.md#journal) names the faults that hit each request.

## Fields of a fault

Unknown names, values out of range and meaningless combinations are rejected when you set the fault. The error says what is valid.

| Field | Type | Meaning |
|---|---|---|
`

const points = `
## When a fault hits

| When | Which requests it hits | What the stand-in has done |
|---|---|---|
| ` + "`beforeSignIn`" + ` | every request of the operation, before any check; a request without credentials, sent to get a challenge, uses the fault up too | nothing |
| ` + "`atSignIn`" + ` | requests with credentials, before the credentials are verified; the nonce count is not used up | nothing |
| ` + "`beforeEffect`" + ` | authenticated, authorized and valid requests; a request that is refused anyway uses nothing up | nothing |
| ` + "`afterEffect`" + ` | the same | what the request asked for; the client does not learn of it |

`

// Faults renders docs/faults.md from package fault. The same code always gives the same page.
func Faults() []byte {
	var b bytes.Buffer
	b.WriteString(faultsIntroduction)
	for _, field := range fault.Fields() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", field.Name, field.Type, field.Says)
	}
	b.WriteString(points)
	writeKinds(&b)
	writeErrors(&b)
	return b.Bytes()
}

// writeKinds lists what can happen. The first entry under When is the default.
func writeKinds(b *bytes.Buffer) {
	b.WriteString("## Kinds of faults\n\nThe second column is about HTTP/1.1, with TLS or without. " +
		"The first entry under When is the default.\n\n")
	b.WriteString("| Fault | What happens | When | Operations | Over HTTP/2 | Without a connection |\n|---|---|---|---|---|---|\n")
	for _, k := range fault.Kinds() {
		name := "`" + string(k.Kind) + "`"
		if k.Kind == fault.Error || k.Kind == fault.Latency {
			name = "(`" + string(k.Kind) + "`)" // a field of its own
		}
		when := codes(k.When)
		if k.Kind == fault.Error {
			when = "see below"
		}
		of := operations(k.Operations)
		if k.Scheme != "" {
			of += ", with credentials of scheme " + k.Scheme.Authorization()
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", name, k.Does, when, of, orSame(k.HTTP2), orSame(k.InProcess))
	}
}

func writeErrors(b *bytes.Buffer) {
	b.WriteString("\n## Documented errors\n\nThe stand-in returns each error as the example in [openapi.yaml](../openapi.yaml) shows it, " +
		"for the organization of the request. The response itself conforms. " +
		"But a 400, 405, 413 or 415 to a correct request does not, and the checker reports it.\n\n" +
		"| Status | `error` | When | Operations | `Retry-After` |\n|---|---|---|---|---|\n")
	for _, e := range fault.Errors() {
		after := string(e.RetryAfter)
		if e.RetryAfter == fault.Always {
			after += ", 60 s by default"
		}
		fmt.Fprintf(b, "| %d | `%s` | %s | %s | %s |\n", e.HTTPStatus, e.Code, codes(e.When), operations(e.Operations), after)
	}
}

// operations are named where they are not all.
func operations(of []migrationlink.Operation) string {
	if slices.Equal(of, migrationlink.Operations()) {
		return "each"
	}
	return codes(of)
}

func codes[S ~string](words []S) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = code(string(word))
	}
	return strings.Join(quoted, ", ")
}

func orSame(text string) string {
	if text == "" {
		return "the same"
	}
	return text
}
