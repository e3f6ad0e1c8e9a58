package many_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/many"
	"github.com/migrationlink/migrationlink/server/fault"
)

const unsettled = "unknown: an earlier run may have connected it, and the status does not tell"

func outcomeOf(outcome string) string {
	return `{"event":"outcome","at":"2026-11-22T10:00:00Z","orgId":"` + orgA + `","address":"{address}","outcome":"` + outcome + `"}`
}

// What an earlier run has left of the first organization, and what becomes of it.
func TestResuming(t *testing.T) {
	t.Parallel()
	intent := intentOf(many.Row{OrgID: orgA, Token: migrationlink.NewLinkToken(canary + "0")}, "NOT_SYNCED")
	replacing := intentOf(many.Row{OrgID: orgA, Token: migrationlink.NewLinkToken(canary + "0")}, "SYNCED")
	for _, c := range []struct {
		name   string
		file   []string
		synced bool
		flags  []func(*many.Run)
		want   string
		sent   int // of the first organization
	}{
		{"nothing", nil, false, nil, "connected", 1},
		{"under way, not connected", []string{intent}, false, nil, unsettled, 0},
		{"under way, not connected, with leave", []string{intent}, false, []func(*many.Run){retryUnknown}, "connected", 1},
		{"under way, connected", []string{intent}, true, nil, "connected, by status", 0},
		{"under way, connected, with leave", []string{intent}, true, []func(*many.Run){retryUnknown, replace}, "connected, by status", 0},
		{"under way to replace", []string{replacing}, true, []func(*many.Run){replace}, unsettled, 0},
		{"under way to replace, with leave to repeat and not to replace", []string{replacing}, true, []func(*many.Run){retryUnknown}, unsettled, 0},
		{"under way to replace, with leave for both", []string{replacing}, true, []func(*many.Run){replace, retryUnknown}, "connected", 1},
		{"under way, of a status that was not told", []string{strings.Replace(intent, `"before":"NOT_SYNCED",`, "", 1)}, true, nil, unsettled, 0},
		{"unknown, not connected", []string{intent, outcomeOf("unknown")}, false, nil, unsettled, 0},
		{"unknown, not connected, with leave", []string{intent, outcomeOf("unknown")}, false, []func(*many.Run){retryUnknown}, "connected", 1},
		{"unknown, connected", []string{intent, outcomeOf("unknown")}, true, nil, "connected, by status", 0},
		{"unknown, sent again, under way", []string{intent, outcomeOf("unknown"), intent}, false, nil, unsettled, 0},
		{"failed", []string{intent, outcomeOf("failed")}, false, nil, "connected", 1},
		{"failed, connected", []string{outcomeOf("failed")}, true, nil, "skipped", 0},
		{"failed, then under way", []string{intent, outcomeOf("failed"), intent}, false, nil, unsettled, 0},
		{"connected", []string{intent, outcomeOf("connected")}, false, []func(*many.Run){replace, retryUnknown}, "connected, earlier", 0},
		{"skipped", []string{outcomeOf("skipped")}, true, []func(*many.Run){retryUnknown}, "skipped, earlier", 0},
		{"skipped, to be replaced", []string{outcomeOf("skipped")}, true, []func(*many.Run){replace}, "connected", 1},
		{"an intent cut off", []string{intent[:40]}, false, nil, "connected", 1},
		{"an intent cut off before the end of its line", []string{intent}, false, nil, "connected", 1},
		{"an outcome cut off before the end of its line", []string{intent, outcomeOf("connected")}, true, nil, "connected, by status", 0},
		{"an outcome cut off", []string{intent, outcomeOf("connected")[:70]}, false, nil, unsettled, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.synced {
				_, err := w.Client().Connect(t.Context(), orgA, migrationlink.NewLinkToken("another"))
				require.NoError(t, err)
				w.Journal().Reset()
			}
			lines := append([]string{headerLine}, c.file...)
			if !strings.Contains(c.name, "cut off") {
				lines = append(lines, "")
			}
			w.writes(lines...)
			r := w.whole(migrationlink.OperationConnect, c.flags...)
			assert.Equal(t, []string{c.want, "connected", "connected"}, outcomes(r))
			assert.Equal(t, c.sent+2, w.sent(migrationlink.OperationConnect))
		})
	}
}

// Of a line that was cut off nothing is left, also where nothing is written over it.
func TestALineThatWasCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rows = w.rows[:1]
	w.writes(headerLine, outcomeOf("connected"), outcomeOf("connected")[:100])
	r := w.run(migrationlink.OperationConnect)
	assert.True(t, r.Results.Repaired())
	assert.Equal(t, headerLine+"\n"+outcomeOf("connected")+"\n", w.kept())
}

// An unknown outcome is written once, however often it is asked about.
func TestAskedAgainAndAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(headerLine, intentOf(w.rows[0], "NOT_SYNCED"), "")
	w.whole(migrationlink.OperationConnect)
	kept := w.kept()
	assert.Contains(t, kept, `"orgId":"`+orgA+`","address":"{address}","outcome":"unknown","status":"NOT_SYNCED","error":"an earlier run may have connected it, and the status does not tell"}`)
	assert.Equal(t, []string{unsettled, "connected, earlier", "connected, earlier"}, outcomes(w.whole(migrationlink.OperationConnect)))
	assert.Equal(t, kept, w.kept())
}

// Where the status is not to be had, what may have been sent stays unknown, and what was not has failed.
func TestTheStatusIsNotToBeHad(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(headerLine, intentOf(w.rows[0], "NOT_SYNCED"), "")
	w.Fault(fault.On(migrationlink.OperationStatus).Next(3).Error("ACCESS_FORBIDDEN"))
	const why = `not allowed (403 ACCESS_FORBIDDEN): the key pair "ownerkey" is signed in, but may not use this resource. The server says: "Access to this resource is forbidden."`
	r := w.whole(migrationlink.OperationConnect)
	require.Len(t, outcomes(r), 3)
	assert.Equal(t, []string{"unknown: " + why, "failed: " + why, "failed: " + why}, outcomes(r))
	assert.Zero(t, w.sent(migrationlink.OperationConnect))
}

// That a second connect is refused says nothing of the first: without leave there is no third.
func TestUnknownStaysUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rows = w.rows[:1]
	w.writes(headerLine, intentOf(w.rows[0], "NOT_SYNCED"), outcomeOf("unknown"), "")
	w.Fault(fault.On(migrationlink.OperationConnect).Next(1).Error("ACCESS_FORBIDDEN"))
	assert.Equal(t, []string{`unknown: not allowed (403 ACCESS_FORBIDDEN): the key pair "ownerkey" is signed in, but may not use this resource. The server says: "Access to this resource is forbidden."`},
		outcomes(w.whole(migrationlink.OperationConnect, retryUnknown)))
	assert.Equal(t, []string{unsettled}, outcomes(w.whole(migrationlink.OperationConnect)))
	assert.Equal(t, 1, w.sent(migrationlink.OperationConnect))
}

// A connect whose answer was lost is asked about at once.
func TestTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rows = w.rows[:2]
	w.Fault(fault.On(migrationlink.OperationConnect).Next(1).Do(fault.Empty).At(fault.AfterEffect))
	w.Fault(fault.On(migrationlink.OperationConnect).Next(1).Do(fault.Empty).At(fault.BeforeEffect))
	r := w.run(migrationlink.OperationConnect)
	r.Pace = many.NewPace(1, now)
	require.NoError(t, r.Ask(t.Context()))
	require.NoError(t, r.Send(t.Context()))
	assert.Equal(t, []string{"connected, by status", "unknown: no answer: EOF."}, outcomes(r))
	assert.Equal(t, 2, w.sent(migrationlink.OperationConnect))
}

func TestDisconnecting(t *testing.T) {
	t.Parallel()
	const header = `{"format":"migrationlink results","version":1,"operation":"disconnect"}`
	w := newWorld(t, connected(0), connected(2))
	w.Fault(fault.On(migrationlink.OperationDisconnect).Next(1).Error("CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT"))
	r := w.run(migrationlink.OperationDisconnect)
	r.Pace = many.NewPace(1, now)
	require.NoError(t, r.Ask(t.Context()))
	require.NoError(t, r.Send(t.Context()))
	require.NoError(t, r.Results.Close())
	got := outcomes(r)
	assert.Contains(t, got[0], "failed: refused (409 CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT): live migrations are running")
	assert.Equal(t, []string{"skipped", "disconnected"}, got[1:])
	assert.Contains(t, w.kept(), header+"\n"+`{"event":"intent","at":"2026-11-23T10:00:00Z","orgId":"`+orgA+`","address":"{address}","before":"SYNCED"}`+"\n")

	// Cutting once more what was under way does no harm; that there is nothing to cut means that it was cut.
	w = newWorld(t)
	w.writes(header, `{"event":"intent","at":"2026-11-22T10:00:00Z","orgId":"`+orgA+`","address":"{address}","before":"SYNCED"}`, "")
	assert.Equal(t, []string{"disconnected", "skipped", "skipped"}, outcomes(w.whole(migrationlink.OperationDisconnect)))
	assert.Equal(t, 3, w.sent(migrationlink.OperationDisconnect))
	assert.Equal(t, []string{"disconnected, earlier", "skipped, earlier", "skipped, earlier"}, outcomes(w.whole(migrationlink.OperationDisconnect)))
	assert.Equal(t, 3, w.sent(migrationlink.OperationDisconnect))
}
