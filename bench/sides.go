package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink/bench/beside"
)

// side is a running server of those that are compared over TCP.
type side struct {
	name, address string // HOST:PORT
	// path of the link.
	path   string
	bearer bool // it takes that, and no request that is signed
	counts bool // each count of a nonce is good once
}

func (s side) link() string { return "http://" + s.address + s.path }

type sides []side

// bearer is what Prism takes for signed in. What answers a challenge of HTTP Digest rightly it refuses.
const bearer = "Bearer token"

// start starts one process for each side. They run until stop.
func (b built) start(ctx context.Context) (all sides, stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	var running []*exec.Cmd
	stop = func() {
		cancel()
		for _, cmd := range running {
			_ = cmd.Wait() // it was interrupted
		}
	}
	for _, s := range []struct {
		name, program string
		arguments     []string
		counts        bool
	}{
		{"stand-in", b.beside(), []string{"stand-in"}, true},
		{"serve", b.command(), []string{"serve", "--listen", "127.0.0.1:0"}, true},
		{"bare", b.beside(), []string{"bare"}, false},
		{"strict", b.beside(), []string{"strict"}, false},
		{"kin", b.beside(), []string{"kin"}, false},
	} {
		cmd := process(ctx, s.program, s.arguments...)
		address, err := listening(cmd)
		if err != nil {
			stop()
			return nil, nil, fmt.Errorf("starting %s: %w", s.name, err)
		}
		running = append(running, cmd)
		all = append(all, side{name: s.name, address: address, path: beside.LinkPath, counts: s.counts})
	}
	if b.prism != nil {
		cmd, s, err := b.prismProcess(ctx)
		if err == nil {
			err = cmd.Start()
		}
		if err == nil {
			running = append(running, cmd)
			err = s.accepts(ctx)
		}
		if err != nil {
			stop()
			return nil, nil, fmt.Errorf("starting Prism: %w", err)
		}
		all = append(all, s)
	}
	return all, stop, nil
}

// process is a command that is interrupted when ctx ends, and killed if it then goes on for five seconds. What it says on standard error is
// thrown away.
func process(ctx context.Context, program string, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// listening starts a command whose first line tells its address.
func listening(cmd *exec.Cmd) (address string, err error) {
	output, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	at, found := strings.CutPrefix(strings.TrimSpace(line), "listening on http://")
	if !found {
		return "", errors.Join(fmt.Errorf("its first line is %q: want listening on and an address", line), err, cmd.Cancel(), cmd.Wait())
	}
	address, _, _ = strings.Cut(at, "/") // the base path
	return address, nil
}

// prismProcess is Prism on a port that was free just now: one that it chose itself it would not tell, being silent.
func (b built) prismProcess(ctx context.Context) (*exec.Cmd, side, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, side{}, err
	}
	document, err := filepath.Abs(filepath.Join(root, "openapi.yaml"))
	if err != nil {
		return nil, side{}, err
	}
	_, port, _ := net.SplitHostPort(address)
	cmd := process(ctx, b.prism[0], append(b.prism[1:len(b.prism):len(b.prism)], "-p", port, document)...)
	cmd.Env = append(os.Environ(), "NODE_ENV=production")
	return cmd, side{name: "prism", address: address, path: beside.ShortLinkPath, bearer: true}, nil
}

// freeAddress is one that nobody listened on just now. Its port is below those that systems give away by themselves, so that nobody gets it before it
// is used.
func freeAddress() (string, error) {
	var failed error
	for range 100 {
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+rand.IntN(12_000))))
		if err == nil {
			return listener.Addr().String(), listener.Close()
		}
		failed = err
	}
	return "", failed
}

// startLimit is how long a process may take until it accepts a connection.
const startLimit = 30 * time.Second

// accepts waits until the side accepts connections.
func (s side) accepts(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(500 * time.Microsecond)
	defer tick.Stop()
	for {
		connection, err := new(net.Dialer).DialContext(ctx, "tcp", s.address)
		if err == nil {
			return connection.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("nothing accepts connections at %s: %w", s.address, err)
		}
	}
}

// status asks once, and wants 200.
func (s side) status(ctx context.Context, transport http.RoundTripper) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.link()+"/status", nil)
	if err != nil {
		return err
	}
	if s.bearer {
		r.Header.Set("Authorization", bearer)
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: want 200", s.name, answer.Status)
	}
	return nil
}
