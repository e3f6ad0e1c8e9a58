package server_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
	entries "github.com/migrationlink/migrationlink/server/journal"
	"github.com/migrationlink/migrationlink/server/links"
)

var update = flag.Bool("update", false, "write testdata/faults.txt anew")

// faultRow is a fault in the table, without its operation.
type faultRow struct {
	name string
	kind fault.Description
	on   func(migrationlink.Operation) fault.Fault
	// operations that have it.
	operations []migrationlink.Operation
}

// faultRows are all faults that the code has: every kind, every documented error, at every point where it can strike.
func faultRows() []faultRow {
	const often = 100 // so that no client gets past it by trying again
	var all []faultRow
	for _, kind := range fault.Kinds() {
		if kind.Kind == fault.Error {
			for _, documented := range fault.Errors() {
				for _, when := range documented.When {
					all = append(all, faultRow{
						name: fmt.Sprintf("%d %s, %s", documented.HTTPStatus, documented.Code, when), kind: kind, operations: documented.Operations,
						on: func(op migrationlink.Operation) fault.Fault {
							return fault.On(op).Next(often).Error(documented.Code).At(when)
						},
					})
				}
			}
			continue
		}
		for _, when := range kind.When {
			row := faultRow{name: fmt.Sprintf("%s, %s", kind.Kind, when), kind: kind, operations: kind.Operations}
			row.on = func(op migrationlink.Operation) fault.Fault {
				switch kind.Kind {
				case fault.Latency:
					return fault.On(op).Next(often).Latency(10 * time.Minute).At(when)
				case fault.ClosedIdle:
					return fault.On(op).Next(1).Do(kind.Kind) // net/http tries again by itself, on a new connection
				default:
					return fault.On(op).Next(often).Do(kind.Kind).At(when)
				}
			}
			all = append(all, row)
		}
	}
	return all
}

// seat is a way to a stand-in.
type seat struct {
	name string
	of   fault.Seat
	// reach makes the handler reachable: the address, and a transport that goes there. stop ends it and waits for what is under way.
	reach func(http.Handler) (url string, transport http.RoundTripper, stop func())
}

func seats() []seat {
	served := func(tls, http2 bool) func(http.Handler) (string, http.RoundTripper, func()) {
		return func(handler http.Handler) (string, http.RoundTripper, func()) {
			ts := httptest.NewUnstartedServer(handler)
			ts.Config.ErrorLog = log.New(io.Discard, "", 0)
			ts.EnableHTTP2 = http2
			if tls {
				ts.StartTLS()
			} else {
				ts.Start()
			}
			return ts.URL, ts.Client().Transport, ts.Close
		}
	}
	return []seat{
		{"in-process", fault.InProcess, func(handler http.Handler) (string, http.RoundTripper, func()) {
			return "http://127.0.0.1:80", inProcess{handler}, func() {}
		}},
		{"TCP", fault.TCP, served(false, false)},
		{"TLS", fault.TCP, served(true, false)},
		{"HTTP/2", fault.HTTP2, served(true, true)},
	}
}

// inProcess calls a handler without a connection. An answer that the handler breaks off ends in an error.
type inProcess struct{ handler http.Handler }

var errAborted = errors.New("the handler aborted")

func (p inProcess) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	w := httptest.NewRecorder()
	defer func() {
		switch recover() {
		case nil:
			return
		case http.ErrAbortHandler:
		default:
			panic("the handler panics with something else than http.ErrAbortHandler")
		}
		switch {
		case r.Context().Err() != nil:
			err = r.Context().Err()
		case w.Flushed:
			answer = w.Result()
			answer.Body = io.NopCloser(io.MultiReader(answer.Body, broken{}))
		default:
			err = errAborted
		}
	}()
	received := r.Clone(r.Context())
	received.RequestURI, received.RemoteAddr, received.Host = r.URL.RequestURI(), "127.0.0.1:1", r.URL.Host
	if received.Body == nil {
		received.Body = http.NoBody
	}
	p.handler.ServeHTTP(w, received)
	return w.Result(), nil
}

// broken is where an answer was broken off.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errAborted }

// onStrike tells of each fault that strikes, when it does.
type onStrike struct {
	slog.Handler
	tell func()
}

func (h onStrike) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "a fault strikes" {
		h.tell()
	}
	return nil
}

// cell is one fault at one operation from one seat.
type cell struct {
	row  faultRow
	op   migrationlink.Operation
	seat seat
}

// outcome is what came of a cell: what our client says, and what the checker finds.
type outcome struct{ seen, found string }

var ports = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// run produces the cell. What must hold in every cell is asserted here; what differs is returned.
func (c cell) run(t *testing.T) outcome {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	kept := new(links.Memory)
	log := new(journal)
	f := c.row.on(c.op)
	s, err := server.New(config(func(conf *server.Config) {
		conf.Links, conf.Faults = kept, []fault.Fault{f}
		if c.op != migrationlink.OperationConnect {
			conf.Organizations[0].Link = migrationlink.StatusSynced
		}
		conf.Logger = slog.New(onStrike{slog.NewTextHandler(log, nil), func() {
			if f.Kind() == fault.Latency {
				cancel() // the caller does not wait
			}
		}})
	}))
	require.NoError(t, err)
	judge, err := checker.New()
	require.NoError(t, err)
	var underWay sync.WaitGroup
	url, transport, stop := c.seat.reach(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		underWay.Add(1)
		defer underWay.Done() // with HTTP/2 a server that is closed does not wait for its handlers
		s.ServeHTTP(w, r)
	}))
	var mu sync.Mutex
	var findings []string
	judged := httpcheck.NewTransport(judge, transport, func(_ checker.Exchange, v checker.Verdict) {
		mu.Lock()
		defer mu.Unlock()
		for _, finding := range v.Findings {
			if text := finding.String(); !slices.Contains(findings, text) {
				findings = append(findings, text)
			}
		}
	})
	seen := c.call(ctx, t, url, judged)
	if idle, ok := transport.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
	stop()
	underWay.Wait()

	struck := s.Faults().List()[0].Struck
	assert.Positive(t, struck, "the fault strikes")
	struckEntries := s.Journal().Entries(func(e entries.Entry) bool { return e.Fault != "" })
	assert.Len(t, struckEntries, struck, "and the journal says so")
	for i, e := range struckEntries {
		assert.Equal(t, fmt.Sprintf("%s (%d)", f, i+1), e.Fault)
		assert.Equal(t, c.op, e.Operation)
	}
	_, err = kept.Get(t.Context(), org)
	connected, before := err == nil, c.op != migrationlink.OperationConnect
	switch {
	case f.When() == fault.AfterEffect && c.op != migrationlink.OperationStatus:
		assert.NotEqual(t, before, connected, "the effect took place")
	case f.Kind() == fault.ClosedIdle && c.op == migrationlink.OperationStatus:
	default:
		assert.Equal(t, before, connected, "nothing was done")
	}
	found := "nothing"
	if len(findings) > 0 {
		found = strings.Join(findings, "\n           ")
	}
	assert.Empty(t, secrets.Find([]byte(seen+found+log.String())))
	seen = ports.ReplaceAllString(strings.ReplaceAll(seen, url, "ORIGIN"), "127.0.0.1:PORT")
	name := regexp.MustCompile(`(?m)^( *)` + string(c.op) + `\b`)
	return outcome{name.ReplaceAllString(seen, "OPERATION"), name.ReplaceAllString(found, "${1}OPERATION")}
}

// call makes the call with our client, or by hand where it cannot sign in so. It returns the whole text of what comes of it.
func (c cell) call(ctx context.Context, t *testing.T, url string, transport http.RoundTripper) string {
	if c.row.kind.Scheme == migrationlink.SecuritySchemeServiceAccount {
		return c.bear(ctx, t, url, transport)
	}
	ours, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL(url), client.Attempts(1), client.HTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, err)
	var link client.Link
	switch c.op {
	case migrationlink.OperationConnect:
		link, err = ours.Connect(ctx, org, migrationlink.NewLinkToken(token))
	case migrationlink.OperationStatus:
		link, err = ours.Status(ctx, org)
	default:
		err = ours.Disconnect(ctx, org)
	}
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace("no error " + string(link.Status))
}

// bear makes the call with a bearer token.
func (c cell) bear(ctx context.Context, t *testing.T, url string, transport http.RoundTripper) string {
	i := slices.IndexFunc(operations, func(o struct{ name, method, target, content string }) bool { return o.name == string(c.op) })
	r, err := http.NewRequestWithContext(ctx, operations[i].method, url+operations[i].target, strings.NewReader(operations[i].content))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer x")
	if operations[i].content != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := transport.RoundTrip(r)
	require.NoError(t, err)
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	challenges := answer.Header.Values("WWW-Authenticate")
	require.Len(t, challenges, 2)
	assert.True(t, strings.HasPrefix(challenges[0], "Digest "))
	return fmt.Sprintf("by hand, our client has no bearer token: %d %s %s", answer.StatusCode, challenges[1], content)
}

// where names cells: an operation alone is that operation from every seat.
func where(cells []cell) string {
	var all []string
	for _, op := range migrationlink.Operations() {
		var from []string
		for _, c := range cells {
			if c.op == op {
				from = append(from, c.seat.name)
			}
		}
		switch {
		case len(from) == len(seats()):
			all = append(all, string(op))
		case len(from) > 0:
			all = append(all, string(op)+" ("+strings.Join(from, ", ")+")")
		}
	}
	return strings.Join(all, ", ")
}

// TestFaults is the table: every fault that the code has, at every operation, from every seat. What our client says of it and what the checker
// finds is in testdata/faults.txt, which -update writes; whoever writes it reads it.
func TestFaults(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	outcomes := make(map[string]outcome)
	key := func(c cell) string { return c.row.name + "\n" + string(c.op) + "\n" + c.seat.name }
	t.Run("cells", func(t *testing.T) {
		for _, row := range faultRows() {
			for _, op := range row.operations {
				for _, seat := range seats() {
					c := cell{row, op, seat}
					t.Run(strings.ReplaceAll(fmt.Sprint(row.name, "/", op, "/", seat.name), " ", "_"), func(t *testing.T) {
						t.Parallel()
						o := c.run(t)
						mu.Lock()
						defer mu.Unlock()
						outcomes[key(c)] = o
					})
				}
			}
		}
	})

	var table strings.Builder
	produced, impossible := 0, 0
	for _, row := range faultRows() {
		fmt.Fprintf(&table, "\n%s\n", row.name)
		var told []outcome
		var by [][]cell
		for _, op := range row.operations {
			for _, seat := range seats() {
				o, ran := outcomes[key(cell{row, op, seat})]
				if !ran {
					assert.Fail(t, "a cell is missing", "%s, %s, %s", row.name, op, seat.name)
					continue
				}
				produced++
				if reason := row.kind.Impossible(seat.of, op); reason != "" {
					produced, impossible = produced-1, impossible+1
					o.found += "\n    not possible: " + reason
				}
				i := slices.Index(told, o)
				if i < 0 {
					i = len(told)
					told, by = append(told, o), append(by, nil)
				}
				by[i] = append(by[i], cell{row, op, seat})
			}
		}
		for i, o := range told {
			fmt.Fprintf(&table, "  %s\n    seen:  %s\n    found: %s\n", where(by[i]), o.seen, o.found)
		}
	}
	got := fmt.Sprintf("%d cells are produced, %d are not possible and become something else.\n%s", produced, impossible, table.String())
	file := filepath.Join("testdata", "faults.txt")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}
