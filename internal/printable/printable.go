// Package printable writes text that somebody else chose (a server, a contract, a certificate) so that showing it is safe: a terminal
// obeys control characters, and other characters change the direction of a text, or cannot be seen.
//
// Which characters are printable is one rule, unicode.IsPrint. What stands in place of the others depends on where the text goes.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is for a sentence or a line of a report: it writes white space, line breaks included, as spaces, and U+FFFD for every other
// character that is not printable.
func Line(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return utf8.RuneError
		}
		return r
	}, s)
}

// Field is for the value of a header field (RFC 9110 section 5.5): as [Line], with a question mark for everything outside ASCII.
func Field(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, Line(s))
}

// Escaped is for somebody who looks for a fault: it writes what is not printable as Go escapes it, so that each byte can be told. Line
// breaks stay, and the lines after them are indented.
func Escaped(s string) string {
	quoted := fmt.Sprintf("%q", s)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\n`, "\n     ").Replace(quoted[1 : len(quoted)-1])
}
