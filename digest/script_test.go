package digest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/digest"
)

// reply is one answer of a script: a status, or an error in its place.
type reply struct {
	status  int
	header  []string // WWW-Authenticate
	content string
	err     error
}

func ok() reply { return reply{status: 200, content: "hello"} }
func challenged(nonce string) reply {
	return reply{status: 401, content: "sign in", header: []string{fmt.Sprintf(`Digest realm="r", nonce="%s", qop="auth"`, nonce)}}
}
func stale(nonce string) reply {
	r := challenged(nonce)
	r.header[0] += ", stale=true"
	return r
}

// script is a RoundTripper that answers what is written, and notes what it was asked.
type script struct {
	mu      sync.Mutex
	replies []reply
	asked   []sighting
	answers []*answerBody
	closed  int // CloseIdleConnections
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	seen := sighting{method: req.Method, uri: req.URL.RequestURI(), header: req.Header.Clone(), length: req.ContentLength}
	if req.Body != nil {
		content, err := io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
		seen.body = string(content)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, seen)
	if len(s.replies) == 0 {
		return nil, errors.New("the script is at its end")
	}
	next := s.replies[0]
	s.replies = s.replies[1:]
	if next.err != nil {
		return nil, next.err
	}
	body := &answerBody{Reader: strings.NewReader(next.content)}
	s.answers = append(s.answers, body)
	return &http.Response{StatusCode: next.status, Header: http.Header{"Www-Authenticate": next.header}, Body: body, Request: req}, nil
}

func (s *script) CloseIdleConnections() { s.closed++ }

// answerBody tells what was done with it.
type answerBody struct {
	*strings.Reader
	closed bool
}

func (b *answerBody) Close() error { b.closed = true; return nil }

// sentBody is a request body that tells what was done with it.
type sentBody struct {
	io.Reader
	read, closed bool
}

func (b *sentBody) Read(p []byte) (int, error) { b.read = true; return b.Reader.Read(p) }
func (b *sentBody) Close() error               { b.closed = true; return nil }

func play(replies ...reply) (*script, *digest.Transport) {
	s := &script{replies: replies}
	return s, digest.NewTransport(username, password, digest.WithBase(s))
}

func request(t testing.TB, method, url string, body io.Reader) *http.Request {
	req, err := http.NewRequest(method, url, body)
	require.NoError(t, err)
	return req
}

// credentialsOf are those of each request; the empty ones of a request without.
func credentialsOf(t testing.TB, asked []sighting) []digest.Credentials {
	var all []digest.Credentials
	for _, seen := range asked {
		var c digest.Credentials
		if value := seen.header.Get("Authorization"); value != "" {
			var err error
			c, err = digest.ParseCredentials(value)
			require.NoError(t, err)
		}
		all = append(all, c)
	}
	return all
}

func nonces(t testing.TB, asked []sighting) (all []string) {
	for _, c := range credentialsOf(t, asked) {
		all = append(all, c.Nonce)
	}
	return all
}
