package client_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// generatedIn names what a file exports that speaks of gen/. Bodies of functions and unexported fields may.
func generatedIn(file *ast.File) []string {
	local := ""
	for _, spec := range file.Imports {
		if strings.Trim(spec.Path.Value, `"`) == "github.com/migrationlink/migrationlink/gen" {
			local = "gen"
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	var found []string
	look := func(what string, node ast.Node) {
		ast.Inspect(node, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && local != "" && x.Name == local {
					found = append(found, what)
				}
			}
			return true
		})
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() {
				look("func "+d.Name.Name, d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() {
						look("type "+s.Name.Name, exported(s.Type))
					}
				case *ast.ValueSpec:
					if s.Names[0].IsExported() {
						look("value "+s.Names[0].Name, s)
					}
				}
			}
		}
	}
	return found
}

// exported leaves the unexported fields out of a struct.
func exported(of ast.Expr) ast.Expr {
	s, ok := of.(*ast.StructType)
	if !ok {
		return of
	}
	open := &ast.FieldList{}
	for _, f := range s.Fields.List {
		if len(f.Names) == 0 || f.Names[0].IsExported() {
			open.List = append(open.List, f)
		}
	}
	return &ast.StructType{Fields: open}
}

func parse(t *testing.T, name string, source any) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), name, source, 0)
	require.NoError(t, err)
	return file
}

func TestNothingGeneratedIsExported(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	read := 0
	for _, name := range files {
		if !strings.HasSuffix(name, "_test.go") {
			read++
			assert.Empty(t, generatedIn(parse(t, name, nil)), name)
		}
	}
	assert.Greater(t, read, 5)
}

func TestAGeneratedNameInTheExportedAPIIsFound(t *testing.T) {
	t.Parallel()
	const source = `package p
import g "github.com/migrationlink/migrationlink/gen"
type Open struct { Link g.Link; hidden g.Link }
type closed struct { Link g.Link }
type Alias = g.Link
var Default = g.Link{}
func Make(l map[string][]g.Link) { _ = g.Link{} }
func (closed) Get() *g.Link { return nil }
func inside(g.Link) {}
func Fine() { _ = g.Link{} }
`
	assert.Equal(t, []string{"type Open", "type Alias", "value Default", "func Make", "func Get"}, generatedIn(parse(t, "p.go", source)))
}

func TestWhatAnImporterOfTheClientGets(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	for dependency := range strings.FieldsSeq(string(out)) {
		for _, unwanted := range []string{
			"kin-openapi", "spf13", "bbolt", "net/http/httptest", "testing",
			"migrationlink/server", "migrationlink/checker", "migrationlink/contracttest", "migrationlink/internal/cli",
		} {
			assert.NotContains(t, dependency, unwanted)
		}
	}
	assert.Contains(t, string(out), "github.com/migrationlink/migrationlink/digest\n")
}
