package server

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/server/fault"
)

// TestEveryKindOfFaultHasAnEffect leads whoever adds a kind to the place where it happens.
func TestEveryKindOfFaultHasAnEffect(t *testing.T) {
	t.Parallel()
	kinds := make(map[fault.Kind]bool)
	for _, d := range fault.Kinds() {
		kinds[d.Kind] = true
		if d.Kind != fault.Latency {
			assert.Contains(t, effects, d.Kind, "effects in strike.go has no row for the kind %s of server/fault/kind.go", d.Kind)
		}
	}
	for kind := range effects {
		assert.Contains(t, kinds, kind, "server/fault/kind.go does not describe the kind %s of effects", kind)
	}
}
