package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
)

// TestEverySecuritySchemeSignsIn finds the scheme of the contract that the stand-in does not take.
func TestEverySecuritySchemeSignsIn(t *testing.T) {
	t.Parallel()
	by := map[migrationlink.SecurityScheme]func(*testing.T, *server.Server) *http.Request{
		migrationlink.SecuritySchemeDigest: func(t *testing.T, s *server.Server) *http.Request {
			return sign(t, s, request(http.MethodGet, statusPath(org), ""))
		},
		migrationlink.SecuritySchemeServiceAccount: func(t *testing.T, s *server.Server) *http.Request {
			r := request(http.MethodGet, statusPath(org), "")
			r.Header.Set("Authorization", "Bearer "+fetch(t, s))
			return r
		},
	}
	for _, scheme := range migrationlink.SecuritySchemes() {
		t.Run(string(scheme), func(t *testing.T) {
			t.Parallel()
			require.Contains(t, by, scheme, "how does a request sign in by this scheme?")
			s := newServer(t, withAccounts)
			r := by[scheme](t, s)
			assert.Regexp(t, "^"+scheme.Authorization()+" ", r.Header.Get("Authorization"))
			assert.Equal(t, http.StatusOK, ask(t, s, r).status)
		})
	}
}
