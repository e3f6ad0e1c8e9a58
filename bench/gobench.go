package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"

	"golang.org/x/perf/benchfmt"

	"github.com/migrationlink/migrationlink/bench/page"
)

// gobench are Go benchmarks of one package, which are run from there.
type gobench struct {
	folder, pattern, time string
}

// gobenches are run in this order, in each round.
var gobenches = []gobench{
	{root + "/checker", "^BenchmarkJudge$", "0.5s"},
	{"../bench", "^BenchmarkCall$", "300x"},                         // a nonce is good for 1,024: no new one is asked for
	{root + "/server/servertest", "^BenchmarkFirstAnswer$", "200x"}, // more would leave so many ports in TIME_WAIT that the next round waits for free ones
	{root + "/server/links", "^BenchmarkMemoryConnect$", "0.5s"},
	{root + "/server", "^BenchmarkConnect$", "2s"},
	{root + "/server/links/boltlinks", "^Benchmark(Connect|WriteAndSync)$", "0.5s"},
	{root + "/contract_test", "^BenchmarkSuite$", "1x"},
}

// benchmarks runs them all; as short as can be to try it.
func (b built) benchmarks(try bool) func(context.Context, *page.Results, func(string)) error {
	return func(ctx context.Context, results *page.Results, progress func(string)) error {
		for _, g := range gobenches {
			if try {
				g.time = "1x"
			}
			progress("benchmarks of " + filepath.Base(g.folder))
			cmd := exec.CommandContext(ctx, b.tests(g), "-test.run=^$", "-test.bench="+g.pattern, "-test.benchtime="+g.time, "-test.benchmem", "-test.timeout=2m")
			cmd.Dir = g.folder
			output, err := cmd.CombinedOutput()
			if err != nil {
				return fmt.Errorf("benchmarks of %s: %w\n%s", g.folder, err, output)
			}
			if err := g.read(output, results); err != nil {
				return fmt.Errorf("benchmarks of %s: %w", g.folder, err)
			}
		}
		return nil
	}
}

// procs is what package testing adds to a name.
var procs = regexp.MustCompile(`-\d+$`)

// read adds what the benchmarks printed.
func (g gobench) read(output []byte, results *page.Results) error {
	reader := benchfmt.NewReader(bytes.NewReader(output), g.folder)
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.Result:
			name := filepath.Base(g.folder) + "." + procs.ReplaceAllString(record.Name.String(), "")
			for _, v := range record.Values {
				results.Add(name, v.Unit, v.Value)
			}
		case *benchfmt.SyntaxError:
			return record
		}
	}
	return reader.Err()
}
