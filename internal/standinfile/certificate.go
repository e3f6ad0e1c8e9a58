package standinfile

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"time"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/readfile"
)

// CertificateFiles say how the stand-in shows who it is: by a certificate and its key, by one that it makes, or, with none of these, not at all.
type CertificateFiles struct {
	Cert, Key  console.Setting // files, in PEM
	SelfSigned console.Setting // the file to write the CA to, in PEM
}

// Wanted reports whether the stand-in is to speak TLS.
func (c CertificateFiles) Wanted() bool {
	return c.Cert.Value != "" || c.Key.Value != "" || c.SelfSigned.Value != ""
}

// Identity is a certificate with its key. One that was made comes with the CA that clients have to trust.
type Identity struct {
	certificate tls.Certificate
	CA          []byte // PEM
	Warning     string // what clients will say of it
}

// Config is the TLS to speak, or nil for plain http.
func (id *Identity) Config() *tls.Config {
	if id == nil {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{id.certificate}}
}

// Identity reads the certificate or makes one for an address. Without any it is nil.
func (c CertificateFiles) Identity(addr *net.TCPAddr, host string, now time.Time) (*Identity, error) {
	switch {
	case !c.Wanted():
		return nil, nil
	case c.SelfSigned.Value != "" && (c.Cert.Value != "" || c.Key.Value != ""):
		return nil, fmt.Errorf("%s: there is a certificate already; want either it, or %s and %s", c.SelfSigned.Name, c.Cert.Name, c.Key.Name)
	case c.SelfSigned.Value != "":
		if err := mayWriteCA(c.SelfSigned.Value); err != nil {
			return nil, fmt.Errorf("%s: %w", c.SelfSigned.Name, err)
		}
		return NewIdentity(addr, host, now)
	case c.Key.Value == "":
		return nil, fmt.Errorf("%s without %s; want both", c.Cert.Name, c.Key.Name)
	case c.Cert.Value == "":
		return nil, fmt.Errorf("%s without %s; want both", c.Key.Name, c.Cert.Name)
	}
	return c.read(now)
}

// read reads the pair. No error shows what is in the files, which may be the wrong ones.
func (c CertificateFiles) read(now time.Time) (*Identity, error) {
	cert, err := readPEM(c.Cert)
	if err != nil {
		return nil, err
	}
	key, err := readPEM(c.Key)
	if err != nil {
		return nil, err
	}
	block := findPEM(cert, "CERTIFICATE")
	if block == nil {
		return nil, fmt.Errorf("%s: no certificate in %s; want PEM, the server's certificate first", c.Cert.Name, c.Cert.Value)
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: the certificate in %s cannot be read; want one in X.509", c.Cert.Name, c.Cert.Value)
	}
	if findPEM(key, "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY") == nil {
		return nil, fmt.Errorf("%s: no private key in %s; want PEM, without a passphrase", c.Key.Name, c.Key.Value)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s: %s does not hold the private key of the certificate in %s; want the two that belong together",
			c.Key.Name, c.Key.Value, c.Cert.Value)
	}
	id := &Identity{certificate: pair}
	switch {
	case now.After(leaf.NotAfter):
		id.Warning = fmt.Sprintf("%s: the certificate expired on %s; clients will refuse it", c.Cert.Name, leaf.NotAfter.UTC().Format(time.DateOnly))
	case now.Before(leaf.NotBefore):
		id.Warning = fmt.Sprintf("%s: the certificate is not valid before %s; clients will refuse it", c.Cert.Name, leaf.NotBefore.UTC().Format(time.DateOnly))
	}
	return id, nil
}

func readPEM(s console.Setting) ([]byte, error) {
	content, err := readfile.Small(s.Value)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", s.Name, s.Value, readfile.WithoutPath(err))
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
	return console.MayWriteOver(name, "one certificate", func(content []byte) bool {
		block, rest := pem.Decode(content)
		return block != nil && block.Type == "CERTIFICATE" && len(bytes.TrimSpace(rest)) == 0
	})
}
