package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/internal/settings"
	"github.com/migrationlink/migrationlink/internal/standinfile"
	"github.com/migrationlink/migrationlink/internal/wiretap"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/journal"
)

var update = flag.Bool("update", false, "write testdata/failures.txt anew")

// TestFailures is one table of what every fault of the stand-in makes of a command: how often the request is sent, how long that takes, what the
// command exits with, and what it says. A fault strikes once, or each time. It is all in testdata/failures.txt, which -update writes; whoever writes
// it reads it.
//
// The test is inside the package, since the clock that it fakes (testing/synctest) wants a server without a network, and the command has no flag
// for that.
func TestFailures(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	rows := 0
	for _, f := range faults() {
		var order []string
		of := map[string][]string{} // which calls, by what came of them
		for _, op := range f.operations {
			for _, often := range []struct {
				name string
				n    int
			}{{"once", 1}, {"each time", 1000}} {
				rows++
				came := strings.ReplaceAll(struckBy(t, op, f.on(op, often.n)), string(op)+" organization", "OPERATION organization")
				if of[came] == nil {
					order = append(order, came)
				}
				of[came] = append(of[came], fmt.Sprintf("%s %s", op, often.name))
			}
		}
		fmt.Fprintf(&table, "\n%s\n", f.name)
		for _, came := range order {
			fmt.Fprintf(&table, "  %s\n%s", strings.Join(of[came], ", "), came)
		}
	}
	got := fmt.Sprintf("%d rows: a fault, how often a request with credentials was sent for it, the time that took, the exit code, and what is said.\n%s", rows, table.String())
	name := filepath.Join("testdata", "failures.txt")
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
	assert.Empty(t, secret.Find([]byte(got), secret.New("link-token", standinfile.ExampleToken().Reveal()), secret.New("private key", standinfile.ExamplePrivateKey)))
}

// named is a fault without its operation.
type named struct {
	name       string
	operations []migrationlink.Operation
	on         func(op migrationlink.Operation, n int) fault.Fault
}

// faults are all that strike a key: every kind, every documented error, at every point, and what can come back later in its three ways.
func faults() []named {
	var all []named
	for _, kind := range fault.Kinds() {
		switch {
		case kind.Scheme == migrationlink.SecuritySchemeServiceAccount, kind.Kind == fault.ClosedIdle: // the client has tests of these, with accounts and with sockets
		case kind.Kind == fault.Error:
			for _, e := range fault.Errors() {
				for _, when := range e.When {
					name := fmt.Sprintf("%d %s, %s", e.HTTPStatus, e.Code, when)
					on := func(op migrationlink.Operation, n int) fault.Fault {
						return fault.On(op).Next(n).Error(e.Code).At(when)
					}
					all = append(all, named{name, e.Operations, on})
					for _, after := range []time.Duration{2 * time.Second, 2 * time.Minute} {
						if e.RetryAfter != fault.Never {
							all = append(all, named{fmt.Sprintf("%s, Retry-After %s", name, after), e.Operations, func(op migrationlink.Operation, n int) fault.Fault { return on(op, n).WithRetryAfter(after) }})
						}
					}
				}
			}
		default:
			for _, when := range kind.When {
				all = append(all, named{fmt.Sprintf("%s, %s", kind.Kind, when), kind.Operations, func(op migrationlink.Operation, n int) fault.Fault {
					if kind.Kind == fault.Latency {
						return fault.On(op).Next(n).Latency(10 * time.Minute).At(when)
					}
					return fault.On(op).Next(n).Do(kind.Kind).At(when)
				}})
			}
		}
	}
	return all
}

// struckBy runs the command of an operation against a stand-in with one fault, and tells what came of it.
func struckBy(t *testing.T, op migrationlink.Operation, f fault.Fault) (row string) {
	synctest.Test(t, func(t *testing.T) {
		config := standinfile.ExampleConfig()
		config.Faults = []fault.Fault{f}
		if op != migrationlink.OperationConnect {
			config.Organizations[0].Link = migrationlink.StatusSynced
		}
		standIn, err := server.New(config)
		require.NoError(t, err)
		at := &inside{handler: standIn}
		c := settings.Call{Org: standinfile.ExampleOrg, URL: "https://om.example"}
		c.Client, err = client.New(client.APIKey(standinfile.ExamplePublicKey, standinfile.ExamplePrivateKey), client.BaseURL(c.URL), client.HTTPClient(&http.Client{Transport: at}),
			client.Jitter(func() float64 { return 0 }))
		require.NoError(t, err)
		var stdout, stderr bytes.Buffer
		p := console.Process{Stdin: strings.NewReader(standinfile.ExampleToken().Reveal()), Stdout: &stdout, Stderr: &stderr}
		began := time.Now()
		switch op {
		case migrationlink.OperationConnect:
			err = connect(t.Context(), p, c, connectFlags{yes: true})
		case migrationlink.OperationStatus:
			err = status(t.Context(), p, c, false)
		default:
			err = disconnect(t.Context(), p, c, true)
		}
		code := console.ExitDone
		if err != nil {
			code = console.ExitCode(t.Context(), err)
		}
		row = fmt.Sprintf("    sent %d, %s, exit %d\n", at.sent(op), time.Since(began), code)
		for _, said := range []string{stdout.String(), stderr.String(), said(err)} {
			if said != "" {
				row += "    " + strings.TrimSuffix(said, "\n") + "\n"
			}
		}
		effects := standIn.Journal().Entries(func(e journal.Entry) bool {
			return op == migrationlink.OperationConnect && e.Operation == op && e.Status == http.StatusCreated
		})
		assert.LessOrEqual(t, len(effects), 1, "no token is sent again after it was taken")
	})
	return row
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// inside calls the stand-in without a network, and counts the requests that carry credentials.
type inside struct {
	handler http.Handler
	methods []string
}

func (i *inside) sent(op migrationlink.Operation) int {
	method := map[migrationlink.Operation]string{migrationlink.OperationConnect: http.MethodPost, migrationlink.OperationStatus: http.MethodGet, migrationlink.OperationDisconnect: http.MethodDelete}[op]
	n := 0
	for _, m := range i.methods {
		if m == method {
			n++
		}
	}
	return n
}

var errAborted = errors.New("the connection broke off")

func (i *inside) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	if r.Header.Get("Authorization") != "" {
		i.methods = append(i.methods, r.Method)
	}
	w := httptest.NewRecorder()
	defer func() {
		switch recovered := recover(); {
		case recovered == nil:
		case !errors.Is(recovered.(error), http.ErrAbortHandler):
			panic(recovered)
		case r.Context().Err() != nil:
			answer, err = nil, r.Context().Err()
		case w.Flushed:
			answer = w.Result()
			answer.Body = io.NopCloser(io.MultiReader(answer.Body, wiretap.Failing{Err: errAborted}))
		default:
			answer, err = nil, errAborted
		}
	}()
	received := r.Clone(r.Context())
	received.RequestURI, received.RemoteAddr, received.Host = r.URL.RequestURI(), "127.0.0.1:1", r.URL.Host
	if received.Body == nil {
		received.Body = http.NoBody
	}
	i.handler.ServeHTTP(w, received)
	return w.Result(), nil
}

// The kinds of failure that no fault of the stand-in makes.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		err  error
		want int
	}{
		{&console.UsageError{Err: errors.New("x")}, console.ExitUsage},
		{console.ErrDeclined, console.ExitFailed},
		{console.ErrInterrupted, console.ExitInterrupted},
		{console.ResultError(console.ExitNotSynced), console.ExitNotSynced},
		{errors.New("x"), console.ExitFailed},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), console.ExitUnavailable},
		{migrationlink.ErrOrgID, console.ExitFailed},
	} {
		assert.Equal(t, c.want, console.ExitCode(t.Context(), c.err), c.err)
	}
	assert.Equal(t, console.ExitInterrupted, console.ExitCode(canceled, context.Canceled))
	assert.Equal(t, console.ExitUsage, console.ExitCode(canceled, &console.UsageError{Err: errors.New("x")}), "it was found before")
	assert.True(t, slices.IsSorted([]int{console.ExitDone, console.ExitFailed, console.ExitUsage, console.ExitNotSynced, console.ExitNotSignedIn, console.ExitNotAllowed, console.ExitNotFound, console.ExitConflict, console.ExitUnavailable, console.ExitOutcomeUnknown, console.ExitSomeFailed, console.ExitInterrupted}))
}
