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
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/internal/serving"
	"github.com/migrationlink/migrationlink/internal/settings"
	"github.com/migrationlink/migrationlink/internal/standinfile"
	"github.com/migrationlink/migrationlink/internal/wiretap"
	"github.com/migrationlink/migrationlink/server"
)

func newDemo(p console.Process) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Connect an example organization with a stand-in on this machine, and show how",
		Long: `Start a stand-in on a free port of this machine, connect its example organization
through the real client, ask for the status, disconnect, and ask again. Every
exchange is shown and judged by the contract; the link-token is not shown.
` + console.ExitCodesHelp,
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return Demo(cmd.Context(), p.Stdout, func(log *slog.Logger) (http.Handler, error) {
				config := standinfile.ExampleConfig()
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
	page := &wiretap.Page{Out: w}
	standIn, err := newStandIn(page.Logger())
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	background, stop := context.WithCancel(ctx)
	stopped := make(chan error, 1)
	go func() {
		stopped <- serving.ServeUntil(background, listener, serving.Limited(standIn, slog.New(slog.DiscardHandler)))
	}()

	failed := demonstrate(ctx, page, serving.Origin("http", listener.Addr()))
	stop()
	return errors.Join(failed, <-stopped)
}

// demonstrate is the client's side of the demo.
func demonstrate(ctx context.Context, w *wiretap.Page, at string) error {
	judge, err := checker.New()
	if err != nil {
		return err
	}
	wire := new(http.Transport)
	defer wire.CloseIdleConnections()
	pages := &wiretap.Transcript{Out: w, Host: at[len("http://"):]}
	c, err := client.New(
		client.APIKey(standinfile.ExamplePublicKey, standinfile.ExamplePrivateKey),
		client.BaseURL(at),
		client.HTTPClient(&http.Client{Transport: httpcheck.NewTransport(judge, wire, pages.Add)}),
	)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "A stand-in of Cloud Manager listens on %s%s, on this machine alone.\n", at, settings.BasePath)
	failed := steps(ctx, w, c)

	leaks := secret.Find(w.Shown(), secret.New("link-token", standinfile.ExampleToken().Reveal()))
	fmt.Fprintf(w, "\n%d exchanges on 127.0.0.1, contract kept %d of %d\nlink-token shown %d times\n", pages.Exchanges, pages.Kept, pages.Exchanges, len(leaks))
	if pages.Kept < pages.Exchanges {
		failed = errors.Join(failed, fmt.Errorf("the contract was broken in %d exchanges", pages.Exchanges-pages.Kept))
	}
	if w.Logged() {
		failed = errors.Join(failed, errors.New("the stand-in itself failed; what it logged is shown above"))
	}
	if len(leaks) > 0 {
		failed = errors.Join(failed, errors.New("the link-token was shown"))
	}
	return failed
}

// steps are what a person would do, each told before its exchanges.
func steps(ctx context.Context, w io.Writer, c *client.Client) error {
	fmt.Fprintf(w, "\nConnect organization %s\n", standinfile.ExampleOrg)
	link, err := c.Connect(ctx, standinfile.ExampleOrg, standinfile.ExampleToken())
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\n\nStatus\n", connected(link.Status, "migrationlink status --org "+standinfile.ExampleOrg.String()))
	if link, err = c.Status(ctx, standinfile.ExampleOrg); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\n\nDisconnect\n", console.StatusText(link.Status))
	if err = c.Disconnect(ctx, standinfile.ExampleOrg); err != nil {
		return err
	}
	fmt.Fprintf(w, "disconnected\n\nStatus\n")
	if link, err = c.Status(ctx, standinfile.ExampleOrg); err != nil {
		return err
	}
	fmt.Fprintln(w, console.StatusText(link.Status))
	return nil
}
