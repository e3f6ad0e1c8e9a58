package many_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/leak"
	"github.com/migrationlink/migrationlink/internal/many"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/journal"
)

var (
	kills         = flag.Int("kills", 10, "how many times TestKilled kills a run")
	organizations = flag.Int("organizations", 300, "how many organizations TestKilled connects")
)

// childEnv has the test binary be a run, as a process of its own.
const childEnv = "MANY_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	if err := child(os.Args[1], os.Args[2], os.Args[3], len(os.Args) > 4); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child connects every organization of a list, each with its own key.
func child(list, file, address string, retryUnknown bool) error {
	content, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	read, err := many.ReadCSV(content, &many.Tokens{Parse: func(text []byte) (migrationlink.LinkToken, error) {
		return migrationlink.NewLinkToken(string(text)), nil
	}})
	if err != nil {
		return err
	}
	results, err := many.OpenResults(file, many.Connect)
	if err != nil {
		return err
	}
	pace := many.NewPace(10, time.Now)
	items, err := many.NewItems(read.Rows, func(row many.Row) many.Server {
		c, err := client.New(client.APIKey(row.Profile, privateKeyOf(row.Profile)), client.BaseURL(address), client.WrapTransport(pace.Wrap), client.Jitter(func() float64 { return 0 }))
		if err != nil {
			panic(err)
		}
		return many.Server{Client: c, Address: address}
	}, results)
	if err != nil {
		return err
	}
	r := &many.Run{Operation: many.Connect, Items: items, Results: results, Pace: pace, Now: time.Now, RetryUnknown: retryUnknown}
	r.Resume()
	if err := r.Ask(context.Background()); err != nil {
		return err
	}
	if err := r.Send(context.Background()); err != nil {
		return err
	}
	return results.Close()
}

func privateKeyOf(publicKey string) string { return "private-half-of-" + publicKey }

// crowd is a stand-in with many organizations that have a key each, and what it was asked.
type crowd struct {
	*server.Server
	url        string
	list, file string
	orgs       []migrationlink.OrgID

	mu     sync.Mutex
	posts  map[migrationlink.OrgID]int
	heard  map[string]int // signed requests since the child began, by operation
	killAt map[string]int
	kill   func()
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	dir := t.TempDir()
	c := &crowd{list: filepath.Join(dir, "list.csv"), file: filepath.Join(dir, "results.jsonl"), posts: make(map[migrationlink.OrgID]int), kill: func() {}}
	var config server.Config
	list := bytes.NewBufferString("orgId,profile,linkToken\n")
	for i := range *organizations {
		org, key := migrationlink.OrgID(fmt.Sprintf("%024x", i)), fmt.Sprintf("key%d", i)
		c.orgs = append(c.orgs, org)
		config.Organizations = append(config.Organizations, server.Organization{ID: org})
		config.APIKeys = append(config.APIKeys, server.APIKey{PublicKey: key, PrivateKey: privateKeyOf(key),
			Roles: map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}}})
		fmt.Fprintf(list, "%s,%s,%s%d\n", org, key, canary, i)
	}
	require.NoError(t, os.WriteFile(c.list, list.Bytes(), 0o600))
	var err error
	c.Server, err = server.New(config)
	require.NoError(t, err)
	c.Journal().Watch(c.hear)
	s := httptest.NewServer(c.Server)
	t.Cleanup(s.Close)
	c.url = s.URL
	return c
}

// hear counts for each organization the POSTs that may have taken effect as far as whoever sent them knows: those that were signed in, whatever became of
// them, but for what told that nothing was done and that it be sent again, 429 and (here always with Retry-After) 503. The client may repeat those within one
// call; no other may ever be sent twice.
func (c *crowd) hear(e journal.Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Caller == "" {
		return
	}
	if e.Operation == journal.Connect && e.Status != 429 && e.Status != 503 {
		c.posts[e.OrgID]++
	}
	if c.heard[e.Operation]++; c.heard[e.Operation] == c.killAt[e.Operation] {
		c.kill()
	}
}

// run runs a child to its end, or until the stand-in has been asked as often as killAt says.
func (c *crowd) run(t *testing.T, killAt map[string]int, args ...string) (killed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{c.list, c.file, c.url}, args...)...)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	c.mu.Lock()
	require.NoError(t, cmd.Start())
	c.heard, c.killAt = make(map[string]int), killAt
	c.kill = func() { _ = cmd.Process.Kill() }
	c.mu.Unlock()
	err := cmd.Wait()
	if err == nil {
		return false
	}
	require.Equal(t, "signal: killed", err.Error(), stderr.String())
	return true
}

func (c *crowd) faults(t *testing.T) {
	t.Helper()
	share := func(operation fault.Operation, share float64) fault.Calls {
		return fault.On(operation).Share(share, 4+uint64(len(c.Faults().List())), 1)
	}
	add := func(f fault.Fault) {
		_, err := c.Faults().Add(f)
		require.NoError(t, err)
	}
	for _, operation := range []fault.Operation{fault.Connect, fault.Status} {
		some := 0.01
		if operation == fault.Status { // every run asks for every one that is left, and waits before it asks again
			some = 0.001
		}
		add(share(operation, 0.1).LatencyBetween(time.Millisecond, 5*time.Millisecond))
		add(share(operation, some).Do(fault.StaleNonce))
		add(share(operation, some).Do(fault.ReplayedNonce))
		add(share(operation, some).Do(fault.ClosedIdle))
		add(share(operation, some).Do(fault.Reset).At(fault.BeforeSignIn))
		add(share(operation, some).RateLimited(0))
		add(share(operation, some).Error("SERVICE_UNAVAILABLE").WithRetryAfter(0))
	}
	for _, when := range []fault.When{fault.BeforeEffect, fault.AfterEffect} {
		add(share(fault.Connect, 0.01).Do(fault.Reset).At(when))
		add(share(fault.Connect, 0.01).Do(fault.Empty).At(when))
		add(share(fault.Connect, 0.01).Error("UNEXPECTED_ERROR").At(when))
	}
	add(share(fault.Connect, 0.02).Do(fault.Half))
	add(share(fault.Status, 0.05).Do(fault.NotSynced))
}

// A run is killed again and again, at moments that follow from a seed, and resumed each time.
func TestKilled(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	c.faults(t)
	for n, tries := 0, 0; n < *kills; tries++ {
		random := rand.New(rand.NewPCG(10, uint64(tries)))
		at, operation := 1+random.IntN(*organizations / *kills), journal.Connect
		if random.IntN(4) == 0 {
			operation = journal.Status
		}
		killAt := map[string]int{operation: at}
		if c.run(t, killAt) {
			n++
		} else if tries > n+*kills {
			require.FailNow(t, "the runs come to their end before they are killed")
		}
		c.atMostOnce(t)
	}
	c.run(t, nil)
	c.Faults().Clear()
	c.run(t, nil)
	c.atMostOnce(t)
	final := c.outcomes(t)
	require.Len(t, final, len(c.orgs), "every organization of the list has an outcome, and no other")
	unknown := 0
	for _, org := range c.orgs {
		_, err := c.Links().Get(t.Context(), org)
		connected := err == nil
		switch final[org] {
		case many.Connected:
			assert.True(t, connected, "%s", org)
		case many.Unknown:
			assert.False(t, connected, "%s: a status of SYNCED would have told", org)
			unknown++
		default:
			assert.Fail(t, "neither connected nor unknown", "%s: %s", org, final[org])
		}
	}
	assert.Positive(t, unknown, "some of what was killed was never sent")

	// With leave, what is unknown is sent once more: then all are connected.
	c.run(t, nil, "retry unknown")
	for org, outcome := range c.outcomes(t) {
		assert.Equal(t, many.Connected, outcome, "%s", org)
	}
	t.Logf("%d kills, %d organizations, %d unknown in the end", *kills, len(c.orgs), unknown)
}

func (c *crowd) atMostOnce(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for org, n := range c.posts {
		require.LessOrEqual(t, n, 1, "POSTs for %s that may have taken effect", org)
	}
}

// outcomes are the last of each organization. One that is final has no other after it, nor an intent.
func (c *crowd) outcomes(t *testing.T) map[migrationlink.OrgID]many.Outcome {
	t.Helper()
	content, err := os.ReadFile(c.file)
	require.NoError(t, err)
	assert.Empty(t, leak.Find(content, leak.Secret{Name: "link-token", Value: canary}, leak.Secret{Name: "private key", Value: privateKeyOf("key1")}))
	final := make(map[migrationlink.OrgID]many.Outcome)
	number := 0
	for text := range bytes.Lines(content) {
		if number++; number == 1 {
			continue
		}
		var line struct {
			OrgID   migrationlink.OrgID `json:"orgId"`
			Outcome many.Outcome        `json:"outcome"`
		}
		require.NoError(t, json.Unmarshal(text, &line), "line "+strconv.Itoa(number))
		require.NotEqual(t, many.Connected, final[line.OrgID], "line %d comes after the final outcome of %s", number, line.OrgID)
		final[line.OrgID] = line.Outcome
	}
	return final
}
