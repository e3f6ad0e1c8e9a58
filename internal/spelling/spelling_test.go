package spelling_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/internal/spelling"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"linkToken", "status", "pretty", "id"}
	for name, want := range map[string]string{
		"linkTokn":                    "linkToken", // one left out
		"linkTokens":                  "linkToken", // one more
		"lniktoken":                   "linkToken", // two changed, in another case
		"STATUS":                      "status",
		"prety":                       "pretty",
		"state":                       "status",
		"token":                       "", // four left out
		"ib":                          "", // half of a short word is no misspelling
		"":                            "",
		"linkTokenlinkTokenlinkToken": "",
	} {
		assert.Equal(t, want, spelling.Nearest(name, words), "%q", name)
	}
}
