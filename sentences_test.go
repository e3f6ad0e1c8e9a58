package migrationlink_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNoSentenceIsTakenApart finds code that looks into the text of an error, or changes it: an error carries values
// for that. Outside tests no function of strings, bytes or regexp gets what Error returned.
func TestNoSentenceIsTakenApart(t *testing.T) {
	t.Parallel()
	allowed := map[string]string{
		"internal/standinfile/yaml.go: yamlProblem": "the YAML parser's errors have no type, and their text has the line",
		"internal/doctor/distrust.go: distrust":     "crypto/x509's other errors have no type, and begin with its name",
		"client/network.go: untyped":                "errors of the standard library that have no type are known by their text alone",
	}
	found := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "testdata" || name == "gen" || path != "." && strings.HasPrefix(name, ".")) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		positions := gotoken.NewFileSet()
		file, err := parser.ParseFile(positions, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, at := range takenApart(file) {
			where := filepath.ToSlash(path) + ": " + at.function
			found[where] = append(found[where], fmt.Sprintf("%s: %s", positions.Position(at.pos), at.call))
		}
		return nil
	})
	require.NoError(t, err)
	for where, calls := range found {
		assert.Contains(t, allowed, where, "the text of an error is taken apart; want a value of the error instead:\n%s", strings.Join(calls, "\n"))
	}
	for where := range allowed {
		assert.Contains(t, found, where, "it is allowed, and not there any more")
	}
}

// TestTakenApart has samples of what is found, and of what is not.
func TestTakenApart(t *testing.T) {
	t.Parallel()
	for _, sample := range []struct {
		name, body string
		found      []string
	}{
		{"directly", `_ = strings.Contains(err.Error(), "x")`, []string{"strings.Contains"}},
		{"of a field", `_ = strings.TrimSuffix(x.err.Error(), ".")`, []string{"strings.TrimSuffix"}},
		{"inside of another text", `_ = strings.ReplaceAll("a: "+err.Error(), "x", "y")`, []string{"strings.ReplaceAll"}},
		{"inside of a call", `_ = strings.ToLower(fmt.Sprintf("%s", err.Error()))`, []string{"strings.ToLower"}},
		{"through a variable", `text := err.Error(); _, rest, _ := strings.Cut(text, ": ")`, []string{"strings.Cut"}},
		{"through two variables", `a := err.Error(); b := "x" + a; _ = strings.Fields(b)`, []string{"strings.Fields"}},
		{"through a variable that is declared", `var text = err.Error(); _ = strings.Index(text, "x")`, []string{"strings.Index"}},
		{"through a variable that is assigned later", `for { _ = strings.Title(text); text = err.Error() }`, []string{"strings.Title"}},
		{"added to a variable", `text += err.Error(); _ = strings.Split(text, " ")`, []string{"strings.Split"}},
		{"in the condition of a switch", `switch text := err.Error(); { case strings.HasPrefix(text, "x"): }`, []string{"strings.HasPrefix"}},
		{"line by line", `for line := range strings.Lines(err.Error()) { _ = strings.TrimSpace(line) }`, []string{"strings.Lines", "strings.TrimSpace"}},
		{"in a func", `f := func() { _ = strings.Count(err.Error(), "x") }`, []string{"strings.Count"}},
		{"as bytes", `_ = bytes.Contains([]byte(err.Error()), x)`, []string{"bytes.Contains"}},
		{"by a package of another name", `_ = text.ToUpper(err.Error())`, []string{"text.ToUpper"}},
		{"by a pattern", `_ = pattern.MatchString(err.Error()); _ = pattern.FindStringSubmatch(err.Error())`, []string{"pattern.MatchString", "pattern.FindStringSubmatch"}},
		{"by a replacer", `_ = words().Replace(err.Error())`, []string{".Replace"}},
		{"by regexp itself", `_, _ = regexp.MatchString("x", err.Error())`, []string{"regexp.MatchString"}},

		{"put together", `_ = strings.Join([]string{err.Error()}, "; ")`, nil},
		{"added to", `text := err.Error() + "."; _ = text`, nil},
		{"compared", `_ = err.Error() == "x"`, nil},
		{"a text that is none of an error", `_ = strings.Contains(x.Detail, "x")`, nil},
		{"a func that is called Error and takes something", `_ = strings.Contains(x.Error(1), "x")`, nil},
		{"a variable of another function", `f := func() { text := err.Error(); _ = text }`, nil},
	} {
		t.Run(sample.name, func(t *testing.T) {
			t.Parallel()
			source := "package p\nimport (\"bytes\"; \"regexp\"; \"strings\"; text \"strings\")\nfunc sample() {\n" + sample.body + "\n}\nfunc other(text string) { _ = strings.Contains(text, \"\") }\n"
			file, err := parser.ParseFile(gotoken.NewFileSet(), "sample.go", source, parser.SkipObjectResolution)
			require.NoError(t, err)
			var calls []string
			for _, at := range takenApart(file) {
				assert.Equal(t, "sample", at.function)
				calls = append(calls, at.call)
			}
			assert.Equal(t, sample.found, calls)
		})
	}
}

// taken is a call that takes the text of an error apart.
type taken struct {
	pos            gotoken.Pos
	function, call string
}

// takenApart finds them in a file. A variable counts by its name within a function, its own funcs included.
func takenApart(file *ast.File) []taken {
	packages := map[string]bool{}
	for _, spec := range file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		if !slices.Contains([]string{"strings", "bytes", "regexp"}, path) {
			continue
		}
		if spec.Name != nil {
			path = spec.Name.Name
		}
		packages[path] = true
	}
	var all []taken
	for _, declaration := range file.Decls {
		function := "a variable"
		if f, ok := declaration.(*ast.FuncDecl); ok {
			function = f.Name.Name
		}
		variables := ofErrors(declaration)
		ast.Inspect(declaration, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name, takes := takesApart(call, packages)
			if takes && slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return isOfError(arg, variables) }) {
				all = append(all, taken{call.Pos(), function, name})
			}
			return true
		})
	}
	return all
}

// takesApart reports whether a call is of a function or a method that looks into a text or changes it. Join puts texts together.
func takesApart(call *ast.CallExpr, packages map[string]bool) (name string, takes bool) {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	method := selector.Sel.Name
	if x, ok := selector.X.(*ast.Ident); ok {
		name = x.Name
		if packages[name] {
			return name + "." + method, method != "Join"
		}
	}
	return name + "." + method, slices.ContainsFunc([]string{"Find", "Match", "Replace", "Split"}, func(begin string) bool {
		return strings.HasPrefix(method, begin)
	})
}

// ofErrors are the variables of a declaration that hold the text of an error, or something that was made of it.
func ofErrors(declaration ast.Decl) map[string]bool {
	variables := map[string]bool{}
	hold := func(to []ast.Expr, from []ast.Expr) {
		for i, value := range from {
			if !isOfError(value, variables) {
				continue
			}
			for j, variable := range to {
				if name, ok := variable.(*ast.Ident); ok && name.Name != "_" && (len(from) == 1 || i == j) {
					variables[name.Name] = true
				}
			}
		}
	}
	for before := -1; before < len(variables); { // until nothing is added: a variable can be used above its assignment
		before = len(variables)
		ast.Inspect(declaration, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				hold(n.Lhs, n.Rhs)
			case *ast.RangeStmt:
				hold([]ast.Expr{n.Key, n.Value}, []ast.Expr{n.X})
			case *ast.ValueSpec:
				var names []ast.Expr
				for _, name := range n.Names {
					names = append(names, name)
				}
				hold(names, n.Values)
			}
			return true
		})
	}
	return variables
}

// isOfError reports whether an expression has the result of Error in it, directly or in a variable.
func isOfError(expression ast.Expr, variables map[string]bool) bool {
	if expression == nil {
		return false
	}
	found := false
	ast.Inspect(expression, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit: // what it does is looked at by itself
			return false
		case *ast.SelectorExpr:
			found = found || isOfError(n.X, variables)
			return false
		case *ast.KeyValueExpr:
			found = found || isOfError(n.Value, variables)
			return false
		case *ast.Ident:
			found = found || variables[n.Name]
		case *ast.CallExpr:
			if selector, ok := n.Fun.(*ast.SelectorExpr); ok && selector.Sel.Name == "Error" && len(n.Args) == 0 {
				found = true
			}
		}
		return true
	})
	return found
}
