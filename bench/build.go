package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// built are the programs that are measured.
type built struct {
	folder string
	prism  []string // its command line, without port and document; nil where it is left out
}

// root of the project, from the folder that this runs in.
const root = ".."

func (b built) command() string { return filepath.Join(b.folder, "migrationlink") }
func (b built) beside() string  { return filepath.Join(b.folder, "serve") }
func (b built) tests(g gobench) string {
	return filepath.Join(b.folder, filepath.Base(g.folder)+".test")
}

// build makes all of them, so that no round compiles anything.
func build(ctx context.Context, folder string) (built, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return built{}, err
	}
	b := built{folder: folder}
	fmt.Println("building")
	if err := quiet(ctx, root, "go", "build", "-o", b.command(), "./cmd/migrationlink"); err != nil {
		return b, err
	}
	if err := quiet(ctx, ".", "go", "build", "-o", b.beside(), "./serve"); err != nil {
		return b, err
	}
	for _, g := range gobenches {
		if err := quiet(ctx, g.folder, "go", "test", "-c", "-o", b.tests(g), "."); err != nil {
			return b, err
		}
		if found := said(ctx, b.tests(g), "-test.list="+g.pattern); !strings.Contains(found, "Benchmark") {
			return b, fmt.Errorf("%s has no benchmark %s", g.folder, g.pattern)
		}
	}
	return b, nil
}

// quiet runs a command, and shows what it said only if it failed.
func quiet(ctx context.Context, folder, name string, arguments ...string) error {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Dir = folder
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(append([]string{name}, arguments...), " "), err, output)
	}
	return nil
}

const (
	prismPackage = "@stoplight/prism-cli"
	prismVersion = "5.14.2"
)

// prism is the command line of Prism's mock, at its best: without a log, for production, and not by way of npx. It is installed into the user's
// cache, once. Where it is left out, why tells the page so.
func prism(ctx context.Context, try bool) (command []string, why string) {
	if try {
		return nil, "This was a trial."
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, "There is no Node on this machine."
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, "There is no folder to install it into: " + err.Error() + "."
	}
	folder := filepath.Join(cache, "migrationlink-bench", "prism-"+prismVersion)
	script := filepath.Join(folder, "node_modules", filepath.FromSlash(prismPackage), "dist", "index.js")
	if _, err := os.Stat(script); err != nil {
		fmt.Println("installing", prismPackage, prismVersion, "into", folder)
		err := os.MkdirAll(folder, 0o755)
		if err == nil {
			err = quiet(ctx, folder, "npm", "install", "--no-audit", "--no-fund", "--prefix", folder, prismPackage+"@"+prismVersion)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench: Prism is left out:", err)
			return nil, "npm could not install it."
		}
	}
	if err := quiet(ctx, folder, node, script, "--version"); err != nil {
		fmt.Fprintln(os.Stderr, "bench: Prism is left out:", err)
		return nil, "It does not start on this machine's Node."
	}
	return []string{node, script, "mock", "-h", "127.0.0.1", "-v", "silent"}, ""
}
