package cli

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Process is what the command takes from the process that it runs in. Results go to Stdout, everything else to Stderr. A question is
// asked only if Stdin is a terminal.
type Process struct {
	Args           []string // without the name of the program
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	LookupEnv      func(name string) (string, bool)
	UserConfigDir  func() (string, error) // as os.UserConfigDir, for mongocli's profiles; nil: there are none
	Now            func() time.Time       // nil is time.Now
}

// env is the value of an environment variable. One that is empty counts as not set.
func (p Process) env(name string) string {
	value, _ := p.LookupEnv(name)
	return value
}

func (p Process) now() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

// usageError is a mistake in flags, environment or configuration, found before anything was sent.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

// settingError is what is wrong with a setting, by the name that a person gave it under.
type settingError struct {
	name string
	err  error
}

func (e *settingError) Error() string { return e.name + ": " + e.err.Error() }

func (e *settingError) Unwrap() error { return e.err }

// apart are the errors that were joined to one.
func apart(err error) []error {
	var usage *usageError
	if errors.As(err, &usage) && err == error(usage) {
		return apart(usage.err)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, apart(one)...)
	}
	return all
}

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

func (p Process) userConfigDir() (string, error) {
	if p.UserConfigDir == nil {
		return "", errors.New("there is no folder of configurations")
	}
	return p.UserConfigDir()
}
