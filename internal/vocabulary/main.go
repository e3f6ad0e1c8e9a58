// Command vocabulary writes the constants of the root package from openapi.yaml: its operations, the
// security schemes, the statuses of a link and the error codes. It reads the file and not the embedded document, so that it
// builds while the constants are out of date. go generate runs it.
//
//	go run ./internal/vocabulary -contract openapi.yaml -out vocabulary.gen.go
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/migrationlink/migrationlink/internal/vocabulary/source"
)

func main() {
	contract := flag.String("contract", "openapi.yaml", "the `file` to read")
	out := flag.String("out", "vocabulary.gen.go", "the `file` to write")
	flag.Parse()
	if err := write(*contract, *out); err != nil {
		fmt.Fprintln(os.Stderr, "vocabulary:", err)
		os.Exit(1)
	}
}

func write(contract, out string) error {
	document, err := os.ReadFile(contract)
	if err != nil {
		return err
	}
	code, err := source.Render(document)
	if err != nil {
		return err
	}
	return os.WriteFile(out, code, 0o644)
}
