package server

import (
	"slices"
	"sync"
	"time"
)

// Limits says how often callers may ask.
type Limits string

// The limits that there are; the zero value is LimitsOff. They are off unless asked for, so that a stand-in which many share fails nobody's eleventh job.
const (
	LimitsOff Limits = "off"
	// LimitsDocumented are TokenRequestsAMinute and LiveAccessTokens for each service account, and CallsAMinute for each
	// caller. What is beyond is 429 RATE_LIMITED with Retry-After, and does not count.
	LimitsDocumented Limits = "documented"
)

// The numbers of LimitsDocumented.
const (
	TokenRequestsAMinute = 10
	LiveAccessTokens     = 100
	CallsAMinute         = 100
)

const (
	// limitedResource is what a 429 of the API calls the three operations together.
	limitedResource = "/orgs/liveExport/migrationLink"
)

// window is when the requests of the last minute came.
type window struct {
	mu    sync.Mutex
	times []time.Time
}

// take counts a request, unless as many as the limit came within the last minute: then it returns how long it is until the next one may.
func (w *window) take(limit int, now time.Time) (wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.times = slices.DeleteFunc(w.times, func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	if len(w.times) >= limit {
		return w.times[0].Add(time.Minute).Sub(now)
	}
	w.times = append(w.times, now)
	return 0
}

// withinLimits counts a call. Only who has signed in is counted, so that a probe for a challenge costs nothing.
func (x *exchange) withinLimits() error {
	if x.server.limits != LimitsDocumented {
		return nil
	}
	if wait := x.caller.calls.take(CallsAMinute, x.server.steady()); wait > 0 {
		return rateLimited(limitedResource, CallsAMinute, 1, wait)
	}
	return nil
}
