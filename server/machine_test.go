package server_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
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
	"github.com/migrationlink/migrationlink/server/links"
)

// machineRequests is how many requests are made of each stand-in, in an hour of its clock. make test-long makes many of one.
var machineRequests = flag.Int("requests", 50, "how many requests each run of the state machine makes")

// TestAnHourOfAnythingLeavesWhatThePlainMapHas asks a stand-in right and wrong things, one at a time and some together, while its clock runs for an hour,
// so that nonces grow old and are used up. It answers and keeps what a plain map does, and its journal counts everything and keeps little.
func TestAnHourOfAnythingLeavesWhatThePlainMapHas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		for m.wire.answers() < *machineRequests {
			t.Repeat(map[string]func(*rapid.T){
				"one":      m.one,
				"together": m.together,
				"wrong":    m.wrong,
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
	m.wire = &countingWire{handler: m.standIn, counts: make(map[counted]int)}
	m.owner = &http.Client{Transport: digest.NewTransport(publicKey, privateKey, digest.WithBase(m.wire))}
	m.guess = &http.Client{Transport: digest.NewTransport(publicKey, "guessed", digest.WithBase(m.wire))}
	return m
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

// one asks for one thing, with tokens that other organizations may have.
func (m *machine) one(t *rapid.T) {
	c := drawCommand(t, rapid.SampledFrom(machineOrganizations).Draw(t, "org"), []string{"one", "two", "three"})
	want := m.expect(c)
	require.Equal(t, want, m.ask(c), c)
	m.passes(t)
}

// together asks of each organization one thing, all at a time, with tokens that no other has: in any order the outcome is the same.
func (m *machine) together(t *rapid.T) {
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
	path := linkPath(org)
	requests := map[string]struct {
		method, path, mediaType, content string
		by                               *http.Client
		want                             string
	}{
		"another media type":        {http.MethodPost, path, "text/plain", linkRequest(token), m.owner, "415 UNSUPPORTED_MEDIA_TYPE"},
		"no token":                  {http.MethodPost, path, "application/json", "{}", m.owner, "400 MISSING_ATTRIBUTE"},
		"an unknown parameter":      {http.MethodGet, statusPath(org) + "?prety=true", "", "", m.owner, "400 INVALID_QUERY_PARAMETER"},
		"an unknown organization":   {http.MethodDelete, linkPath(unknownOrg), "", "", m.owner, "404 ORG_NOT_FOUND"},
		"a foreign organization":    {http.MethodDelete, linkPath(closedOrg), "", "", m.owner, "401 USER_CANNOT_ACCESS_ORG"},
		"another method":            {http.MethodPut, path, "", "", m.owner, "405 METHOD_NOT_ALLOWED"},
		"another path":              {http.MethodGet, "/health", "", "", m.owner, "404 RESOURCE_NOT_FOUND"},
		"the wrong key":             {http.MethodDelete, path, "", "", m.guess, "401"},
		"a token without a sign-in": {http.MethodPost, path, "application/json", linkRequest(token), &http.Client{Transport: m.wire}, "401"},
	}
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(requests))).Draw(t, "request")
	r := requests[name]
	require.Equal(t, r.want, answerTo(r.by, r.method, r.path, r.mediaType, r.content), name)
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

// countingWire answers without a network, and counts the answers.
type countingWire struct {
	handler http.Handler

	mu     sync.Mutex
	all    int
	counts map[counted]int
}

type counted struct {
	operation string
	status    int
}

// RoundTrip implements http.RoundTripper.
func (p *countingWire) RoundTrip(r *http.Request) (*http.Response, error) {
	seen := r.Clone(r.Context())
	seen.RequestURI, seen.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:49152"
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, seen)
	operation := map[string]string{
		"POST migrationLink": "connect", "DELETE migrationLink": "disconnect", "GET status": "status",
	}[r.Method+" "+r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all++
	p.counts[counted{operation, w.Code}]++
	return w.Result(), nil
}

func (p *countingWire) answers() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all
}
