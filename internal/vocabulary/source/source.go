// Package source renders the Go constants of the contract's words.
package source

import (
	"bytes"
	"fmt"
	"go/format"
	"net/http"
	"strings"
)

const header = `// Code generated from openapi.yaml by internal/vocabulary; DO NOT EDIT.

package migrationlink

`

// Render returns the source of the constants that an OpenAPI document in YAML gives. Its errors name
// the line. The same document always gives the same source.
func Render(contract []byte) ([]byte, error) {
	w, err := read(contract)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(header)
	writeOperations(&b, w.operations)
	writeSchemes(&b, w.schemes)
	writeStatuses(&b, w.statuses)
	writeCodes(&b, w.codes)
	return format.Source(b.Bytes())
}

func writeOperations(b *bytes.Buffer, operations []operation) {
	b.WriteString("// The operations of the contract.\nconst (\n")
	for _, op := range operations {
		name := "Operation" + exported(op.id)
		fmt.Fprintf(b, "// %s is %s %s.\n%s Operation = %q\n", name, op.method, op.path, name, op.id)
	}
	b.WriteString(")\n\n" +
		"// Operations returns every operation, in the order of a link's life: what creates it comes first.\n" +
		"func Operations() []Operation {\nreturn []Operation{")
	for _, op := range operations {
		fmt.Fprintf(b, "Operation%s, ", exported(op.id))
	}
	b.WriteString("}\n}\n\n")
}

func writeStatuses(b *bytes.Buffer, statuses []string) {
	b.WriteString("// The statuses of a link. [Status] says what they mean.\nconst (\n")
	for _, status := range statuses {
		fmt.Fprintf(b, "Status%s Status = %q\n", exported(status), status)
	}
	b.WriteString(")\n\n" +
		"// Statuses returns every status, in the order of the contract.\n" +
		"func Statuses() []Status {\nreturn []Status{")
	for _, status := range statuses {
		fmt.Fprintf(b, "Status%s, ", exported(status))
	}
	b.WriteString("}\n}\n\n")
}

func writeCodes(b *bytes.Buffer, codes []code) {
	b.WriteString("// The error codes that the contract has an example of, by HTTP status.\nconst (\n")
	for _, c := range codes {
		fmt.Fprintf(b, "Code%s Code = %q // %d\n", exported(c.text), c.text, c.status)
	}
	b.WriteString(")\n\n" +
		"// Codes returns every error code, sorted by HTTP status and then by name.\n" +
		"func Codes() []Code {\nreturn []Code{\n")
	for _, c := range codes {
		fmt.Fprintf(b, "Code%s,\n", exported(c.text))
	}
	b.WriteString("}\n}\n\n" +
		"// HTTPStatus is the status of a response with the code; 0 for a code that the contract does not have.\n" +
		"func (c Code) HTTPStatus() int {\nswitch c {\n")
	for i, c := range codes {
		if i > 0 && codes[i-1].status == c.status {
			fmt.Fprintf(b, ",\nCode%s", exported(c.text))
		} else {
			fmt.Fprintf(b, "case Code%s", exported(c.text))
		}
		if i == len(codes)-1 || codes[i+1].status != c.status {
			fmt.Fprintf(b, ":\nreturn %d // %s\n", c.status, http.StatusText(c.status))
		}
	}
	b.WriteString("}\nreturn 0\n}\n")
}

// initialisms keep their capitals in a Go name.
var initialisms = map[string]bool{"API": true, "HTTP": true, "ID": true, "IP": true, "JSON": true, "URL": true}

// exported is a name of the contract as the end of a Go name: LINK_TOKEN_IN_USE is LinkTokenInUse.
func exported(name string) string {
	if name != strings.ToUpper(name) {
		return strings.ToUpper(name[:1]) + name[1:]
	}
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		if !initialisms[word] && word != "" {
			word = word[:1] + strings.ToLower(word[1:])
		}
		b.WriteString(word)
	}
	return b.String()
}
