package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/leak"
	"github.com/migrationlink/migrationlink/server"
)

func newDemo(p Process) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Connect an example organization with a stand-in on this machine, and show how",
		Long: `Start a stand-in on a free port of this machine, connect its example organization
through the real client, ask for the status, disconnect, and ask again. Every
exchange is shown and judged by the contract; the link-token is not shown.
` + exitCodes,
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return Demo(cmd.Context(), p.Stdout, func(log *slog.Logger) (http.Handler, error) {
				config := exampleConfig()
				config.Logger = log
				return server.New(config)
			})
		},
	}
}

// Demo serves a stand-in that has the example organization on a free loopback port, connects, asks, disconnects and asks again, and
// writes what went over the wire, and what the stand-in logs as an error. The error says that a call failed, the contract was broken, the
// stand-in told of an error, or the link-token was shown.
func Demo(ctx context.Context, w io.Writer, newStandIn func(*slog.Logger) (http.Handler, error)) error {
	page := &page{w: w}
	standIn, err := newStandIn(page.logger())
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	background, stop := context.WithCancel(ctx)
	stopped := make(chan error, 1)
	go func() { stopped <- serveUntil(background, listener, limited(standIn, slog.New(slog.DiscardHandler))) }()

	failed := demonstrate(ctx, page, origin("http", listener.Addr()))
	stop()
	return errors.Join(failed, <-stopped)
}

// demonstrate is the client's side of the demo.
func demonstrate(ctx context.Context, w *page, at string) error {
	judge, err := checker.New()
	if err != nil {
		return err
	}
	wire := new(http.Transport)
	defer wire.CloseIdleConnections()
	pages := &transcript{w: w, host: at[len("http://"):]}
	c, err := client.New(
		client.APIKey(examplePublicKey, examplePrivateKey),
		client.BaseURL(at),
		client.HTTPClient(&http.Client{Transport: httpcheck.NewTransport(judge, wire, pages.add)}),
	)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "A stand-in of Cloud Manager listens on %s%s, on this machine alone.\n", at, basePath)
	failed := steps(ctx, w, c)

	leaks := leak.Find(w.shown(), leak.Secret{Name: "link-token", Value: exampleToken().Reveal()})
	fmt.Fprintf(w, "\n%d exchanges on 127.0.0.1, contract kept %d of %d\nlink-token shown %d times\n", pages.exchanges, pages.kept, pages.exchanges, len(leaks))
	if pages.kept < pages.exchanges {
		failed = errors.Join(failed, fmt.Errorf("the contract was broken in %d exchanges", pages.exchanges-pages.kept))
	}
	if w.logged() {
		failed = errors.Join(failed, errors.New("the stand-in itself failed; what it logged is shown above"))
	}
	if len(leaks) > 0 {
		failed = errors.Join(failed, errors.New("the link-token was shown"))
	}
	return failed
}

// steps are what a person would do, each told before its exchanges.
func steps(ctx context.Context, w io.Writer, c *client.Client) error {
	fmt.Fprintf(w, "\nConnect organization %s\n", exampleOrg)
	link, err := c.Connect(ctx, exampleOrg, exampleToken())
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\n\nStatus\n", connected(link.Status, "migrationlink status --org "+exampleOrg.String()))
	if link, err = c.Status(ctx, exampleOrg); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\n\nDisconnect\n", shown(link.Status))
	if err = c.Disconnect(ctx, exampleOrg); err != nil {
		return err
	}
	fmt.Fprintf(w, "disconnected\n\nStatus\n")
	if link, err = c.Status(ctx, exampleOrg); err != nil {
		return err
	}
	fmt.Fprintln(w, shown(link.Status))
	return nil
}
