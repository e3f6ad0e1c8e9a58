package console

import (
	"strings"

	"github.com/migrationlink/migrationlink/internal/spelling"
)

// Setting is what a flag or a field of the configuration says, and the name of it for whoever has to change it.
type Setting struct{ Value, Name string }

// Want says what was probably meant by name, or else what there is.
func Want(name string, known []string) string {
	if n := spelling.Nearest(name, known); n != "" {
		return "did you mean " + n + "?"
	}
	return "want " + strings.Join(known, ", ")
}
