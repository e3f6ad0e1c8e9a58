package settings

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
)

func TestEverySecuritySchemeHasCredentials(t *testing.T) {
	t.Parallel()
	for _, name := range migrationlink.SecuritySchemes() {
		row, known := schemes[name]
		require.True(t, known, "%s is missing in schemes", name)
		for field, value := range reflect.ValueOf(row).Fields() {
			assert.False(t, value.IsZero(), "%s of %s is missing", field.Name, name)
		}
	}
	assert.Len(t, schemes, len(migrationlink.SecuritySchemes()))
}
