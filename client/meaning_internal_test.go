package client

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink"
)

// TestEveryCodeHasAMeaning leads whoever adds an error code to the place where it gets its words.
func TestEveryCodeHasAMeaning(t *testing.T) {
	t.Parallel()
	for _, code := range migrationlink.Codes() {
		m, ok := codeMeanings[code]
		assert.True(t, ok, "codeMeanings in meaning.go has no row for %s", code)
		assert.Equal(t, m.headline == "", m.text == "", code)
	}
	assert.Len(t, codeMeanings, len(migrationlink.Codes()), "codeMeanings has a code that openapi.yaml does not have")
}
