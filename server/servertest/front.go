package servertest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// grace is how long an exchange may take to notice that its connection is closed. net/http takes half a second at most.
const grace = 5 * time.Second

// front is the HTTP server before the stand-in.
type front struct {
	url    string
	http   *http.Server
	cancel context.CancelFunc
	served chan struct{} // closed when nothing is accepted any more

	running     sync.WaitGroup // connections and exchanges, which over HTTP/2 or taken over can outlive theirs
	mu          sync.Mutex
	connections map[net.Conn]bool
}

// serve answers on a free port of loopback, by TLS if there are certificates.
func serve(standIn http.Handler, logger *slog.Logger, own *certificates) (*front, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &front{url: "http://" + listener.Addr().String(), cancel: cancel, served: make(chan struct{}), connections: make(map[net.Conn]bool)}
	f.http = &http.Server{
		Handler:           f.count(standIn),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState:         f.connection,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelError),
	}
	accept := f.http.Serve
	if own != nil {
		f.url = "https://" + listener.Addr().String()
		f.http.TLSConfig = own.server()
		accept = func(l net.Listener) error { return f.http.ServeTLS(l, "", "") }
	}
	go func() {
		defer close(f.served)
		_ = accept(listener) // ends when it is closed
	}()
	return f, nil
}

// connection keeps the connections counted: net/http lingers on one whose request it has refused to read.
func (f *front) connection(c net.Conn, state http.ConnState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case state == http.StateNew:
		f.connections[c] = true
		f.running.Add(1)
	case (state == http.StateClosed || state == http.StateHijacked) && f.connections[c]:
		delete(f.connections, c)
		f.running.Done()
	}
}

// count keeps the exchanges counted.
func (f *front) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.running.Add(1) // while the connection counts, too
		defer f.running.Done()
		next.ServeHTTP(w, r)
	})
}

// close cuts every connection, whatever happens on it, and waits until nothing is left of them. A client that hangs holds nothing up.
func (f *front) close() error {
	f.cancel()
	_ = f.http.Close()
	<-f.served
	_ = f.http.Close() // and the one that was being accepted
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.running.Wait()
	}()
	select {
	case <-ended:
		return nil
	case <-time.After(grace):
		return fmt.Errorf("an exchange is still under way, %s after its connection was closed", grace)
	}
}
