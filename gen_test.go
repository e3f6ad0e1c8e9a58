package migrationlink_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
)

// TestDependencies keeps what everybody imports small: the root package stands on the standard library alone, and the generated code
// carries no kin-openapi, which an embedded spec would pull in.
func TestDependencies(t *testing.T) {
	t.Parallel()
	const own = "github.com/migrationlink/migrationlink"
	tests := []struct {
		pkg     string
		allowed []string // beginnings of import paths, besides the standard library
	}{
		{".", []string{own}},
		{"./gen", []string{own, "github.com/oapi-codegen/runtime", "github.com/apapsch/go-jsonmerge", "github.com/google/uuid"}},
	}
	for _, tt := range tests {
		t.Run(tt.pkg, func(t *testing.T) {
			t.Parallel()
			deps := strings.Fields(goCommand(t, "list", "-deps", tt.pkg))
			require.Contains(t, deps, own)
			for _, dep := range deps {
				if first, _, _ := strings.Cut(dep, "/"); !strings.Contains(first, ".") {
					continue // the standard library
				}
				assert.True(t, slices.ContainsFunc(tt.allowed, func(begin string) bool { return strings.HasPrefix(dep, begin) }),
					"%s depends on %s", tt.pkg, dep)
			}
		})
	}
}

// TestGeneratedCodeFollowsTheContract generates from a copy: the same contract gives the code in gen/, and a changed word in a description
// another one. So a contract that was changed without go generate is seen.
func TestGeneratedCodeFollowsTheContract(t *testing.T) {
	t.Parallel()
	const before, after = "description: The state of the connection, plain or in an envelope", "description: How the connection is, plain or in an envelope"
	const output = "output: gen/migrationlink.gen.go"
	contract := string(migrationlink.OpenAPI())
	require.Contains(t, contract, before)
	tests := []struct {
		name, contract string
		same           bool
	}{
		{"unchanged copy", contract, true},
		{"changed description", strings.Replace(contract, before, after, 1), false},
	}
	config, err := os.ReadFile("oapi-codegen.yaml")
	require.NoError(t, err)
	require.Contains(t, string(config), output)
	checkedIn, err := os.ReadFile(filepath.FromSlash("gen/migrationlink.gen.go"))
	require.NoError(t, err)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			spec, elsewhere, out := filepath.Join(dir, "openapi.yaml"), filepath.Join(dir, "oapi-codegen.yaml"), filepath.Join(dir, "gen.go")
			require.NoError(t, os.WriteFile(spec, []byte(tt.contract), 0o600))
			// The file that the configuration names wins over the generator's flag -o: only another configuration writes elsewhere.
			require.NoError(t, os.WriteFile(elsewhere, []byte(strings.Replace(string(config), output, "output: "+out, 1)), 0o600))
			goCommand(t, "tool", "oapi-codegen", "-config", elsewhere, spec)

			generated, err := os.ReadFile(out)
			require.NoError(t, err)
			assert.Equal(t, tt.same, string(generated) == string(checkedIn),
				"whether gen/migrationlink.gen.go is what this contract gives; if openapi.yaml was changed, run go generate ./...")
		})
	}
}

// goCommand runs the go command in the root of the module and returns what it wrote to standard output.
func goCommand(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	require.NoError(t, err, "go %s: %s", strings.Join(args, " "), stderr.String())
	return string(out)
}
