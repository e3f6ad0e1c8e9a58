package digest_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/digest"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func respond(r *http.Request, status int, challenge string, body io.ReadCloser) *http.Response {
	res := &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: body, Request: r}
	if challenge != "" {
		res.Header.Set("WWW-Authenticate", challenge)
	}
	return res
}

func get(t *testing.T, address string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	return r
}

// A 401 whose content does not end keeps its own call waiting, and nobody else.
func TestAChallengeIsSharedBeforeItsContentIsRead(t *testing.T) {
	t.Parallel()
	stalled, release := io.Pipe()
	arrived := make(chan struct{})
	transport := digest.NewTransport("ana", "secret", digest.WithBase(roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") == "" {
			return respond(r, 401, `Digest realm="r", nonce="n", qop="auth"`, readNotice{stalled, sync.OnceFunc(func() { close(arrived) })}), nil
		}
		return respond(r, 200, "", http.NoBody), nil
	})))
	first := make(chan error)
	go func() {
		_, err := transport.RoundTrip(get(t, "http://127.0.0.1/a"))
		first <- err
	}()
	<-arrived // the first call reads the content of its challenge

	res, err := transport.RoundTrip(get(t, "http://127.0.0.1/b"))
	require.NoError(t, err)
	assert.Equal(t, 200, res.StatusCode)

	require.NoError(t, release.Close())
	require.NoError(t, <-first)
}

// readNotice tells when it is first read.
type readNotice struct {
	io.ReadCloser
	notice func()
}

func (r readNotice) Read(p []byte) (int, error) {
	r.notice()
	return r.ReadCloser.Read(p)
}

// A redirect that does not say of which request it is the answer has begun nobody knows where.
func TestARedirectOfUnknownOriginGetsNoCredentials(t *testing.T) {
	t.Parallel()
	var signed atomic.Int64
	transport := digest.NewTransport("ana", "secret", digest.WithBase(roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") != "" {
			signed.Add(1)
		}
		return respond(r, 401, `Digest realm="r", nonce="n", qop="auth"`, http.NoBody), nil
	})))
	r := get(t, "http://elsewhere.example/")
	r.Response = &http.Response{StatusCode: http.StatusTemporaryRedirect}

	res, err := transport.RoundTrip(r)

	require.NoError(t, err)
	assert.Equal(t, 401, res.StatusCode)
	assert.Zero(t, signed.Load())
}

// Calls that cross each other may each be a toss between two nodes; when none gets through, it is none, and they stop soon.
func TestAStormOfCallsAtAServerThatRefusesEveryNonceEnds(t *testing.T) {
	t.Parallel()
	const calls = 100
	var signed atomic.Int64
	transport := digest.NewTransport("ana", "secret", digest.WithBase(roundTrip(func(r *http.Request) (*http.Response, error) {
		nonce := "first"
		if r.Header.Get("Authorization") != "" {
			nonce = strings.Repeat("n", int(signed.Add(1)%50)+1)
		}
		return respond(r, 401, `Digest realm="r", nonce="`+nonce+`", qop="auth", stale=true`, http.NoBody), nil
	})))
	var wait sync.WaitGroup
	for range calls {
		wait.Go(func() {
			_, err := transport.RoundTrip(get(t, "http://127.0.0.1/"))
			assert.ErrorIs(t, err, digest.ErrStale)
		})
	}
	wait.Wait()
	assert.LessOrEqual(t, signed.Load(), int64(calls*8))
}

func TestAResponseWithoutABodyIsNoPanic(t *testing.T) {
	t.Parallel()
	transport := digest.NewTransport("ana", "secret", digest.WithBase(roundTrip(func(r *http.Request) (*http.Response, error) {
		return respond(r, 401, `Digest realm="r", nonce="n", qop="auth"`, nil), nil
	})))
	res, err := transport.RoundTrip(get(t, "http://127.0.0.1/"))
	require.NoError(t, err)
	assert.Equal(t, 401, res.StatusCode)
	assert.NoError(t, res.Body.Close())
}

// A body that waits is closed when its call is cancelled, once, and not after RoundTrip has returned.
func TestABodyIsNotTouchedAfterTheCall(t *testing.T) {
	t.Parallel()
	transport := digest.NewTransport("ana", "secret", digest.WithBase(roundTrip(func(r *http.Request) (*http.Response, error) {
		return respond(r, 401, `Digest realm="r", nonce="n", qop="auth"`, http.NoBody), nil
	})))
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		body := &waitingBody{closed: make(chan struct{}), reading: make(chan struct{})}
		r := (&http.Request{Method: http.MethodPost, URL: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Header: http.Header{}, Body: body}).WithContext(ctx)
		go func() {
			<-body.reading
			cancel()
		}()
		_, err := transport.RoundTrip(r)
		require.ErrorIs(t, err, context.Canceled)
		body.after = true // under -race, a Close that comes later is found
	}
}

type waitingBody struct {
	reading, closed chan struct{}
	once            sync.Once
	first           sync.Once
	after           bool
}

func (b *waitingBody) Read([]byte) (int, error) {
	b.first.Do(func() { close(b.reading) })
	<-b.closed
	return 0, io.ErrClosedPipe
}

func (b *waitingBody) Close() error {
	_ = b.after
	b.once.Do(func() { close(b.closed) })
	return nil
}

// Of a 401 that nobody will see, no more is read than what keeps its connection usable.
func TestAnEndlessRefusalIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	var read atomic.Int64
	transport := digest.NewTransport("ana", "secret", digest.WithBase(roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") != "" {
			return respond(r, 200, "", http.NoBody), nil
		}
		return respond(r, 401, `Digest realm="r", nonce="n", qop="auth"`, endless{&read}), nil
	})))
	res, err := transport.RoundTrip(get(t, "http://127.0.0.1/"))
	require.NoError(t, err)
	assert.Equal(t, 200, res.StatusCode)
	assert.LessOrEqual(t, read.Load(), int64(128<<10))
}

type endless struct{ read *atomic.Int64 }

func (e endless) Read(p []byte) (int, error) {
	e.read.Add(int64(len(p)))
	return len(p), nil
}

func (endless) Close() error { return nil }
