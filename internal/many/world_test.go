package many_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/many"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/journal"
	"github.com/migrationlink/migrationlink/server/servertest"
)

// world is a stand-in with three organizations, a list of them, and a results file.
type world struct {
	*servertest.Server
	t    *testing.T
	rows []many.Row
	file string
	wire http.RoundTripper // nil: the network
}

func newWorld(t *testing.T, change ...func(*server.Config)) *world {
	t.Helper()
	w := &world{t: t, file: filepath.Join(t.TempDir(), "results.jsonl")}
	var organizations []server.Organization
	for i, org := range []migrationlink.OrgID{orgA, orgB, orgC} {
		organizations = append(organizations, server.Organization{ID: org})
		w.rows = append(w.rows, many.Row{Line: i + 2, OrgID: org, Token: migrationlink.NewLinkToken(fmt.Sprint(canary, i))})
	}
	options := []servertest.Option{servertest.Organizations(organizations...)}
	for _, c := range change {
		options = append(options, servertest.Config(c))
	}
	w.Server = servertest.New(t, options...)
	return w
}

// connected has an organization connected from the start.
func connected(i int) func(*server.Config) {
	return func(c *server.Config) { c.Organizations[i].Link = migrationlink.StatusSynced }
}

func now() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) }

// writes is the results file before the run.
func (w *world) writes(lines ...string) {
	w.t.Helper()
	content := strings.ReplaceAll(strings.Join(lines, "\n"), "{address}", w.URL)
	require.NoError(w.t, os.WriteFile(w.file, []byte(content), 0o600))
}

// kept is the results file as it is, with a name in the place of the address.
func (w *world) kept() string {
	w.t.Helper()
	content, err := os.ReadFile(w.file)
	require.NoError(w.t, err)
	return strings.ReplaceAll(string(content), w.URL, "{address}")
}

// run is one that has been prepared. Its results file is closed with the test.
func (w *world) run(operation migrationlink.Operation, change ...func(*many.Run)) *many.Run {
	w.t.Helper()
	results, err := many.OpenResults(w.file, operation)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = results.Close() })
	c, err := client.New(client.APIKey(w.Key().PublicKey, w.Key().PrivateKey.Reveal()), client.BaseURL(w.URL),
		client.HTTPClient(&http.Client{Transport: w.wire}), client.Jitter(func() float64 { return 0 }), client.Attempts(1))
	require.NoError(w.t, err)
	rows := slices.Clone(w.rows)
	for i := range rows {
		if operation != migrationlink.OperationConnect {
			rows[i].Token = migrationlink.LinkToken{}
		}
	}
	items, err := many.NewItems(rows, func(many.Row) many.Server { return many.Server{Client: c, Address: w.URL} }, results)
	require.NoError(w.t, err)
	r := &many.Run{Operation: operation, Items: items, Results: results, Pace: many.NewPace(2, time.Now), Now: now}
	for _, c := range change {
		c(r)
	}
	r.Resume()
	return r
}

// whole runs to the end, and lets go of the file.
func (w *world) whole(operation migrationlink.Operation, change ...func(*many.Run)) *many.Run {
	w.t.Helper()
	r := w.run(operation, change...)
	require.NoError(w.t, r.Ask(w.t.Context()))
	require.NoError(w.t, r.Send(w.t.Context()))
	require.NoError(w.t, r.Results.Close())
	return r
}

func replace(r *many.Run)      { r.Replace = true }
func retryUnknown(r *many.Run) { r.RetryUnknown = true }

// sent is how many requests of an operation were signed in.
func (w *world) sent(operation migrationlink.Operation) int {
	return len(w.Journal().Entries(func(e journal.Entry) bool { return e.Operation == operation && e.Caller != "" }))
}

// outcomes are those of all rows, with what went wrong.
func outcomes(r *many.Run) []string {
	var all []string
	for _, item := range r.Items {
		text := string(item.Outcome)
		if item.Earlier {
			text += ", earlier"
		}
		if item.ByStatus {
			text += ", by status"
		}
		if item.Err != nil {
			text += ": " + item.Why()
		}
		all = append(all, text)
	}
	return all
}

const headerLine = `{"format":"migrationlink results","version":1,"operation":"connect"}`

func TestARun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, connected(1), func(c *server.Config) { delete(c.APIKeys[0].Roles, orgC) })
	var told []string
	r := w.run(migrationlink.OperationConnect, func(r *many.Run) {
		r.Pace = many.NewPace(1, time.Now)
		r.Told = func(i *many.Item) { told = append(told, fmt.Sprint(i.Line, i.Status, i.Outcome)) }
	})
	require.NoError(t, r.Ask(t.Context()))
	const refused = `failed: not allowed (401 USER_CANNOT_ACCESS_ORG): the key pair "ownerkey" has no access to this organization. An API key belongs to one organization: use one of this organization, with the role Organization Owner.`
	assert.Equal(t, []string{"", "skipped", refused}, outcomes(r))
	assert.Equal(t, headerLine+"\n", w.kept(), "nothing is written by asking")
	assert.Zero(t, w.sent(migrationlink.OperationConnect))

	require.NoError(t, r.Send(t.Context()))
	assert.Equal(t, []string{"connected", "skipped", refused}, outcomes(r))
	assert.Equal(t, []string{"2NOT_SYNCED", "3SYNCEDskipped", "4failed", "2SYNCEDconnected"}, told)
	assert.Equal(t, 1, w.sent(migrationlink.OperationConnect))
	assert.Equal(t, 2, r.Count(many.Skipped)+r.Count(many.Failed))
	require.NoError(t, r.Results.Close())

	const (
		skipped = `{"event":"outcome","at":"2026-11-23T10:00:00Z","orgId":"` + orgB + `","address":"{address}","outcome":"skipped","status":"SYNCED"}`
		failed  = `{"event":"outcome","at":"2026-11-23T10:00:00Z","orgId":"` + orgC + `","address":"{address}","outcome":"failed","httpStatus":401,"errorCode":"USER_CANNOT_ACCESS_ORG","error":"not allowed (401 USER_CANNOT_ACCESS_ORG): the key pair \"ownerkey\" has no access to this organization. An API key belongs to one organization: use one of this organization, with the role Organization Owner."}`
		done    = `{"event":"outcome","at":"2026-11-23T10:00:00Z","orgId":"` + orgA + `","address":"{address}","outcome":"connected","status":"SYNCED"}`
	)
	kept := headerLine + "\n" + skipped + "\n" + failed + "\n" + intentOf(w.rows[0], "NOT_SYNCED") + "\n" + done + "\n"
	assert.Equal(t, kept, w.kept())

	r = w.whole(migrationlink.OperationConnect)
	assert.Equal(t, []string{"connected, earlier", "skipped, earlier", refused}, outcomes(r))
	assert.Equal(t, kept+failed+"\n", w.kept())
	assert.Equal(t, 1, w.sent(migrationlink.OperationConnect))

	r = w.whole(migrationlink.OperationConnect, replace)
	assert.Equal(t, []string{"connected, earlier", "connected", refused}, outcomes(r))
	assert.Equal(t, 2, w.sent(migrationlink.OperationConnect))
}

func TestReplace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, connected(0))
	assert.Equal(t, []string{"connected", "connected", "connected"}, outcomes(w.whole(migrationlink.OperationConnect, replace)))
	assert.Equal(t, 3, w.sent(migrationlink.OperationConnect))
	assert.Contains(t, w.kept(), intentOf(w.rows[0], "SYNCED"))
}

// intentOf is a line as a run writes it.
func intentOf(row many.Row, before string) string {
	print := row.Token.Fingerprint()
	return fmt.Sprintf(`{"event":"intent","at":"2026-11-23T10:00:00Z","orgId":"%s","address":"{address}","before":"%s","token":"%x"}`, row.OrgID, before, print[:8])
}
