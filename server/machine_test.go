package server_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/links"
)

// machineRequests is how many requests are made of each stand-in, in an hour of its clock. make test-long makes many of one.
var machineRequests = flag.Int("requests", 50, "how many requests each run of the state machine makes")

// TestAnHourOfAnythingLeavesWhatThePlainMapHas asks a stand-in right and wrong things, one at a time and some together, while faults strike and its clock
// runs for an hour, so that nonces grow old and are used up. It answers and keeps what a plain map does, and its journal counts everything and keeps little.
func TestAnHourOfAnythingLeavesWhatThePlainMapHas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		for m.wire.answers() < *machineRequests {
			t.Repeat(map[string]func(*rapid.T){
				"one":      m.one,
				"together": m.together,
				"wrong":    m.wrong,
				"fault":    m.setFault,
				"":         m.check,
			})
		}
		m.clock.Advance(m.end.Sub(m.clock.Now()))
		m.check(t)
	})
}

// machineOrganizations are owned by the key, each of them; few, so that they meet.
var machineOrganizations = []migrationlink.OrgID{org, neighbour, guestOrg}

const machineJournal = 100

// machine is a stand-in, and the model of it.
type machine struct {
	standIn *server.Server
	clock   *clock
	end     time.Time
	wire    *countingWire
	owner   *http.Client
	guess   *http.Client // has the wrong private key
	fault   fault.Fault  // that was set last
	model   map[migrationlink.OrgID]links.Link
}

func newMachine(t *rapid.T) *machine {
	m := &machine{clock: newClock(), model: make(map[migrationlink.OrgID]links.Link)}
	m.end = m.clock.Now().Add(time.Hour)
	var err error
	m.standIn, err = server.New(config(func(c *server.Config) {
		c.Now, c.JournalSize = m.clock.Now, machineJournal
		for _, id := range machineOrganizations {
			c.APIKeys[0].Roles[id] = []server.Role{server.RoleOrgOwner}
		}
	}))
	require.NoError(t, err)
	m.wire = &countingWire{inProcess: inProcess{m.standIn}, counts: make(map[counted]int)}
	m.owner = m.client(digest.NewTransport(publicKey, privateKey, digest.WithBase(m.wire)))
	m.guess = m.client(digest.NewTransport(publicKey, "guessed", digest.WithBase(m.wire)))
	return m
}

// client follows no redirect.
func (m *machine) client(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// command is one right request.
type command struct {
	method string
	org    migrationlink.OrgID
	token  string // of connect
}

func (c command) String() string { return fmt.Sprintf("%s %s %s", c.method, c.org[20:], c.token) }

func drawCommand(t *rapid.T, org migrationlink.OrgID, tokens []string) command {
	c := command{method: rapid.SampledFrom([]string{http.MethodPost, http.MethodGet, http.MethodDelete}).Draw(t, "method"), org: org}
	if c.method == http.MethodPost {
		c.token = rapid.SampledFrom(tokens).Draw(t, "token")
	}
	return c
}

// one asks for one thing, with tokens that other organizations may have. If a fault strikes, it says whether the thing was done all the same.
func (m *machine) one(t *rapid.T) {
	c := drawCommand(t, rapid.SampledFrom(machineOrganizations).Draw(t, "org"), []string{"one", "two", "three"})
	got := m.ask(c)
	switch {
	case !m.struck():
		require.Equal(t, m.expect(c), got, c)
	case m.fault.When() == fault.AfterEffect:
		m.expect(c)
	}
	if d, ok := m.fault.Documented(); ok && m.struck() {
		require.Equal(t, fmt.Sprint(d.HTTPStatus, " ", d.Code), got, c)
	}
	m.passes(t)
}

// struck reports whether a fault has struck the last request.
func (m *machine) struck() bool {
	entries := m.standIn.Journal().Entries(nil)
	return entries[len(entries)-1].Fault != ""
}

// setFault sets a fault instead of those there were: of any kind but those that take time.
func (m *machine) setFault(t *rapid.T) {
	kinds := []fault.Kind{
		fault.Error, fault.Reset, fault.Empty, fault.Half, fault.Garbage, fault.ClosedIdle, fault.StaleNonce, fault.ReplayedNonce, fault.NotSynced,
		fault.BrokenContract, fault.LoginPage, fault.Redirect,
	}
	calls := fault.On(rapid.SampledFrom(append(migrationlink.Operations(), fault.Any)).Draw(t, "operation")).Next(rapid.IntRange(1, 3).Draw(t, "next"))
	if rapid.Bool().Draw(t, "seeded") {
		calls = calls.Share(rapid.Float64Range(0.1, 0.9).Draw(t, "share"), rapid.Uint64().Draw(t, "seed"), 3)
	}
	f := calls.Do(rapid.SampledFrom(kinds).Draw(t, "kind"))
	if f.Kind() == fault.Error {
		f = calls.Error(rapid.SampledFrom(fault.Errors()).Draw(t, "error").Code)
	}
	if at := rapid.SampledFrom([]fault.When{"", fault.BeforeSignIn, fault.BeforeEffect, fault.AfterEffect}).Draw(t, "when"); at != "" {
		f = f.At(at)
	}
	if f.Validate() != nil {
		t.Skip("no such fault")
	}
	m.standIn.Faults().Clear()
	_, err := m.standIn.Faults().Add(f)
	require.NoError(t, err)
	m.fault = f
}

// together asks of each organization one thing, all at a time, with tokens that no other has: in any order the outcome is the same. So no fault is
// set, which would strike who comes first.
func (m *machine) together(t *rapid.T) {
	m.standIn.Faults().Clear()
	var all sync.WaitGroup
	got, want := make([]string, len(machineOrganizations)), make([]string, len(machineOrganizations))
	for i, id := range machineOrganizations {
		c := drawCommand(t, id, []string{"first of " + id.String(), "second of " + id.String()})
		want[i] = m.expect(c)
		all.Go(func() { got[i] = m.ask(c) })
	}
	all.Wait()
	require.Equal(t, want, got)
	m.passes(t)
}

// wrong asks what is refused, and changes nothing.
func (m *machine) wrong(t *rapid.T) {
	link := linkPath(org)
	requests := map[string]struct {
		method, path, mediaType, content string
		by                               *http.Client
		want                             string
	}{
		"another media type":        {http.MethodPost, link, "text/plain", linkRequest(token), m.owner, "415 UNSUPPORTED_MEDIA_TYPE"},
		"no token":                  {http.MethodPost, link, "application/json", "{}", m.owner, "400 MISSING_ATTRIBUTE"},
		"an unknown parameter":      {http.MethodGet, statusPath(org) + "?prety=true", "", "", m.owner, "400 INVALID_QUERY_PARAMETER"},
		"an unknown organization":   {http.MethodDelete, linkPath(unknownOrg), "", "", m.owner, "404 ORG_NOT_FOUND"},
		"a foreign organization":    {http.MethodDelete, linkPath(closedOrg), "", "", m.owner, "401 USER_CANNOT_ACCESS_ORG"},
		"another method":            {http.MethodPut, link, "", "", m.owner, "405 METHOD_NOT_ALLOWED"},
		"another path":              {http.MethodGet, "/health", "", "", m.owner, "404 RESOURCE_NOT_FOUND"},
		"the wrong key":             {http.MethodDelete, link, "", "", m.guess, "401"},
		"a token without a sign-in": {http.MethodPost, link, "application/json", linkRequest(token), m.client(m.wire), "401"},
	}
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(requests))).Draw(t, "request")
	r := requests[name]
	if got := answerTo(r.by, r.method, r.path, r.mediaType, r.content); !m.struck() {
		require.Equal(t, r.want, got, name)
	}
	m.passes(t)
}

// expect does to the model what the command does, and says what is answered.
func (m *machine) expect(c command) string {
	_, connected := m.model[c.org]
	switch c.method {
	case http.MethodGet:
		return map[bool]string{true: "200 SYNCED", false: "200 NOT_SYNCED"}[connected]
	case http.MethodDelete:
		delete(m.model, c.org)
		return map[bool]string{true: "204", false: "404 RESOURCE_NOT_FOUND"}[connected]
	}
	asked := links.Link{OrgID: c.org, Token: migrationlink.NewLinkToken(c.token).Fingerprint(), ConnectedAt: m.clock.Now()}
	for _, other := range m.model {
		switch {
		case other.Token != asked.Token:
		case other.OrgID != c.org:
			return "409 LINK_TOKEN_IN_USE"
		default:
			asked = other
		}
	}
	m.model[c.org] = asked
	return "201 SYNCED"
}

// ask sends the command, and returns what was answered.
func (m *machine) ask(c command) string {
	switch c.method {
	case http.MethodPost:
		return answerTo(m.owner, c.method, linkPath(c.org.String()), "application/json", linkRequest(c.token))
	case http.MethodGet:
		return answerTo(m.owner, c.method, statusPath(c.org.String()), "", "")
	default:
		return answerTo(m.owner, c.method, linkPath(c.org.String()), "", "")
	}
}

// answerTo sends a request in-process, and returns its status and, of a failure, the errorCode; of a success the content.
func answerTo(c *http.Client, method, target, mediaType, content string) string {
	r := request(method, "http://127.0.0.1"+target, content)
	r.RequestURI = "" // of a client
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	response, err := c.Do(r)
	if err != nil {
		return err.Error()
	}
	var answer struct{ Status, ErrorCode string }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil && response.StatusCode != http.StatusNoContent {
		return err.Error()
	}
	return strings.TrimSpace(fmt.Sprint(response.StatusCode, " ", answer.Status, answer.ErrorCode))
}

// passes lets time pass, as much as leaves an hour for all requests.
func (m *machine) passes(t *rapid.T) {
	mean := time.Hour.Milliseconds() / int64(*machineRequests)
	by := time.Duration(rapid.Int64Range(0, 2*mean).Draw(t, "ms")) * time.Millisecond
	m.clock.Advance(min(by, m.end.Sub(m.clock.Now())))
}

// check compares what is kept with the model, and what was counted with what was seen on the way.
func (m *machine) check(t *rapid.T) {
	for _, id := range machineOrganizations {
		kept, err := m.standIn.Links().Get(t.Context(), id)
		if want, connected := m.model[id]; connected {
			require.NoError(t, err)
			require.Equal(t, want, kept)
		} else {
			require.ErrorIs(t, err, links.ErrNotConnected)
		}
	}
	journal := m.standIn.Journal()
	require.Equal(t, m.wire.answers(), journal.Len())
	require.Len(t, journal.Entries(nil), min(journal.Len(), machineJournal))
	for of, n := range m.wire.counts {
		require.Equal(t, n, journal.Count(of.operation, of.status), of)
	}
}

// countingWire counts the answers of a handler that is called in-process. One that was broken off before it began has status 0.
type countingWire struct {
	inProcess

	mu     sync.Mutex
	all    int
	counts map[counted]int
}

type counted struct {
	operation migrationlink.Operation
	status    int
}

// RoundTrip implements http.RoundTripper.
func (w *countingWire) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := w.inProcess.RoundTrip(r)
	status := 0
	if err == nil {
		status = answer.StatusCode
	}
	operation := map[string]migrationlink.Operation{
		"POST migrationLink": migrationlink.OperationConnect, "DELETE migrationLink": migrationlink.OperationDisconnect,
		"GET status": migrationlink.OperationStatus,
	}[r.Method+" "+path.Base(r.URL.Path)]
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all++
	w.counts[counted{operation, status}]++
	return answer, err
}

func (w *countingWire) answers() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all
}
