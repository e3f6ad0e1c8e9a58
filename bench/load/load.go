// Package load sends requests to a server as fast as it answers, by a load generator that others know: wrk where it is installed, else vegeta.
package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"time"
)

// Run is what to send, and for how long.
type Run struct {
	Method, URL string
	// Header of each request, besides Authorization.
	Header http.Header
	Body   string // on one line
	// Authorizations are sent one after the other, each with one request. With Again they begin anew after the last one, which a server that
	// counts them would refuse; without, there must be more of them than can be sent.
	Authorizations []string
	Again          bool
	Connections    int
	Duration       time.Duration // whole seconds, since wrk has no others
}

// Answered is what came of a run in which every request was answered 2xx.
type Answered struct {
	Requests  int
	PerSecond float64
}

// Generator is a load generator.
type Generator struct {
	// Name and version, as the page tells it.
	Name string
	send func(ctx context.Context, r Run) (outcome, error)
}

// Send carries a run out. It is an error if a request was not answered, or not 2xx.
func (g Generator) Send(ctx context.Context, r Run) (Answered, error) {
	if err := r.validate(); err != nil {
		return Answered{}, fmt.Errorf("%s: %w", g.Name, err)
	}
	o, err := g.send(ctx, r)
	if err != nil {
		return Answered{}, fmt.Errorf("%s: %w", g.Name, err)
	}
	answered, err := r.judge(o)
	if err != nil {
		return Answered{}, fmt.Errorf("%s: %s %s: %w", g.Name, r.Method, r.URL, err)
	}
	return answered, nil
}

// Generators are those that this machine has, the preferred one first.
func Generators() []Generator {
	var all []Generator
	if path, err := exec.LookPath("wrk"); err == nil {
		all = append(all, newWrk(path))
	}
	return append(all, vegeta())
}

func (r Run) validate() error {
	switch {
	case len(r.Authorizations) == 0:
		return errors.New("no Authorization: want one at least")
	case r.Duration < time.Second || r.Duration%time.Second != 0:
		return fmt.Errorf("duration %s: want whole seconds", r.Duration)
	case r.Connections < 1:
		return fmt.Errorf("%d connections: want one at least", r.Connections)
	}
	return nil
}

// outcome is what either generator has counted.
type outcome struct {
	Requests int     `json:"requests"` // that were answered
	Seconds  float64 `json:"seconds"`
	Refused  int     `json:"refused"` // answered, but not 2xx
	Failed   int     `json:"failed"`  // not answered
}

// judge refuses a run that tells nothing.
func (r Run) judge(o outcome) (Answered, error) {
	switch {
	case o.Refused > 0:
		return Answered{}, fmt.Errorf("%d of %d answers were not 2xx", o.Refused, o.Requests)
	case o.Failed > 0:
		return Answered{}, fmt.Errorf("%d requests were not answered", o.Failed)
	case o.Requests == 0:
		return Answered{}, errors.New("no request was answered")
	case !r.Again && o.Requests+r.Connections >= len(r.Authorizations):
		return Answered{}, fmt.Errorf("all %d signed requests were sent before %s were over: want more of them", len(r.Authorizations), r.Duration)
	}
	return Answered{Requests: o.Requests, PerSecond: float64(o.Requests) / o.Seconds}, nil
}
