package serving

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/settings"
	"github.com/migrationlink/migrationlink/internal/standinfile"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
)

// clientIdle is how long a client of ours keeps an idle connection, which a test of the package client holds it to.
const clientIdle = 30 * time.Second

// What is served tells which server serves it (http.ServerContextKey), so its limits are seen without waiting for them. The test is inside the package,
// since from outside nothing is served but the stand-in.
func TestServeKeepsNoClientForEver(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	seen := make(chan *http.Server, 1)
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
		seen <- s
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- ServeUntil(ctx, listener, Limited(handler, slog.New(slog.DiscardHandler))) }()
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	stop()
	require.NoError(t, <-ended)

	s := <-seen
	require.NotNil(t, s)
	for limit, is := range map[string]time.Duration{
		"ReadHeaderTimeout": s.ReadHeaderTimeout, "ReadTimeout": s.ReadTimeout, "WriteTimeout": s.WriteTimeout, "IdleTimeout": s.IdleTimeout,
	} {
		assert.Positive(t, is, limit)
		assert.LessOrEqual(t, is, 2*time.Minute, limit)
	}
	assert.Less(t, s.ReadHeaderTimeout, s.ReadTimeout, "the content has time of its own")
	assert.Greater(t, s.IdleTimeout, clientIdle, "a client lets go of an idle connection first")
	assert.Equal(t, 8<<10, s.MaxHeaderBytes)
	assert.Less(t, s.ReadTimeout, s.WriteTimeout, "what came too slowly is still answered")
	assert.Less(t, s.ReadHeaderTimeout, StopGrace, "half a header holds up no stop")
}

// Readiness rises when requests are answered, and falls before the port closes.
func TestReadinessFallsFirst(t *testing.T) {
	t.Parallel()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var ready Readiness
	assert.False(t, ready.ready(), "before it is served")
	asked, closing := make(chan bool, 1), make(chan bool, 1)
	listener := &closingListener{Listener: tcp, closing: func() { closing <- ready.ready() }}
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- ready.ready() })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- ready.ServeUntil(ctx, listener, Limited(handler, slog.New(slog.DiscardHandler))) }()
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + tcp.Addr().String())
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.True(t, <-asked, "while it is served")
	stop()
	assert.False(t, <-closing, "when the port closes")
	require.NoError(t, <-ended)
}

type closingListener struct {
	net.Listener
	closing func()
	once    sync.Once
}

func (l *closingListener) Close() error {
	l.once.Do(l.closing)
	return l.Listener.Close()
}

// What takes longer than the time that there is to stop is broken off, and that is told. The time is that of the bubble.
func TestStoppingHasAnEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		theirs, ours := net.Pipe()
		listener := &pipeListener{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
		listener.conns <- ours
		begun := make(chan struct{})
		handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			close(begun)
			<-r.Context().Done()
		})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- ServeUntil(ctx, listener, Limited(handler, slog.New(slog.DiscardHandler))) }()
		_, err := io.WriteString(theirs, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		<-begun
		stop()
		assert.EqualError(t, <-ended, "stopped in the middle of an exchange, which took longer than 10s")
		rest, err := io.ReadAll(theirs)
		assert.NoError(t, err)
		assert.Empty(t, rest)
	})
}

// Half a header is no exchange: who sends one holds up no stop.
func TestHalfAHeaderHoldsUpNoStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		theirs, ours := net.Pipe()
		listener := &pipeListener{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
		listener.conns <- ours
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- ServeUntil(ctx, listener, Limited(http.NotFoundHandler(), slog.New(slog.DiscardHandler)))
		}()
		_, err := io.WriteString(theirs, "GET / HTTP/1.1\r\nHost")
		require.NoError(t, err)
		stop()
		assert.NoError(t, <-ended)
		_ = theirs.Close()
	})
}

// pipeListener accepts what it is given.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (*pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// A fault that has the answer come late is not cut off by the limits of serve, whether content came with the request or not. The time is that of
// the bubble.
func TestALateAnswerIsNotCutOff(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]fault.When{"before sign-in": fault.BeforeSignIn, "before the effect": fault.BeforeEffect, "after it": fault.AfterEffect} {
		for _, content := range []string{"", `{"linkToken":"a token"}`} {
			synctest.Test(t, func(t *testing.T) {
				config := standinfile.ExampleConfig()
				config.APIKeys[0].AccessList = nil // a pipe has no address
				operation, method, target := migrationlink.OperationStatus, http.MethodGet, statusTarget
				if content != "" {
					operation, method, target = migrationlink.OperationConnect, http.MethodPost, linkTarget
				}
				config.Faults = []fault.Fault{fault.On(operation).Latency(10 * time.Minute).At(when)}
				standIn, err := server.New(config)
				require.NoError(t, err)
				signed := signatures(t, standIn, method, target)(1)
				if when == fault.BeforeSignIn { // the probe for the challenge has used it up
					_, err = standIn.Faults().Add(fault.On(operation).Latency(10 * time.Minute).At(when))
					require.NoError(t, err)
				}
				theirs, ours := net.Pipe()
				listener := &pipeListener{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
				listener.conns <- ours
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- ServeUntil(ctx, listener, Limited(standIn, slog.New(slog.DiscardHandler))) }()
				began := time.Now()
				request := method + " " + target + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + signed + "\r\n"
				if content != "" {
					request += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(content))
				}
				_, err = io.WriteString(theirs, request+"\r\n"+content)
				require.NoError(t, err)
				response, err := http.ReadResponse(bufio.NewReader(theirs), nil)
				require.NoError(t, err, name)
				wanted := map[string]int{http.MethodGet: http.StatusOK, http.MethodPost: http.StatusCreated}[method]
				if when == fault.BeforeSignIn {
					wanted = http.StatusUnauthorized // the nonce is stale by then
				}
				assert.Equal(t, wanted, response.StatusCode, name)
				assert.Equal(t, 10*time.Minute, time.Since(began), name)
				require.NoError(t, response.Body.Close())
				stop()
				require.NoError(t, <-ended)
				require.NoError(t, theirs.Close())
			})
		}
	}
}

var (
	linkTarget   = settings.BasePath + "/orgs/" + standinfile.ExampleOrg.String() + "/liveExport/migrationLink"
	statusTarget = linkTarget + "/status"
)

// signatures signs requests of the example, each by another count of one nonce.
func signatures(t *testing.T, handler http.Handler, method, target string) func(i int) string {
	t.Helper()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(method, target, nil))
	challenges, err := digest.ParseChallenges(answer.Header().Values("WWW-Authenticate"))
	require.NoError(t, err)
	return func(i int) string {
		c := digest.Credentials{
			Username: standinfile.ExamplePublicKey, Realm: server.Realm, Nonce: challenges[0].Nonce, URI: target,
			Algorithm: digest.MD5, QOP: "auth", NC: fmt.Sprintf("%08x", i+1), CNonce: "c",
		}
		c, err := c.Sign(method, standinfile.ExamplePrivateKey)
		require.NoError(t, err)
		value, err := c.FieldValue()
		require.NoError(t, err)
		return value
	}
}
