package boltlinks_test

import (
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/links/boltlinks"
)

// What the disk leaves open, the person at the other end reads as open. The change is there when
// the file is opened again.
func TestTheClientSaysThatTheOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	const org, key, secret = migrationlink.OrgID("5f7aac56b3a0b94bcdce6d8a"), "ownerkey", "11111111-2222-3333-4444-555555555555"
	path := filepath.Join(t.TempDir(), "links.db")
	serve := func(l *boltlinks.Links) *client.Client {
		handler, err := server.New(server.Config{
			Links:         l,
			Organizations: []server.Organization{{ID: org}},
			APIKeys:       []server.APIKey{{PublicKey: key, PrivateKey: migrationlink.NewSecret(secret), Roles: map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}}}},
		})
		require.NoError(t, err)
		s := httptest.NewServer(handler)
		t.Cleanup(s.Close)
		c, err := client.New(client.BaseURL(s.URL), client.APIKey(key, secret), client.Attempts(1))
		require.NoError(t, err)
		return c
	}
	status := func(c *client.Client) migrationlink.Status {
		link, err := c.Status(t.Context(), org)
		require.NoError(t, err)
		return link.Status
	}
	const unavailable = "unavailable (503 SERVICE_UNAVAILABLE): the server cannot answer for now."
	const failed = unavailable + ` The server says: "The service failed. Whether the change was made is not known."`

	l := open(t, path)
	c := serve(l)
	unsynced(t, l, func() {
		_, err := c.Connect(t.Context(), org, migrationlink.NewLinkToken("one"))
		require.ErrorIs(t, err, client.ErrOutcomeUnknown)
		assert.EqualError(t, err, "connect organization "+org.String()+": "+failed+
			" The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.")
	})
	err := c.Disconnect(t.Context(), org)
	require.NotErrorIs(t, err, client.ErrOutcomeUnknown, "the file refuses: nothing is open about this one")
	require.EqualError(t, err, "disconnect organization "+org.String()+": "+unavailable+` The server says: "The service is temporarily unavailable." Come back in 10 s.`)
	require.NoError(t, l.Close())

	l = open(t, path)
	c = serve(l)
	assert.Equal(t, migrationlink.StatusSynced, status(c), "the connect was made")
	unsynced(t, l, func() {
		err := c.Disconnect(t.Context(), org)
		require.ErrorIs(t, err, client.ErrOutcomeUnknown)
		assert.EqualError(t, err, "disconnect organization "+org.String()+": "+failed+
			" The outcome is unknown: disconnecting once more does no harm and settles it.")
	})
	require.NoError(t, l.Close())

	l = open(t, path)
	assert.Equal(t, migrationlink.StatusNotSynced, status(serve(l)), "the disconnect was made")
	require.NoError(t, l.Close())
}
