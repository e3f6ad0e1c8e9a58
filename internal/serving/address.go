package serving

import (
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/migrationlink/migrationlink/internal/console"
)

// ListenAddress reads HOST:PORT. Unless it may be anywhere, HOST must be this machine alone.
func ListenAddress(at console.Setting, anywhere bool) (*net.TCPAddr, error) {
	addr, err := net.ResolveTCPAddr("tcp", at.Value)
	if err != nil {
		return nil, fmt.Errorf("%s: want HOST:PORT, like 127.0.0.1:8080, or port 0 for any free one", at.Name)
	}
	if !anywhere && !addr.IP.IsLoopback() {
		return nil, fmt.Errorf("%s: not a loopback address; anybody can read the example's credentials, so with them the stand-in "+
			"listens on this machine alone: want 127.0.0.1:PORT or [::1]:PORT, or credentials of your own in the file that --config names", at.Name)
	}
	return addr, nil
}

// Origin is the address to reach a listener at, from this machine if it listens on all interfaces, for both versions of IP.
func Origin(scheme string, addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		addr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: tcp.Port}
	}
	return scheme + "://" + addr.String()
}

// WriteAddress writes the address to a file.
func WriteAddress(name, address string) error {
	err := console.MayWriteOver(name, "an address", func(content []byte) bool {
		text := string(content)
		return text == "" || strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
	})
	if err != nil {
		return err
	}
	return console.WriteWhole(name, []byte(address+"\n"))
}

// RemoveAddress removes the file again, so that nobody looks for a server that has ended; but not the file of another that began since.
func RemoveAddress(name, address string) {
	if content, err := os.ReadFile(name); err == nil && strings.TrimSpace(string(content)) == address {
		_ = os.Remove(name)
	}
}
