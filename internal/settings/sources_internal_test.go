package settings

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
)

// One reading of the file serves calls of many profiles and organizations.
func TestSourcesOfManyCalls(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	file := filepath.Join(home, "mongocli", "config.toml")
	require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, []byte(`
[aachen]
public_api_key = "a"
private_api_key = "canary"
org_id = "5f7aac56b3a0b94bcdce6d8a"
ops_manager_url = "https://om.aachen.corp"
[berlin]
public_api_key = "b"
private_api_key = "canary"
`), 0o600))
	s, err := NewSources(console.Process{
		Stderr:        io.Discard,
		LookupEnv:     func(string) (string, bool) { return "", false },
		UserConfigDir: func() (string, error) { return home, nil },
	}, Flags{Attempts: 1})
	require.NoError(t, err)
	require.NoError(t, os.Remove(file), "it is not read again")

	aachen, err := s.Named(console.Setting{Value: "Aachen", Name: "line 2: profile"})
	require.NoError(t, err)
	own, err := s.Call(aachen, console.Setting{})
	require.NoError(t, err)
	other, err := s.Call(aachen, console.Setting{Value: "4888442A3354817A7320EB61", Name: "line 2: orgId"})
	require.NoError(t, err)
	berlin, err := s.Named(console.Setting{Value: "berlin", Name: "line 3: profile"})
	require.NoError(t, err)
	elsewhere, err := s.Call(berlin, console.Setting{Value: "4888442a3354817a7320eb61", Name: "line 3: orgId"})
	require.NoError(t, err)

	assert.Equal(t, migrationlink.OrgID("5f7aac56b3a0b94bcdce6d8a"), own.Org)
	assert.Equal(t, migrationlink.OrgID("4888442a3354817a7320eb61"), other.Org)
	assert.Equal(t, "https://om.aachen.corp", other.URL)
	assert.Same(t, own.Client, other.Client, "one sign-in for one profile")
	assert.NotSame(t, own.Client, elsewhere.Client)
	assert.Equal(t, "https://cloud.mongodb.com/api/public/v1.0", elsewhere.URL)

	_, err = s.Named(console.Setting{Value: "canary", Name: "line 4: profile"})
	assert.EqualError(t, err, "line 4: profile: no such profile in "+file+", which has aachen, berlin.")
	_, err = s.Call(aachen, console.Setting{Value: "canary", Name: "line 5: orgId"})
	assert.EqualError(t, err, "line 5: orgId: not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a")
	_, err = s.Call(console.Setting{}, console.Setting{Value: "4888442a3354817a7320eb61", Name: "line 6: orgId"})
	assert.EqualError(t, err, "no API key: set MCLI_PUBLIC_API_KEY and MCLI_PRIVATE_API_KEY to the two halves of a key with the role Organization Owner, "+
		"or choose a profile that has one, by -P: aachen, berlin")
}
