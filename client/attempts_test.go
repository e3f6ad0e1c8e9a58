package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/client"
)

const (
	unknownConnect    = " The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell."
	unknownDisconnect = " The outcome is unknown: disconnecting once more does no harm and settles it."
	notSent           = " The link-token was not sent."
)

var (
	synced  = answering(jsonReply(200, `{"status":"SYNCED"}`))
	cut     = failing(io.EOF)
	down    = failing(&net.OpError{Op: "dial", Net: "tcp", Err: errCut})
	noLink  = answering(jsonReply(404, `{"error":404,"errorCode":"RESOURCE_NOT_FOUND"}`))
	limited = answering(later(429, `{"error":429,"errorCode":"RATE_LIMITED"}`, "3"))
)

func status(code int) step { return answering(reply{status: code}) }

func comeBack(after string) step { return answering(later(503, "", after)) }

// comeBackAt has a date in Retry-After, which counts from the server's own.
func comeBackAt(date, after string) step {
	r := later(503, "", after)
	r.header["Date"] = date
	return answering(r)
}

const (
	half    = 250 * time.Millisecond // the shortest of the first waits
	seconds = time.Second
)

// What is attempted again, and after which waits. Without an error the call succeeds.
var attempts = []struct {
	name, operation string
	steps           []step
	waits           []time.Duration
	want            string
	is              []error
}{
	{"429 on connect", "connect", []step{limited, synced}, []time.Duration{3 * seconds}, "", nil},
	{"429 on status", "status", []step{limited, synced}, []time.Duration{3 * seconds}, "", nil},
	{"429 on disconnect", "disconnect", []step{limited, status(204)}, []time.Duration{3 * seconds}, "", nil},
	{"429 that does not say when", "connect", []step{status(429), status(429), status(429), synced}, []time.Duration{half, 2 * half, 4 * half}, "", nil},
	{"429 that says at once", "connect", []step{answering(later(429, "", "0")), synced}, []time.Duration{half}, "", nil},
	{"429 to the end", "connect", []step{limited}, []time.Duration{3 * seconds, 3 * seconds, 3 * seconds},
		"too many requests (429 RATE_LIMITED): the server takes no more for now. Come back in 3 s. It was tried 4 times.", []error{client.ErrRateLimited}},

	{"503 with seconds on connect", "connect", []step{comeBack("7"), synced}, []time.Duration{7 * seconds}, "", nil},
	{"503 with a date on connect", "connect", []step{comeBackAt("Mon, 23 Nov 2026 10:00:00 GMT", "Mon, 23 Nov 2026 10:00:05 GMT"), synced}, []time.Duration{5 * seconds}, "", nil},
	{"503 with a date that is past", "connect", []step{comeBackAt("Mon, 23 Nov 2026 10:00:00 GMT", "Mon, 23 Nov 2026 09:00:00 GMT"), synced}, []time.Duration{half}, "", nil},
	{"503 with a date, of a server that tells none", "status", []step{comeBack("Sat, 01 Jan 2000 00:00:09 GMT"), synced}, []time.Duration{9 * seconds}, "", nil},
	{"503 with the longest wait", "connect", []step{comeBack("60"), synced}, []time.Duration{time.Minute}, "", nil},
	{"503 with too long a wait", "connect", []step{comeBack("61")}, nil,
		"unavailable (503): the server cannot answer for now. Come back in 61 s.", []error{client.ErrUnavailable}},
	{"503 with too long a date", "status", []step{comeBackAt("Mon, 23 Nov 2026 10:00:00 GMT", "Mon, 23 Nov 2026 10:01:01 GMT")}, nil,
		"unavailable (503): the server cannot answer for now. Come back after Mon, 23 Nov 2026 10:01:01 GMT.", []error{client.ErrUnavailable}},
	{"429 with too long a wait", "disconnect", []step{answering(later(429, "", "3600"))}, nil,
		"too many requests (429): the server takes no more for now. Come back in 3600 s.", []error{client.ErrRateLimited}},
	{"503 that does not say when, on connect", "connect", []step{comeBack("soon")}, nil,
		"unavailable (503): the server cannot answer for now." + unknownConnect, []error{client.ErrUnavailable, client.ErrOutcomeUnknown}},

	{"500 on connect", "connect", []step{status(500)}, nil, "failed (500): the server failed." + unknownConnect, []error{client.ErrUnavailable, client.ErrOutcomeUnknown}},
	{"502 on connect", "connect", []step{status(502)}, nil, "failed (502): the server failed." + unknownConnect, []error{client.ErrUnavailable, client.ErrOutcomeUnknown}},
	{"504 on connect", "connect", []step{status(504)}, nil, "failed (504): the server failed." + unknownConnect, []error{client.ErrUnavailable, client.ErrOutcomeUnknown}},
	{"connect breaks off", "connect", []step{cut}, nil, "no answer: EOF." + unknownConnect, []error{client.ErrUnavailable, client.ErrOutcomeUnknown, io.EOF}},
	{"500 after 429 on connect", "connect", []step{limited, status(500)}, []time.Duration{3 * seconds},
		"failed (500): the server failed. It was tried 2 times." + unknownConnect, []error{client.ErrUnavailable, client.ErrOutcomeUnknown}},
	{"nobody there on connect", "connect", []step{down, down, synced}, []time.Duration{half, 2 * half}, "", nil},
	{"nobody there to the end", "connect", []step{down}, []time.Duration{half, 2 * half, 4 * half},
		"no answer: dial tcp: connection cut. It was tried 4 times." + notSent, []error{client.ErrUnavailable, errCut}},
	{"nobody there after the token was refused", "connect", []step{comeBack("1"), down}, []time.Duration{seconds, 2 * half, 4 * half},
		"no answer: dial tcp: connection cut. It was tried 4 times.", []error{client.ErrUnavailable, errCut}},

	{"500, 502, 503 on status", "status", []step{status(500), status(502), status(503), synced}, []time.Duration{half, 2 * half, 4 * half}, "", nil},
	{"504, then cut, on status", "status", []step{status(504), cut, synced}, []time.Duration{half, 2 * half}, "", nil},
	{"500 on status to the end", "status", []step{status(500)}, []time.Duration{half, 2 * half, 4 * half},
		"failed (500): the server failed. It was tried 4 times.", []error{client.ErrUnavailable}},
	{"501 on status", "status", []step{status(501)}, nil, "failed (501): the server failed.", nil},
	{"400 on status", "status", []step{status(400)}, nil, "refused (400): the server does not take the request.", nil},

	{"500, 502, 503 on disconnect", "disconnect", []step{status(500), status(502), status(503), status(204)}, []time.Duration{half, 2 * half, 4 * half}, "", nil},
	{"504, then cut, on disconnect", "disconnect", []step{status(504), cut, status(204)}, []time.Duration{half, 2 * half}, "", nil},
	{"500 on disconnect to the end", "disconnect", []step{status(500)}, []time.Duration{half, 2 * half, 4 * half},
		"failed (500): the server failed. It was tried 4 times." + unknownDisconnect, []error{client.ErrUnavailable, client.ErrOutcomeUnknown}},
	{"404 after a disconnect that broke off", "disconnect", []step{cut, noLink}, []time.Duration{half}, "", nil},
	{"404 after a disconnect that failed, and one that was too many", "disconnect", []step{status(500), limited, noLink}, []time.Duration{half, 3 * seconds}, "", nil},
	{"404 at once", "disconnect", []step{noLink}, nil,
		"nothing to disconnect (404 RESOURCE_NOT_FOUND): the organization is not connected.", []error{client.ErrNotFound, client.ErrNotConnected}},
	{"404 after 429 alone", "disconnect", []step{limited, noLink}, []time.Duration{3 * seconds},
		"nothing to disconnect (404 RESOURCE_NOT_FOUND): the organization is not connected. It was tried 2 times.", []error{client.ErrNotFound, client.ErrNotConnected}},
	{"404 after 503 that says when", "disconnect", []step{comeBack("1"), noLink}, []time.Duration{seconds}, "", nil},
	{"404 after nobody was there", "disconnect", []step{down, noLink}, []time.Duration{half},
		"nothing to disconnect (404 RESOURCE_NOT_FOUND): the organization is not connected. It was tried 2 times.", []error{client.ErrNotFound, client.ErrNotConnected}},
	{"no organization after a disconnect that failed", "disconnect", []step{status(500), answering(jsonReply(404, `{"error":404,"errorCode":"ORG_NOT_FOUND"}`))}, []time.Duration{half},
		"not found (404 ORG_NOT_FOUND): there is no such organization at https://om.example:8443/api/public/v1.0. Check the id: it is that of the source organization. It was tried 2 times." + unknownDisconnect,
		[]error{client.ErrNotFound, client.ErrOrgNotFound, client.ErrOutcomeUnknown}},
	{"409 after a disconnect that failed", "disconnect", []step{status(500), answering(jsonReply(409, `{"error":409,"errorCode":"CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT"}`))}, []time.Duration{half},
		"refused (409 CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT): live migrations are running. Finish or cancel them first. It was tried 2 times.", []error{client.ErrConflict, client.ErrMigrationRunning}},
	{"nobody there after a disconnect that broke off", "disconnect", []step{cut, down}, []time.Duration{half, 2 * half, 4 * half},
		"no answer: dial tcp: connection cut. It was tried 4 times." + unknownDisconnect, []error{client.ErrUnavailable, client.ErrOutcomeUnknown, errCut}},

	{"no such host", "status", []step{failing(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "om.example", IsNotFound: true}})}, nil,
		"no answer: dial tcp: lookup om.example: no such host. Check the host in the address https://om.example:8443/api/public/v1.0.", nil},
	{"a name server that fails", "status", []step{failing(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "server misbehaving", Name: "om.example", IsTemporary: true}})},
		[]time.Duration{half, 2 * half, 4 * half},
		"no answer: dial tcp: lookup om.example: server misbehaving. It was tried 4 times.", []error{client.ErrUnavailable}},
	{"a certificate", "status", []step{failing(&tls.CertificateVerificationError{Err: errCut})}, nil,
		"no answer: tls: failed to verify certificate: connection cut.", []error{errCut}},
	{"a proxy that wants a sign-in", "status", []step{status(407)}, nil,
		"refused by a proxy (407): a proxy on the way to https://om.example:8443/api/public/v1.0 asks for a sign-in of its own. Its user name and password belong into the proxy's address.", nil},
}

func TestWhatIsAttemptedAgain(t *testing.T) {
	t.Parallel()
	for _, a := range attempts {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := &timed{RoundTripper: &script{signed: inTurn(a.steps...)}}
				_, err := run(t, trying(t, network), a.operation)
				assert.Equal(t, a.waits, network.waits())
				if a.want == "" {
					require.NoError(t, err)
					return
				}
				require.EqualError(t, err, a.operation+" organization 5f7aac56b3a0b94bcdce6d8a: "+a.want)
				assertIs(t, err, a.is...)
				var e *client.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, len(a.waits)+1, e.Attempts)
			})
		})
	}
}

// assertIs holds an error to the sentinels it must match, and to no other.
func assertIs(t *testing.T, err error, want ...error) {
	t.Helper()
	for _, sentinel := range append(want, sentinels...) {
		is := false
		for _, w := range want {
			is = is || errors.Is(w, sentinel)
		}
		assert.Equal(t, is, errors.Is(err, sentinel), "%v", sentinel)
	}
}

// A probe has no link-token, so that it may be sent as often as anything.
func TestAProbeThatFailsIsAttemptedAgain(t *testing.T) {
	t.Parallel()
	for name, failed := range map[string]step{"500": status(500), "503": status(503), "cut": cut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := &script{signed: synced, probe: inTurn(failed, answering(challenged("")))}
				_, err := run(t, trying(t, network), "connect")
				require.NoError(t, err)
				assert.Len(t, network.sent, 3)
			})
		})
	}
}

func TestTheWaitsBetweenAttempts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		random float64
		want   []time.Duration
	}{
		"the shortest": {0, []time.Duration{half, half * 2, half * 4, half * 8, half * 16, half * 16}},
		"in between":   {0.5, []time.Duration{375 * time.Millisecond, 750 * time.Millisecond, 1500 * time.Millisecond, 3 * seconds, 6 * seconds, 6 * seconds}},
		"the longest":  {1, []time.Duration{seconds / 2, seconds, 2 * seconds, 4 * seconds, 8 * seconds, 8 * seconds}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := &timed{RoundTripper: &script{signed: status(500)}}
				made, err := client.New(client.BaseURL(address), client.APIKey(publicKey, privateKey), client.HTTPClient(&http.Client{Transport: network}),
					client.Jitter(func() float64 { return c.random }), client.Attempts(7))
				require.NoError(t, err)
				_, err = run(t, made, "status")
				require.ErrorIs(t, err, client.ErrUnavailable)
				assert.Equal(t, c.want, network.waits())
			})
		})
	}
}

func TestOneAttemptIsOne(t *testing.T) {
	t.Parallel()
	for _, failed := range []step{limited, status(500), cut, down} {
		network := &timed{RoundTripper: &script{signed: failed}}
		_, err := run(t, trying(t, network, client.Attempts(1)), "status")
		var e *client.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 1, e.Attempts)
		assert.Len(t, network.at, 1)
	}
}

func TestTheLongestWaitIsThatOfTheOption(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := &timed{RoundTripper: &script{signed: inTurn(comeBack("3600"), comeBack("3601"))}}
		_, err := run(t, trying(t, network, client.MaxWait(time.Hour)), "connect")
		require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: unavailable (503): the server cannot answer for now. Come back in 3601 s. It was tried 2 times.")
		assert.Equal(t, []time.Duration{time.Hour}, network.waits())
	})
}

// Whoever has ten seconds is not kept waiting for eleven.
func TestAWaitBeyondTheDeadlineIsNotBegun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := &timed{RoundTripper: &script{signed: inTurn(comeBack("9"), comeBack("1"))}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		_, err := trying(t, network).Connect(ctx, org, token())
		require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: unavailable (503): the server cannot answer for now. Come back in 1 s. It was tried 2 times.")
		assertIs(t, err, client.ErrUnavailable)
		assert.Equal(t, 9*time.Second, time.Since(began))
		require.NoError(t, ctx.Err())
	})
}
