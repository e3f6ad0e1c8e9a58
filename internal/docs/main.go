// Command docs writes the pages of docs/ that are generated: decisions.md from openapi.yaml, as the root package embeds it, and faults.md
// from package fault. go generate runs it.
//
//	go run ./internal/docs -out docs
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/docs/pages"
)

func main() {
	out := flag.String("out", "docs", "the `folder` to write to")
	flag.Parse()
	if err := write(*out); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	decisions, err := pages.Decisions(migrationlink.OpenAPI())
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "decisions.md"), decisions, 0o644),
		os.WriteFile(filepath.Join(folder, "faults.md"), pages.Faults(), 0o644),
	)
}
