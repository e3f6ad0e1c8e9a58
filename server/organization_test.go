package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/links"
)

const projects = `["5f7aac56b3a0b94bcdce6d81","5f7aac56b3a0b94bcdce6d82"]`

func TestAnOrganizationIsAsItIsSaidToBeAtTheStart(t *testing.T) {
	t.Parallel()
	synced, notSynced := `{"status":"SYNCED"}`, `{"status":"NOT_SYNCED"}`
	running := problem(409, "CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT",
		"The link cannot be deleted while live migrations of these projects are running.", projects)
	atlas := problem(404, "EXPECTED_NON_ATLAS_ORG",
		"Organization "+org+" is an Atlas organization; a Cloud Manager or Ops Manager organization was expected.", `["`+org+`"]`)
	unconnected := problem(404, "RESOURCE_NOT_FOUND", "Cannot find the link of organization "+org+": it is not connected.", `["`+org+`"]`)
	migrating := []string{"5f7aac56b3a0b94bcdce6d81", "5f7aac56b3a0b94bcdce6d82"}
	tests := []struct {
		name                                                string
		organization                                        server.Organization
		status, connect, statusThen, disconnect, statusLast string
	}{
		{"not connected", server.Organization{}, notSynced, synced, synced, "", notSynced},
		{"of Ops Manager", server.Organization{Kind: server.KindOpsManager}, notSynced, synced, synced, "", notSynced},
		{"connected", server.Organization{Link: migrationlink.StatusSynced}, synced, synced, synced, "", notSynced},
		{"connected and not synced", server.Organization{Link: migrationlink.StatusNotSynced}, notSynced, synced, synced, "", notSynced},
		{"connected, migrating", server.Organization{Link: migrationlink.StatusSynced, RunningMigrations: migrating}, synced, synced, synced, running, synced},
		{"migrating", server.Organization{RunningMigrations: migrating}, notSynced, synced, synced, running, synced},
		{"of Atlas", server.Organization{Kind: server.KindAtlas}, atlas, atlas, atlas, atlas, atlas},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(c *server.Config) {
				tt.organization.ID = org
				c.Organizations[0] = tt.organization
			})
			if len(tt.organization.RunningMigrations) > 0 && tt.organization.Link == "" {
				assert.Equal(t, unconnected, call(t, s, http.MethodDelete, linkPath(org), "").body, "nothing to disconnect")
			}
			assert.Equal(t, tt.status, call(t, s, http.MethodGet, statusPath(org), "").body)
			assert.Equal(t, tt.connect, call(t, s, http.MethodPost, linkPath(org), linkRequest(token)).body)
			assert.Equal(t, tt.statusThen, call(t, s, http.MethodGet, statusPath(org), "").body)
			assert.Equal(t, tt.disconnect, call(t, s, http.MethodDelete, linkPath(org), "").body)
			assert.Equal(t, tt.statusLast, call(t, s, http.MethodGet, statusPath(org), "").body)
		})
	}
}

// TestTheTokenOfTheStartIsNobodys lets every organization be connected at the start, and any token be used beside.
func TestTheTokenOfTheStartIsNobodys(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *server.Config) {
		c.Organizations[0].Link, c.Organizations[1].Link = migrationlink.StatusSynced, migrationlink.StatusNotSynced
	})
	assert.Equal(t, 201, call(t, s, http.MethodPost, linkPath(org), linkRequest(token)).status)
	assert.Equal(t, `{"status":"NOT_SYNCED"}`, call(t, s, http.MethodGet, statusPath(neighbour), "").body)
	one, err := s.Links().Get(t.Context(), neighbour)
	require.NoError(t, err)
	assert.NotEqual(t, migrationlink.NewLinkToken("").Fingerprint(), one.Token)
	assert.NotEqual(t, migrationlink.NewLinkToken(neighbour).Fingerprint(), one.Token)
}

// TestLinksThatAreThereStay is a stand-in that starts again with links of its own.
func TestLinksThatAreThereStay(t *testing.T) {
	t.Parallel()
	kept := new(links.Memory)
	mine := links.Link{OrgID: org, Token: migrationlink.NewLinkToken(token).Fingerprint()}
	_, err := kept.Connect(t.Context(), mine)
	require.NoError(t, err)
	s := newServer(t, func(c *server.Config) { c.Links, c.Organizations[0].Link = kept, migrationlink.StatusNotSynced })
	got, err := kept.Get(t.Context(), org)
	require.NoError(t, err)
	assert.Equal(t, mine, got)
	assert.Equal(t, `{"status":"SYNCED"}`, call(t, s, http.MethodGet, statusPath(org), "").body)
}

// TestARestartLeavesWhatUsersDid starts again and again with the same links. Each organization is
// connected once.
func TestARestartLeavesWhatUsersDid(t *testing.T) {
	t.Parallel()
	kept := new(links.Memory)
	start := func(linked ...int) *server.Server {
		return newServer(t, func(c *server.Config) {
			c.Links = kept
			for _, i := range linked {
				c.Organizations[i].Link = migrationlink.StatusSynced
			}
		})
	}
	status := func(s *server.Server, org string) string { return call(t, s, http.MethodGet, statusPath(org), "").body }
	const synced, notSynced = `{"status":"SYNCED"}`, `{"status":"NOT_SYNCED"}`

	s := start(0)
	assert.Equal(t, synced, status(s, org))
	assert.Equal(t, 204, call(t, s, http.MethodDelete, linkPath(org), "").status)
	s = start(0)
	assert.Equal(t, notSynced, status(s, org), "a restart does not undo a disconnect")

	s = start(0, 1)
	assert.Equal(t, synced, status(s, neighbour), "an organization that the configuration has later")
	assert.Equal(t, notSynced, status(s, org))
	assert.Equal(t, 204, call(t, s, http.MethodDelete, linkPath(neighbour), "").status)

	start()
	s = start(0, 1)
	assert.Equal(t, notSynced, status(s, neighbour), "one that the configuration had for a while not")
	require.NoError(t, s.Reset(t.Context()))
	assert.Equal(t, synced, status(s, org), "a reset is as the first start")
	assert.Equal(t, synced, status(s, neighbour))
	assert.Equal(t, 201, call(t, s, http.MethodPost, linkPath(org), linkRequest(token)).status)
	require.NoError(t, s.Reset(t.Context()))
	link, err := kept.Get(t.Context(), org)
	require.NoError(t, err)
	assert.NotEqual(t, migrationlink.NewLinkToken(token).Fingerprint(), link.Token, "a reset replaces the link of a user")
}
