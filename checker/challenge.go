package checker

import (
	"slices"
	"strings"
)

// challenge judges a 401: it asks for one of the schemes that the operation signs in by. Challenges of other schemes may stand before
// and behind it, on the same line and on others (RFC 9110 section 11.6.1).
func (j *judge) challenge(op *operation) {
	lines := j.exchange.ResponseHeader.Values("WWW-Authenticate")
	if len(op.schemes) == 0 || len(lines) == 0 {
		return
	}
	asked := false
	for _, c := range challenges(lines) {
		if !slices.ContainsFunc(op.schemes, func(s string) bool { return strings.EqualFold(s, c.scheme) }) {
			continue
		}
		asked = true
		answerable := c.other || slices.Contains(c.parameters, "realm") && slices.Contains(c.parameters, "nonce")
		if strings.EqualFold(c.scheme, "Digest") && !answerable {
			j.find(Header, "WWW-Authenticate", "", "responses/401/challenge", "has a Digest challenge without realm or nonce") // RFC 7616 section 3.3
		}
	}
	if !asked {
		j.find(Header, "WWW-Authenticate", "", "responses/401/challenge", "asks for none of "+strings.Join(op.schemes, ", "))
	}
}

// challenge is one of WWW-Authenticate.
type challenge struct {
	scheme     string
	parameters []string // names, in lower case
	other      bool     // true where something else follows the scheme, as the mask of a recorder
}

// challenges of all lines, in their order.
func challenges(lines []string) []challenge {
	var all []challenge
	for _, element := range elements(strings.Join(lines, ","), ',') {
		word, rest, _ := strings.Cut(element, " ")
		rest = strings.TrimLeft(rest, " \t")
		if !strings.Contains(word, "=") && !strings.HasPrefix(rest, "=") { // a scheme; else a parameter of the one before
			all = append(all, challenge{scheme: word})
			element = rest
		}
		name, _, isParameter := strings.Cut(element, "=")
		switch last := len(all) - 1; {
		case element == "" || last < 0:
		case isParameter:
			all[last].parameters = append(all[last].parameters, strings.ToLower(strings.TrimRight(name, " \t")))
		default:
			all[last].other = true
		}
	}
	return all
}

// elements of a field value between separators (RFC 9110 section 5.6), of which strings may be quoted, without the empty ones.
func elements(list string, separator byte) []string {
	var all []string
	quoted, escaped, start := false, false, 0
	for i := 0; i <= len(list); i++ {
		switch {
		case i == len(list) || list[i] == separator && !quoted:
			if element := strings.Trim(list[start:i], " \t"); element != "" {
				all = append(all, element)
			}
			start = i + 1
		case escaped:
			escaped = false
		case quoted && list[i] == '\\':
			escaped = true
		case list[i] == '"':
			quoted = !quoted
		}
	}
	return all
}
