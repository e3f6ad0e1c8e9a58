package checker

import (
	"encoding/json"
	"strconv"
	"strings"
)

// isInteger reports whether a number of JSON is n, however it is written: 404, 404.0 and 4.04E2 are one number (RFC 8259 section 6).
// It does not round: 404.00000000000000001 is another.
func isInteger(number json.Number, n int) bool {
	text, negative := strings.CutPrefix(number.String(), "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return n == 0
	}
	power := 0
	if exponent != "" {
		var err error
		if power, err = strconv.Atoi(exponent); err != nil {
			return false // larger or smaller than any int
		}
	}
	power += len(digits) - len(significant) - len(fraction)
	if negative || power < 0 || power > len(strconv.Itoa(n)) {
		return negative && n < 0 && isInteger(json.Number(text), -n)
	}
	return significant+strings.Repeat("0", power) == strconv.Itoa(n)
}
