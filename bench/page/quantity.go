package page

import (
	"math"
	"strconv"
	"strings"
)

// quantity is a value with its unit, to three digits at least.
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
		return digits(v) + " bytes"
	case "roundtrips/op":
		return strconv.FormatFloat(v, 'f', 2, 64)
	case "allocs/op":
		return digits(v) + " allocations"
	case "exchanges":
		return digits(v)
	default:
		return digits(v) + " " + unit
	}
}

// perSecond is the unit of what took a time, told as how often in a second.
const perSecond = "1/s"

// digits writes whole numbers from 100 on, with a comma between the thousands, and three digits below.
func digits(v float64) string {
	if v == math.Trunc(v) || math.Abs(v) >= 99.95 {
		return thousands(strconv.FormatFloat(v, 'f', 0, 64))
	}
	if math.Abs(v) >= 9.995 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// thousands puts the commas into a whole number.
func thousands(number string) string {
	var parts []string
	for len(number) > 3 {
		parts = append([]string{number[len(number)-3:]}, parts...)
		number = number[:len(number)-3]
	}
	return strings.Join(append([]string{number}, parts...), ",")
}

// ratio has as many decimals as tell two neighbours apart: 0.018, 0.43, 11.6.
func ratio(v float64) string {
	switch {
	case v >= 9.995:
		return digits(v)
	case v < 0.0995:
		return strconv.FormatFloat(v, 'f', 3, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}
