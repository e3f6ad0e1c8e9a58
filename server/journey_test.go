package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
)

// TestTheJourney is what the links of a stand-in go through, told over HTTP.
func TestTheJourney(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	inUse := problem(409, "LINK_TOKEN_IN_USE", "The link-token connects another organization. Generate one token for each organization.", `[]`)
	notConnected := problem(404, "RESOURCE_NOT_FOUND", "Cannot find the link of organization "+org+": it is not connected.", `["`+org+`"]`)
	steps := []struct {
		name, method, target, content, want string
		status                              int
	}{
		{"not connected at first", "GET", statusPath(org), "", `{"status":"NOT_SYNCED"}`, 200},
		{"so there is nothing to disconnect", "DELETE", linkPath(org), "", notConnected, 404},
		{"connect", "POST", linkPath(org), linkRequest("one"), `{"status":"SYNCED"}`, 201},
		{"the same again", "POST", linkPath(org), linkRequest("one"), `{"status":"SYNCED"}`, 201},
		{"is connected", "GET", statusPath(org), "", `{"status":"SYNCED"}`, 200},
		{"the neighbour is not", "GET", statusPath(neighbour), "", `{"status":"NOT_SYNCED"}`, 200},
		{"the neighbour may not have the token", "POST", linkPath(neighbour), linkRequest("one"), inUse, 409},
		{"and is not connected by that", "GET", statusPath(neighbour), "", `{"status":"NOT_SYNCED"}`, 200},
		{"another token replaces", "POST", linkPath(org), linkRequest("two"), `{"status":"SYNCED"}`, 201},
		{"the first is free", "POST", linkPath(neighbour), linkRequest("one"), `{"status":"SYNCED"}`, 201},
		{"the second is not", "POST", linkPath(neighbour), linkRequest("two"), inUse, 409},
		{"disconnect", "DELETE", linkPath(org), "", "", 204},
		{"is not connected", "GET", statusPath(org), "", `{"status":"NOT_SYNCED"}`, 200},
		{"disconnect again", "DELETE", linkPath(org), "", notConnected, 404},
		{"the second is free", "POST", linkPath(neighbour), linkRequest("two"), `{"status":"SYNCED"}`, 201},
		{"the page's own path connects too", "POST", strings.Replace(linkPath(org), "public", "atlas", 1), linkRequest("one"), `{"status":"SYNCED"}`, 201},
		{"and it is the same organization", "GET", statusPath(org), "", `{"status":"SYNCED"}`, 200},
	}
	for _, step := range steps {
		got := call(t, s, step.method, step.target, step.content)
		require.Equal(t, step.status, got.status, step.name)
		require.Equal(t, step.want, got.body, step.name)
	}
}

// TestEitherCaseIsTheSameOrganization connects in capitals and asks in small letters.
func TestEitherCaseIsTheSameOrganization(t *testing.T) {
	t.Parallel()
	const capitals, mixed = "5F7AAC56B3A0B94BCDCE6D8A", "5f7AAC56b3a0b94bcdce6D8a"
	for _, configured := range []string{org, capitals} {
		t.Run(configured, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(c *server.Config) {
				c.Organizations[0].ID = migrationlink.OrgID(configured)
				c.APIKeys[0].Roles = map[migrationlink.OrgID][]server.Role{mixed: {server.RoleOrgOwner}, neighbour: {server.RoleOrgOwner}}
			})
			assert.Equal(t, http.StatusCreated, call(t, s, http.MethodPost, linkPath(capitals), linkRequest(token)).status)
			assert.Equal(t, `{"status":"SYNCED"}`, call(t, s, http.MethodGet, statusPath(org), "").body)
			assert.Equal(t, `{"status":"SYNCED"}`, call(t, s, http.MethodGet, statusPath(mixed), "").body)
			assert.Equal(t, http.StatusCreated, call(t, s, http.MethodPost, linkPath(mixed), linkRequest(token)).status, "the same token again")
			assert.Equal(t, http.StatusNoContent, call(t, s, http.MethodDelete, linkPath(mixed), "").status)
			got := call(t, s, http.MethodDelete, linkPath(capitals), "")
			assert.Equal(t, problem(404, "RESOURCE_NOT_FOUND",
				"Cannot find the link of organization "+org+": it is not connected.", `["`+org+`"]`), got.body)
			assert.Equal(t, problem(404, "ORG_NOT_FOUND", "No organization with ID "+unknownOrg+" exists.", `["`+unknownOrg+`"]`),
				call(t, s, http.MethodGet, statusPath(strings.ToUpper(unknownOrg)), "").body)
		})
	}
}
