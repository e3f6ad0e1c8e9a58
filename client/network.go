package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/migrationlink/migrationlink/internal/tlsalert"
)

// Network is the kind of a failure that left a call without a response.
type Network int

// The kinds of failures.
const (
	// NetworkNone: there was a response, or nothing was sent.
	NetworkNone Network = iota
	// NetworkHostUnknown: no host has the name in the address.
	NetworkHostUnknown
	// NetworkLookup: the name could not be looked up.
	NetworkLookup
	// NetworkRefused: nothing listens at the address.
	NetworkRefused
	// NetworkConnection: there was no connection, for another reason.
	NetworkConnection
	// NetworkTunnel: the proxy opened no tunnel to the server. [Error.ProxyStatus] is its response.
	NetworkTunnel
	// NetworkAuthority: the certificate was issued by an authority that is not trusted.
	NetworkAuthority
	// NetworkExpired: the certificate is not valid any more.
	NetworkExpired
	// NetworkNotYetValid: the certificate is not valid yet.
	NetworkNotYetValid
	// NetworkHostName: the certificate does not name the host.
	NetworkHostName
	// NetworkCertificate: the certificate is wrong in another way.
	NetworkCertificate
	// NetworkClientCertificate: the server asks for a client certificate.
	NetworkClientCertificate
	// NetworkTLSVersion: the server speaks no version of TLS that is safe.
	NetworkTLSVersion
	// NetworkTLS: the server ended TLS by another alert.
	NetworkTLS
	// NetworkPlainHTTP: the server speaks plain http where https was tried.
	NetworkPlainHTTP
	// NetworkHTTPS: the server speaks TLS where plain http was tried.
	NetworkHTTPS
	// NetworkNoTLS: the server speaks neither TLS nor http.
	NetworkNoTLS
	// NetworkBroken: the connection was there, and brought no response.
	NetworkBroken
)

// Party is who a failure of the network is of.
type Party int

// The parties that a client connects to.
const (
	PartyServer Party = iota
	PartyProxy
)

// networkOf tells what kind of failure err is.
func networkOf(err error) Network {
	var (
		authority   x509.UnknownAuthorityError
		invalid     x509.CertificateInvalidError
		host        x509.HostnameError
		certificate *tls.CertificateVerificationError
		name        *net.DNSError
		record      tls.RecordHeaderError
		proxy       *proxyError
		operation   *net.OpError
	)
	switch {
	case errors.As(err, &authority):
		return NetworkAuthority
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		return NetworkNotYetValid
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return NetworkExpired
	case errors.As(err, &host):
		return NetworkHostName
	case errors.As(err, &certificate):
		return NetworkCertificate
	case errors.Is(err, http.ErrSchemeMismatch):
		return NetworkPlainHTTP
	case errors.As(err, &record):
		return NetworkNoTLS
	case errors.As(err, &proxy):
		return NetworkTunnel
	case errors.As(err, &name) && name.IsNotFound:
		return NetworkHostUnknown
	case errors.As(err, &name):
		return NetworkLookup
	case errors.Is(err, syscall.ECONNREFUSED):
		return NetworkRefused
	}
	switch _, is := tlsalert.Text(err); {
	case tlsalert.Is(err, tlsalert.CertificateRequired):
		return NetworkClientCertificate
	case tlsalert.Is(err, tlsalert.ProtocolVersion):
		return NetworkTLSVersion
	case is:
		return NetworkTLS
	}
	if kind, is := untyped(err); is {
		return kind
	}
	if errors.As(err, &operation) && operation.Op == "dial" || proxied(err) {
		return NetworkConnection
	}
	return NetworkBroken
}

// untyped knows the errors of the standard library that have no type, and so are known by their text alone. It is the
// only place that looks into the text of an error.
func untyped(err error) (Network, bool) {
	switch text := err.Error(); {
	case strings.Contains(text, "unsupported protocol version"): // crypto/tls
		return NetworkTLSVersion, true
	case strings.Contains(text, `"\x15\x03`): // net/http repeats a TLS alert that it took for a response
		return NetworkHTTPS, true
	}
	return NetworkNone, false
}

// Bound is what a call was not done within.
type Bound int

// The bounds of a call. [Error.Within] is how long it was.
const (
	BoundNone Bound = iota
	BoundConnection
	BoundHandshake
	BoundHeader
	BoundContent
	// BoundContext is the deadline of the context.
	BoundContext
)

// boundError ends an attempt that took too long.
type boundError struct {
	bound  Bound
	what   string // what there was not
	within time.Duration
	cause  error
}

func (e *boundError) Error() string { return e.what + " within " + e.within.String() }
func (e *boundError) Unwrap() error { return e.cause }
