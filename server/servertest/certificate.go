package servertest

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"sync"
	"time"

	"github.com/migrationlink/migrationlink/internal/certs"
)

// certificates are those of a process: an authority, and what it certifies for loopback.
type certificates struct {
	authority *certs.Authority
	leaf      tls.Certificate
}

// authority is made once: nothing in it belongs to a test, and a key takes longer to make than all the rest of a server.
var authority = sync.OnceValues(func() (*certificates, error) {
	now := time.Now() // clients hold certificates against their own clock
	ca, err := certs.NewAuthority(x509.Certificate{
		Subject: pkix.Name{CommonName: "migrationlink servertest"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 30),
	})
	if err != nil {
		return nil, err
	}
	leaf, err := ca.Sign(x509.Certificate{
		Subject:   pkix.Name{CommonName: "migrationlink stand-in"},
		NotBefore: ca.Certificate.NotBefore, NotAfter: ca.Certificate.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, DNSNames: []string{"localhost"},
	})
	if err != nil {
		return nil, err
	}
	return &certificates{ca, leaf}, nil
})

func (c *certificates) server() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{c.leaf}, MinVersion: tls.VersionTLS12}
}

func (c *certificates) client() *tls.Config {
	return &tls.Config{RootCAs: c.authority.Pool(), MinVersion: tls.VersionTLS12}
}
