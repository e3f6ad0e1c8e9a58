package client_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/certs"
)

// authority is a certificate authority that nobody trusts unless told.
type authority struct {
	t *testing.T
	*certs.Authority
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	now := time.Now() // of the bubble, where there is one
	a, err := certs.NewAuthority(x509.Certificate{
		Subject: pkix.Name{CommonName: "Example Corp CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
	})
	require.NoError(t, err)
	return &authority{t, a}
}

// issue certifies for om.example, 127.0.0.1 and ::1, and for clients, unless change says otherwise.
func (a *authority) issue(change func(*x509.Certificate)) tls.Certificate {
	a.t.Helper()
	now := time.Now()
	leaf := x509.Certificate{
		Subject: pkix.Name{CommonName: "a server"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 1, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames: []string{"om.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if change != nil {
		change(&leaf)
	}
	signed, err := a.Sign(leaf)
	require.NoError(a.t, err)
	return signed
}
