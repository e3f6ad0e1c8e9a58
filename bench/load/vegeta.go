package load

import (
	"context"
	"maps"
	"runtime/debug"
	"sync/atomic"

	vegeta12 "github.com/tsenart/vegeta/v12/lib"
)

// vegeta is the library, in this process.
func vegeta() Generator {
	return Generator{Name: "vegeta " + version("github.com/tsenart/vegeta/v12"), send: attack}
}

func attack(ctx context.Context, r Run) (outcome, error) {
	workers := uint64(r.Connections)
	attacker := vegeta12.NewAttacker(vegeta12.Workers(workers), vegeta12.MaxWorkers(workers), vegeta12.Connections(r.Connections), vegeta12.HTTP2(false))
	defer context.AfterFunc(ctx, func() { attacker.Stop() })()
	var sent atomic.Int64
	next := func(t *vegeta12.Target) error {
		n := int(sent.Add(1)) - 1
		if n >= len(r.Authorizations) && !r.Again {
			return vegeta12.ErrNoTargets
		}
		t.Method, t.URL, t.Body, t.Header = r.Method, r.URL, []byte(r.Body), maps.Clone(r.Header)
		t.Header.Set("Authorization", r.Authorizations[n%len(r.Authorizations)])
		return nil
	}
	var o outcome
	var all vegeta12.Metrics
	for result := range attacker.Attack(next, vegeta12.Rate{}, r.Duration, "") { // a rate of 0 is as fast as it is answered
		switch {
		case result.Error == vegeta12.ErrNoTargets.Error():
			continue
		case result.Code == 0:
			o.Failed++
		case result.Code < 200 || result.Code > 299:
			o.Refused++
			o.Requests++
		default:
			o.Requests++
		}
		all.Add(result)
	}
	all.Close()
	o.Seconds = (all.Duration + all.Wait).Seconds()
	return o, ctx.Err()
}

// version of a module that is in this program.
func version(module string) string {
	info, _ := debug.ReadBuildInfo()
	if info != nil {
		for _, dep := range info.Deps {
			if dep.Path == module {
				return dep.Version
			}
		}
	}
	return "(unknown version)"
}
