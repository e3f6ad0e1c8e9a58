package client

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
)

// TestEverySecuritySchemeSignsIn finds the scheme of the contract that the client has no row for, or half of one.
func TestEverySecuritySchemeSignsIn(t *testing.T) {
	t.Parallel()
	differs := map[string]bool{"refused": true, "unprobed": true} // a scheme may do without
	for _, name := range migrationlink.SecuritySchemes() {
		row, known := schemes[name]
		require.True(t, known, "%s is missing in schemes", name)
		for field, value := range reflect.ValueOf(row).Fields() {
			assert.False(t, value.IsZero() && !differs[field.Name], "%s of %s is missing", field.Name, name)
		}
	}
	assert.Len(t, schemes, len(migrationlink.SecuritySchemes()))
}
