package client_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/client"
)

// TestAnErrorCarriesFacts has what a caller can learn without reading the sentence.
func TestAnErrorCarriesFacts(t *testing.T) {
	t.Parallel()
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	untrusted := func(err error) error { return &tls.CertificateVerificationError{Err: err} }
	for _, c := range []struct {
		name, operation string
		signed          step
		network         client.Network
		party           client.Party
		outcome         client.Outcome
	}{
		{"no such host", "connect", failing(dial(&net.DNSError{IsNotFound: true})), client.NetworkHostUnknown, client.PartyServer, client.OutcomeNotSent},
		{"DNS fails", "connect", failing(dial(&net.DNSError{IsTemporary: true})), client.NetworkLookup, client.PartyServer, client.OutcomeNotSent},
		{"nothing listens", "disconnect", failing(dial(os.NewSyscallError("connect", syscall.ECONNREFUSED))), client.NetworkRefused, client.PartyServer, client.OutcomeNotSent},
		{"no network", "disconnect", failing(dial(os.NewSyscallError("connect", syscall.ENETUNREACH))), client.NetworkConnection, client.PartyServer, client.OutcomeNotSent},
		{"no proxy", "status", failing(&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errCut}), client.NetworkConnection, client.PartyProxy, client.OutcomeNotSent},
		{"an authority that is not known", "connect", failing(untrusted(x509.UnknownAuthorityError{})), client.NetworkAuthority, client.PartyServer, client.OutcomeNotSent},
		{"another host", "connect", failing(untrusted(x509.HostnameError{Certificate: new(x509.Certificate)})), client.NetworkHostName, client.PartyServer, client.OutcomeNotSent},
		{"plain http", "status", failing(http.ErrSchemeMismatch), client.NetworkPlainHTTP, client.PartyServer, client.OutcomeNotApplied},
		{"TLS", "status", failing(errors.New(`malformed HTTP response "\x15\x03\x01\x00\x02\x02P"`)), client.NetworkHTTPS, client.PartyServer, client.OutcomeNotApplied},
		{"it broke off", "connect", failing(errCut), client.NetworkBroken, client.PartyServer, client.OutcomeUnknown},
		{"it broke off, disconnect", "disconnect", failing(errCut), client.NetworkBroken, client.PartyServer, client.OutcomeUnknown},
		{"refused", "connect", answering(jsonReply(403, `{"error":403}`)), client.NetworkNone, client.PartyServer, client.OutcomeNotApplied},
		{"failed", "connect", answering(jsonReply(500, `{"error":500}`)), client.NetworkNone, client.PartyServer, client.OutcomeUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := run(t, over(t, &script{signed: c.signed}), c.operation)
			var e *client.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.network, e.Network)
			assert.Equal(t, c.party, e.Party)
			assert.Equal(t, c.outcome.String(), e.Outcome.String())
			assert.Equal(t, c.outcome == client.OutcomeUnknown, errors.Is(err, client.ErrOutcomeUnknown))
			assert.NoError(t, e.Ended)
		})
	}
	t.Run("the context ended", func(t *testing.T) {
		t.Parallel()
		ctx, stop := context.WithCancel(t.Context())
		waits := func(*http.Request) (*http.Response, error) {
			stop()
			return nil, fmt.Errorf("waiting for its turn: %w", ctx.Err())
		}
		_, err := runContext(ctx, t, over(t, &script{signed: waits}), "status")
		var e *client.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, context.Canceled, e.Ended)
		words := client.Words{Ended: func(error) string { return "given up" }}
		assert.Equal(t, "no answer: waiting for its turn: given up.", e.Say(words))
		words.Phrase = true
		assert.Equal(t, "waiting for its turn: given up", e.Say(words))
	})
}
