// Package count writes numbers of things as people do: 1 exchange, 2,214 exchanges.
package count

import "strconv"

// Of writes how many there are, of a thing whose plural ends in s.
func Of(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return Thousands(n) + " " + thing + "s"
}

// Thousands writes a number that is not negative, with a comma before each three digits.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
