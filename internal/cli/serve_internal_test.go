package cli

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clientIdle is how long a client of ours keeps an idle connection, which a test of the package client holds it to.
const clientIdle = 30 * time.Second

// What is served tells which server serves it (http.ServerContextKey), so its limits are seen without waiting for them. The test is inside the package,
// since from outside nothing is served but the stand-in.
func TestServeKeepsNoClientForEver(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	serving := make(chan *http.Server, 1)
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
		serving <- s
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveUntil(ctx, listener, limited(handler, slog.New(slog.DiscardHandler))) }()
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	stop()
	require.NoError(t, <-ended)

	s := <-serving
	require.NotNil(t, s)
	for limit, is := range map[string]time.Duration{
		"ReadHeaderTimeout": s.ReadHeaderTimeout, "ReadTimeout": s.ReadTimeout, "WriteTimeout": s.WriteTimeout, "IdleTimeout": s.IdleTimeout,
	} {
		assert.Positive(t, is, limit)
		assert.LessOrEqual(t, is, 2*time.Minute, limit)
	}
	assert.Less(t, s.ReadHeaderTimeout, s.ReadTimeout, "the content has time of its own")
	assert.Greater(t, s.IdleTimeout, clientIdle, "a client lets go of an idle connection first")
	assert.Equal(t, 64<<10, s.MaxHeaderBytes)
}
