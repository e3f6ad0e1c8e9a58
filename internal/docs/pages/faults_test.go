package pages_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/docs/pages"
	"github.com/migrationlink/migrationlink/server/fault"
)

func TestThePageOfFaultsIsWritten(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile(filepath.FromSlash("../../../docs/faults.md"))
	require.NoError(t, err)
	assert.Equal(t, string(pages.Faults()), string(got), "docs/faults.md is not what server/fault says; run go generate ./...")
	for _, k := range fault.Kinds() {
		assert.Contains(t, string(got), "`"+string(k.Kind)+"`")
	}
	for _, e := range fault.Errors() {
		assert.Contains(t, string(got), "`"+e.Code+"`")
	}
}
