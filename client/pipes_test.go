package client_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/client"
)

const (
	challenged401 = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " + challenge + "\r\nContent-Length: 0\r\n\r\n"
	synced200     = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n{\"status\":\"SYNCED\"}"
)

// pipes is a network without a machine: each connection that is dialed does what the next func of conns does at its other end.
type pipes struct {
	t     *testing.T
	conns []func(*peer)
	wrap  func(n int, conn net.Conn) net.Conn // of the client's end of the nth connection

	peers  sync.WaitGroup
	mu     sync.Mutex
	dialed []string
	asked  []string // the requests that arrived whole: method, and "signed" or not
}

// peer is the server's end of a connection.
type peer struct {
	net.Conn
	network *pipes
	reader  *bufio.Reader
}

func (p *pipes) dial(_ context.Context, _, address string) (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.dialed)
	p.dialed = append(p.dialed, address)
	if n >= len(p.conns) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errCut}
	}
	near, end := net.Pipe()
	far := &queued{Conn: end, queue: make(chan []byte, 16)}
	p.peers.Go(far.pump)
	p.peers.Go(func() {
		defer close(far.queue)
		p.conns[n](&peer{far, p, bufio.NewReader(far)})
	})
	if p.wrap != nil {
		near = p.wrap(n, near)
	}
	return near, nil
}

// queued does not wait for the client to read what is written, which it may not do while it writes. The connection is closed behind the last of it.
type queued struct {
	net.Conn
	queue chan []byte
	ended atomic.Bool
}

func (q *queued) Write(b []byte) (int, error) {
	if q.ended.Load() {
		return 0, io.ErrClosedPipe
	}
	q.queue <- bytes.Clone(b)
	return len(b), nil
}

// Close is for whoever thinks that the connection is his: its end is that of the func that serves it.
func (q *queued) Close() error { return nil }

func (q *queued) pump() {
	for b := range q.queue {
		if _, err := q.Conn.Write(b); err != nil {
			q.ended.Store(true)
		}
	}
	_ = q.Conn.Close()
}

// read reads one request, to its end.
func (p *peer) read() bool {
	req, err := http.ReadRequest(p.reader)
	if err != nil {
		return false
	}
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return false
	}
	asked := req.Method
	if req.Header.Get("Authorization") != "" {
		asked += " signed"
	}
	p.network.mu.Lock()
	p.network.asked = append(p.network.asked, asked)
	p.network.mu.Unlock()
	return true
}

func (p *peer) write(text string) { _, _ = io.WriteString(p, text) }

// answers serves one request after the other with these answers, and closes the connection.
func answers(texts ...string) func(*peer) {
	return func(p *peer) {
		for _, text := range texts {
			if !p.read() {
				return
			}
			p.write(text)
		}
	}
}

// then is one func after another on the same connection.
func then(steps ...func(*peer)) func(*peer) {
	return func(p *peer) {
		for _, step := range steps {
			step(p)
		}
	}
}

func readOne(p *peer) { p.read() }

// untilClosed waits for the client to close the connection.
func untilClosed(p *peer) { _, _ = io.Copy(io.Discard, p.reader) }

// client makes a client on such a network.
func (p *pipes) client(opts ...client.Option) *client.Client {
	p.t.Helper()
	transport := &http.Transport{DialContext: p.dial}
	p.t.Cleanup(func() {
		transport.CloseIdleConnections()
		p.peers.Wait()
	})
	opts = append(opts, client.BaseURL("http://om.example"), client.AllowHTTP(), client.APIKey(publicKey, privateKey),
		client.HTTPClient(&http.Client{Transport: transport}), client.Jitter(func() float64 { return 0 }))
	c, err := client.New(opts...)
	require.NoError(p.t, err)
	return c
}

func (p *pipes) requireAsked(want ...string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	assert.Equal(p.t, want, p.asked)
}
