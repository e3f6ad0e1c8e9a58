package client_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
)

// net/http sends a GET again by itself when a kept connection breaks off, with the count that the server has seen. That is no refused key.
func TestAConnectionThatBreaksOffIsNoRefusedKey(t *testing.T) {
	t.Parallel()
	const org = "5f7aac56b3a0b94bcdce6d8a"
	for _, tt := range []struct {
		name  string
		times int
		want  string // the error; empty is none
	}{
		{"once", 1, ""},
		{"twice", 2, "status organization " + org + ": no answer: the connection broke off before an answer came, each time."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := server.New(server.Config{
				Organizations: []server.Organization{{ID: org}},
				APIKeys:       []server.APIKey{{PublicKey: "key", PrivateKey: migrationlink.NewSecret("secret"), Roles: map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}}}},
				Faults:        []fault.Fault{fault.On(migrationlink.OperationStatus).Next(tt.times).Do(fault.Empty)},
			})
			require.NoError(t, err)
			ts := httptest.NewServer(s)
			defer ts.Close()
			c, err := client.New(client.APIKey("key", "secret"), client.BaseURL(ts.URL), client.HTTPClient(ts.Client()), client.Attempts(1))
			require.NoError(t, err)
			_, err = c.Status(t.Context(), org)
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tt.want)
			assert.NotErrorIs(t, err, client.ErrNotSignedIn)
		})
	}
}
