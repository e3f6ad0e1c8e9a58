package doctor

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink"
)

func TestEverySecuritySchemeIsExamined(t *testing.T) {
	t.Parallel()
	for _, name := range migrationlink.SecuritySchemes() {
		assert.NotNil(t, securitySchemes[name].refused, "%s is missing in securitySchemes, or what is said of a refusal", name)
	}
	assert.Len(t, securitySchemes, len(migrationlink.SecuritySchemes()))
}
