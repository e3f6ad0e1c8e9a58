// Package loopback says which hosts are this machine, for whoever lets plain http or a change of data pass there alone.
package loopback

import (
	"net/netip"
	"net/url"
	"strings"
)

// Host reports whether what is sent to a host stays on this machine. A host is what [url.URL.Hostname] returns: a name or an IP address
// without brackets. The name localhost does, with or without the dot of a complete name (RFC 6761 section 6.3), and so do 127.0.0.0/8 and ::1.
// Every other name is somebody's to answer, and 127.1 or 2130706433 is such a name for some resolvers. 0.0.0.0 and :: are no destination.
func Host(host string) bool {
	if name := strings.ToLower(host); name == "localhost" || name == "localhost." {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// URL reports whether what is sent to a URL stays on this machine.
func URL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && Host(u.Hostname())
}
