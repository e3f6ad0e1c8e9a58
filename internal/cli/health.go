package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/spf13/cobra"
)

// healthTimeout is how long an answer may take.
const healthTimeout = 5 * time.Second

const healthHelp = `Ask the admin interface of a stand-in (serve --admin) whether it is ready for
requests: for whoever starts it, and for a container's health check.

Exit codes: 0 it is ready, 1 it is not, or does not answer within five seconds,
2 wrong usage.`

func newHealth(p console.Process) *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:                   "health --url ADDR",
		Short:                 "Ask whether a stand-in is ready",
		Long:                  healthHelp,
		Example:               "  migrationlink health --url http://127.0.0.1:8081",
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE:                  func(cmd *cobra.Command, _ []string) error { return health(cmd.Context(), p, at) },
	}
	cmd.Flags().StringVar(&at, "url", "", "the `ADDR` of the admin interface, http://HOST:PORT")
	return cmd
}

func health(ctx context.Context, p console.Process, at string) error {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return console.Usagef("--url: want the address of the admin interface, like http://127.0.0.1:8081")
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.JoinPath("ready").String(), nil)
	if err != nil {
		return console.Usagef("--url: want the address of the admin interface, like http://127.0.0.1:8081")
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("not ready: nothing listens there")
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("not ready: no answer within %s", healthTimeout)
	case err != nil:
		return errors.New("not ready: the connection failed")
	}
	defer func() { _ = answer.Body.Close() }()
	var said struct {
		Status, Detail string
	}
	err = json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&said)
	switch {
	case err != nil || said.Status == "" && said.Detail == "":
		return fmt.Errorf("not ready: what answers (%d) is no admin interface", answer.StatusCode)
	case answer.StatusCode != http.StatusOK:
		return errors.New("not ready: " + said.Detail)
	}
	_, err = fmt.Fprintln(p.Stdout, said.Status)
	return err
}
