package contract_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/migrationlink/migrationlink/contracttest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// replying is the address of a server that reads the header of one request a connection, and writes the same bytes to each.
func replying(t *testing.T, reply string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = connection.Close() }()
				request := make([]byte, 0, 4096)
				for buffer := make([]byte, 4096); !strings.Contains(string(request), "\r\n\r\n"); {
					n, err := connection.Read(buffer)
					if err != nil {
						return
					}
					request = append(request, buffer[:n]...)
				}
				_, _ = io.WriteString(connection, reply)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// An interim response is not the final one (RFC 9110 section 15.2).
func TestMessagesOfTheSuitesOwnAreJudgedByTheFinalResponse(t *testing.T) {
	t.Parallel()
	const (
		refused    = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
		ok         = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
		processing = "HTTP/1.1 102 Processing\r\n\r\n"
	)
	says := func(status string) []string {
		return []string{"no operation, answer " + status + ", status: a message that HTTP/1.1 forbids (no Host) is refused with 400 [RFC 9112]"}
	}
	for name, c := range map[string]struct {
		reply string
		want  []string
	}{
		"refused":               {refused, nil},
		"continue first":        {"HTTP/1.1 100 Continue\r\n\r\n" + refused, nil},
		"hints first":           {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 5\r\n\r\n" + refused, nil},
		"no known interim":      {"HTTP/1.1 199 Later\r\n\r\n" + refused, nil},
		"many first":            {strings.Repeat(processing, 1000) + refused, nil},
		"many before a success": {strings.Repeat(processing, 1000) + ok, says("200")},
		"switching protocols":   {"HTTP/1.1 101 Switching Protocols\r\n\r\n" + refused, says("101")},
		"no final response":     {processing, nil}, // closing the connection refuses it too
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := targetOf(t)
			target.Handler, target.URL, target.Writes, target.Transport = nil, replying(t, c.reply), false, http.DefaultTransport
			s, err := contracttest.Open(t.Context(), target, contracttest.NoPreflight(), contracttest.Only("message/no_Host"))
			require.NoError(t, err)
			var lines []string
			for _, finding := range s.Cases()[0].Run(t.Context(), s) {
				lines = append(lines, finding.String())
			}
			assert.Equal(t, c.want, lines)
			require.NoError(t, s.Close(t.Context()))
		})
	}
}
