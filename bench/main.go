// Command bench measures the project beside what one would otherwise pick, and writes docs/benchmarks.md, its chart and the figures. It wants Go and
// git; wrk and Node where there are any.
//
//	go run . -rounds 5
//	go run . -page      # writes the page anew from the figures that there are
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/migrationlink/migrationlink/bench/load"
	"github.com/migrationlink/migrationlink/bench/page"
)

func main() {
	rounds := flag.Int("rounds", 5, "how many rounds, in each of which every side has a turn")
	try := flag.Bool("try", false, "measure as short as can be, without Prism, to see whether it works: the figures mean nothing")
	out := flag.String("out", "../docs", "the folder of benchmarks.md, benchmarks.svg and benchmarks.json")
	again := flag.Bool("page", false, "measure nothing: write the page anew from benchmarks.json and prose.md")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "bench: %s: want flags alone\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, *try, *again, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds int, try, again bool, out string) error {
	figures := filepath.Join(out, "benchmarks.json")
	if !again {
		if rounds < 1 {
			return fmt.Errorf("-rounds %d: want 1 at least", rounds)
		}
		if _, err := os.Stat(out); err != nil { // before minutes have gone by
			return fmt.Errorf("-out: %w", err)
		}
		results, err := measure(ctx, rounds, try)
		if err != nil {
			return err
		}
		content, err := json.MarshalIndent(results, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(figures, append(content, '\n'), 0o644); err != nil {
			return err
		}
	}
	return write(figures, out)
}

// write renders what is in the file of figures.
func write(figures, out string) error {
	content, err := os.ReadFile(figures)
	if err != nil {
		return err
	}
	var results page.Results
	if err := json.Unmarshal(content, &results); err != nil {
		return fmt.Errorf("%s: %w", figures, err)
	}
	prose, err := os.ReadFile("prose.md")
	if err != nil {
		return err
	}
	markdown, chart, err := page.Render(results, prose)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "benchmarks.svg"), chart, 0o644); err != nil {
		return err
	}
	path := filepath.Join(out, "benchmarks.md")
	if err := os.WriteFile(path, markdown, 0o644); err != nil {
		return err
	}
	fmt.Println("bench: wrote", path)
	return nil
}

// measure takes every side's turn, round by round.
func measure(ctx context.Context, rounds int, try bool) (page.Results, error) {
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return page.Results{}, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	results := page.Results{
		At: time.Now().UTC().Truncate(time.Minute), Commit: commit(ctx), Rounds: rounds, Connections: 16, Seconds: 2,
		LoadGenerator: load.Generators()[0].Name,
	}
	if try {
		results.Seconds = 1
	}
	b, err := build(ctx, folder)
	if err != nil {
		return results, err
	}
	var why string
	if b.prism, why = prism(ctx, try); b.prism == nil {
		results.LeftOut = append(results.LeftOut, page.LeftOut{Side: page.Prism, Why: why})
	}
	results.Machine = machine(ctx, folder)
	sides, stop, err := b.start(ctx)
	if err != nil {
		return results, err
	}
	defer stop()
	for round := range rounds {
		progress := func(what string) { fmt.Printf("round %d of %d: %s\n", round+1, rounds, what) }
		for _, turn := range []func(context.Context, *page.Results, func(string)) error{
			sides.load, b.startUp, b.benchmarks(try),
		} {
			if err := turn(ctx, &results, progress); err != nil {
				return results, err
			}
		}
	}
	return results, nil
}
