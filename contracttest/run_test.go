package contracttest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
)

// told is a test that keeps what it is told. It is what run takes, as *testing.T is.
type told struct {
	ctx   context.Context
	name  string
	lines *[]string
	logs  *[]string // nil keeps none
	only  string    // what go test -run leaves, by how its name begins
}

func (told) Helper()                    {}
func (t told) Context() context.Context { return t.ctx }
func (t told) Run(name string, f func(told)) bool {
	if strings.HasPrefix(name, t.only) {
		f(told{ctx: t.ctx, name: name, lines: t.lines})
	}
	return true
}
func (t told) Logf(format string, args ...any) {
	if t.logs != nil {
		*t.logs = append(*t.logs, fmt.Sprintf(format, args...))
	}
}
func (t told) Errorf(format string, args ...any) {
	*t.lines = append(*t.lines, strings.TrimSpace(t.name+": "+fmt.Sprintf(format, args...)))
}
func (t told) Fatalf(format string, args ...any) { t.Errorf(format, args...) }

const (
	exampleOrg = "5f7aac56b3a0b94bcdce6d8a"
	privateKey = "7e0c6a1b-93d4-4f58-b2a7-invented0key"
)

// standIn is the smallest target that the suite can write to.
func standIn(t *testing.T) Target {
	t.Helper()
	s, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: exampleOrg}},
		APIKeys: []server.APIKey{{
			PublicKey: "owner", PrivateKey: migrationlink.NewSecret(privateKey),
			Roles: map[migrationlink.OrgID][]server.Role{exampleOrg: {server.RoleOrgOwner}},
		}},
	})
	require.NoError(t, err)
	return Target{Handler: s, OrgID: exampleOrg, Key: Key{Public: "owner", Private: migrationlink.NewSecret(privateKey)}, Writes: true}
}

// ran is what run tells of a target: what fails the test, and what is logged.
func ran(t *testing.T, target Target, only string, opts ...Option) (lines, logs []string) {
	t.Helper()
	run(told{ctx: t.Context(), lines: &lines, logs: &logs, only: only}, target, opts...)
	return lines, logs
}

func TestRunTellsWhatWasAskedAndHowToTakeADecisionOut(t *testing.T) {
	t.Parallel()
	target := standIn(t)
	right := target.Handler
	target.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		right.ServeHTTP(answer, r)
		if answer.Code == http.StatusNotFound && strings.Contains(answer.Body.String(), "it is not connected") {
			w.Header().Set("X-MongoDB-Service-Version", "gitHash=x; versionString=sabotage")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
	lines, _ := ran(t, target, "", Only("disconnect/404_when"))
	assert.Equal(t, []string{"disconnect/404_when_not_connected: DELETE …/migrationLink answered 204: status: " +
		"the contract says 404 RESOURCE_NOT_FOUND [state] (x-decision: our choice, MongoDB is silent)\n" +
		"not your choice? contracttest.Except(\"disconnect-unconnected\")"}, lines)
}

func TestRunTellsWhyNothingWasJudged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Target)
		want   string
	}{
		"a target that is incomplete": {
			func(s *Target) { s.Key = Key{} },
			"target.Key: incomplete: want the public and the private key of an Organization Owner",
		},
		"a key that is refused": {
			func(s *Target) { s.Key.Private = migrationlink.NewSecret("another") },
			`not signed in (401): the key pair "owner" was refused. Nothing was judged.` + "\n" +
				"is the server wrong, and the set-up right? contracttest.NoPreflight() judges it",
		},
		"a server that hangs up": {
			func(s *Target) { s.Handler = hangUp },
			"no answer: the connection was closed. Nothing was judged.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := standIn(t)
			c.change(&target)
			lines, logs := ran(t, target, "", Only("status/200"))
			assert.Equal(t, []string{": contracttest: " + c.want}, lines)
			assert.Empty(t, logs)
		})
	}
}

// hangUp closes the connection without a response.
var hangUp http.HandlerFunc = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestRunTellsThatItIsNotFinished(t *testing.T) {
	t.Parallel()
	target := standIn(t)
	target.Handler, target.Writes = hangUp, false
	lines, _ := ran(t, target, "", Variants(0), NoPreflight())
	require.Len(t, lines, 2)
	const why = "the server does not respond: the connection was closed"
	assert.Contains(t, lines[0], ": not judged to its end, since the run ended: "+why)
	assert.Regexp(t, `^: contracttest: not finished, 1 of \d+ cases run: `+why+`$`, lines[1])
}

func TestRunLogsWhatWasLeftOutAndHowMuchWasAsked(t *testing.T) {
	t.Parallel()
	lines, logs := ran(t, standIn(t), "", Only("connect/then"))
	assert.Empty(t, lines)
	require.NotEmpty(t, logs)
	assert.Contains(t, logs, "contracttest: left out: what takes a second organization: none was given")
	assert.Regexp(t, `^contracttest: \d+ exchanges, seed 1$`, logs[len(logs)-1])
}

func TestRunLogsWhatThePreflightDoubts(t *testing.T) {
	t.Parallel()
	target := standIn(t)
	target.Handler, target.Writes = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusPaymentRequired)
	}), false
	lines, logs := ran(t, target, "", Only("status/200"))
	assert.NotEmpty(t, lines)
	assert.Contains(t, logs, "contracttest: status was answered 402: the account may be suspended")
}

// Where go test -run leaves cases out, nobody has asked for the rest of the contract.
func TestCoverageOfAPartIsPassedOver(t *testing.T) {
	t.Parallel()
	target := standIn(t)
	target.Writes = false
	lines, logs := ran(t, target, "status/200", Coverage(1, ""), Variants(0))
	assert.Empty(t, lines)
	assert.Regexp(t, `(?m)^contracttest: coverage is passed over, since go test ran 2 of \d+ cases$`,
		strings.Join(logs, "\n"))

	lines, _ = ran(t, target, "", Coverage(1, ""), Variants(0))
	require.Len(t, lines, 1, "a whole run has to reach the threshold")
	assert.Regexp(t, `^: contracttest: coverage of operation × status × security scheme is [0-9.]+ % `, lines[0])
}
