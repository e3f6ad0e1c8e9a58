package serving

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/readfile"
	"github.com/migrationlink/migrationlink/internal/standinfile"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/admin"
	"github.com/migrationlink/migrationlink/server/clock"
)

// minAdminToken keeps a token from being guessed, and a file from being the wrong one.
const minAdminToken = 16

// maxAdminToken is the size of the largest file with a token, in bytes: what fits into a header.
const maxAdminToken = 4 << 10

// administration is where the admin interface listens and who may come in; nil is that there is none.
type administration struct {
	addr  *net.TCPAddr
	token migrationlink.Secret

	clock *clock.Clock
	admin *admin.Admin
}

// NewAdministration finds out where the admin interface listens. Without a token it is this machine alone.
func NewAdministration(a standinfile.AdminSettings, warnings io.Writer) (*administration, error) {
	if a.Listen.Value == "" {
		if a.TokenFile.Value != "" {
			return nil, fmt.Errorf("%s: there is no admin interface to ask for it: give --admin HOST:PORT", a.TokenFile.Name)
		}
		return nil, nil
	}
	addr, err := net.ResolveTCPAddr("tcp", a.Listen.Value)
	if err != nil {
		return nil, fmt.Errorf("%s: want HOST:PORT, like 127.0.0.1:8081, or port 0 for any free one", a.Listen.Name)
	}
	token, err := adminToken(a, warnings)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.TokenFile.Name, err)
	}
	if token.IsZero() && !addr.IP.IsLoopback() {
		return nil, fmt.Errorf("%s: not a loopback address, and whoever gets in changes what the stand-in does: want 127.0.0.1:PORT or [::1]:PORT, "+
			"or a token with --admin-token-file", a.Listen.Name)
	}
	return &administration{addr: addr, token: token}, nil
}

// adminToken is what the file holds, without the line break at its end; empty if there is no file.
func adminToken(a standinfile.AdminSettings, warnings io.Writer) (token migrationlink.Secret, _ error) {
	if a.TokenFile.Value == "" {
		return token, nil
	}
	f, err := os.Open(a.TokenFile.Value)
	if err != nil {
		return token, readfile.WithoutPath(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return token, readfile.WithoutPath(err)
	}
	console.WarnOthersRead(warnings, "token of the admin interface", info)
	content, err := io.ReadAll(io.LimitReader(f, maxAdminToken+1))
	if err != nil {
		return token, readfile.WithoutPath(err)
	}
	if len(content) > maxAdminToken {
		return token, fmt.Errorf("larger than %d bytes; want one token, and nothing else", maxAdminToken)
	}
	text := strings.TrimSpace(string(content))
	if len(text) < minAdminToken || strings.ContainsAny(text, " \t\r\n") {
		return token, fmt.Errorf("want one token of %d characters or more, without blanks", minAdminToken)
	}
	return migrationlink.NewSecret(text), nil
}

// Prepare gives the config of a stand-in what the admin interface needs of it: a clock that can be put forward, and to be told of exchanges.
func (a *administration) Prepare(config *server.Config) {
	if a == nil {
		return
	}
	a.clock = new(clock.Clock)
	config.Now = a.clock.Now
	config.Report = func(e checker.Exchange, v checker.Verdict) { a.admin.Report(e, v) }
}

// Open has the interface answer until stop, which is called when the stand-in has ended: who asks meanwhile learns that it is being stopped. It
// returns the line that tells where it is.
func (a *administration) Open(p console.Process, standIn *server.Server, ready *Readiness, logger *slog.Logger) (line string, stop func() error, err error) {
	if a == nil {
		return "", func() error { return nil }, nil
	}
	if a.admin, err = admin.New(admin.Config{Server: standIn, Clock: a.clock, Ready: ready.ready, Token: a.token}); err != nil {
		return "", nil, err
	}
	listener, err := net.ListenTCP("tcp", a.addr)
	if err != nil {
		return "", nil, err
	}
	own := Limited(a.admin, logger)
	own.WriteTimeout = 10 * time.Second
	ended := make(chan error, 1)
	go func() { ended <- own.Serve(listener) }()
	if !a.addr.IP.IsLoopback() {
		fmt.Fprintln(p.Stderr, "warning: others can reach the admin interface, and plain http does not keep its token secret")
	}
	return "admin interface on " + Origin("http", listener.Addr()) + "\n", func() error {
		err := own.Close()
		if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(served, err)
		}
		return err
	}, nil
}

// Endpoint is where a stand-in listens, and how it shows who it is.
type Endpoint struct {
	Addr     *net.TCPAddr
	Identity *standinfile.Identity // nil: plain http
}

// NewEndpoint checks the address to listen on, and reads or makes the certificate.
func NewEndpoint(s standinfile.Settings, now time.Time) (Endpoint, error) {
	addr, wrong := ListenAddress(s.Listen, !s.Public())
	if wrong != nil {
		addr = new(net.TCPAddr) // to find out what is wrong with the certificate, too
	}
	host, _, _ := net.SplitHostPort(s.Listen.Value)
	id, err := s.TLS.Identity(addr, host, now)
	return Endpoint{addr, id}, errors.Join(wrong, err)
}

// Warnings are what whoever starts the stand-in should know.
func (p Endpoint) Warnings() []string {
	var all []string
	switch {
	case p.Addr.IP.IsLoopback():
	case p.Identity == nil:
		all = append(all, "others can reach this address, and plain http keeps nothing secret: use no real key or link-token here")
	default:
		all = append(all, "others can reach this address: use no real key or link-token here")
	}
	if p.Identity != nil && p.Identity.Warning != "" {
		all = append(all, p.Identity.Warning)
	}
	return all
}

// Scheme is http or https.
func (p Endpoint) Scheme() string {
	if p.Identity == nil {
		return "http"
	}
	return "https"
}
