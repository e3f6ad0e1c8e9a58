package cli

import (
	"fmt"
	"net"
	"os"
	"strings"
)

// listenAddress reads HOST:PORT. Unless it may be anywhere, HOST must be this machine alone.
func listenAddress(at setting, anywhere bool) (*net.TCPAddr, error) {
	addr, err := net.ResolveTCPAddr("tcp", at.value)
	if err != nil {
		return nil, fmt.Errorf("%s: want HOST:PORT, like 127.0.0.1:8080, or port 0 for any free one", at.name)
	}
	if !anywhere && !addr.IP.IsLoopback() {
		return nil, fmt.Errorf("%s: not a loopback address; anybody can read the example's credentials, so with them the stand-in "+
			"listens on this machine alone: want 127.0.0.1:PORT or [::1]:PORT, or credentials of your own in the file that --config names", at.name)
	}
	return addr, nil
}

// origin is the address to reach a listener at, from this machine if it listens on all interfaces, for both versions of IP.
func origin(scheme string, addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		addr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: tcp.Port}
	}
	return scheme + "://" + addr.String()
}

// writeAddress writes the address to a file.
func writeAddress(name, address string) error {
	err := mayWriteOver(name, "an address", func(content []byte) bool {
		text := string(content)
		return text == "" || strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
	})
	if err != nil {
		return err
	}
	return writeWhole(name, []byte(address+"\n"))
}

// removeAddress removes the file again, so that nobody looks for a server that has ended; but not the file of another that began since.
func removeAddress(name, address string) {
	if content, err := os.ReadFile(name); err == nil && strings.TrimSpace(string(content)) == address {
		_ = os.Remove(name)
	}
}
