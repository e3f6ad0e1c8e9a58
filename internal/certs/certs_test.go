package certs_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/certs"
)

var now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func named(name string) x509.Certificate {
	return x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

func leaf(t *testing.T, c tls.Certificate) *x509.Certificate {
	t.Helper()
	parsed, err := x509.ParseCertificate(c.Certificate[0])
	require.NoError(t, err)
	return parsed
}

func TestWhoeverTrustsTheAuthorityTrustsWhatItSigned(t *testing.T) {
	t.Parallel()
	ours, err := certs.NewAuthority(x509.Certificate{Subject: pkix.Name{CommonName: "ours"}, NotBefore: now, NotAfter: now.Add(time.Hour)})
	require.NoError(t, err)
	other, err := certs.NewAuthority(x509.Certificate{Subject: pkix.Name{CommonName: "other"}, NotBefore: now, NotAfter: now.Add(time.Hour)})
	require.NoError(t, err)
	signed, err := ours.Sign(named("a.example"))
	require.NoError(t, err)

	_, err = leaf(t, signed).Verify(x509.VerifyOptions{Roots: ours.Pool(), CurrentTime: now, DNSName: "a.example"})
	require.NoError(t, err)
	_, err = leaf(t, signed).Verify(x509.VerifyOptions{Roots: other.Pool(), CurrentTime: now})
	require.EqualError(t, err, `x509: certificate signed by unknown authority`)
	block, rest := pem.Decode(ours.PEM())
	assert.Equal(t, ours.Certificate.Raw, block.Bytes)
	assert.Empty(t, rest)
}

func TestAnIntermediateAuthoritySigns(t *testing.T) {
	t.Parallel()
	root, err := certs.NewAuthority(x509.Certificate{Subject: pkix.Name{CommonName: "root"}, NotBefore: now, NotAfter: now.Add(time.Hour)})
	require.NoError(t, err)
	between := named("between")
	between.IsCA, between.BasicConstraintsValid, between.KeyUsage = true, true, x509.KeyUsageCertSign
	made, err := root.Sign(between)
	require.NoError(t, err)
	issuing, err := certs.AuthorityWith(made)
	require.NoError(t, err)
	signed, err := issuing.Sign(named("a.example"))
	require.NoError(t, err)

	options := x509.VerifyOptions{Roots: root.Pool(), CurrentTime: now}
	_, err = leaf(t, signed).Verify(options)
	require.Error(t, err)
	options.Intermediates = issuing.Pool()
	_, err = leaf(t, signed).Verify(options)
	require.NoError(t, err)
}

func TestTheSerialNumberIsTheTemplatesOrRandom(t *testing.T) {
	t.Parallel()
	template := named("a.example")
	first, err := certs.SelfSigned(template)
	require.NoError(t, err)
	second, err := certs.SelfSigned(template)
	require.NoError(t, err)
	assert.NotEqual(t, leaf(t, first).SerialNumber, leaf(t, second).SerialNumber)
	assert.Equal(t, 1, leaf(t, first).SerialNumber.Sign())

	template.SerialNumber = big.NewInt(7)
	third, err := certs.SelfSigned(template)
	require.NoError(t, err)
	assert.Equal(t, big.NewInt(7), leaf(t, third).SerialNumber)
}

func TestWhatIsNoAuthority(t *testing.T) {
	t.Parallel()
	signed, err := certs.SelfSigned(named("a.example"))
	require.NoError(t, err)
	for _, c := range []tls.Certificate{{}, {Certificate: signed.Certificate}, {PrivateKey: signed.PrivateKey}} {
		_, err := certs.AuthorityWith(c)
		assert.EqualError(t, err, "a certificate authority needs a certificate and its private key")
	}
	_, err = certs.AuthorityWith(tls.Certificate{Certificate: [][]byte{{1}}, PrivateKey: signed.PrivateKey})
	assert.EqualError(t, err, "read the certificate of an authority: x509: malformed certificate")
}
