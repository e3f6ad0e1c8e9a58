package cli

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/migrationlink/migrationlink/gen"
)

// basePath is where the API begins, as the contract's server has it: /api/public/v1.0.
var basePath = func() string {
	u, err := url.Parse(gen.ServerUrlCloudManager)
	if err != nil {
		panic(err) // a constant
	}
	return u.Path
}()

// setting is what a flag or a field of the configuration says, and the name of it for whoever has to change it.
type setting struct{ value, name string }

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

// mayWriteOver refuses to write over a file that is something else: the name of a key or of a database, given to the wrong flag. One that is no
// regular file is not looked into, since a pipe would never end.
func mayWriteOver(name, what string, is func(content []byte) bool) error {
	info, err := os.Stat(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, withoutPath(err))
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file; want one, or a name that is free", name)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, withoutPath(err))
	}
	if !is(content) {
		return fmt.Errorf("%s is there, and holds something else than %s; want a file that may be written over", name, what)
	}
	return nil
}

// writeWhole writes a file so that whoever finds it finds it whole: it is written beside and then renamed.
func writeWhole(name string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".migrationlink-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	// CreateTemp lets only the owner read it; what is written here is no secret.
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// removeAddress removes the file again, so that nobody looks for a server that has ended; but not the file of another that began since.
func removeAddress(name, address string) {
	if content, err := os.ReadFile(name); err == nil && strings.TrimSpace(string(content)) == address {
		_ = os.Remove(name)
	}
}
