package migrationlink

import (
	"errors"
	"strings"
)

// OrgID is the id of an organization: 24 hexadecimal digits, in lower case where [ParseOrgID] made it.
type OrgID string

// ErrOrgID says what an organization id looks like. It does not repeat what was given: people paste tokens into the wrong place.
var ErrOrgID = errors.New("not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a")

const orgIDDigits = 24

// ParseOrgID reads an organization id. Digits are taken in either case and returned in lower case, the only one that MongoDB's own
// OpenAPI document has. The error is [ErrOrgID]. A test holds this function to the pattern in openapi.yaml.
func ParseOrgID(s string) (OrgID, error) {
	if len(s) != orgIDDigits {
		return "", ErrOrgID
	}
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
		default:
			return "", ErrOrgID
		}
	}
	return OrgID(strings.ToLower(s)), nil
}

// String returns the id.
func (id OrgID) String() string { return string(id) }
