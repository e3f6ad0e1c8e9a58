// Command clientspec writes openapi.client.yaml, the document for client generators, from openapi.yaml. It reads the document
// that is embedded in the root package; go generate runs it.
//
//	go run ./internal/clientspec -out openapi.client.yaml
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/clientspec/derive"
)

func main() {
	out := flag.String("out", "openapi.client.yaml", "the `file` to write")
	flag.Parse()
	if err := write(*out); err != nil {
		fmt.Fprintln(os.Stderr, "clientspec:", err)
		os.Exit(1)
	}
}

func write(out string) error {
	document, err := derive.Client(migrationlink.OpenAPI())
	if err != nil {
		return err
	}
	return os.WriteFile(out, document, 0o644)
}
