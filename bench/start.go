package main

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"time"

	"github.com/migrationlink/migrationlink/bench/beside"
	"github.com/migrationlink/migrationlink/bench/page"
	"github.com/migrationlink/migrationlink/digest"
)

// startUp measures how long it is from before a process is created to the end of its first answer 200 to a status. The stand-in is asked twice for
// it, since its first answer is a challenge.
func (b built) startUp(ctx context.Context, results *page.Results, progress func(string)) error {
	progress("start of migrationlink serve")
	address, err := freeAddress()
	if err != nil {
		return err
	}
	s := side{name: "serve", address: address, path: beside.LinkPath}
	if err := s.startUp(ctx, results, process(ctx, b.command(), "serve", "--listen", address)); err != nil {
		return err
	}
	if b.prism == nil {
		return nil
	}
	progress("start of Prism")
	cmd, s, err := b.prismProcess(ctx)
	if err != nil {
		return err
	}
	return s.startUp(ctx, results, cmd)
}

func (s side) startUp(ctx context.Context, results *page.Results, cmd *exec.Cmd) error {
	wire := new(http.Transport)
	defer wire.CloseIdleConnections()
	var transport http.RoundTripper = wire
	if !s.bearer {
		transport = digest.NewTransport(beside.PublicKey, beside.PrivateKey, digest.WithBase(wire))
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	defer func() {
		_ = cmd.Cancel()
		_ = cmd.Wait() // it was interrupted
	}()
	if err := s.accepts(ctx); err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	if err := s.status(ctx, transport); err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	results.Add("start/side="+s.name, "sec/op", time.Since(began).Seconds())
	return nil
}
