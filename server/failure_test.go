package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/links"
)

// failingLinks do on every call what fail does.
type failingLinks struct {
	fail func(ctx context.Context) error
}

func (l failingLinks) Connect(ctx context.Context, _ links.Link) (links.Link, error) {
	return links.Link{}, l.fail(ctx)
}

func (l failingLinks) ConnectOnce(ctx context.Context, _ links.Link) (bool, error) {
	return false, l.fail(ctx)
}

func (l failingLinks) Get(ctx context.Context, _ migrationlink.OrgID) (links.Link, error) {
	return links.Link{}, l.fail(ctx)
}

func (l failingLinks) Disconnect(ctx context.Context, _ migrationlink.OrgID) error {
	return l.fail(ctx)
}

// journal is a log that many may write to and that is read at the end.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text.Reset()
}

// to is the change that logs to the journal, without the time, which slog takes from the machine.
func (j *journal) to(c *server.Config) {
	c.Logger = slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// operations are the three calls, of an owner.
var operations = []struct{ name, method, target, content string }{
	{"connect", http.MethodPost, linkPath(org), linkRequest(token)},
	{"status", http.MethodGet, statusPath(org), ""},
	{"disconnect", http.MethodDelete, linkPath(org), ""},
}

// TestLinksThatFail are answered 500 in the documented shape, whatever goes wrong; why stands in the log alone.
func TestLinksThatFail(t *testing.T) {
	t.Parallel()
	unexpected := problem(500, "UNEXPECTED_ERROR", "Unexpected error.", `[]`)
	tests := []struct {
		name string
		fail func(context.Context) error
		log  string // before the line of the exchange; OP is the operation
	}{
		{"an error", func(context.Context) error { return errors.New("the disk is full") },
			`level=ERROR msg="a handler failed" error="OP: the disk is full"` + "\n"},
		{"an error of the other kind", func(context.Context) error { return io.ErrUnexpectedEOF },
			`level=ERROR msg="a handler failed" error="OP: unexpected EOF"` + "\n"},
		{"a panic that holds the token", func(context.Context) error { panic(errors.New(token + privateKey)) },
			`level=ERROR msg="a handler panicked" stack="goroutine `},
		{"a panic with a struct", func(context.Context) error { panic(struct{ a, b string }{token, privateKey}) },
			`level=ERROR msg="a handler panicked" stack="goroutine `},
		{"a panic of the runtime", func(context.Context) error { return []error{}[len(token)] },
			`level=ERROR msg="a handler panicked" stack="goroutine `},
		{"a panic with nil", func(context.Context) error { panic(nil) },
			`level=ERROR msg="a handler panicked" stack="goroutine `},
	}
	for _, tt := range tests {
		for _, operation := range operations {
			t.Run(tt.name+", "+operation.name, func(t *testing.T) {
				t.Parallel()
				log := new(journal)
				s := newServer(t, log.to, func(c *server.Config) { c.Links = failingLinks{tt.fail} })
				for query, want := range map[string]string{"": unexpected, "?envelope=true": `{"status":500,"content":` + unexpected + `}`} {
					r := sign(t, s, request(operation.method, operation.target+query, operation.content))
					log.clear()
					got := ask(t, s, r)
					assert.Equal(t, http.StatusInternalServerError, got.status)
					assert.Equal(t, want, got.body)
					assert.Equal(t, "application/json", got.header.Get("Content-Type"))
					text := log.String()
					assert.True(t, strings.HasPrefix(text, strings.ReplaceAll(tt.log, "OP", operation.name)), text)
					assert.True(t, strings.HasSuffix(text,
						"level=INFO msg="+operation.name+" status=500 code=UNEXPECTED_ERROR key=ownerkey org="+org+"\n"), text)
					assert.Empty(t, secrets.Find([]byte(text)), "the log shows a secret")
				}
			})
		}
	}
}

// TestLinksThatAreUnavailable are answered 503 in the documented shape, and when to come back; why stands in the log alone.
func TestLinksThatAreUnavailable(t *testing.T) {
	t.Parallel()
	for _, operation := range operations {
		t.Run(operation.name, func(t *testing.T) {
			t.Parallel()
			log := new(journal)
			s := newServer(t, log.to, func(c *server.Config) {
				c.Links = failingLinks{func(context.Context) error { return fmt.Errorf("%w: no space left on device", links.ErrUnavailable) }}
			})
			unavailable := problem(503, "SERVICE_UNAVAILABLE", "The service is temporarily unavailable.", `[]`)
			for query, want := range map[string]string{"": unavailable, "?envelope=true": `{"status":503,"content":` + unavailable + `}`} {
				r := sign(t, s, request(operation.method, operation.target+query, operation.content))
				log.clear()
				got := ask(t, s, r)
				assert.Equal(t, http.StatusServiceUnavailable, got.status)
				assert.Equal(t, want, got.body)
				assert.Equal(t, "10", got.header.Get("Retry-After"))
				assert.Equal(t, `level=ERROR msg="links are unavailable" error="`+operation.name+`: links are unavailable: no space left on device"`+"\n"+
					"level=INFO msg="+operation.name+" status=503 code=SERVICE_UNAVAILABLE key=ownerkey org="+org+"\n", log.String())
			}
		})
	}
}

// TestAChangeOfUnknownOutcome is answered 503 as well, but not with Retry-After: who reads that
// asks again, or takes the change for one that was not made.
func TestAChangeOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	for _, operation := range operations {
		t.Run(operation.name, func(t *testing.T) {
			t.Parallel()
			log := new(journal)
			s := newServer(t, log.to, func(c *server.Config) {
				c.Links = failingLinks{func(context.Context) error { return fmt.Errorf("%w: no answer from the disk", links.ErrUnknown) }}
			})
			unknown := problem(503, "SERVICE_UNAVAILABLE", "The service failed. Whether the change was made is not known.", `[]`)
			for query, want := range map[string]string{"": unknown, "?envelope=true": `{"status":503,"content":` + unknown + `}`} {
				r := sign(t, s, request(operation.method, operation.target+query, operation.content))
				log.clear()
				got := ask(t, s, r)
				assert.Equal(t, http.StatusServiceUnavailable, got.status)
				assert.Equal(t, want, got.body)
				assert.NotContains(t, got.header, "Retry-After")
				assert.Equal(t, `level=ERROR msg="the outcome is unknown" error="`+operation.name+`: whether the change was made is not known: no answer from the disk"`+"\n"+
					"level=INFO msg="+operation.name+" status=503 code=SERVICE_UNAVAILABLE key=ownerkey org="+org+"\n", log.String())
			}
		})
	}
}

// TestTheStackOfAPanicSaysWhere lets whoever reads the log find the place.
func TestTheStackOfAPanicSaysWhere(t *testing.T) {
	t.Parallel()
	log := new(journal)
	s := newServer(t, log.to, func(c *server.Config) {
		c.Links = failingLinks{func(context.Context) error { panic(token) }}
	})
	call(t, s, http.MethodGet, statusPath(org), "")
	assert.Contains(t, log.String(), "server_test.failingLinks.Get")
	assert.Contains(t, log.String(), "failure_test.go")
}

// TestLinksThatWaitAreToldThatNobodyDoes blocks until the client has gone away.
func TestLinksThatWaitAreToldThatNobodyDoes(t *testing.T) {
	t.Parallel()
	log := new(journal)
	waiting := make(chan struct{})
	s := newServer(t, log.to, func(c *server.Config) {
		c.Links = failingLinks{func(ctx context.Context) error {
			close(waiting)
			<-ctx.Done()
			return ctx.Err()
		}}
	})
	r := sign(t, s, request(http.MethodPost, linkPath(org), linkRequest(token)))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-waiting
		cancel()
	}()
	got := ask(t, s, r.WithContext(ctx))
	assert.Equal(t, problem(500, "UNEXPECTED_ERROR", "Unexpected error.", `[]`), got.body)
	assert.Contains(t, log.String(), `msg="a handler failed" error="connect: context canceled"`)
	assert.Empty(t, secrets.Find([]byte(log.String())), "the log shows a secret")
}

// TestAnAbortIsNotAnswered is what net/http promises for http.ErrAbortHandler: the connection breaks.
func TestAnAbortIsNotAnswered(t *testing.T) {
	t.Parallel()
	log := new(journal)
	s := newServer(t, log.to, func(c *server.Config) {
		c.Links = failingLinks{func(context.Context) error { panic(http.ErrAbortHandler) }}
	})
	r := sign(t, s, request(http.MethodGet, statusPath(org), ""))
	log.clear()
	w := httptest.NewRecorder()
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { s.ServeHTTP(w, r) })
	assert.Empty(t, w.Body.String())
	assert.NotContains(t, log.String(), "panicked")

	signed := authorization(t, credentials(challenge(t, s).Nonce, statusPath(org)), http.MethodGet, privateKey)
	conn := dial(t, listen(t, s))
	_, err := io.WriteString(conn, "GET "+statusPath(org)+" HTTP/1.1\r\nHost: x\r\nAuthorization: "+signed+"\r\n\r\n")
	require.NoError(t, err)
	rest, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Empty(t, rest)
}
