//go:build unix

package serving

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/standinfile"
	"github.com/migrationlink/migrationlink/server"
)

const (
	slowConnections = 1000
	// What each may cost.
	goroutinesEach = 3
	memoryEach     = 64 << 10
)

// A thousand connections send half of something and then nothing more. Others are answered meanwhile, each costs little, and all are gone
// when their time is up. It is not parallel, since it counts goroutines and memory.
func TestAThousandSlowConnections(t *testing.T) {
	var files syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files))
	if files.Cur < 2*slowConnections+200 {
		t.Skipf("%d open files are allowed; each connection is two here", files.Cur)
	}
	standIn, err := server.New(standinfile.ExampleConfig())
	require.NoError(t, err)
	signed := signatures(t, standIn, http.MethodPost, linkTarget)
	const content = "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n" + `{"linkToken": "half of a `
	post := "POST " + linkTarget + " HTTP/1.1\r\nHost: x\r\n"
	var short strings.Builder
	for i := 0; short.Len() < 10<<10; i++ {
		fmt.Fprintf(&short, "%x:\r\n", i)
	}
	for _, c := range []struct {
		name   string
		secure bool
		half   func(i int) string
		most   time.Duration
		memory int64
	}{
		{"half a header", false, func(int) string { return post + "Content-Le" }, 5 * time.Second, memoryEach},
		{"a header as large as is read", false, func(int) string { return post + "X: " + strings.Repeat("x", 10<<10) }, 5 * time.Second, memoryEach},
		// What net/http makes of many short names takes more than they do, and no limit of it is about that.
		{"as many headers as are read", false, func(int) string { return post + short.String() }, 5 * time.Second, 4 * memoryEach},
		{"half a body of who is not signed in", false, func(int) string { return post + content }, 30 * time.Second, memoryEach},
		{"half a body of who is", false, func(i int) string { return post + "Authorization: " + signed(i) + "\r\n" + content }, 30 * time.Second, memoryEach},
		{"half a handshake", true, func(int) string { return "\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03" }, 5 * time.Second, memoryEach},
		{"nothing", false, func(int) string { return "" }, 5 * time.Second, memoryEach},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Limited(standIn, slog.New(slog.DiscardHandler))
			var id *standinfile.Identity
			if c.secure {
				id, err = standinfile.NewIdentity(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, "", time.Now())
				require.NoError(t, err)
				s.TLSConfig = id.Config()
			}
			var gone atomic.Int64
			s.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateClosed || state == http.StateHijacked {
					gone.Add(1)
				}
			}
			tcp, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			listener := &watchedListener{Listener: tcp}
			conns, halves := make([]net.Conn, slowConnections), make([]string, slowConnections)
			var sent int64
			for i := range halves {
				halves[i] = c.half(i)
				sent += int64(len(halves[i]))
			}
			goroutines, memory := runtime.NumGoroutine(), inUse()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			ended := make(chan error, 1)
			go func() { ended <- ServeUntil(ctx, listener, s) }()
			for i := range conns {
				conns[i], err = net.Dial("tcp", tcp.Addr().String())
				require.NoError(t, err)
				_, err = io.WriteString(conns[i], halves[i])
				require.NoError(t, err)
			}
			become(t, "what was sent is read", func() bool { return listener.waiting() == slowConnections && listener.read() == sent })
			assert.LessOrEqual(t, runtime.NumGoroutine()-goroutines, goroutinesEach*slowConnections)
			each := (inUse() - memory) / slowConnections
			assert.LessOrEqual(t, each, c.memory)
			t.Logf("%d B and %.1f goroutines each", each, float64(runtime.NumGoroutine()-goroutines)/slowConnections)

			slow := listener.all()
			origin := "http://" + tcp.Addr().String()
			wire := new(http.Transport)
			if c.secure {
				origin = "https://" + tcp.Addr().String()
				wire.TLSClientConfig = trusting(t, id)
			}
			owner, err := client.New(client.APIKey(standinfile.ExamplePublicKey, standinfile.ExamplePrivateKey), client.BaseURL(origin), client.Attempts(1), client.HTTPClient(&http.Client{Transport: wire}))
			require.NoError(t, err)
			for range 10 {
				_, err = owner.Status(t.Context(), standinfile.ExampleOrg)
				require.NoError(t, err)
			}
			wire.CloseIdleConnections()
			become(t, "who was answered is gone", func() bool { return gone.Load() == int64(len(listener.all())-slowConnections) })

			// Their time passes.
			healthy := gone.Load()
			for _, conn := range slow {
				assert.LessOrEqual(t, conn.lapse(), c.most)
			}
			become(t, "all are gone", func() bool { return gone.Load() == healthy+slowConnections })
			for _, conn := range conns {
				_ = conn.Close()
			}
			stop()
			require.NoError(t, <-ended)
			become(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= goroutines })
		})
	}
}

// become waits until something is so. It needs no goroutine for that, as they are counted.
func become(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); !so(); <-tick.C {
		if time.Now().After(end) {
			require.FailNow(t, "it never came to be that "+what)
		}
	}
}

// inUse is the memory of goroutines and of what they hold, in bytes.
func inUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// watchedListener keeps the connections that it accepts.
type watchedListener struct {
	net.Listener
	mu    sync.Mutex
	conns []*watchedConn
}

func (l *watchedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	watched := &watchedConn{TCPConn: conn.(*net.TCPConn)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, watched)
	return watched, nil
}

func (l *watchedListener) all() []*watchedConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*watchedConn(nil), l.conns...)
}

// read is how many bytes were read.
func (l *watchedListener) read() (sum int64) {
	for _, conn := range l.all() {
		sum += conn.bytes.Load()
	}
	return sum
}

// waiting is how many connections wait for more to read.
func (l *watchedListener) waiting() (n int) {
	for _, conn := range l.all() {
		if conn.reading.Load() {
			n++
		}
	}
	return n
}

// watchedConn knows how much was read from it and until when it may be read, and lets that time pass.
type watchedConn struct {
	*net.TCPConn
	bytes   atomic.Int64
	reading atomic.Bool

	mu       sync.Mutex
	deadline time.Time
	lapsed   bool
}

func (c *watchedConn) Read(p []byte) (int, error) {
	c.reading.Store(true)
	n, err := c.TCPConn.Read(p)
	c.reading.Store(false)
	c.bytes.Add(int64(n))
	return n, err
}

// SetReadDeadline notes a time to come, which does not come by itself, however slow the machine is.
func (c *watchedConn) SetReadDeadline(d time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = d
	if time.Until(d) > 0 {
		d = time.Time{}
		if c.lapsed {
			d = time.Unix(1, 0)
		}
	}
	return c.TCPConn.SetReadDeadline(d)
}

// lapse has the time pass until which the connection may be read, and returns how much there was left, or a year if that was for ever.
func (c *watchedConn) lapse() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline.IsZero() {
		return 365 * 24 * time.Hour
	}
	c.lapsed = true
	_ = c.TCPConn.SetReadDeadline(time.Unix(1, 0))
	return time.Until(c.deadline)
}

// trusting is the TLS of a client that trusts the CA of an identity.
func trusting(t *testing.T, id *standinfile.Identity) *tls.Config {
	t.Helper()
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(id.CA))
	return &tls.Config{RootCAs: pool}
}
