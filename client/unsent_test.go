package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/digest"
)

func TestTheTokenIsNotSentBeforeAChallenge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		probe reply
		want  string
	}{
		{"a login page", htmlReply(200, "<html>"),
			`unexpected answer (200): the server wanted no sign-in and was content without the link-token. The content begins: "<html>". A login page or a proxy may have answered: check the address https://om.example:8443/api/public/v1.0. The link-token was not sent.`},
		{"a server without sign-in", jsonReply(201, `{"status":"SYNCED"}`),
			`unexpected answer (201): the server wanted no sign-in and was content without the link-token. The content begins: "{\"status\":\"SYNCED\"}". The link-token was not sent.`},
		{"a redirect", reply{status: 308, header: map[string]string{"Location": "http://elsewhere.example/x"}},
			`redirected (308) to http://elsewhere.example, which is not followed. Check the address https://om.example:8443/api/public/v1.0. The link-token was not sent.`},
		{"an access list", jsonReply(403, `{"error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["203.0.113.7"]}`),
			`not allowed (403 IP_ADDRESS_NOT_ON_ACCESS_LIST): 203.0.113.7 is not on the access list of the key "ownerkey". Add it there, as the server sees it. The link-token was not sent.`},
		{"a failure", reply{status: 503}, `unavailable (503): the server cannot answer for now. The link-token was not sent.`},
		{"a server that misses the content", reply{status: 400},
			`refused (400): the server does not take the request. The server did not ask for a sign-in, so the link-token was not sent.`},
		{"a 401 without a challenge", reply{status: 401},
			`not signed in (401): the server asks for no HTTP Digest sign-in that this client knows. Check the address https://om.example:8443/api/public/v1.0. The link-token was not sent.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			network := &script{probe: answering(c.probe)}
			_, err := run(t, over(t, network), "connect")
			require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: "+c.want)
			assert.NotErrorIs(t, err, client.ErrOutcomeUnknown)
			require.Len(t, network.sent, 1)
			assert.Empty(t, network.sent[0].body)
		})
	}
}

func TestTheRequestsOfAConnect(t *testing.T) {
	t.Parallel()
	network := &script{signed: answering(jsonReply(201, `{"status":"SYNCED"}`))}
	c := over(t, network)
	for range 2 {
		_, err := run(t, c, "connect")
		require.NoError(t, err)
	}
	require.Len(t, network.sent, 3, "one probe, then one request a call")
	for i, s := range network.sent {
		assert.Equal(t, "POST", s.method)
		assert.Equal(t, "https://om.example:8443/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink", s.url)
		assert.Equal(t, "application/json", s.header.Get("Accept"))
		assert.Equal(t, "application/json", s.header.Get("Content-Type"))
		assert.Regexp(t, `^migrationlink/\d+\.\d+\.\d+$`, s.header.Get("User-Agent"))
		if i > 0 {
			assert.JSONEq(t, `{"linkToken":"`+rawToken+`"}`, s.body)
			assert.Contains(t, s.header.Get("Authorization"), `username="ownerkey"`)
		}
	}
}

func TestARefusedRequestIsRepeatedWithItsContent(t *testing.T) {
	t.Parallel()
	var refused bool
	network := &script{}
	network.signed = func(req *http.Request) (*http.Response, error) {
		if !refused {
			refused = true
			return reply{status: 401, header: map[string]string{"WWW-Authenticate": challenge}}.response(req), nil
		}
		return jsonReply(201, `{"status":"SYNCED"}`).response(req), nil
	}
	_, err := run(t, over(t, network), "connect")
	require.NoError(t, err)
	require.Len(t, network.sent, 3)
	assert.Equal(t, network.sent[1].body, network.sent[2].body)
	assert.JSONEq(t, `{"linkToken":"`+rawToken+`"}`, network.sent[2].body)
}

func TestStatusAndDisconnectRequests(t *testing.T) {
	t.Parallel()
	network := &script{signed: answering(jsonReply(200, `{"status":"SYNCED"}`))}
	c := over(t, network)
	for i, want := range []struct{ operation, method, url string }{
		{"status", "GET", "https://om.example:8443/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink/status"},
		{"disconnect", "DELETE", "https://om.example:8443/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink"},
	} {
		_, err := run(t, c, want.operation)
		require.NoError(t, err)
		s := network.sent[i+1]
		assert.Equal(t, want.method, s.method)
		assert.Equal(t, want.url, s.url)
		assert.Empty(t, s.body)
		assert.Empty(t, s.header.Get("Content-Type"))
	}
}

func TestWrongArgumentsSendNothing(t *testing.T) {
	t.Parallel()
	network := &script{}
	c := over(t, network)
	ctx := t.Context()
	connect := func(id migrationlink.OrgID, token migrationlink.LinkToken) error {
		_, err := c.Connect(ctx, id, token)
		return err
	}
	_, status := c.Status(ctx, "")
	for _, w := range []struct {
		name string
		err  error
		want string
		is   error
	}{
		{"connect, id", connect(migrationlink.OrgID(rawToken), token()), "connect: not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a; nothing was sent.", migrationlink.ErrOrgID},
		{"status, id", status, "status: not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a; nothing was sent.", migrationlink.ErrOrgID},
		{"disconnect, id", c.Disconnect(ctx, "5f7aac56b3a0b94bcdce6d8/"), "disconnect: not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a; nothing was sent.", migrationlink.ErrOrgID},
		{"no token", connect(org, migrationlink.LinkToken{}), "connect organization 5f7aac56b3a0b94bcdce6d8a: the link-token is empty; Atlas shows it when it generates one; nothing was sent.", client.ErrNoLinkToken},
		{"token of no UTF-8", connect(org, migrationlink.NewLinkToken("\xff")), "connect organization 5f7aac56b3a0b94bcdce6d8a: the link-token is not UTF-8, so that JSON cannot carry it; nothing was sent.", nil},
	} {
		require.EqualError(t, w.err, w.want, w.name)
		if w.is != nil {
			require.ErrorIs(t, w.err, w.is, w.name)
		}
	}
	assert.Empty(t, network.sent)
}

func TestAnOrganizationInCapitalsIsTheSame(t *testing.T) {
	t.Parallel()
	network := &script{signed: answering(jsonReply(200, `{}`))}
	_, err := over(t, network).Status(t.Context(), "5F7AAC56B3A0B94BCDCE6D8A")
	require.NoError(t, err)
	assert.Contains(t, network.sent[0].url, "/orgs/5f7aac56b3a0b94bcdce6d8a/")
}

var errCut = errors.New("connection cut")

// noAnswers is what people read when there is no answer, to the probe or to the signed request.
var noAnswers = []struct {
	name, operation string
	network         *script
	want            string
	is              error
	unknown         bool
}{
	{"probe cut", "connect", &script{probe: failing(errCut)}, "no answer: connection cut. The link-token was not sent.", errCut, false},
	{"connect cut", "connect", &script{signed: failing(errCut)}, "no answer: connection cut. The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.", errCut, true},
	{"disconnect cut", "disconnect", &script{signed: failing(io.EOF)}, "no answer: EOF. The outcome is unknown: disconnecting once more does no harm and settles it.", io.EOF, true},
	{"disconnect, probe cut", "disconnect", &script{probe: failing(io.EOF)}, "no answer: EOF.", io.EOF, false},
	{"status cut", "status", &script{signed: failing(io.EOF)}, "no answer: EOF.", io.EOF, false},
	{"canceled", "connect", &script{signed: failing(context.Canceled)}, "no answer: context canceled. The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.", context.Canceled, true},
	{"no server", "connect", &script{signed: failing(&net.OpError{Op: "dial", Net: "tcp", Err: errCut})}, "no answer: dial tcp: connection cut. The link-token was not sent.", errCut, false},
	{"no proxy", "connect", &script{signed: failing(&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errCut})}, "no answer: proxyconnect tcp: connection cut. The proxy cannot be reached: check its address in HTTPS_PROXY. The link-token was not sent.", errCut, false},
	{"read failed", "connect", &script{signed: failing(&net.OpError{Op: "read", Net: "tcp", Err: errCut})}, "no answer: read tcp: connection cut. The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.", errCut, true},
	{"certificate", "connect", &script{signed: failing(&tls.CertificateVerificationError{Err: errCut})}, "no answer: tls: failed to verify certificate: connection cut. The link-token was not sent.", errCut, false},
	{"stale nonces", "connect", &script{signed: answering(reply{status: 401, header: map[string]string{"WWW-Authenticate": `Digest realm="r", nonce="n", qop="auth", stale=true`}})},
		"not signed in: digest: https://om.example:8443: the server called every nonce stale, 3 in a row: several nodes behind this address may not share their nonces, or a server's clock may be wrong.", digest.ErrStale, false},
	{"control characters", "status", &script{probe: failing(errors.New("malformed\n\x1b[2J"))}, "no answer: malformed \uFFFD[2J.", nil, false},
}

func TestWhatNoAnswerReadsLike(t *testing.T) {
	t.Parallel()
	for _, n := range noAnswers {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			_, err := run(t, over(t, n.network), n.operation)
			require.EqualError(t, err, n.operation+" organization 5f7aac56b3a0b94bcdce6d8a: "+n.want)
			if n.is != nil {
				require.ErrorIs(t, err, n.is)
			}
			assert.Equal(t, n.unknown, errors.Is(err, client.ErrOutcomeUnknown))
			var request *url.Error
			assert.False(t, errors.As(err, &request), "the URL is not told")
			var e *client.Error
			require.ErrorAs(t, err, &e)
			assert.Zero(t, e.HTTPStatus)
		})
	}
}

func TestACanceledContextSendsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	network := &script{}
	_, err := over(t, network).Connect(ctx, org, token())
	require.ErrorContains(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: no answer: ")
	require.ErrorContains(t, err, "context canceled. The link-token was not sent.")
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, network.sent)
}

func TestAContextThatEndsBeforeTheTokenLeaves(t *testing.T) {
	t.Parallel()
	for range 50 { // whether digest notices is up to a select
		ctx, cancel := context.WithCancel(t.Context())
		network := &script{signed: failing(errCut), probe: func(req *http.Request) (*http.Response, error) {
			cancel()
			return reply{status: 401, header: map[string]string{"WWW-Authenticate": challenge}}.response(req), nil
		}}
		_, err := over(t, network).Connect(ctx, org, token())
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "context canceled. The link-token was not sent.")
		require.Len(t, network.sent, 1)
	}
}

func TestRetryIn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		header string
		want   time.Duration
		ok     bool
	}{
		{"60", time.Minute, true},
		{"0", 0, true},
		{"Mon, 23 Nov 2026 10:00:05 GMT", 5 * time.Second, true},
		{"Mon, 23 Nov 2026 09:00:00 GMT", 0, true},
		{"18446744073709551615", 9223372036 * time.Second, true},
		{"", 0, false},
		{"-1", 0, false},
		{"soon", 0, false},
	} {
		_, err := run(t, over(t, &script{signed: answering(later(429, "", c.header))}), "status")
		var e *client.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, c.header, e.RetryAfter)
		wait, ok := e.RetryIn(now)
		assert.Equal(t, c.want, wait, c.header)
		assert.Equal(t, c.ok, ok, c.header)
	}
}
