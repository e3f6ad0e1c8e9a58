// Package serving listens: it starts servers with limits, says where they are, and stops them in good order.
package serving

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// StopGrace is how long exchanges that were begun may still take when the stand-in is stopped. It is longer than a header may take, so that a
// client which sends half of one holds nothing up.
const StopGrace = 10 * time.Second

// Limited is a server whose limits keep one slow or greedy client from holding it: a thousand that send half a request cost less than 64 KiB
// each, or 256 KiB where they send nothing but header fields with the shortest names. An idle connection lives longer than a client of ours
// keeps one (30 s), so that no request meets a closing connection; an answer may take longer than its request, so that one that came too
// slowly is still answered.
func Limited(handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       90 * time.Second,
		MaxHeaderBytes:    8 << 10, // net/http reads 4 KiB more
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}

// Readiness is whether requests are welcome. It rises when they are answered, and falls before the listener closes, so that whoever asks
// first sends nothing to a closed port. The zero value is not ready.
type Readiness struct{ risen atomic.Bool }

func (r *Readiness) ready() bool { return r.risen.Load() }

// Rise says that requests are welcome: the listener is open, and keeps them until they are answered. It comes before the
// address is told, so that whoever reads the address finds the server ready.
func (r *Readiness) Rise() { r.risen.Store(true) }

// ServeUntil answers until ctx ends, and then finishes what was begun. It speaks TLS if s has a certificate.
func ServeUntil(ctx context.Context, listener net.Listener, s *http.Server) error {
	return new(Readiness).ServeUntil(ctx, listener, s)
}

// ServeUntil serves like the function [ServeUntil]. r is ready from the first request to the end of ctx.
func (r *Readiness) ServeUntil(ctx context.Context, listener net.Listener, s *http.Server) error {
	failed := make(chan error, 1)
	go func() {
		if s.TLSConfig != nil {
			failed <- s.ServeTLS(listener, "", "")
			return
		}
		failed <- s.Serve(listener)
	}()
	r.Rise()
	defer r.risen.Store(false)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	r.risen.Store(false)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), StopGrace)
	defer cancel()
	if err := s.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("stopped in the middle of an exchange, which took longer than %s", StopGrace), s.Close())
	}
	return nil
}
