// Package console is what every command shares: the process that it runs in, what it exits with, how it asks, reads a
// link-token and writes a result.
package console

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

// Env is the value of an environment variable. One that is empty counts as not set.
func (p Process) Env(name string) string {
	value, _ := p.LookupEnv(name)
	return value
}

// Time is the time now, by the clock of the process.
func (p Process) Time() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

// UsageError is a mistake in flags, environment or configuration, found before anything was sent.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

func (e *UsageError) Unwrap() error { return e.Err }

// SettingError is what is wrong with a setting, by the name that a person gave it under.
type SettingError struct {
	Name string
	Err  error
}

func (e *SettingError) Error() string { return e.Name + ": " + e.Err.Error() }

func (e *SettingError) Unwrap() error { return e.Err }

// Apart are the errors that were joined to one.
func Apart(err error) []error {
	if usage, ok := any(err).(*UsageError); ok { // err itself, not one that it wraps
		return Apart(usage.Err)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, Apart(one)...)
	}
	return all
}

// Usagef is the error of a mistake in flags, environment or configuration.
func Usagef(format string, args ...any) error {
	return &UsageError{fmt.Errorf(format, args...)}
}

// ConfigDir is the folder that mongocli keeps its folder in.
func (p Process) ConfigDir() (string, error) {
	if p.UserConfigDir == nil {
		return "", errors.New("there is no folder of configurations")
	}
	return p.UserConfigDir()
}
