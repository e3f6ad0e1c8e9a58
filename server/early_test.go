package server_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tooMuch is content that net/http alone does not read to its end, and that no buffer between client and server holds.
const tooMuch = 12 << 20

// early are answers given before the content is there: to who is not signed in and to who sends too much, whether that is said beforehand
// or not, with and without having asked for leave to send.
func early(t *testing.T, s http.Handler) map[string]earlyAnswer {
	signed := func() string {
		return "Authorization: " + authorization(t, credentials(challenge(t, s).Nonce, linkPath(org)), http.MethodPost, privateKey) + "\r\n"
	}
	const expect = "Expect: 100-continue\r\n"
	return map[string]earlyAnswer{
		"not signed in":                              {limit, "", false, 401, false},
		"not signed in, in chunks":                   {tooMuch, "", true, 401, false},
		"not signed in, asked for leave":             {limit, expect, false, 401, true},
		"not signed in, asked for leave, in chunks":  {tooMuch, expect, true, 401, true},
		"too large":                                  {tooMuch, signed(), false, 413, false},
		"too large, not signed in":                   {tooMuch, "", false, 413, false},
		"too large, in chunks":                       {tooMuch, signed(), true, 413, false},
		"too large, asked for leave":                 {tooMuch, signed() + expect, false, 413, true},
		"too large, not signed in, asked for leave":  {tooMuch, expect, false, 413, true},
		"larger than anybody throws away":            {1 << 40, "", false, 413, true},
		"larger than anybody throws away, signed in": {1 << 40, signed(), false, 413, true},
	}
}

type earlyAnswer struct {
	size    int64
	header  string
	chunked bool
	status  int
	closes  bool // and says so
}

func (e earlyAnswer) head() string {
	framing := fmt.Sprintf("Content-Length: %d\r\n", e.size)
	if e.chunked {
		framing = "Transfer-Encoding: chunked\r\n"
	}
	return "POST " + linkPath(org) + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + e.header + framing + "\r\n"
}

// part is content of that many bytes; the last part ends it.
func (e earlyAnswer) part(size int64, last bool) []byte {
	content := bytes.Repeat([]byte(" "), int(size))
	if !e.chunked {
		return content
	}
	chunk := append(fmt.Appendf(nil, "%x\r\n", size), content...)
	chunk = append(chunk, "\r\n"...)
	if last {
		chunk = append(chunk, "0\r\n\r\n"...)
	}
	return chunk
}

// Most clients read nothing before they have sent everything. Nothing breaks the connection before that.
func TestAnEarlyAnswerIsThereForWhoSendsEverythingFirst(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	address := listen(t, s)
	for name, e := range early(t, s) {
		if e.size > tooMuch {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, address)
			_, err := io.WriteString(conn, e.head())
			require.NoError(t, err)
			_, err = conn.Write(e.part(e.size, true))
			require.NoError(t, err, "the connection is broken before everything is sent")
			from := bufio.NewReader(conn)
			got := receive(t, from, http.MethodPost)
			assert.Equal(t, e.status, got.status)
			isOurs(t, got)
			goesOn(t, conn, from, got, e.closes)
		})
	}
}

// Who reads while sending has the answer before the rest is sent, and without being told to send it.
func TestAnEarlyAnswerDoesNotWaitForTheRest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	address := listen(t, s)
	for name, e := range early(t, s) {
		if e.status == 413 && e.chunked {
			continue // that it is too large is known when it is there
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, address)
			_, err := io.WriteString(conn, e.head())
			require.NoError(t, err)
			_, err = conn.Write(e.part(100, false))
			require.NoError(t, err)
			from := bufio.NewReader(conn)
			got := receive(t, from, http.MethodPost)
			assert.Equal(t, e.status, got.status)
			isOurs(t, got)
			if e.closes {
				goesOn(t, conn, from, got, true)
				return
			}
			_, err = conn.Write(e.part(e.size-100, true))
			require.NoError(t, err)
			goesOn(t, conn, from, got, false)
		})
	}
}

// goesOn asserts that the connection serves another request, or that the answer said it would not, and it ends.
func goesOn(t *testing.T, conn net.Conn, from *bufio.Reader, got answer, closes bool) {
	t.Helper()
	if closes {
		assert.Equal(t, "close", got.header.Get("Connection"))
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		rest, err := io.ReadAll(from)
		assert.NoError(t, err)
		assert.Empty(t, string(rest))
		return
	}
	assert.Empty(t, got.header.Get("Connection"))
	_, err := io.WriteString(conn, "OPTIONS "+linkPath(org)+" HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	assert.Equal(t, http.StatusNoContent, receive(t, from, http.MethodOptions).status)
}

// Who sends no more is not waited for longer than two seconds, and what comes later is not taken for a request.
func TestAnEarlyAnswerWaitsForNobody(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 1000\r\nExpect: 100-continue\r\n"} {
		synctest.Test(t, func(t *testing.T) {
			theirs, ours := net.Pipe()
			pipes := &oneConn{conn: ours, done: make(chan struct{})}
			closed := make(chan struct{})
			hs := &http.Server{Handler: newServer(t), ConnState: func(_ net.Conn, state http.ConnState) {
				if state == http.StateClosed || state == http.StateHijacked {
					close(closed)
				}
			}}
			go func() { _ = hs.Serve(pipes) }()
			began := time.Now()
			_, err := io.WriteString(theirs, "POST "+linkPath(org)+" HTTP/1.1\r\nHost: x\r\n"+header+"\r\n")
			require.NoError(t, err)
			from := bufio.NewReader(theirs)
			assert.Equal(t, http.StatusUnauthorized, receive(t, from, http.MethodPost).status)
			assert.Zero(t, time.Since(began), "of the bubble: nobody waited for anything")
			rest, err := io.ReadAll(from)
			assert.NoError(t, err)
			assert.Empty(t, rest)
			assert.Equal(t, 2*time.Second, time.Since(began))
			<-closed
			require.NoError(t, hs.Close())
			_ = pipes.Close()
		})
	}
}

// oneConn is a listener that accepts one connection.
type oneConn struct {
	conn net.Conn
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if conn := l.conn; conn != nil {
		l.conn = nil
		return conn, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return nil
}

func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// Over HTTP/2 other streams go on.
func TestAnEarlyAnswerOverHTTP2(t *testing.T) {
	t.Parallel()
	ts := httptest.NewUnstartedServer(newServer(t))
	ts.EnableHTTP2 = true
	ts.StartTLS()
	t.Cleanup(ts.Close)
	for _, size := range []int{limit, tooMuch} {
		for range 3 {
			response, err := ts.Client().Post(ts.URL+linkPath(org), "application/json", strings.NewReader(strings.Repeat(" ", size)))
			require.NoError(t, err)
			content, err := io.ReadAll(response.Body)
			require.NoError(t, errors.Join(err, response.Body.Close()))
			assert.Equal(t, 2, response.ProtoMajor)
			assert.Equal(t, map[int]int{limit: 401, tooMuch: 413}[size], response.StatusCode, string(content))
			assert.Equal(t, uint16(tls.VersionTLS13), response.TLS.Version)
		}
	}
}
