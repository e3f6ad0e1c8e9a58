package cli

import (
	"errors"
	"time"
)

// duration is a time above 0, as a flag's value. Its error does not repeat what was given, as that of pflag's own does.
type duration time.Duration

func (d *duration) String() string {
	if *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

func (d *duration) Set(s string) error {
	given, err := time.ParseDuration(s)
	if err != nil || given <= 0 {
		return errors.New("want a time, like 90s or 20m")
	}
	*d = duration(given)
	return nil
}

func (*duration) Type() string { return "time" }
