package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"github.com/migrationlink/migrationlink/bench/page"
)

// commit that is measured.
func commit(ctx context.Context) string {
	id := said(ctx, "git", "rev-parse", "--short=10", "HEAD")
	if id == "" {
		return "unknown"
	}
	if said(ctx, "git", "status", "--porcelain", "--untracked-files=no") != "" {
		id += ", with changes"
	}
	return id
}

// machine tells what it was measured on, and what can't be told is left out. Folder is where links are kept in a file.
func machine(ctx context.Context, folder string) []page.Fact {
	var facts []page.Fact
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, page.Fact{Name: name, Value: value})
		}
	}
	add("Processor", field("/proc/cpuinfo", "model name"))
	add("Cores", fmt.Sprint(runtime.NumCPU()))
	add("Memory", gibibytes(field("/proc/meminfo", "MemTotal")))
	add("System", runtime.GOOS+"/"+runtime.GOARCH+" "+said(ctx, "uname", "-r"))
	add("File system", said(ctx, "stat", "-f", "-c", "%T", folder))
	add("Go", strings.TrimPrefix(runtime.Version(), "go"))
	add("Node", strings.TrimPrefix(said(ctx, "node", "--version"), "v"))
	load, _, _ := strings.Cut(content("/proc/loadavg"), " ")
	add("Load of the minute before", load)
	return facts
}

// said is what a command prints; empty where it is not there or fails.
func said(ctx context.Context, name string, arguments ...string) string {
	output, err := exec.CommandContext(ctx, name, arguments...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(output))
}

// content of a file, empty where there is none.
func content(path string) string {
	read, _ := os.ReadFile(path)
	return string(read)
}

// field is the value of the first line that names it.
func field(path, name string) string {
	for line := range strings.Lines(content(path)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// gibibytes of a number of kibibytes, as /proc has it.
func gibibytes(of string) string {
	n, err := strconv.ParseFloat(strings.TrimSuffix(of, " kB"), 64)
	if err != nil {
		return of
	}
	return fmt.Sprintf("%.1f GiB", n/(1<<20))
}
