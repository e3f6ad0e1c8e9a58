// Package certs makes certificate authorities and certificates, for a stand-in that nobody certifies and for tests.
//
// A template says what is in a certificate, as it does for [x509.CreateCertificate]. Keys are ECDSA on P-256. A template without a
// serial number gets a random one. Nothing here is written to a file.
package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// ClockSkew is how much the clocks of a client and a server may differ: certificates made here begin that much earlier.
const ClockSkew = 5 * time.Minute

// Authority signs certificates.
type Authority struct {
	Certificate *x509.Certificate
	key         crypto.Signer
}

// NewAuthority makes an authority that is signed by itself.
func NewAuthority(template x509.Certificate) (*Authority, error) {
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	certificate, err := SelfSigned(template)
	if err != nil {
		return nil, err
	}
	return AuthorityWith(certificate)
}

// AuthorityWith is the authority that a certificate and its key make: an intermediate one, if another authority signed it.
func AuthorityWith(certificate tls.Certificate) (*Authority, error) {
	key, ok := certificate.PrivateKey.(crypto.Signer)
	if !ok || len(certificate.Certificate) == 0 {
		return nil, errors.New("a certificate authority needs a certificate and its private key")
	}
	parsed, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("read the certificate of an authority: %w", err)
	}
	return &Authority{Certificate: parsed, key: key}, nil
}

// PEM returns the authority's certificate, as files of trusted authorities hold it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw})
}

// Pool returns a pool that trusts the authority, and nobody else.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

// Sign makes a certificate and its key.
func (a *Authority) Sign(template x509.Certificate) (tls.Certificate, error) {
	key, err := newKey()
	if err != nil {
		return tls.Certificate{}, err
	}
	return sign(template, a.Certificate, key, a.key)
}

// SelfSigned makes a certificate and its key. No authority vouches for it.
func SelfSigned(template x509.Certificate) (tls.Certificate, error) {
	key, err := newKey()
	if err != nil {
		return tls.Certificate{}, err
	}
	return sign(template, &template, key, key)
}

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key of a certificate: %w", err)
	}
	return key, nil
}

func sign(template x509.Certificate, issuer *x509.Certificate, key, issuerKey crypto.Signer) (tls.Certificate, error) {
	if template.SerialNumber == nil {
		// A serial number is positive and has 20 octets at most (RFC 5280 section 4.1.2.2).
		serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
		if err != nil {
			return tls.Certificate{}, fmt.Errorf("make the serial number of a certificate: %w", err)
		}
		template.SerialNumber = serial.Add(serial, big.NewInt(1))
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, issuer, key.Public(), issuerKey)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
