// Command faults writes docs/faults.md from package fault: every fault that the stand-in has, and the calls that it can strike. go generate
// runs it.
//
//	go run ./internal/faults -out docs/faults.md
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/migrationlink/migrationlink/internal/faults/page"
)

func main() {
	out := flag.String("out", "docs/faults.md", "the `file` to write")
	flag.Parse()
	if err := os.WriteFile(*out, page.Render(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}
