package cli

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"time"

	"github.com/migrationlink/migrationlink/internal/readfile"
)

// certificates say how the stand-in shows who it is: by a certificate and its key, by one that it makes, or, with none of these, not at all.
type certificates struct {
	cert, key  setting // files, in PEM
	selfSigned setting // the file to write the CA to, in PEM
}

func (c certificates) wanted() bool {
	return c.cert.value != "" || c.key.value != "" || c.selfSigned.value != ""
}

// identity is a certificate with its key. One that was made comes with the CA that clients have to trust.
type identity struct {
	certificate tls.Certificate
	ca          []byte // PEM
	warning     string // what clients will say of it
}

// config is the TLS to speak, or nil for plain http.
func (id *identity) config() *tls.Config {
	if id == nil {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{id.certificate}}
}

// identity reads the certificate or makes one for an address. Without any it is nil.
func (c certificates) identity(addr *net.TCPAddr, host string, now time.Time) (*identity, error) {
	switch {
	case !c.wanted():
		return nil, nil
	case c.selfSigned.value != "" && (c.cert.value != "" || c.key.value != ""):
		return nil, fmt.Errorf("%s: there is a certificate already; want either it, or %s and %s", c.selfSigned.name, c.cert.name, c.key.name)
	case c.selfSigned.value != "":
		if err := mayWriteCA(c.selfSigned.value); err != nil {
			return nil, fmt.Errorf("%s: %w", c.selfSigned.name, err)
		}
		return selfSigned(addr, host, now)
	case c.key.value == "":
		return nil, fmt.Errorf("%s without %s; want both", c.cert.name, c.key.name)
	case c.cert.value == "":
		return nil, fmt.Errorf("%s without %s; want both", c.key.name, c.cert.name)
	}
	return c.read(now)
}

// read reads the pair. No error shows what is in the files, which may be the wrong ones.
func (c certificates) read(now time.Time) (*identity, error) {
	cert, err := readPEM(c.cert)
	if err != nil {
		return nil, err
	}
	key, err := readPEM(c.key)
	if err != nil {
		return nil, err
	}
	block := findPEM(cert, "CERTIFICATE")
	if block == nil {
		return nil, fmt.Errorf("%s: no certificate in %s; want PEM, the server's certificate first", c.cert.name, c.cert.value)
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: the certificate in %s cannot be read; want one in X.509", c.cert.name, c.cert.value)
	}
	if findPEM(key, "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY") == nil {
		return nil, fmt.Errorf("%s: no private key in %s; want PEM, without a passphrase", c.key.name, c.key.value)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s: %s does not hold the private key of the certificate in %s; want the two that belong together",
			c.key.name, c.key.value, c.cert.value)
	}
	id := &identity{certificate: pair}
	switch {
	case now.After(leaf.NotAfter):
		id.warning = fmt.Sprintf("%s: the certificate expired on %s; clients will refuse it", c.cert.name, leaf.NotAfter.UTC().Format(time.DateOnly))
	case now.Before(leaf.NotBefore):
		id.warning = fmt.Sprintf("%s: the certificate is not valid before %s; clients will refuse it", c.cert.name, leaf.NotBefore.UTC().Format(time.DateOnly))
	}
	return id, nil
}

func readPEM(s setting) ([]byte, error) {
	content, err := readfile.Small(s.value)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", s.name, s.value, readfile.WithoutPath(err))
	}
	return content, nil
}

// findPEM is the first block of one of these types, or nil.
func findPEM(content []byte, types ...string) *pem.Block {
	for {
		var block *pem.Block
		if block, content = pem.Decode(content); block == nil {
			return nil
		}
		for _, t := range types {
			if block.Type == t {
				return block
			}
		}
	}
}

// mayWriteCA refuses to write over a file that is something else than a CA of before.
func mayWriteCA(name string) error {
	return mayWriteOver(name, "one certificate", func(content []byte) bool {
		block, rest := pem.Decode(content)
		return block != nil && block.Type == "CERTIFICATE" && len(bytes.TrimSpace(rest)) == 0
	})
}
