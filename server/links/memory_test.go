package links_test

import (
	"testing"

	"github.com/migrationlink/migrationlink/server/links"
	"github.com/migrationlink/migrationlink/server/links/linkstest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	linkstest.Run(t, func(*testing.T) links.Links { return new(links.Memory) })
}
