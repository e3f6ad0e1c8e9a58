package server_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listen starts a handler on a loopback port and returns its address.
func listen(t testing.TB, handler http.Handler) string {
	t.Helper()
	ts := httptest.NewServer(handler)
	t.Cleanup(ts.Close)
	return ts.Listener.Addr().String()
}

// dial opens a connection that cannot outlive the test by much.
func dial(t testing.TB, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	return conn
}

// send writes what net/http's client would not: text, byte for byte. It returns the first answer, to a request with that method.
func send(t testing.TB, address, method, text string) answer {
	t.Helper()
	conn := dial(t, address)
	_, err := io.WriteString(conn, text)
	require.NoError(t, err)
	return receive(t, bufio.NewReader(conn), method)
}

// receive reads one answer.
func receive(t testing.TB, from *bufio.Reader, method string) answer {
	t.Helper()
	response, err := http.ReadResponse(from, &http.Request{Method: method})
	require.NoError(t, err)
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	got := answer{status: response.StatusCode, header: response.Header, body: string(content)}
	if response.Close { // net/http takes it out of the header
		got.header.Set("Connection", "close")
	}
	got.hides(t)
	return got
}

// isOurs asserts that an answer came from the stand-in, in the documented shape, and not from net/http.
func isOurs(t *testing.T, got answer) {
	t.Helper()
	assert.Equal(t, "application/json", got.header.Get("Content-Type"))
	assert.Equal(t, product, got.header.Get("Server"))
	assert.Empty(t, got.header.Get("X-Content-Type-Options"), "net/http's own text/plain errors have it")
	assert.Empty(t, got.header.Get("Location"), "no redirect")
}
