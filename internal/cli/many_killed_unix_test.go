//go:build unix

package cli_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/many"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/journal"
)

var (
	kills         = flag.Int("kills", 10, "how many times TestKilled kills a run")
	organizations = flag.Int("organizations", 300, "how many organizations TestKilled connects")
)

// besieged is a stand-in with many organizations that have a key each, in a profile of mongocli's, and what it was asked.
type besieged struct {
	*server.Server
	env        []string
	list, file string
	orgs       []migrationlink.OrgID

	secrets []secret.Named // some of them

	mu     sync.Mutex
	posts  map[migrationlink.OrgID]int
	heard  map[migrationlink.Operation]int // signed requests since the command began, by operation
	killAt map[migrationlink.Operation]int
	kill   func()
}

func privateKeyOf(publicKey string) string { return "private-half-of-" + publicKey }

func newBesieged(t *testing.T) *besieged {
	t.Helper()
	home := t.TempDir()
	b := &besieged{list: filepath.Join(home, "list.csv"), file: filepath.Join(home, "results.jsonl"), posts: make(map[migrationlink.OrgID]int), kill: func() {}}
	for _, i := range []int{0, *organizations / 2, *organizations - 1} {
		b.secrets = append(b.secrets, secret.New("link-token", crowdToken(i)), secret.New("private key", privateKeyOf(fmt.Sprint("key", i))))
	}
	var config server.Config
	list, profiles := bytes.NewBufferString("orgId,profile,linkToken\n"), new(bytes.Buffer)
	for i := range *organizations {
		org, key := migrationlink.OrgID(fmt.Sprintf("%024x", i)), fmt.Sprintf("key%d", i)
		b.orgs = append(b.orgs, org)
		config.Organizations = append(config.Organizations, server.Organization{ID: org})
		config.APIKeys = append(config.APIKeys, server.APIKey{PublicKey: key, PrivateKey: migrationlink.NewSecret(privateKeyOf(key)),
			Roles: map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}}})
		fmt.Fprintf(list, "%s,of-%d,%s\n", org, i, crowdToken(i))
		fmt.Fprintf(profiles, "[of-%d]\n  public_api_key = %q\n  private_api_key = %q\n  org_id = %q\n", i, key, privateKeyOf(key), org)
	}
	folder := filepath.Join(home, ".config", "mongocli")
	if runtime.GOOS == "darwin" {
		folder = filepath.Join(home, "Library", "Application Support", "mongocli")
	}
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "config.toml"), profiles.Bytes(), 0o600))
	require.NoError(t, os.WriteFile(b.list, list.Bytes(), 0o600))
	var err error
	b.Server, err = server.New(config)
	require.NoError(t, err)
	b.Journal().Watch(b.hear)
	s := httptest.NewServer(b.Server)
	t.Cleanup(s.Close)
	b.env = []string{"HOME=" + home, "MCLI_OPS_MANAGER_URL=" + s.URL}
	return b
}

// hear counts for each organization the POSTs that may have taken effect as far as whoever sent them knows: those that were signed in, whatever became of
// them, but for what told that nothing was done and that it be sent again, 429 and (here always with Retry-After) 503. The client may repeat those within one
// call; no other may ever be sent twice.
func (b *besieged) hear(e journal.Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.Caller == "" {
		return
	}
	if e.Operation == migrationlink.OperationConnect && e.Status != 429 && e.Status != 503 {
		b.posts[e.OrgID]++
	}
	if b.heard[e.Operation]++; b.heard[e.Operation] == b.killAt[e.Operation] {
		b.kill()
	}
}

// run runs the command to its end, or until the stand-in has been asked as often as killAt says.
func (b *besieged) run(t *testing.T, killAt map[migrationlink.Operation]int, more ...string) (killed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "migrationlink", append([]string{"connect", "--from", b.list, "--results", b.file, "--yes"}, more...)...)
	cmd.Env = b.env
	var shown bytes.Buffer
	cmd.Stdout, cmd.Stderr = &shown, &shown
	b.mu.Lock()
	require.NoError(t, cmd.Start())
	b.heard, b.killAt = make(map[migrationlink.Operation]int), killAt
	b.kill = func() { _ = cmd.Process.Kill() }
	b.mu.Unlock()
	err := cmd.Wait()
	assert.Empty(t, secret.Find(shown.Bytes(), b.secrets...))
	if code := cmd.ProcessState.ExitCode(); code == console.ExitDone || code == console.ExitSomeFailed {
		return false
	}
	require.EqualError(t, err, "signal: killed", shown.String())
	return true
}

func (b *besieged) faults(t *testing.T) {
	t.Helper()
	share := func(operation migrationlink.Operation, share float64) fault.Calls {
		return fault.On(operation).Share(share, 4+uint64(len(b.Faults().List())), 1)
	}
	add := func(f fault.Fault) {
		_, err := b.Faults().Add(f)
		require.NoError(t, err)
	}
	for _, operation := range []migrationlink.Operation{migrationlink.OperationConnect, migrationlink.OperationStatus} {
		some := 0.01
		if operation == migrationlink.OperationStatus { // every run asks for every one that is left, and waits before it asks again
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
		add(share(migrationlink.OperationConnect, 0.01).Do(fault.Reset).At(when))
		add(share(migrationlink.OperationConnect, 0.01).Do(fault.Empty).At(when))
		add(share(migrationlink.OperationConnect, 0.01).Error("UNEXPECTED_ERROR").At(when))
	}
	add(share(migrationlink.OperationConnect, 0.02).Do(fault.Half))
	add(share(migrationlink.OperationStatus, 0.05).Do(fault.NotSynced))
}

// A run is killed again and again, at moments that follow from a seed, and resumed each time.
func TestKilled(t *testing.T) {
	t.Parallel()
	b := newBesieged(t)
	b.faults(t)
	for n, tries := 0, 0; n < *kills; tries++ {
		random := rand.New(rand.NewPCG(10, uint64(tries)))
		at, operation := 1+random.IntN(*organizations / *kills), migrationlink.OperationConnect
		if random.IntN(4) == 0 {
			operation = migrationlink.OperationStatus
		}
		killAt := map[migrationlink.Operation]int{operation: at}
		if b.run(t, killAt) {
			n++
		} else if tries > n+*kills {
			require.FailNow(t, "the runs come to their end before they are killed")
		}
		b.atMostOnce(t)
	}
	b.run(t, nil)
	b.Faults().Clear()
	b.run(t, nil)
	b.atMostOnce(t)
	final := b.outcomes(t)
	require.Len(t, final, len(b.orgs), "every organization of the list has an outcome, and no other")
	unknown := 0
	for _, org := range b.orgs {
		_, err := b.Links().Get(t.Context(), org)
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
	b.run(t, nil, "--retry-unknown")
	for org, outcome := range b.outcomes(t) {
		assert.Equal(t, many.Connected, outcome, "%s", org)
	}
	t.Logf("%d kills, %d organizations, %d unknown in the end", *kills, len(b.orgs), unknown)
}

func (b *besieged) atMostOnce(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for org, n := range b.posts {
		require.LessOrEqual(t, n, 1, "POSTs for %s that may have taken effect", org)
	}
}

// outcomes are the last of each organization. One that is final has no other after it, nor an intent.
func (b *besieged) outcomes(t *testing.T) map[migrationlink.OrgID]many.Outcome {
	t.Helper()
	content, err := os.ReadFile(b.file)
	require.NoError(t, err)
	assert.Empty(t, secret.Find(content, b.secrets...))
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
