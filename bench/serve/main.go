// Command serve answers on a free port of loopback with one of the handlers of package beside, until it is interrupted. Its first line tells where,
// as that of migrationlink serve does.
//
//	go run ./serve bare
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"

	"github.com/migrationlink/migrationlink/bench/beside"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := serve(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("want the name of one handler")
	}
	handler, err := beside.New(arguments[0])
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{Handler: handler}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	fmt.Printf("listening on http://%s\n", listener.Addr())
	if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
