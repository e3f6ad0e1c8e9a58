package client_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

const (
	org        = migrationlink.OrgID("5f7aac56b3a0b94bcdce6d8a")
	publicKey  = "ownerkey"
	privateKey = "11aa22bb-33cc-44dd-55ee-66ff77aa88bb"
	innerKey   = "9a8b7c6d-5e4f-4321-8765-0fedcba98765"
	address    = "https://om.example:8443"
	challenge  = `Digest realm="MMS Public API", domain="", nonce="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", algorithm=MD5, qop="auth", stale=false`
)

// rawToken has the content that link-tokens were seen to have; it embeds innerKey.
var rawToken = base64.StdEncoding.EncodeToString([]byte(
	`{"orgId":"4888442a3354817a7320eb61","orgName":"Prod","publicApiKey":"hkqwertz","privateApiKey":"` + innerKey + `"}`))

func token() migrationlink.LinkToken { return migrationlink.NewLinkToken(rawToken) }

// reply is an answer as data. A header has one value.
type reply struct {
	status int
	header map[string]string
	body   string
}

func jsonReply(status int, body string) reply {
	return reply{status: status, header: map[string]string{"Content-Type": "application/json"}, body: body}
}

func (r reply) response(req *http.Request) *http.Response {
	res := &http.Response{
		StatusCode: r.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(r.body)), ContentLength: int64(len(r.body)), Request: req,
	}
	for name, value := range r.header {
		res.Header.Set(name, value)
	}
	return res
}

// sent is a request that left.
type sent struct {
	method, url, body string
	header            http.Header
}

// script is a network: it answers the probe with a challenge, or with what probe says, and signed requests with what signed says.
type script struct {
	probe  func(*http.Request) (*http.Response, error)
	signed func(*http.Request) (*http.Response, error)

	mu   sync.Mutex
	sent []sent
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		_ = req.Body.Close()
	}
	s.mu.Lock()
	s.sent = append(s.sent, sent{method: req.Method, url: req.URL.String(), body: string(body), header: req.Header.Clone()})
	s.mu.Unlock()
	switch {
	case req.Header.Get("Authorization") != "":
		return s.signed(req)
	case s.probe != nil:
		return s.probe(req)
	}
	return reply{status: 401, header: map[string]string{"WWW-Authenticate": challenge}}.response(req), nil
}

func answering(r reply) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) { return r.response(req), nil }
}

func failing(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// over makes a client on a network that attempts a call once, at the address of the constant unless the options say another.
func over(t *testing.T, network http.RoundTripper, opts ...client.Option) *client.Client {
	t.Helper()
	if len(opts) == 0 {
		opts = []client.Option{client.BaseURL(address)}
	}
	opts = append(opts, client.Attempts(1))
	c, err := client.New(append(opts, client.APIKey(publicKey, privateKey), client.HTTPClient(&http.Client{Transport: network}))...)
	require.NoError(t, err)
	return c
}

// run calls an operation by its name.
func run(t *testing.T, c *client.Client, operation string) (client.Link, error) {
	t.Helper()
	return runContext(t.Context(), t, c, operation)
}

func runContext(ctx context.Context, t *testing.T, c *client.Client, operation string) (client.Link, error) {
	t.Helper()
	switch operation {
	case "connect":
		return c.Connect(ctx, org, token())
	case "status":
		return c.Status(ctx, org)
	case "disconnect":
		return client.Link{}, c.Disconnect(ctx, org)
	}
	t.Fatalf("no operation %q", operation)
	return client.Link{}, nil
}
