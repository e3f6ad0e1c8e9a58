package contract_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/migrationlink/migrationlink/contracttest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inMemory carries requests to a handler without a network, so that a bubble's clock goes on where the
// server does not respond.
type inMemory struct {
	handler http.Handler
	sent    int
	// instead is what happens to the nth request, from 1; nil is that the handler answers it.
	instead func(n int, r *http.Request) func() (*http.Response, error)
}

func (m *inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	m.sent++
	if m.instead != nil {
		if f := m.instead(m.sent, r); f != nil {
			return f()
		}
	}
	at := httptest.NewRequestWithContext(r.Context(), r.Method, "http://host"+r.URL.RequestURI(), r.Body)
	at.Header = r.Header.Clone()
	at.RequestURI = r.URL.RequestURI()
	recorder := httptest.NewRecorder()
	m.handler.ServeHTTP(recorder, at)
	return recorder.Result(), nil
}

// never responds.
func never(r *http.Request) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
}

// silentBody is the body of a response that never comes to its end.
type silentBody struct{ ctx context.Context }

func (b silentBody) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}
func (silentBody) Close() error { return nil }

// remote is a target in memory: a stand-in, but for what happens instead.
func remote(
	t testing.TB, instead func(n int, r *http.Request) func() (*http.Response, error),
) (contracttest.Target, *inMemory) {
	t.Helper()
	target := targetOf(t)
	network := &inMemory{handler: target.Handler, instead: instead}
	target.Handler, target.URL, target.Transport, target.Writes, target.ServiceAccount = nil, "http://host", network, false, contracttest.Key{}
	return target, network
}

func TestAServerThatNeverRespondsEndsTheRunAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		target, network := remote(t, func(_ int, r *http.Request) func() (*http.Response, error) { return never(r) })
		_, err := contracttest.Open(t.Context(), target)
		require.ErrorIs(t, err, contracttest.ErrNoResponse)
		assert.EqualError(t, err, "no complete response within 1m0s. Nothing was judged.")
		assert.Equal(t, 1, network.sent)

		_, err = contracttest.Open(t.Context(), target, contracttest.RequestTimeout(90*time.Second))
		assert.EqualError(t, err, "no complete response within 1m30s. Nothing was judged.")

		network.sent = 0
		s, err := contracttest.Open(t.Context(), target, contracttest.NoPreflight())
		require.NoError(t, err)
		for _, c := range s.Cases() {
			assert.Equal(t, []string{"not judged to its end, since the run ended: the server does not respond: no complete response within 1m0s"}, texts(c.Run(t.Context(), s)), c.Name)
		}
		assert.Equal(t, 1, network.sent)
		require.ErrorIs(t, s.Ended(), contracttest.ErrUnresponsive)
		require.NoError(t, s.Close(t.Context()))
	})
}

func TestThreeRequestsInARowWithoutAResponseEndTheRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		instead func(*http.Request) func() (*http.Response, error)
		last    string
	}{
		"nothing comes": {never, "no complete response within 1m0s"},
		"the body does not end": {func(r *http.Request) func() (*http.Response, error) {
			return func() (*http.Response, error) {
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, ContentLength: -1, Body: silentBody{r.Context()}, Request: r}, nil
			}
		}, "no complete response within 1m0s"},
		"the connection closes": {func(*http.Request) func() (*http.Response, error) {
			return func() (*http.Response, error) { return nil, io.EOF }
		}, "the connection was closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const fine = 40
				target, network := remote(t, func(n int, r *http.Request) func() (*http.Response, error) {
					if n <= fine {
						return nil
					}
					return c.instead(r)
				})
				s, err := contracttest.Open(t.Context(), target)
				require.NoError(t, err)
				findings := texts(runCases(t, s))
				assert.Equal(t, fine+3, network.sent)
				require.ErrorIs(t, s.Ended(), contracttest.ErrUnresponsive)
				assert.EqualError(t, s.Ended(),
					"the server does not respond: 3 requests in a row have no response; of the last one: "+c.last)
				assert.Contains(t, strings.Join(findings, "\n"), c.last+" [responses]", "it is a finding too")
				require.NoError(t, s.Close(t.Context()))
			})
		})
	}
}

func TestTwoRequestsInARowWithoutAResponseDoNotEndTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		target, _ := remote(t, func(n int, r *http.Request) func() (*http.Response, error) {
			if n <= 2 || n%3 == 2 { // the first two are the preflight's
				return nil
			}
			return never(r)
		})
		s, err := contracttest.Open(t.Context(), target, contracttest.Only("status/200"))
		require.NoError(t, err)
		for range 4 {
			_ = s.Cases()[0].Run(t.Context(), s)
		}
		require.NoError(t, s.Ended())
		require.NoError(t, s.Close(t.Context()))
	})
}

// Who always asks to come back in a minute would hold up a run for hours.
func TestAServerThatAlwaysPutsOffEndsTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		target, network := remote(t, func(_ int, r *http.Request) func() (*http.Response, error) {
			return func() (*http.Response, error) {
				return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"60"}}, Body: http.NoBody, Request: r}, nil
			}
		})
		s, err := contracttest.Open(t.Context(), target)
		require.NoError(t, err)
		assert.NotEmpty(t, runCases(t, s))
		assert.EqualError(t, s.Ended(), "the server does not respond: it put off 3 requests in a row, again and again")
		assert.Equal(t, 3*4, network.sent)
		require.NoError(t, s.Close(t.Context()))
	})
}

// What the caller ends is no fault of the server's, and no case that was kept.
func TestARunThatIsEndedFindsNothingWrong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hold := false
		target, _ := remote(t, func(_ int, r *http.Request) func() (*http.Response, error) {
			if hold {
				return never(r)
			}
			return nil
		})
		s, err := contracttest.Open(t.Context(), target, contracttest.Only("status/200"))
		require.NoError(t, err)
		hold = true
		late, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("not done within 1s"))
		defer cancel()
		interrupted, interrupt := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, interrupt)
		for ctx, why := range map[context.Context]string{late: "not done within 1s", interrupted: "interrupted"} {
			assert.Equal(t, []string{"not judged to its end, since the run ended: " + why}, texts(s.Cases()[0].Run(ctx, s)))
		}
		require.NoError(t, s.Ended())
		require.NoError(t, s.Close(t.Context()))
	})
}
