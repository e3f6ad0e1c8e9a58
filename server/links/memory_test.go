package links_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/migrationlink/migrationlink/server/links"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	suite(t, func(*testing.T) links.Links { return new(links.Memory) })
}

func TestMemoryIsWhatThePlainMapIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { againstModel(t, new(links.Memory)) })
}
