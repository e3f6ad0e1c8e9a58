package many

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/migrationlink/migrationlink"
)

var (
	// asNumber is how spreadsheets show what they took for a number: 5.7E+23, or 5,7E+23 in half of Europe.
	asNumber  = regexp.MustCompile(`^[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]{1,3}$`)
	hexDigits = regexp.MustCompile(`^[0-9a-fA-F]{1,40}$`)
)

const idDigits = 24

// mangled says what is wrong with an organization id, and what a spreadsheet may have done to it. It does not repeat the id, which may be a token.
func mangled(id string) string {
	switch {
	case asNumber.MatchString(id):
		return "a spreadsheet has made a number of the id and lost digits of it; format the column as text and put the ids in again"
	case strings.HasPrefix(id, "'"):
		return "an apostrophe is in front of it, which spreadsheets use to mark text; want the 24 hexadecimal digits alone"
	case strings.HasPrefix(id, "="):
		return "a formula of a spreadsheet; want the 24 hexadecimal digits alone"
	case hexDigits.MatchString(id) && len(id) < idDigits && !strings.ContainsFunc(id, unicode.IsLetter):
		return fmt.Sprintf("%d digits, where an id has 24: a spreadsheet takes zeros off the front of what it takes for a number; format the column as text and put the ids in again", len(id))
	case hexDigits.MatchString(id):
		return fmt.Sprintf("%d hexadecimal digits, where an id has 24; copy it whole", len(id))
	}
	return migrationlink.ErrOrgID.Error()
}
