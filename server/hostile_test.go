package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFramingThatSmuggles sends requests whose end two readers could see in different places (RFC 9112 section 11.2). What follows must not
// be taken for a request of its own; a link made by one would show.
func TestFramingThatSmuggles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, header string
		status       int
	}{
		{"two lengths that differ", "Content-Length: 0\r\nContent-Length: 5\r\n", 400},
		{"two lengths in one", "Content-Length: 0, 5\r\n", 400},
		{"a negative length", "Content-Length: -1\r\n", 400},
		{"a length with a sign", "Content-Length: +17\r\n", 400},
		{"a length in hex", "Content-Length: 0x11\r\n", 400},
		{"a length beyond 64 bits", "Content-Length: 99999999999999999999\r\n", 400},
		{"a blank before the colon", "Content-Length : 17\r\n", 400},
		{"a folded header", "Transfer-Encoding:\r\n chunked\r\n", 400},
		{"two transfer encodings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501},
		{"a transfer encoding nobody has", "Transfer-Encoding: xchunked\r\n", 501},
		{"identity", "Transfer-Encoding: identity\r\n", 501},
		{"a null byte in a header", "X: \x00\r\n", 400},
		{"a bare line feed in a name", "X\nY: z\r\n", 400},
		{"two hosts", "Host: y\r\n", 400},
		{"an expectation nobody has", "Expect: 200-ok\r\n", 417},
	}
	s := newServer(t)
	address := listen(t, s)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			signed := authorization(t, credentials(challenge(t, s).Nonce, linkPath(neighbour)), http.MethodPost, privateKey)
			hidden := authorization(t, credentials(challenge(t, s).Nonce, linkPath(org)), http.MethodPost, privateKey)
			smuggled := "POST " + linkPath(org) + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + hidden +
				"\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n" + linkRequest("x")
			conn := dial(t, address)
			_, err := io.WriteString(conn, "POST "+linkPath(neighbour)+" HTTP/1.1\r\nHost: x\r\nAuthorization: "+signed+
				"\r\nContent-Type: application/json\r\n"+tt.header+"\r\n"+smuggled)
			require.NoError(t, err)
			from := bufio.NewReader(conn)
			assert.Equal(t, tt.status, receive(t, from, http.MethodPost).status)
			rest, _ := io.ReadAll(from) // an error is a connection that was broken off
			assert.Empty(t, string(rest), "and nothing else is answered")
			assert.Equal(t, `{"status":"NOT_SYNCED"}`, call(t, s, http.MethodGet, statusPath(org), "").body)
		})
	}
}

// TestRequestsInARow are pipelined on one connection, what is refused with a body among them: each is answered by itself.
func TestRequestsInARow(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	conn := dial(t, listen(t, s))
	nonce := challenge(t, s).Nonce
	steps := []struct {
		method, target, content string
		signed                  bool
		status                  int
	}{
		{"POST", linkPath(org), linkRequest("x"), false, 401},
		{"PUT", linkPath(org), linkRequest("x"), false, 405},
		{"POST", "//", "GET / HTTP/1.1\r\n\r\n", false, 404},
		{"POST", linkPath(closedOrg), linkRequest("x"), true, 401},
		{"POST", linkPath(org), linkRequest("x"), true, 201},
		{"GET", statusPath(org), "GET / HTTP/1.1\r\n\r\n", true, 400},
		{"GET", statusPath(org), "", true, 200},
		{"DELETE", linkPath(org), "", true, 204},
		{"HEAD", statusPath(org), "", true, 200},
		{"OPTIONS", linkPath(org), "", false, 204},
	}
	var text strings.Builder
	for i, step := range steps {
		_, _ = fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", step.method, step.target, len(step.content))
		if step.signed {
			c := credentials(nonce, step.target)
			c.NC = fmt.Sprintf("%08x", i+1)
			text.WriteString("Authorization: " + authorization(t, c, step.method, privateKey) + "\r\n")
		}
		text.WriteString("\r\n" + step.content)
	}
	_, err := io.WriteString(conn, text.String())
	require.NoError(t, err)
	from := bufio.NewReader(conn)
	for i, step := range steps {
		require.Equal(t, step.status, receive(t, from, step.method).status, "request %d, %s %s", i+1, step.method, step.target)
	}
}

// TestHeadersThatClaimMore are headers by which some servers let themselves be told another method, path, address or user.
func TestHeadersThatClaimMore(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, header := range []string{
		"X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE", "X-Original-URL: " + linkPath(org), "X-Rewrite-URL: /",
		"Proxy-Authorization: Basic eDp5", "X-Forwarded-Prefix: /x", "Upgrade: h2c", "Host: evil", "Cookie: session=x", "TE: trailers", "Range: bytes=0-0",
		"If-None-Match: *", "Accept: text/html", "Accept-Encoding: gzip", "Origin: https://evil",
	} {
		name, value, _ := strings.Cut(header, ": ")
		r := sign(t, s, request(http.MethodGet, statusPath(org), ""))
		r.Header.Set(name, value)
		got := ask(t, s, r)
		assert.Equal(t, http.StatusOK, got.status, header)
		assert.Equal(t, `{"status":"NOT_SYNCED"}`, got.body, header)
		assert.NotContains(t, got.header, "Access-Control-Allow-Origin")
	}
}

// TestHeadersWithoutEnd are cut off by net/http at its own limit.
func TestHeadersWithoutEnd(t *testing.T) {
	t.Parallel()
	address := listen(t, newServer(t))
	for name, header := range map[string]string{
		"one of 2 MiB": "X: " + strings.Repeat("x", 2<<20) + "\r\n",
		"many":         strings.Repeat("X: y\r\n", 1<<19),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, address)
			written := make(chan struct{})
			go func() {
				defer close(written)
				_, _ = io.WriteString(conn, "GET "+statusPath(org)+" HTTP/1.1\r\nHost: x\r\n"+header+"\r\n")
			}()
			assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, receive(t, bufio.NewReader(conn), http.MethodGet).status)
			require.NoError(t, conn.Close())
			<-written
		})
	}
}

// TestWhoSendsSlowlyHoldsUpNobody has one client stop in the middle of its token while another does all there is to do.
func TestWhoSendsSlowlyHoldsUpNobody(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	address := listen(t, s)
	signed := authorization(t, credentials(challenge(t, s).Nonce, linkPath(org)), http.MethodPost, privateKey)
	conn := dial(t, address)
	content := linkRequest(token)
	_, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		linkPath(org), signed, len(content), content[:20])
	require.NoError(t, err)
	assert.Equal(t, http.StatusCreated, call(t, s, http.MethodPost, linkPath(neighbour), linkRequest("other")).status)
	assert.Equal(t, `{"status":"NOT_SYNCED"}`, call(t, s, http.MethodGet, statusPath(org), "").body)
	_, err = io.WriteString(conn, content[20:])
	require.NoError(t, err)
	assert.Equal(t, http.StatusCreated, receive(t, bufio.NewReader(conn), http.MethodPost).status)
}

// TestLengthsThatAreNotTrue announce another length than is sent.
func TestLengthsThatAreNotTrue(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	address := listen(t, s)
	post := func(length int, content string) (io.Reader, func() error) {
		signed := authorization(t, credentials(challenge(t, s).Nonce, linkPath(org)), http.MethodPost, privateKey)
		conn := dial(t, address)
		_, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			linkPath(org), signed, length, content)
		require.NoError(t, err)
		return conn, conn.(interface{ CloseWrite() error }).CloseWrite
	}
	conn, hangUp := post(100, linkRequest("x"))
	require.NoError(t, hangUp())
	short := receive(t, bufio.NewReader(conn), http.MethodPost)
	assert.Equal(t, problem(400, "MALFORMED_JSON", "Received JSON is malformed: it is cut off.", `[]`), short.body)
	assert.Equal(t, `{"status":"NOT_SYNCED"}`, call(t, s, http.MethodGet, statusPath(org), "").body)

	conn, hangUp = post(16, linkRequest("x")+"\r\n\r\n")
	require.NoError(t, hangUp())
	from := bufio.NewReader(conn)
	assert.Equal(t, malformed("is not JSON: it ends too early"), receive(t, from, http.MethodPost).body)
	assert.Equal(t, http.StatusBadRequest, receive(t, from, http.MethodGet).status, "what is left is no request")
}
