package standinfile

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"os"
	"slices"
	"time"

	"github.com/migrationlink/migrationlink/internal/certs"
)

const (
	// selfSignedLife is how long a certificate lives that the stand-in makes; it makes a new one at each start.
	selfSignedLife = 30 * 24 * time.Hour
)

// NewIdentity makes a CA and a certificate for the address that is listened on. The key of the CA is forgotten, so that whoever trusts the CA
// trusts this one certificate.
func NewIdentity(addr *net.TCPAddr, host string, now time.Time) (*Identity, error) {
	authority := certificateOf("CA of a migrationlink stand-in, not for production", now)
	authority.MaxPathLenZero = true
	leaf := certificateOf("migrationlink stand-in, not for production", now)
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leaf.IPAddresses, leaf.DNSNames = namesOf(addr, host)

	made, err := certs.NewAuthority(authority)
	if err != nil {
		return nil, err
	}
	certificate, err := made.Sign(leaf)
	if err != nil {
		return nil, err
	}
	return &Identity{certificate: certificate, CA: made.PEM()}, nil
}

func certificateOf(name string, now time.Time) x509.Certificate {
	return x509.Certificate{
		Subject:   pkix.Name{CommonName: name},
		NotBefore: now.Add(-certs.ClockSkew),
		NotAfter:  now.Add(selfSignedLife),
	}
}

// namesOf are what clients may call the stand-in: the address and host that it listens on, and for one that listens everywhere what this
// machine is called.
func namesOf(addr *net.TCPAddr, host string) ([]net.IP, []string) {
	ips, hosts := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, []string{"localhost"}
	if host != "" && net.ParseIP(host) == nil {
		hosts = append(hosts, host)
	}
	if len(addr.IP) > 0 && !addr.IP.IsUnspecified() {
		return sorted(append(ips, addr.IP)), slices.Compact(hosts)
	}
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		return ips, slices.Compact(hosts)
	}
	for _, at := range interfaces {
		if network, ok := at.(*net.IPNet); ok {
			ips = append(ips, network.IP)
		}
	}
	return sorted(ips), slices.Compact(hosts)
}

func sorted(ips []net.IP) []net.IP {
	slices.SortFunc(ips, func(a, b net.IP) int { return bytes.Compare(a.To16(), b.To16()) })
	return slices.CompactFunc(ips, net.IP.Equal)
}

// RemoveCA removes the file with the CA again, unless it is that of another stand-in that began since.
func RemoveCA(name string, ca []byte) {
	if content, err := os.ReadFile(name); err == nil && bytes.Equal(content, ca) {
		_ = os.Remove(name)
	}
}
