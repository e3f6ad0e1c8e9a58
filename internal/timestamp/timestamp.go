// Package timestamp reads the two ways in which times are written here: those of JSON (RFC 3339) and those of HTTP (RFC 9110).
package timestamp

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

var dateTime = regexp.MustCompile(openapi3.FormatOfStringDateTime)

var errTime = errors.New("no time that there is")

// Format is the format date-time as RFC 3339 has it. kin-openapi's own refuses t and z in lower case (section 5.6), and takes a
// second 60 at any time of the day (section 5.7).
var Format = openapi3.NewCallbackValidator(func(s string) error {
	s = strings.NewReplacer("t", "T", "z", "Z").Replace(s)
	if !dateTime.MatchString(s) {
		return errTime
	}
	return isTime(time.RFC3339, s)
})

// IsHTTPDate reports whether a value is a date as a server sends it (RFC 9110 section 5.6.7): the older forms are for reading only.
func IsHTTPDate(s string) bool {
	if isTime(http1Date, s) != nil {
		return false
	}
	t, err := time.Parse(http1Date, withoutLeapSecond(s))
	return err == nil && t.Format("Mon") == s[:3] // the day of the week, which Parse does not compare
}

const http1Date = "Mon, 02 Jan 2006 15:04:05 GMT"

// isTime parses a time whose second may be a leap second, which package time does not know. Leap seconds end months in UTC.
func isTime(layout, s string) error {
	regular := withoutLeapSecond(s)
	t, err := time.Parse(layout, regular)
	if err != nil {
		return errTime
	}
	if t = t.UTC(); s != regular && (t.Hour() != 23 || t.Minute() != 59 || t.AddDate(0, 0, 1).Day() != 1) {
		return errTime
	}
	return nil
}

func withoutLeapSecond(s string) string {
	if i := strings.LastIndex(s, ":60"); i >= 0 && strings.Count(s[:i], ":") == 1 {
		return s[:i] + ":59" + s[i+len(":60"):]
	}
	return s
}
