// Package tlsalert tells TLS alerts apart by which the other side ended a connection (RFC 8446 section 6).
//
// crypto/tls reports such an alert in a [net.OpError] with an error of a type that is not exported. Its text is the text of the
// [tls.AlertError] of the same number, so that text is compared.
package tlsalert

import (
	"crypto/tls"
	"errors"
	"net"
	"slices"
)

// Alerts of RFC 8446 section 6.2 that a user can do something about.
const (
	HandshakeFailure    tls.AlertError = 40
	BadCertificate      tls.AlertError = 42
	ProtocolVersion     tls.AlertError = 70
	CertificateRequired tls.AlertError = 116
)

// Text returns what crypto/tls says of the alert, and whether an alert of the other side is what ended the connection.
func Text(err error) (text string, ended bool) {
	var operation *net.OpError
	if !errors.As(err, &operation) || operation.Op != "remote error" {
		return "", false
	}
	return operation.Err.Error(), true
}

// Is reports whether the other side ended the connection by one of some alerts.
func Is(err error, alerts ...tls.AlertError) bool {
	text, ended := Text(err)
	return ended && slices.ContainsFunc(alerts, func(a tls.AlertError) bool { return text == a.Error() })
}
