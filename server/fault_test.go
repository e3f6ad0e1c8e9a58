package server_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
	entries "github.com/migrationlink/migrationlink/server/journal"
)

func faulty(faults ...fault.Fault) func(*server.Config) {
	return func(c *server.Config) { c.Faults = faults }
}

const rateLimited = "Resource /orgs/liveExport/migrationLink is limited to 100 requests every 1 minutes."

// TestTheNextCallsAreStruckAndNoOther counts what is a call: neither a probe, nor what is refused before it could take effect, nor another operation.
func TestTheNextCallsAreStruckAndNoOther(t *testing.T) {
	t.Parallel()
	log := new(journal)
	s := newServer(t, log.to, faulty(fault.On(migrationlink.OperationConnect).Next(2).RateLimited(3*time.Second)))
	for _, other := range []struct {
		method, target, content string
		status                  int
	}{
		{http.MethodGet, statusPath(org), "", 200},
		{http.MethodDelete, linkPath(org), "", 404},
		{http.MethodPost, linkPath(unknownOrg), linkRequest(token), 404},
		{http.MethodPost, linkPath(guestOrg), linkRequest(token), 401},
		{http.MethodPost, linkPath(org), `{}`, 400},
		{http.MethodPut, linkPath(org), "", 405},
	} {
		assert.Equal(t, other.status, call(t, s, other.method, other.target, other.content).status)
	}
	log.clear()
	for n := 1; n <= 2; n++ {
		got := call(t, s, http.MethodPost, linkPath(org)+"?envelope=true", linkRequest(token))
		assert.Equal(t, http.StatusTooManyRequests, got.status)
		assert.Equal(t, "3", got.header.Get("Retry-After"))
		assert.Equal(t, `{"status":429,"content":`+problem(429, "RATE_LIMITED", rateLimited, `["/orgs/liveExport/migrationLink",100,1]`)+`}`, got.body)
	}
	assert.Equal(t, `{"status":"NOT_SYNCED"}`, call(t, s, http.MethodGet, statusPath(org), "").body, "nothing was done")
	assert.Equal(t, http.StatusCreated, call(t, s, http.MethodPost, linkPath(org), linkRequest(token)).status)

	struck := s.Journal().Entries(func(e entries.Entry) bool { return e.Fault != "" })
	require.Len(t, struck, 2)
	assert.Equal(t, "429 RATE_LIMITED, Retry-After 3 s: the next 2 calls of connect (2)", struck[1].Fault)
	assert.Equal(t, migrationlink.CodeRateLimited, struck[1].Code)
	assert.Equal(t, publicKey, struck[1].Caller)
	assert.Contains(t, log.String(), `level=INFO msg="a fault strikes" operation=connect fault="429 RATE_LIMITED, Retry-After 3 s: the next 2 calls of connect (1)"`)
	assert.Contains(t, log.String(), `level=INFO msg=connect status=429 code=RATE_LIMITED key=ownerkey org=`+org+` fault="429 RATE_LIMITED, Retry-After 3 s: the next 2 calls of connect (1)"`)
}

// TestAFaultIsExactHoweverManyCallAtATime has 32 callers share 100 strikes.
func TestAFaultIsExactHoweverManyCallAtATime(t *testing.T) {
	t.Parallel()
	s := newServer(t, faulty(fault.On(migrationlink.OperationStatus).Next(100).Error("ACCOUNT_SUSPENDED")))
	nonce := challenge(t, s).Nonce
	var requests [][]*http.Request
	for caller := range 32 {
		requests = append(requests, nil)
		for i := range 10 {
			r, c := request(http.MethodGet, statusPath(org), ""), credentials(nonce, statusPath(org))
			c.NC = fmt.Sprintf("%08x", caller*10+i+1)
			r.Header.Set("Authorization", authorization(t, c, r.Method, privateKey))
			requests[caller] = append(requests[caller], r)
		}
	}
	var suspended, answered atomic.Int64
	var all sync.WaitGroup
	for _, own := range requests {
		all.Go(func() {
			for _, r := range own {
				switch ask(t, s, r).status {
				case http.StatusPaymentRequired:
					suspended.Add(1)
				case http.StatusOK:
					answered.Add(1)
				}
			}
		})
	}
	all.Wait()
	assert.Equal(t, int64(100), suspended.Load())
	assert.Equal(t, int64(220), answered.Load())
	assert.Equal(t, 100, s.Journal().Count(migrationlink.OperationStatus, http.StatusPaymentRequired))
}

// TestALatencyStrikesBesideOthers waits, and then the answer is what it would have been.
func TestALatencyStrikesBesideOthers(t *testing.T) {
	t.Parallel()
	s := newServer(t, faulty(
		fault.On(fault.Any).Next(2).Latency(time.Millisecond), fault.On(migrationlink.OperationStatus).Do(fault.NotSynced),
		fault.On(fault.Any).LatencyBetween(time.Millisecond, 2*time.Millisecond).At(fault.AfterEffect)))
	assert.Equal(t, http.StatusCreated, call(t, s, http.MethodPost, linkPath(org), linkRequest(token)).status)
	assert.Equal(t, `{"status":"NOT_SYNCED"}`, call(t, s, http.MethodGet, statusPath(org), "").body)
	assert.Equal(t, `{"status":"SYNCED"}`, call(t, s, http.MethodGet, statusPath(org), "").body)
	struck := s.Journal().Entries(func(e entries.Entry) bool { return e.Fault != "" })
	require.Len(t, struck, 2)
	assert.Equal(t, "latency 1ms: the next 2 calls (1); latency 1ms-2ms, after the effect: the next call (1)", struck[0].Fault)
	assert.Equal(t, "latency 1ms: the next 2 calls (2); notSynced: the next call of status (1)", struck[1].Fault)
}

// TestAFaultAtSignInSpendsNothing lets the same credentials sign in afterwards.
func TestAFaultAtSignInSpendsNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t, faulty(fault.On(fault.Any).Do(fault.StaleNonce), fault.On(fault.Any).Do(fault.ReplayedNonce)))
	r := sign(t, s, request(http.MethodGet, statusPath(org), ""))
	stale := ask(t, s, r.Clone(t.Context()))
	assert.Equal(t, http.StatusUnauthorized, stale.status)
	assert.Contains(t, stale.header.Get("WWW-Authenticate"), "stale=true")
	assert.Equal(t, notSignedIn("the nonce is stale. Sign the new one."), stale.body)
	replayed := ask(t, s, r.Clone(t.Context()))
	assert.Contains(t, replayed.header.Get("WWW-Authenticate"), "stale=false")
	assert.Equal(t, notSignedIn("this nc of the nonce was used before."), replayed.body)
	assert.Equal(t, http.StatusOK, ask(t, s, r).status)
}

// TestContentThatNobodyReadIsNotCalledMissing is of a request that keeps the contract and is struck before it is read.
func TestContentThatNobodyReadIsNotCalledMissing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := sign(t, s, request(http.MethodPost, linkPath(org), linkRequest(token)))
	_, err := s.Faults().Add(fault.On(migrationlink.OperationConnect).Error("SERVICE_UNAVAILABLE").At(fault.BeforeSignIn))
	require.NoError(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, ask(t, s, r).status)
	struck := s.Journal().Entries(func(e entries.Entry) bool { return e.Fault != "" })
	require.Len(t, struck, 1)
	assert.Empty(t, struck[0].Findings)
}

// TestAConnectionThatIsClosedIsNotReset, however much of the request is unread: TCP says RST where a server closes with bytes to read.
func TestAConnectionThatIsClosedIsNotReset(t *testing.T) {
	t.Parallel()
	conn := dial(t, listen(t, newServer(t, faulty(fault.On(migrationlink.OperationConnect).Do(fault.ClosedIdle)))))
	content := strings.Repeat(" ", 512<<10)
	_, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Digest\r\nContent-Length: %d\r\n\r\n%s", linkPath(org), len(content), content)
	require.NoError(t, err)
	got, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Empty(t, got)
}

// TestAnErrorSpeaksOfTheOrganization replaces the one of the contract's example.
func TestAnErrorSpeaksOfTheOrganization(t *testing.T) {
	t.Parallel()
	s := newServer(t, faulty(fault.On(fault.Any).Error("ORG_NOT_FOUND"), fault.On(fault.Any).Error("INVALID_ATTRIBUTE")))
	assert.Equal(t, problem(404, "ORG_NOT_FOUND", "No organization with ID "+neighbour+" exists.", `["`+neighbour+`"]`),
		call(t, s, http.MethodGet, statusPath(neighbour), "").body)
	assert.Equal(t, `{"badRequestDetail":{"fields":[{"description":"must not be empty","field":"linkToken"}]},"detail":"Invalid attribute linkToken specified.",`+
		`"error":400,"errorCode":"INVALID_ATTRIBUTE","parameters":["linkToken"],"reason":"Bad Request"}`, call(t, s, http.MethodGet, statusPath(org), "").body)
}

// TestWhatAProxyAnswersIsLeftAsItIs gives it neither envelope nor white space.
func TestWhatAProxyAnswersIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	s := newServer(t, faulty(fault.On(fault.Any).Do(fault.LoginPage).At(fault.BeforeEffect), fault.On(fault.Any).RedirectTo("https://other.invalid/x").At(fault.BeforeEffect)))
	page := call(t, s, http.MethodGet, statusPath(org)+"?envelope=true&pretty=true", "")
	assert.Equal(t, http.StatusOK, page.status)
	assert.Equal(t, "text/html; charset=utf-8", page.header.Get("Content-Type"))
	assert.True(t, strings.HasPrefix(page.body, "<!DOCTYPE html>"), page.body)
	assert.Empty(t, page.header.Get("X-MongoDB-Service-Version"))
	away := call(t, s, http.MethodGet, statusPath(org)+"?envelope=true&pretty=true", "")
	assert.Equal(t, http.StatusTemporaryRedirect, away.status)
	assert.Equal(t, "https://other.invalid/x", away.header.Get("Location"))
	assert.Empty(t, away.body)
}

// TestAnAnswerThatNeverEndsEnds when so much was sent, and when the caller has gone away.
func TestAnAnswerThatNeverEndsEnds(t *testing.T) {
	t.Parallel()
	s := newServer(t, faulty(fault.On(migrationlink.OperationStatus).Next(2).Do(fault.Endless)))
	w := httptest.NewRecorder()
	r := sign(t, s, request(http.MethodGet, statusPath(org), ""))
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { s.ServeHTTP(w, r) })
	assert.Greater(t, w.Body.Len(), 16<<20-1)
	assert.Less(t, w.Body.Len(), 17<<20)
	assert.Equal(t, `{"status":"SYNCED"`, strings.TrimSpace(w.Body.String()))

	ctx, cancel := context.WithCancel(t.Context())
	w = httptest.NewRecorder()
	r = sign(t, s, request(http.MethodGet, statusPath(org), "")).WithContext(ctx)
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { s.ServeHTTP(&leaving{w, cancel}, r) })
	assert.Equal(t, `{"status":"SYNCED"`, w.Body.String())
}

// leaving goes away after the first bytes.
type leaving struct {
	http.ResponseWriter
	leave func()
}

func (l *leaving) Write(p []byte) (int, error) {
	defer l.leave()
	return l.ResponseWriter.Write(p)
}

// TestAfterTheEffectOfWhatFailsNothingWasDone cuts the answer that there was.
func TestAfterTheEffectOfWhatFailsNothingWasDone(t *testing.T) {
	t.Parallel()
	s := newServer(t, faulty(fault.On(migrationlink.OperationDisconnect).Do(fault.Half)), func(c *server.Config) { c.Logger = slog.New(slog.DiscardHandler) })
	w := httptest.NewRecorder()
	r := sign(t, s, request(http.MethodDelete, linkPath(org), ""))
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { s.ServeHTTP(w, r) })
	whole := problem(404, "RESOURCE_NOT_FOUND", "Cannot find the link of organization "+org+": it is not connected.", `["`+org+`"]`)
	assert.Equal(t, http.StatusNotFound, w.Code)
	assert.Equal(t, whole[:len(whole)/2], w.Body.String())
	assert.Equal(t, fmt.Sprint(len(whole)), w.Header().Get("Content-Length"))
}

// BenchmarkStatus is a whole call in which nothing goes wrong, with nothing set, and with a fault of another operation.
func BenchmarkStatus(b *testing.B) {
	for name, faults := range map[string][]fault.Fault{"nothing set": nil, "another set": {fault.On(migrationlink.OperationConnect).Do(fault.Reset)}} {
		b.Run(name, func(b *testing.B) {
			s, err := server.New(config(faulty(faults...)))
			require.NoError(b, err)
			r := request(http.MethodGet, statusPath(org), "")
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				sign(b, s, r)
				b.StartTimer()
				s.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
