package many

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/migrationlink/migrationlink/client"
)

const (
	// noHint is how long a run holds back after 429 or 503 without Retry-After.
	noHint = time.Second
	// longestHint is the longest Retry-After that a run waits for, and client too. A server that asks for more is left alone: see gone.
	longestHint = time.Minute
	// idle is how long connections that are not in use are kept: each key has its own, and there may be ten thousand keys.
	idle = 5 * time.Second
)

// Pace bounds how many calls of a run are under way. When a server answers 429 or 503, no further call begins for as long as it asks to be left alone,
// and half as many are under way from then on; with what succeeds, there are more again. It is safe for concurrent use.
type Pace struct {
	most int
	now  func() time.Time

	mu       sync.Mutex
	limit    int
	underWay int
	good     int // answers since limit was changed
	until    time.Time
	changed  chan struct{} // closed when underWay or limit has changed
}

// NewPace begins with as many calls at once as there may be at most.
func NewPace(most int, now func() time.Time) *Pace {
	return &Pace{most: most, now: now, limit: most, changed: make(chan struct{})}
}

// Wrap has the answers that come through a transport set the pace. It is what client.WrapTransport takes. An *http.Transport is set to keep as many
// connections as there are calls at once, and none for long.
func (p *Pace) Wrap(base http.RoundTripper) http.RoundTripper {
	if t, ok := base.(*http.Transport); ok {
		t.IdleConnTimeout, t.MaxIdleConnsPerHost = idle, p.most
	}
	return paced{base, p}
}

type paced struct {
	base http.RoundTripper
	pace *Pace
}

func (t paced) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.base.RoundTrip(req)
	switch {
	case err != nil:
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusServiceUnavailable:
		t.pace.slower(res.Header.Get("Retry-After"))
	case res.StatusCode < http.StatusMultipleChoices:
		t.pace.faster()
	}
	return res, err
}

func (p *Pace) slower(retryAfter string) {
	now := p.now()
	wait, told := (&client.Error{RetryAfter: retryAfter}).RetryIn(now)
	if !told {
		wait = noHint
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := now.Add(wait); wait <= longestHint && until.After(p.until) {
		p.until = until
	}
	p.limit, p.good = max(p.limit/2, 1), 0
}

func (p *Pace) faster() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.good++; p.good < p.limit || p.limit == p.most {
		return
	}
	p.limit, p.good = p.limit+1, 0
	p.tell()
}

// begin waits until a call may begin. It is false where ctx ends first.
func (p *Pace) begin(ctx context.Context) bool {
	for {
		if ctx.Err() != nil {
			return false
		}
		wait, changed := p.try()
		if changed == nil {
			return true
		}
		if wait <= 0 { // for others
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// try begins a call; where it may not, it says how long to wait, or what for.
func (p *Pace) try() (time.Duration, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait := p.until.Sub(p.now()); wait > 0 {
		return wait, p.changed
	}
	if p.underWay >= p.limit {
		return 0, p.changed
	}
	p.underWay++
	return 0, nil
}

func (p *Pace) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.underWay--
	p.tell()
}

func (p *Pace) tell() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// Each runs do for each item, at the pace, in order of their beginnings. It returns when all that were begun have ended; once ctx ends no more begin.
func (p *Pace) Each(ctx context.Context, items []*Item, do func(*Item)) {
	var all sync.WaitGroup
	for _, item := range items {
		if !p.begin(ctx) {
			break
		}
		all.Go(func() {
			defer p.end()
			do(item)
		})
	}
	all.Wait()
}
