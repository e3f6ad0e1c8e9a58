package client

import (
	"crypto/x509"
	"errors"
	"net"
	"strconv"

	"github.com/migrationlink/migrationlink/internal/tlsalert"
)

// advice is what to do about an error of the network that will be the same the next time; empty where its own text says enough.
func (c *call) advice(err error) string {
	var (
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
	)
	switch kind := networkOf(err); {
	case kind == NetworkAuthority && errors.As(err, &authority):
		return " It was issued by " + c.clean.Text(issuer(authority.Cert)) + ": if you know that authority, have it trusted beside those of the system."
	case kind == NetworkNotYetValid && errors.As(err, &invalid):
		return " It is valid from " + invalid.Cert.NotBefore.UTC().Format("2006-01-02 15:04 MST") + " on: check the clock of this machine, and of the server."
	case kind == NetworkExpired:
		return " The server needs a new one; or check the clock of this machine."
	case kind == NetworkHostName:
		return " Check the host in the address " + c.client.address + ": it must be one that the certificate names."
	case kind == NetworkPlainHTTP:
		return " That port speaks plain http: check the port in the address " + c.client.address + "."
	case proxied(err):
		return " The proxy cannot be reached: check its address in HTTPS_PROXY."
	case kind == NetworkHostUnknown:
		return " Check the host in the address " + c.client.address + "."
	}
	return refusedTLS(err)
}

// issuer names who signed a certificate.
func issuer(certificate *x509.Certificate) string {
	if certificate == nil {
		return "an authority that is not named"
	}
	if name := certificate.Issuer.CommonName; name != "" {
		return strconv.Quote(name)
	}
	return strconv.Quote(certificate.Issuer.String())
}

// proxied reports whether there was no connection to a proxy.
func proxied(err error) bool {
	var operation *net.OpError
	return errors.As(err, &operation) && operation.Op == "proxyconnect"
}

// refusedTLS says why a server ended TLS by an alert. Up to TLS 1.2 one that asks for a client certificate has no alert of its own for that.
func refusedTLS(err error) string {
	switch _, is := tlsalert.Text(err); {
	case !is:
		return ""
	case tlsalert.Is(err, tlsalert.CertificateRequired):
		return " The server asks for a client certificate, and none was given."
	case tlsalert.Is(err, tlsalert.ProtocolVersion):
		return " The server speaks none of the versions of TLS that are safe, which are 1.2 and 1.3: it must be updated."
	}
	return " The server refused the TLS connection: it may ask for a client certificate, or not take the one that was given."
}
