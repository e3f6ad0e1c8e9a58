package doctor

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink/internal/printable"
	"github.com/migrationlink/migrationlink/internal/settings"
)

// maxNames is how many of the names in a certificate are listed.
const maxNames = 5

// distrust says why the certificate of a server was not trusted. What it says of the certificate comes from the handshake that failed: no connection
// is ever made that verifies less, and so no request is sent to whoever shows such a certificate.
func distrust(c settings.Call, e *tls.CertificateVerificationError, now time.Time) finding {
	var (
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		host    x509.HostnameError
	)
	switch {
	case errors.As(e.Err, &unknown):
		return unknownAuthority(c, e.UnverifiedCertificates)
	case errors.As(e.Err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		return outOfDate(invalid.Cert, now)
	case errors.As(e.Err, &host) && host.Certificate != nil:
		return otherHost(host)
	}
	return finding{found: "the certificate is not trusted: " + printable.Line(strings.TrimPrefix(e.Err.Error(), "x509: ")),
		next: "whoever runs the server has to give it another"}
}

func unknownAuthority(c settings.Call, chain []*x509.Certificate) finding {
	f := finding{found: "the certificate is signed by an authority that this machine does not know"}
	if len(chain) > 0 {
		name, itself := issuer(chain)
		f.found = "the certificate is signed by " + name + ", an authority that this machine does not know"
		if itself {
			f.found = "the certificate is signed by nobody but itself, " + name
		}
	}
	f.why, f.run = c.TrustIt()
	return f
}

// issuer names who signed the last certificate of a chain, as far as it goes, and says whether that is the first one itself.
func issuer(chain []*x509.Certificate) (string, bool) {
	last := chain[0]
	for range chain { // not further: two may have signed each other
		i := slices.IndexFunc(chain, func(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, last.RawIssuer) })
		if i < 0 || chain[i] == last {
			break
		}
		last = chain[i]
	}
	return nameOf(last.Issuer), bytes.Equal(last.RawIssuer, last.RawSubject) && last == chain[0]
}

// nameOf is what people call the subject of a certificate. Whoever made it chose that, so it is quoted.
func nameOf(n pkix.Name) string {
	name := n.CommonName
	if name == "" && len(n.Organization) > 0 {
		name = n.Organization[0]
	}
	if name == "" {
		name = n.String()
	}
	const longest = 100
	if len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "") + "…"
	}
	return strconv.Quote(name)
}

// outOfDate compares with the time, as the verification did. It shows this machine's clock, which may be what is wrong.
func outOfDate(c *x509.Certificate, now time.Time) finding {
	why := "this machine's clock says " + day(now)
	if time.Now().Before(c.NotBefore) {
		return finding{
			found: "the certificate holds only from " + day(c.NotBefore) + " on", why: why,
			next: "if that clock is right, whoever runs the server has to look at the one of the machine that made the certificate",
		}
	}
	return finding{
		found: "the certificate held until " + day(c.NotAfter) + " and is expired", why: why,
		next: "if that clock is right, whoever runs the server has to renew the certificate",
	}
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func otherHost(e x509.HostnameError) finding {
	names := slices.Clone(e.Certificate.DNSNames)
	for _, ip := range e.Certificate.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return finding{
			found: "the certificate is for no host: it has no subject alternative name",
			why:   "a common name alone does not count (RFC 9110 section 4.3.4)",
			next:  "whoever runs the server has to make one that names " + e.Host,
		}
	}
	for i, name := range names {
		names[i] = printable.Line(name)
	}
	list := strings.Join(names[:min(len(names), maxNames)], ", ")
	if more := len(names) - maxNames; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return finding{
		found: "the certificate is for " + list + ", not for " + e.Host,
		next:  "use the server's name as the certificate has it, or have whoever runs the server make one that names " + e.Host,
	}
}
