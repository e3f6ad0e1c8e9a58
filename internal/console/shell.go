package console

import (
	"regexp"
	"strings"
)

// special is what a shell gives a meaning to.
var special = regexp.MustCompile(`[^A-Za-z0-9_./:@%+=,-]`)

// Word is one word of a command line, in quotes if it needs them.
func Word(s string) string {
	if special.MatchString(s) {
		return Quoted(s)
	}
	return s
}

// Quoted is a text as a shell takes it.
func Quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
