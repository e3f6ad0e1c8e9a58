package cli_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/cli"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/links"
)

// brokenStandIn challenges, and answers what it is told to once there are credentials, whatever they are.
func brokenStandIn(answer func(w http.ResponseWriter, body string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":401,"reason":"Unauthorized","detail":"sign in"}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		answer(w, string(body))
	})
}

func built(handler http.Handler) func(*slog.Logger) (http.Handler, error) {
	return func(*slog.Logger) (http.Handler, error) { return handler, nil }
}

// A stand-in that fails answers 500, which keeps the contract; why it failed is in its log alone.
func TestDemoShowsWhatTheStandInLogs(t *testing.T) {
	t.Parallel()
	var out output
	err := cli.Demo(t.Context(), &out, func(log *slog.Logger) (http.Handler, error) {
		return server.New(server.Config{
			Organizations: []server.Organization{{ID: org}},
			APIKeys: []server.APIKey{{
				PublicKey: "ownerkey", PrivateKey: migrationlink.NewSecret("11111111-2222-3333-4444-555555555555"),
				Roles: map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}},
			}},
			Links:  &full{},
			Logger: log,
		})
	})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "connect organization 5f7aac56b3a0b94bcdce6d8a: failed (500 UNEXPECTED_ERROR)")
	assert.Contains(t, err.Error(), "\nthe stand-in itself failed; what it logged is shown above")
	assert.Contains(t, out.String(), "\nthe stand-in logs an error: msg=\"a handler failed\" error=\"connect: there is no room for links\"\n")
	assert.NotContains(t, out.String(), "status=401", "what is no error is left out")
}

// full is a store of links that has no room for any.
type full struct{ links.Memory }

func (*full) Connect(context.Context, links.Link) (links.Link, error) {
	return links.Link{}, errors.New("there is no room for links")
}

func TestDemoSaysWhatWasBroken(t *testing.T) {
	t.Parallel()
	var out output
	err := cli.Demo(t.Context(), &out, built(brokenStandIn(func(w http.ResponseWriter, _ string) {
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, `{"status":"HALF"}`)
	})))
	require.Error(t, err)
	assert.Contains(t, err.Error(), "the contract was broken in ")
	assert.Contains(t, out.String(), "exchange 2: contract broken: connect, answer 200, ")
	assert.Regexp(t, `\n\d exchanges on 127\.0\.0\.1, contract kept 1 of \d\nlink-token shown 0 times\n$`, out.String())
}

// The number in the last line is counted: a stand-in that gives the token back makes it another one.
func TestDemoFindsAPlantedLeak(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, shown string }{
		{"whole", "TOKEN"},
		{"in part", "HALF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out output
			err := cli.Demo(t.Context(), &out, built(brokenStandIn(func(w http.ResponseWriter, body string) {
				if token, found := strings.CutPrefix(body, `{"linkToken":"`); found {
					token = strings.TrimRight(token, "\"}\n")
					w.Header().Set("X-Echo", strings.NewReplacer("TOKEN", token, "HALF", token[:len(token)/2]).Replace(c.shown))
				}
				_, _ = io.WriteString(w, `{"status":"SYNCED"}`)
			})))
			require.Error(t, err)
			assert.Contains(t, err.Error(), "the link-token was shown")
			assert.Contains(t, out.String(), "\nlink-token shown 1 times\n")
		})
	}
}

func TestDemoEndsWhenACallFails(t *testing.T) {
	t.Parallel()
	var out output
	err := cli.Demo(t.Context(), &out, built(http.NotFoundHandler()))
	require.Error(t, err)
	assert.Contains(t, err.Error(), "connect organization 5f7aac56b3a0b94bcdce6d8a: ")
	assert.Contains(t, out.String(), "\n1 exchanges on 127.0.0.1, contract kept 0 of 1\nlink-token shown 0 times\n")
}
