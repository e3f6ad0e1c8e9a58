package cli

import (
	"regexp"
	"strings"
)

// special is what a shell gives a meaning to.
var special = regexp.MustCompile(`[^A-Za-z0-9_./:@%+=,-]`)

// word is one word of a command line, in quotes if it needs them.
func word(s string) string {
	if special.MatchString(s) {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// quoted is a text as a shell takes it.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
