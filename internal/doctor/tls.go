package doctor

import (
	"crypto/tls"
	"errors"
	"net/http"
	"strings"

	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/mongocli"
	"github.com/migrationlink/migrationlink/internal/tlsalert"
	"github.com/migrationlink/migrationlink/internal/wiretap"
)

func (x *Examination) findTLS() {
	h := x.handshake()
	switch {
	case x.way.server.Scheme == "http" && x.speaksTLS():
		https := *x.way.server
		https.Scheme = "https"
		x.fail("TLS", finding{found: portOf(x.way.server) + " speaks https", run: x.call.Set(mongocli.OpsManagerURL, https.String())})
	case x.way.server.Scheme == "http":
		x.skip("TLS", "plain http")
	case h == nil:
		x.notTried("TLS")
	case h.Failed() || x.alert() != "":
		x.fail("TLS", x.noTLS())
	default:
		certificate := h.State.PeerCertificates[0]
		x.ok("TLS", tls.VersionName(h.State.Version)+", certificate signed by "+nameOf(certificate.Issuer)+", until "+day(certificate.NotAfter))
	}
}

// handshake is the last one with the server; nil if there was none. One with the proxy comes before it, where that speaks TLS itself.
func (x *Examination) handshake() *wiretap.Handshake {
	all := x.seen.Handshakes
	if x.way.proxy != nil && x.way.proxy.Scheme == "https" {
		all = all[min(len(all), 1):]
	}
	if len(all) == 0 {
		return nil
	}
	return &all[len(all)-1]
}

// speaksTLS reports whether what answered a request of plain http wants TLS. net/http, nginx and others say so in a 400; who says nothing sends a TLS
// alert (RFC 8446 section 5.1: type 21, version 3), which net/http repeats as a response that it cannot read.
func (x *Examination) speaksTLS() bool {
	e := x.refusal()
	return e != nil && (e.HTTPStatus == http.StatusBadRequest && strings.Contains(e.Snippet, "HTTPS") || e.Network == client.NetworkHTTPS)
}

// alert is the TLS alert that ended the connection (RFC 8446 section 6): with TLS 1.3 it may come after the handshake. Empty: none did.
func (x *Examination) alert() string {
	text, _ := tlsalert.Text(x.err)
	return text
}

// distrust is what is wrong with the certificate, if that is what ended the call.
func (x *Examination) distrust() (finding, bool) {
	var untrusted *tls.CertificateVerificationError
	if !errors.As(x.err, &untrusted) {
		return finding{}, false
	}
	return distrust(x.call, untrusted, x.p.Time()), true
}

// noTLS says what went wrong in a handshake, or just after it.
func (x *Examination) noTLS() finding {
	if f, ok := x.distrust(); ok {
		return f
	}
	server, alert := portOf(x.way.server), x.alert()
	var record tls.RecordHeaderError
	switch {
	case x.ended != nil:
		return finding{found: "the handshake with " + server + ": " + x.cause(), next: x.nextAfter()}
	case errors.Is(x.err, http.ErrSchemeMismatch):
		return finding{
			found: server + " speaks plain http",
			next:  "correct the port in " + x.addressName() + "; Ops Manager listens on 8443 for https, unless told otherwise; if it has no https, give http:// in front",
		}
	case errors.As(x.err, &record):
		return finding{found: server + " speaks neither TLS nor http", next: "correct the port in " + x.addressName()}
	case tlsalert.Is(x.err, tlsalert.CertificateRequired, tlsalert.BadCertificate):
		return finding{
			found: server + " wants a client certificate (" + alert + ")",
			why:   "this command shows none; a Go program can, with client.ClientCertificate",
			next:  "have whoever runs the server ask none of this machine, or go through a proxy that has one",
		}
	case x.isNetwork(client.NetworkTLSVersion):
		return finding{found: server + " speaks neither TLS 1.2 nor 1.3", next: "have whoever runs the server switch them on: what is older is not safe"}
	case tlsalert.Is(x.err, tlsalert.HandshakeFailure):
		return finding{
			found: server + " ended the handshake (" + alert + ")",
			why:   "it takes none of the cipher suites offered, or wants a client certificate: it does not say which",
			next:  "ask whoever runs the server",
		}
	}
	return finding{
		found: "no handshake with " + server + ": " + x.cause(),
		next:  "correct the port in " + x.addressName() + ", or ask whoever runs the server, or what stands before it",
	}
}
