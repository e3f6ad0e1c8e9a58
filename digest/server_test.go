package digest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/digest"
)

const (
	realm    = "MMS Public API"
	username = "ownerkey"
	password = "11111111-2222-3333-4444-555555555555"
)

// clock is a time that only the test moves.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.ms.Store(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC).UnixMilli())
	return c
}
func (c *clock) Now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) Advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

func passwordOf(name string) (string, bool) {
	if name == username {
		return password, true
	}
	return "", false
}

func newVerifier(t testing.TB, change ...func(*digest.VerifierConfig)) *digest.Verifier {
	config := digest.VerifierConfig{Realm: realm, Password: passwordOf}
	for _, c := range change {
		c(&config)
	}
	v, err := digest.NewVerifier(config)
	require.NoError(t, err)
	return v
}

// sighting is what a server saw of one request.
type sighting struct {
	method, uri, body string
	header            http.Header
	length            int64
	refusal           *digest.Refusal // nil: signed in
}

func (s sighting) signed() bool { return s.header.Get("Authorization") != "" }

// log keeps sightings.
type log struct {
	mu   sync.Mutex
	seen []sighting
}

func (l *log) add(s sighting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, s)
}

func (l *log) all() []sighting {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]sighting(nil), l.seen...)
}

// handler signs in with the verifier, answers "hello" and notes what it saw.
func (l *log) handler(v *digest.Verifier) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		seen := sighting{method: r.Method, uri: r.RequestURI, body: string(content), header: r.Header, length: r.ContentLength}
		_, err := v.Verify(r)
		errors.As(err, &seen.refusal)
		l.add(seen)
		if err != nil {
			challenge(w, v, seen.refusal.Stale)
			return
		}
		fmt.Fprint(w, "hello")
	})
}

func challenge(w http.ResponseWriter, v *digest.Verifier, stale bool) {
	w.Header().Set("WWW-Authenticate", v.Challenge(stale).String())
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprint(w, "sign in first")
}

// start serves the handler, with a client of its own whose Transport signs in.
func start(t testing.TB, h http.Handler, opts ...digest.TransportOption) (*httptest.Server, *http.Client) {
	server := httptest.NewServer(h)
	base := &http.Transport{MaxIdleConnsPerHost: 64}
	transport := digest.NewTransport(username, password, append([]digest.TransportOption{digest.WithBase(base)}, opts...)...)
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return server, &http.Client{Transport: transport}
}

func read(t testing.TB, res *http.Response) string {
	content, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return string(content)
}
