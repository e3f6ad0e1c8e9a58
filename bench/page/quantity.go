package page

import (
	"strconv"
	"strings"
)

// quantity is a value with its unit.
func quantity(v float64, unit string) string {
	switch unit {
	case "sec/op":
		for _, u := range []struct {
			name string
			size float64
		}{{"s", 1}, {"ms", 1e-3}, {"µs", 1e-6}} {
			if v >= u.size {
				return digits(v/u.size) + " " + u.name
			}
		}
		return digits(v/1e-9) + " ns"
	case "req/s", perSecond:
		return digits(v) + "/s"
	case "B/link":
		return whole(v) + " bytes"
	case "roundtrips/op":
		return strconv.FormatFloat(v, 'f', 2, 64)
	case "allocs/op":
		return whole(v) + " allocations"
	case "exchanges":
		return whole(v)
	default:
		return digits(v) + " " + unit
	}
}

// perSecond is the unit of what took a time, told as how often in a second.
const perSecond = "1/s"

// digits writes three of them, or all before the point.
func digits(v float64) string {
	switch {
	case v >= 99.95:
		return whole(v)
	case v >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}

func whole(v float64) string { return thousands(strconv.FormatFloat(v, 'f', 0, 64)) }

// thousands puts the commas into a whole number.
func thousands(number string) string {
	var parts []string
	for len(number) > 3 {
		parts = append([]string{number[len(number)-3:]}, parts...)
		number = number[:len(number)-3]
	}
	return strings.Join(append([]string{number}, parts...), ",")
}

// ratio is as exact as telling whether a reach is met wants.
func ratio(v float64) string {
	if v >= 9.9995 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}
