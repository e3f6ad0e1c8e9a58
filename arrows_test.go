package migrationlink_test

import (
	"fmt"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// own is where our packages begin. Rules name them by their folder, and name other people's by their import path.
const own = "github.com/migrationlink/migrationlink"

// rule forbids packages to import others, directly or through packages of ours. "x/..." is x and every
// package below it, "..." every package of ours.
type rule struct {
	packages []string
	except   []string
	never    []string
	unless   []string
	because  string
}

// arrows are the directions that imports never take. The compiler refuses a circle by itself.
var arrows = []rule{
	{
		packages: []string{"."}, never: []string{"..."}, unless: []string{".", "internal/..."},
		because: "every other package stands on the root",
	},
	{
		packages: []string{"gen"}, never: []string{"..."}, unless: []string{".", "gen", "internal/..."},
		because: "generated code knows the root alone",
	},
	{
		packages: []string{"digest"}, never: []string{"..."}, unless: []string{"digest", ".", "internal/..."},
		because: "HTTP Digest is useful without the rest, and knows only Secret",
	},
	{
		packages: []string{"client/..."},
		never: []string{
			"checker/...", "server/...", "contracttest", "github.com/getkin/kin-openapi/...", "github.com/spf13/...",
			"go.etcd.io/bbolt/...", "go.yaml.in/yaml/...", "github.com/golang-jwt/jwt/...",
		},
		because: "whoever imports the client gets a client, and nothing that judges or serves",
	},
	{
		packages: []string{"checker/..."}, never: []string{"client/...", "server/...", "contracttest", "digest", "gen"},
		because: "the checker judges every client and every server, and knows none",
	},
	{
		packages: []string{
			"internal/certs", "internal/count", "internal/decisions", "internal/durable", "internal/loopback", "internal/printable", "internal/proof", "internal/strictjson",
			"internal/readfile", "internal/spelling", "internal/timestamp", "internal/tlsalert",
		},
		never: []string{"..."}, unless: []string{"internal/timestamp"},
		because: "each knows one thing (a certificate, a host, a schema, a time), and nothing around it",
	},
	{
		packages: []string{"internal/secret"}, never: []string{"..."}, unless: []string{"internal/printable"},
		because: "everybody asks what may be shown, so the search for secrets knows nobody",
	},
	{
		packages: []string{"contracttest"}, never: []string{"client/...", "server/...", "gen"},
		because: "the suite holds every server to the contract, and knows none",
	},
	{
		packages: []string{"server/..."}, except: []string{"server/servertest"}, never: []string{"client/...", "contracttest"},
		because: "the stand-in is a server; servertest alone hands out a client",
	},
	{
		packages: []string{"server/links/..."}, never: []string{"server", "checker/...", "digest", "gen"},
		because: "a store is told of links alone",
	},
	{
		packages: []string{"..."}, except: []string{"cmd/...", "internal/cli"}, never: []string{"internal/cli", "cmd/..."},
		because: "the command is the top: it uses the rest",
	},
	{
		packages: []string{"..."},
		except:   []string{"cmd/...", "internal/cli", "internal/settings", "internal/bulk", "internal/check", "internal/doctor", "internal/serving"},
		never:    []string{"github.com/spf13/..."},
		because:  "flags are the command's business",
	},
	{
		packages: []string{"..."},
		except: []string{
			"cmd/...", "internal/cli", "internal/settings", "internal/bulk", "internal/check", "internal/doctor", "internal/serving",
			"internal/standinfile", "internal/wiretap",
		},
		never: []string{
			"internal/console", "internal/settings", "internal/bulk", "internal/check", "internal/doctor", "internal/serving",
			"internal/standinfile", "internal/wiretap",
		},
		unless:  []string{"internal/console"},
		because: "the rooms of the command are the command's",
	},
	{
		packages: []string{"internal/console"},
		never: []string{
			"internal/settings", "internal/bulk", "internal/check", "internal/doctor", "internal/serving", "internal/standinfile", "internal/wiretap",
		},
		because: "the console stands below every other room of the command",
	},
	{
		packages: []string{"internal/standinfile"}, never: []string{"internal/settings", "internal/serving"},
		because: "a configuration file says what a stand-in is, and serves nothing",
	},
	{
		packages: []string{"internal/settings"}, never: []string{"internal/bulk", "internal/check", "internal/doctor", "internal/serving", "server"},
		because: "settings are found before anything is done with them",
	},
	{
		packages: []string{"internal/doctor"}, never: []string{"internal/bulk", "internal/check", "internal/serving", "server"},
		because: "an examination is of one call",
	},
	{
		packages: []string{"..."}, except: []string{"server/links/linkstest"},
		never:   []string{"github.com/stretchr/testify/...", "pgregory.net/rapid"},
		because: "assertions are for tests",
	},
}

func TestImportsTakeAllowedDirections(t *testing.T) {
	t.Parallel()
	imports := importsOfOurPackages(t)
	for _, r := range arrows {
		for _, p := range slices.Concat(r.packages, r.except, r.never, r.unless) {
			assert.True(t, imports.has(p), "a rule is about %s, which nothing here is or imports", p)
		}
		for _, chain := range imports.against(r) {
			assert.Fail(t, "an import takes a forbidden direction", "%s: %s", strings.Join(chain, " → "), r.because)
		}
	}
}

// Each rule finds the import that it is there to find, directly and behind another package.
func TestAForbiddenImportIsFound(t *testing.T) {
	t.Parallel()
	imports := importGraph{
		"client": {"gen", "inner"}, "gen": {"."}, "inner": {"checker/har"}, "checker": nil, "clients": {"checker"},
		"checker/har": {"github.com/getkin/kin-openapi/openapi3"},
	}
	for name, tt := range map[string]struct {
		rule rule
		want [][]string
	}{
		"behind another": {
			rule{packages: []string{"client/..."}, never: []string{"checker/..."}},
			[][]string{{"client", "inner", "checker/har"}},
		},
		"directly": {
			rule{packages: []string{"clients"}, never: []string{"checker"}},
			[][]string{{"clients", "checker"}},
		},
		"of somebody else": {
			rule{packages: []string{"gen", "checker/..."}, never: []string{"github.com/getkin/..."}},
			[][]string{{"checker/har", "github.com/getkin/kin-openapi/openapi3"}},
		},
		"anything but":  {rule{packages: []string{"gen"}, never: []string{"..."}, unless: []string{"gen"}}, [][]string{{"gen", "."}}},
		"excepted":      {rule{packages: []string{"..."}, except: []string{"client", "inner"}, never: []string{"checker/har"}}, nil},
		"a longer name": {rule{packages: []string{"client/..."}, never: []string{"checker"}}, nil},
		"all allowed": {
			rule{packages: []string{"client"}, never: []string{"..."}, unless: []string{"gen", ".", "inner", "checker/..."}}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, imports.against(tt.rule))
		})
	}
}

// importGraph is what each package imports outside the standard library. Our packages are named by their folder.
type importGraph map[string][]string

// has reports whether a pattern matches a package of ours, or one that ours import.
func (g importGraph) has(pattern string) bool {
	for name, imports := range g {
		if matches(pattern, name) || slices.ContainsFunc(imports, func(i string) bool { return matches(pattern, i) }) {
			return true
		}
	}
	return false
}

// against returns, for each package that breaks a rule, the shortest way from it to what it must not import.
func (g importGraph) against(r rule) [][]string {
	var chains [][]string
	for name := range g {
		if !matchesOneOf(r.packages, name) || matchesOneOf(r.except, name) {
			continue
		}
		forbidden := func(imported string) bool {
			return matchesOneOf(r.never, imported) && !matchesOneOf(r.unless, imported)
		}
		if chain := g.way(name, forbidden); chain != nil {
			chains = append(chains, chain)
		}
	}
	slices.SortFunc(chains, slices.Compare)
	return chains
}

func (g importGraph) way(from string, forbidden func(string) bool) []string {
	ways, seen := [][]string{{from}}, map[string]bool{from: true}
	for len(ways) > 0 {
		way := ways[0]
		ways = ways[1:]
		for _, next := range g[way[len(way)-1]] {
			if seen[next] {
				continue
			}
			seen[next] = true
			longer := append(slices.Clone(way), next)
			if forbidden(next) {
				return longer
			}
			ways = append(ways, longer)
		}
	}
	return nil
}

func matches(pattern, name string) bool {
	if pattern == "..." {
		return isOurs(name)
	}
	root, below := strings.CutSuffix(pattern, "/...")
	return name == root || below && strings.HasPrefix(name, root+"/")
}

func isOurs(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return first == "." || !strings.Contains(first, ".")
}

func matchesOneOf(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
}

// importsOfOurPackages reads the imports of every file of this module that is no test, for every platform.
func importsOfOurPackages(t *testing.T) importGraph {
	t.Helper()
	imports := make(importGraph)
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			_, err := os.Stat(filepath.Join(name, "go.mod"))
			if name != "." && (err == nil || entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		folder := path.Dir(filepath.ToSlash(name))
		found, err := importsOf(name)
		imports[folder] = append(imports[folder], found...)
		return err
	}))
	return imports
}

func importsOf(file string) ([]string, error) {
	parsed, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var imports []string
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		switch below, ours := strings.CutPrefix(imported, own+"/"); {
		case imported == own:
			imports = append(imports, ".")
		case ours:
			imports = append(imports, below)
		case !isOurs(imported): // and not of the standard library
			imports = append(imports, imported)
		}
	}
	return imports, nil
}
