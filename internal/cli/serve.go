package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/links/boltlinks"
)

// stopGrace is how long exchanges that were begun may still take when the stand-in is stopped.
const stopGrace = 10 * time.Second

const serveHelp = `Serve a stand-in of the API, strict and with a memory, to test against. It is no
production service: it speaks plain http, and forgets everything when it ends,
unless --data says where to keep it.
The first line on standard output tells its address. It ends on SIGINT or
SIGTERM, finishes what was begun, and removes the address file.

Without --config it serves one example organization with credentials that
anybody can read here, so it listens on this machine alone. With it, it serves
what the file says, wherever it is told to:

  organizations:
    - id: 5f7aac56b3a0b94bcdce6d8a
  apiKeys:
    - publicKey: ownerkey
      privateKey: 11111111-2222-3333-4444-555555555555
      roles: {5f7aac56b3a0b94bcdce6d8a: [ORG_OWNER]}
      accessList: [127.0.0.0/8, "::1/128"]     # left out: any address

With --data links outlive the stand-in, in a file that it makes if there is none
and that one process has open at a time. In it are, of each link, the id of the
organization, when it was connected, and the fingerprint (SHA-256) of the
link-token, never a token. Links of organizations that --config no longer has
stay in it as they are.
` + exitCodes

type serveFlags struct {
	listen, config, data, addressFile string
}

func newServe(p Process) *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:                   "serve [--listen ADDR] [--config FILE] [--data FILE] [--address-file FILE]",
		Short:                 "Serve a stand-in of the API to test against",
		Long:                  serveHelp,
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE:                  func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), p, flags) },
	}
	cmd.Flags().StringVar(&flags.listen, "listen", "127.0.0.1:0", "the `ADDR` HOST:PORT to listen on; port 0 is any free one")
	cmd.Flags().StringVar(&flags.config, "config", "", "the YAML `FILE` that says which organizations and API keys there are")
	cmd.Flags().StringVar(&flags.data, "data", "", "the `FILE` to keep links in; left out, they are kept in memory")
	cmd.Flags().StringVar(&flags.addressFile, "address-file", "", "the `FILE` to write http://HOST:PORT to, whole, once it listens")
	return cmd
}

func serve(ctx context.Context, p Process, flags serveFlags) (err error) {
	config := exampleConfig()
	if flags.config != "" {
		if config, err = readConfig(flags.config); err != nil {
			return &usageError{err}
		}
	}
	addr, err := listenAddress(flags.listen, flags.config != "")
	if err != nil {
		return &usageError{err}
	}
	if flags.data != "" {
		var kept *boltlinks.Links
		if kept, err = boltlinks.Open(flags.data); err != nil {
			return &usageError{fmt.Errorf("--data: %w", err)}
		}
		defer func() { err = errors.Join(err, kept.Close()) }()
		config.Links = kept
	}
	config.Logger = slog.New(slog.NewTextHandler(p.Stderr, nil))
	standIn, err := server.New(config)
	if err != nil {
		return &usageError{err}
	}
	listener, err := net.ListenTCP("tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()

	at := origin(listener.Addr())
	if flags.addressFile != "" {
		if err := writeAddress(flags.addressFile, at); err != nil {
			return fmt.Errorf("--address-file: %w", err)
		}
		defer removeAddress(flags.addressFile, at)
	}
	if !addr.IP.IsLoopback() {
		fmt.Fprintln(p.Stderr, "warning: others can reach this address, and plain http keeps nothing secret: use no real key or link-token here")
	}
	fmt.Fprintf(p.Stdout, "listening on %s%s\n", at, basePath)
	if flags.config == "" {
		fmt.Fprintf(p.Stderr, "a stand-in to test against, no production service; to connect its example organization:\n%s\n", exampleCurl(at))
	}
	return serveUntil(ctx, listener, limited(standIn, config.Logger))
}

// limited is a server whose limits keep one slow or greedy client from holding it; an idle connection lives longer than a client of ours
// keeps one (30 s), so that no request meets a closing connection.
func limited(handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       90 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}

// serveUntil answers until ctx ends, and then finishes what was begun.
func serveUntil(ctx context.Context, listener net.Listener, s *http.Server) error {
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if err := s.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("stopped in the middle of an exchange, which took longer than %s", stopGrace), s.Close())
	}
	return nil
}

// exampleCurl is the call that MongoDB's page prints, with scheme, host, keys and organization replaced.
func exampleCurl(at string) string {
	return fmt.Sprintf(`curl --user '%s:%s' --digest --header 'Accept: application/json' --header 'Content-Type: application/json' --include `+
		`--request POST '%s%s/orgs/%s/liveExport/migrationLink?pretty=true' --data '{ "linkToken": "string" }'`,
		examplePublicKey, examplePrivateKey, at, basePath, exampleOrg)
}
