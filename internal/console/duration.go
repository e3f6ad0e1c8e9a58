package console

import (
	"errors"
	"time"
)

// Duration is a time above 0, as a flag's value. Its error does not repeat what was given, as that of pflag's own does.
type Duration time.Duration

func (d *Duration) String() string {
	if *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

// Set reads a duration such as 90s or 20m.
func (d *Duration) Set(s string) error {
	given, err := time.ParseDuration(s)
	if err != nil || given <= 0 {
		return errors.New("want a time, like 90s or 20m")
	}
	*d = Duration(given)
	return nil
}

// Type is the name of the value in --help.
func (*Duration) Type() string { return "time" }
