package cli

import (
	"strings"

	"github.com/migrationlink/migrationlink/internal/spelling"
)

// setting is what a flag or a field of the configuration says, and the name of it for whoever has to change it.
type setting struct{ value, name string }

// want says what was probably meant by name, or else what there is.
func want(name string, known []string) string {
	if n := spelling.Nearest(name, known); n != "" {
		return "did you mean " + n + "?"
	}
	return "want " + strings.Join(known, ", ")
}
