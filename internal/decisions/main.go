// Command decisions writes docs/decisions.md from openapi.yaml: what the sources leave open and the contract decides, and where they
// contradict each other. It reads the document that is embedded in the root package; go generate runs it.
//
//	go run ./internal/decisions -out docs/decisions.md
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/decisions/page"
)

func main() {
	out := flag.String("out", "docs/decisions.md", "the `file` to write")
	flag.Parse()
	if err := write(*out); err != nil {
		fmt.Fprintln(os.Stderr, "decisions:", err)
		os.Exit(1)
	}
}

func write(out string) error {
	markdown, err := page.Render(migrationlink.OpenAPI())
	if err != nil {
		return err
	}
	return os.WriteFile(out, markdown, 0o644)
}
