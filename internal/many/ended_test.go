package many_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/many"
	"github.com/migrationlink/migrationlink/server/fault"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// held keeps signed connects back until they are let go.
type held struct {
	came chan struct{}
	goOn chan struct{}
}

func hold() held { return held{make(chan struct{}, 10), make(chan struct{})} }

func (h held) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodPost && req.Header.Get("Authorization") != "" {
		h.came <- struct{}{}
		<-h.goOn
	}
	return http.DefaultTransport.RoundTrip(req)
}

// The first interrupt: nothing new is begun, and what is under way comes to its end and is written down.
func TestInterruptedWhileSending(t *testing.T) {
	t.Parallel()
	w, h := newWorld(t), hold()
	w.wire = h
	r := w.run(migrationlink.OperationConnect)
	require.NoError(t, r.Ask(t.Context()))
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Send(ctx) }()
	<-h.came
	<-h.came
	interrupt()
	close(h.goOn)
	require.ErrorIs(t, <-ended, context.Canceled)
	assert.Equal(t, []string{"connected", "connected", ""}, outcomes(r))
	assert.Equal(t, 1, r.Count(""))
	assert.Equal(t, 2, w.sent(migrationlink.OperationConnect))
	require.NoError(t, r.Results.Close())
	assert.Equal(t, []string{"connected, earlier", "connected, earlier", "connected"}, outcomes(w.whole(migrationlink.OperationConnect)))
	assert.Equal(t, 3, w.sent(migrationlink.OperationConnect))
}

// What is under way when a run is interrupted has a minute, also where it only waits to be sent again.
func TestInterruptedWhileACallWaits(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "results.jsonl")
	synctest.Test(t, func(t *testing.T) {
		results, err := many.OpenResults(file, migrationlink.OperationConnect)
		require.NoError(t, err)
		ctx, interrupt := context.WithCancel(t.Context())
		wire := roundTripper(func(req *http.Request) (*http.Response, error) {
			res := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{"status":"NOT_SYNCED"}`)), Request: req}
			switch {
			case req.Header.Get("Authorization") == "":
				res.StatusCode, res.Header = http.StatusUnauthorized, http.Header{"Www-Authenticate": {`Digest realm="r", nonce="n", qop="auth"`}}
			case req.Method == http.MethodPost:
				interrupt()
				res.StatusCode, res.Header, res.Body = http.StatusTooManyRequests, http.Header{"Retry-After": {"50"}}, http.NoBody
			}
			return res, nil
		})
		c, err := client.New(client.APIKey("k", "s"), client.BaseURL("https://om.example"), client.HTTPClient(&http.Client{Transport: wire}), client.Attempts(100))
		require.NoError(t, err)
		items, err := many.NewItems([]many.Row{{Line: 2, OrgID: orgA, Token: migrationlink.NewLinkToken(canary)}}, func(many.Row) many.Server { return many.Server{Client: c} }, results)
		require.NoError(t, err)
		r := &many.Run{Operation: migrationlink.OperationConnect, Items: items, Results: results, Pace: many.NewPace(1, time.Now), Now: time.Now}
		require.NoError(t, r.Ask(ctx))
		began := time.Now()
		require.ErrorIs(t, r.Send(ctx), context.Canceled)
		assert.Equal(t, time.Minute, time.Since(began))
		assert.Equal(t, []string{"failed: too many requests (429): the server takes no more for now. Come back in 50 s. Ended while it waited for the next attempt: context canceled. It was tried 2 times."}, outcomes(r))
		require.NoError(t, results.Close())
	})
}

// When a connect is on its way, its intent is in the file.
func TestTheIntentComesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.wire = roundTripper(func(req *http.Request) (*http.Response, error) {
		if req.Method == http.MethodPost && req.Header.Get("Authorization") != "" {
			content, err := os.ReadFile(w.file)
			require.NoError(t, err)
			org := strings.Split(req.URL.Path, "/")[5]
			assert.Contains(t, string(content), `{"event":"intent","at":"2026-11-23T10:00:00Z","orgId":"`+org+`"`)
			assert.NotContains(t, string(content), `{"event":"outcome","at":"2026-11-23T10:00:00Z","orgId":"`+org+`"`)
		}
		return http.DefaultTransport.RoundTrip(req)
	})
	assert.Equal(t, []string{"connected", "connected", "connected"}, outcomes(w.whole(migrationlink.OperationConnect)))
}

func TestInterruptedWhileAsking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, interrupt := context.WithCancel(t.Context())
	r := w.run(migrationlink.OperationConnect, func(r *many.Run) { r.Pace, r.Told = many.NewPace(1, now), func(*many.Item) { interrupt() } })
	require.ErrorIs(t, r.Ask(ctx), context.Canceled)
	assert.Equal(t, []string{"", "", ""}, outcomes(r))
	assert.Equal(t, headerLine+"\n", w.kept())
}

// An interrupt after the last row was begun is one all the same.
func TestInterruptedAtTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, interrupt := context.WithCancel(t.Context())
	r := w.run(migrationlink.OperationConnect, func(r *many.Run) {
		r.Pace, r.Told = many.NewPace(1, now), func(i *many.Item) {
			if i.Line == 4 && i.Outcome == many.Connected {
				interrupt()
			}
		}
	})
	require.NoError(t, r.Ask(ctx))
	require.ErrorIs(t, r.Send(ctx), context.Canceled)
	assert.Equal(t, []string{"connected", "connected", "connected"}, outcomes(r))
}

// A server that nobody reaches is left alone after twenty calls in a row; an answer in between is reason enough to go on.
func TestAServerThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rows = slices.Repeat(w.rows, 15)
	var calls atomic.Int64
	w.wire = roundTripper(func(req *http.Request) (*http.Response, error) {
		if n := calls.Add(1); n <= 10 || n > 12 { // a status that is answered has two requests
			return nil, errors.New("nobody there")
		}
		return http.DefaultTransport.RoundTrip(req)
	})
	r := w.run(migrationlink.OperationConnect, func(r *many.Run) { r.Pace = many.NewPace(1, now) })
	require.NoError(t, r.Ask(t.Context()))
	require.NoError(t, r.Send(t.Context()))
	got := outcomes(r)
	assert.Equal(t, slices.Repeat([]string{"failed: no answer: nobody there."}, 10), got[:10])
	assert.Empty(t, got[10], "it was asked, and the server is gone by the time it would be sent")
	assert.Equal(t, slices.Repeat([]string{"failed: no answer: nobody there."}, 20), got[11:31])
	assert.Equal(t, slices.Repeat([]string{"failed: left out: " + w.URL + " was asked 20 times in a row and could not answer"}, 14), got[31:])
	assert.Equal(t, int64(10+2+20), calls.Load())
}

func TestAServerThatWantsToBeLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fault(fault.On(migrationlink.OperationStatus).Next(1).RateLimited(2 * time.Hour))
	r := w.run(migrationlink.OperationConnect, func(r *many.Run) { r.Pace = many.NewPace(1, now) })
	require.NoError(t, r.Ask(t.Context()))
	assert.Equal(t, []string{
		`failed: too many requests (429 RATE_LIMITED): the server takes no more for now. The server says: "Resource /orgs/liveExport/migrationLink is limited to 100 requests every 1 minutes." Come back in 7200 s.`,
		"failed: left out: " + w.URL + " asks to be left alone for 2h0m0s", "failed: left out: " + w.URL + " asks to be left alone for 2h0m0s",
	}, outcomes(r))
}

// paced sends through a pace what answers with a status each second.
func paced(p *many.Pace, status func(n int64) (int, string)) (*client.Client, *[]time.Duration) {
	var times []time.Duration
	began := time.Now()
	var n atomic.Int64
	wire := roundTripper(func(req *http.Request) (*http.Response, error) {
		res := &http.Response{StatusCode: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {`Digest realm="r", nonce="n", qop="auth"`}}, Body: http.NoBody, Request: req}
		if req.Header.Get("Authorization") == "" {
			return res, nil
		}
		times = append(times, time.Since(began))
		code, after := status(n.Add(1))
		res.StatusCode, res.Header = code, http.Header{}
		if after != "" {
			res.Header.Set("Retry-After", after)
		}
		return res, nil
	})
	c, _ := client.New(client.APIKey("k", "s"), client.BaseURL("https://om.example"), client.HTTPClient(&http.Client{Transport: wire}),
		client.WrapTransport(p.Wrap), client.Attempts(1))
	return c, &times
}

// After 429 no call begins until the time is over that the server asked for.
func TestTheRunHoldsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pace := many.NewPace(1, time.Now)
		c, times := paced(pace, func(n int64) (int, string) {
			switch n {
			case 2:
				return http.StatusTooManyRequests, "30"
			case 3:
				return http.StatusServiceUnavailable, ""
			case 4:
				return http.StatusTooManyRequests, "3600" // more than a run waits: it leaves the server alone
			}
			return http.StatusNotFound, ""
		})
		items, err := many.NewItems(make([]many.Row, 6), func(many.Row) many.Server { return many.Server{Client: c} }, nil)
		require.NoError(t, err)
		for i := range items {
			items[i].OrgID, items[i].Server.Address = orgA, string(rune('a'+i)) // one that is left alone is not asked again
		}
		r := &many.Run{Operation: migrationlink.OperationStatus, Items: items, Pace: pace, Now: time.Now}
		require.NoError(t, r.Ask(t.Context()))
		assert.Equal(t, []time.Duration{0, 0, 30 * time.Second, 31 * time.Second, 31 * time.Second, 31 * time.Second}, *times)
	})
}

// After 429 half as many calls are under way, and with what succeeds more again.
func TestFewerAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pace := many.NewPace(8, time.Now)
		var underWay, most atomic.Int64
		var peaks []int64
		answer := http.StatusTooManyRequests
		base := roundTripper(func(req *http.Request) (*http.Response, error) {
			n := underWay.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			<-time.After(time.Second)
			underWay.Add(-1)
			header := http.Header{"Retry-After": {"0"}, "Content-Type": {"application/json"}}
			res := &http.Response{StatusCode: answer, Header: header, Body: http.NoBody, Request: req}
			if req.Header.Get("Authorization") == "" {
				res.StatusCode, res.Header = http.StatusUnauthorized, http.Header{"Www-Authenticate": {`Digest realm="r", nonce="n", qop="auth"`}}
			}
			return res, nil
		})
		c, err := client.New(client.APIKey("k", "s"), client.BaseURL("https://om.example"), client.HTTPClient(&http.Client{Transport: base}),
			client.WrapTransport(pace.Wrap), client.Attempts(1))
		require.NoError(t, err)
		ask := func(rows, status int) {
			items, err := many.NewItems(make([]many.Row, rows), func(many.Row) many.Server { return many.Server{Client: c} }, nil)
			require.NoError(t, err)
			for i := range items {
				items[i].OrgID = orgA
			}
			answer = status
			most.Store(0)
			require.NoError(t, (&many.Run{Operation: migrationlink.OperationStatus, Items: items, Pace: pace, Now: time.Now}).Ask(t.Context()))
			peaks = append(peaks, most.Load())
		}
		ask(20, http.StatusOK)
		ask(1, http.StatusTooManyRequests)
		ask(4, http.StatusNotFound) // neither good nor bad
		ask(4, http.StatusOK)
		ask(10, http.StatusNotFound)
		ask(100, http.StatusOK)
		assert.Equal(t, []int64{8, 1, 4, 4, 5, 8}, peaks)
	})
}
