package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/links"
)

const notAnID = "not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a"

func TestNewRefusesWrongConfigs(t *testing.T) {
	t.Parallel()
	const (
		unlisted = "an organization that is not listed; want its id among the organizations too"
		twice    = "listed twice; want each once"
		twiceIDs = twice + ", upper and lower case are the same"
	)
	key := func(change func(*server.APIKey)) func(*server.Config) {
		return func(c *server.Config) { change(&c.APIKeys[0]) }
	}
	tests := []struct {
		name   string
		change func(*server.Config)
		want   string
	}{
		{"an id that is too short", func(c *server.Config) { c.Organizations[1].ID = "5f7a" },
			"server: Organizations[1].ID: " + notAnID + "\nAPIKeys[0].Roles[" + neighbour + "]: " + unlisted},
		{"an id twice", func(c *server.Config) { c.Organizations = append(c.Organizations, server.Organization{ID: org}) },
			"server: Organizations[4].ID: " + twiceIDs + " (first at Organizations[0].ID)"},
		{"an id twice, in the other case",
			func(c *server.Config) {
				c.Organizations = append(c.Organizations, server.Organization{ID: "5F7AAC56B3A0B94BCDCE6D8A"})
			},
			"server: Organizations[4].ID: " + twiceIDs + " (first at Organizations[0].ID)"},
		{"no public key", key(func(k *server.APIKey) { k.PublicKey = "" }),
			"server: APIKeys[0].PublicKey: empty; want the user name of the key"},
		{"curl's form as public key", key(func(k *server.APIKey) { k.PublicKey += ":" + k.PrivateKey.Reveal() }),
			"server: APIKeys[0].PublicKey: the public key has a colon in it: it looks like curl's form public:private; put only the part before the colon"},
		{"a private key as public key, twice", func(c *server.Config) {
			c.APIKeys[0].PublicKey = privateKey
			c.APIKeys = append(c.APIKeys, c.APIKeys[0])
		}, "server: APIKeys[0].PublicKey: the public key looks like a private key: want the public key in its place\n" +
			"APIKeys[1].PublicKey: the public key looks like a private key: want the public key in its place\n" +
			"APIKeys[1].PublicKey: " + twice + " (first at APIKeys[0].PublicKey)"},
		{"no private key", key(func(k *server.APIKey) { k.PrivateKey = migrationlink.Secret{} }),
			"server: APIKeys[0].PrivateKey: empty; want the password of the key"},
		{"a public key twice", func(c *server.Config) { c.APIKeys = append(c.APIKeys, c.APIKeys[0]) },
			"server: APIKeys[1].PublicKey: " + twice + " (first at APIKeys[0].PublicKey)"},
		{"an organization twice in roles", key(func(k *server.APIKey) { k.Roles["5F7AAC56B3A0B94BCDCE6D8C"] = []server.Role{server.RoleOrgMember} }),
			"server: APIKeys[0].Roles[5f7aac56b3a0b94bcdce6d8c]: " + twiceIDs + " (first at APIKeys[0].Roles[5F7AAC56B3A0B94BCDCE6D8C])"},
		{"a prefix of IPv4 in IPv6", key(func(k *server.APIKey) { k.AccessList = []netip.Prefix{netip.MustParsePrefix("::ffff:192.0.2.0/120")} }),
			"server: APIKeys[0].AccessList[0]: an IPv4 address written as IPv6; want it like 127.0.0.0/8"},
		{"an unknown role", key(func(k *server.APIKey) { k.Roles[guestOrg] = []server.Role{server.RoleOrgMember, "ORG_CAT"} }),
			"server: APIKeys[0].Roles[" + guestOrg + "][1]: unknown role; want ORG_OWNER, ORG_MEMBER, ORG_READ_ONLY, ORG_GROUP_CREATOR, ORG_BILLING_ADMIN"},
		{"a role in lower case", key(func(k *server.APIKey) { k.Roles[guestOrg] = []server.Role{"org_owner"} }),
			"server: APIKeys[0].Roles[" + guestOrg + "][0]: unknown role; did you mean ORG_OWNER?"},
		{"a role in an organization that is not there", key(func(k *server.APIKey) { k.Roles[unknownOrg] = []server.Role{server.RoleOrgOwner} }),
			"server: APIKeys[0].Roles[" + unknownOrg + "]: " + unlisted},
		{"a role in what is no organization", key(func(k *server.APIKey) { k.Roles["*"] = []server.Role{server.RoleOrgOwner} }),
			"server: APIKeys[0].Roles: " + notAnID},
		{"the zero prefix", key(func(k *server.APIKey) { k.AccessList = []netip.Prefix{netip.MustParsePrefix("::1/128"), {}} }),
			"server: APIKeys[0].AccessList[1]: not a prefix; want one like 10.0.0.0/8 or ::1/128"},
		{"an unknown kind of organization", func(c *server.Config) { c.Organizations[0].Kind = "Atlas" },
			"server: Organizations[0].Kind: unknown; did you mean atlas?"},
		{"an unknown status of a link", func(c *server.Config) { c.Organizations[0].Link = "synced" },
			"server: Organizations[0].Link: unknown; did you mean SYNCED?"},
		{"an organization of Atlas with a link and migrations", func(c *server.Config) {
			c.Organizations[0] = server.Organization{ID: org, Kind: server.KindAtlas, Link: migrationlink.StatusSynced, RunningMigrations: []string{neighbour}}
		}, "server: Organizations[0].Link: want it left out in an organization of Atlas: only a source organization has it\n" +
			"Organizations[0].RunningMigrations: want it left out in an organization of Atlas: only a source organization has it"},
		{"migrations of no project, and one twice", func(c *server.Config) { c.Organizations[0].RunningMigrations = []string{"x", neighbour, neighbour} },
			"server: Organizations[0].RunningMigrations[0]: not a project id; want 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a\n" +
				"Organizations[0].RunningMigrations[2]: " + twiceIDs + " (first at Organizations[0].RunningMigrations[1])"},
		{"a fault that is wrong", func(c *server.Config) {
			c.Faults = []fault.Fault{fault.On(migrationlink.OperationConnect).Do(fault.Reset), fault.On("disconect").Next(0).Do(fault.Reset)}
		}, `server: Faults[1]: operation "disconect" is none of connect, status, disconnect; did you mean disconnect?; next is 0; want 1 to 1000000 calls`},
		{"a short nonce key", func(c *server.Config) { c.NonceKey = migrationlink.NewSecret("fifteen bytes..") },
			"server: NonceKey: 15 bytes; want at least 16, or no key for a random one"},
		{"a nonce key from a variable that is not set", func(c *server.Config) { c.NonceKey = migrationlink.NewSecret("") },
			"server: NonceKey: 0 bytes; want at least 16, or no key for a random one"},
		{"several at once", func(c *server.Config) {
			c.Organizations[0].ID = migrationlink.OrgID(token[:24])
			c.APIKeys[0].PrivateKey = migrationlink.NewSecret("")
			c.APIKeys = append(c.APIKeys, server.APIKey{PublicKey: "readerkey", AccessList: make([]netip.Prefix, 1)})
		}, "server: Organizations[0].ID: " + notAnID + "\n" +
			"APIKeys[0].PrivateKey: empty; want the password of the key\n" +
			"APIKeys[0].Roles[" + org + "]: " + unlisted + "\n" +
			"APIKeys[1].PrivateKey: empty; want the password of the key\n" +
			"APIKeys[1].AccessList[0]: not a prefix; want one like 10.0.0.0/8 or ::1/128"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := server.New(config(tt.change))
			require.EqualError(t, err, tt.want)
			assert.Nil(t, s)
			var lines []string
			for _, problem := range config(tt.change).Problems() {
				lines = append(lines, problem.String())
			}
			assert.Equal(t, tt.want, "server: "+strings.Join(lines, "\n"))
			assert.Empty(t, secrets.Find([]byte(err.Error())), "the error shows a secret")
		})
	}
}

func TestNewSaysThatRandomnessFailed(t *testing.T) {
	t.Parallel()
	_, err := server.New(server.Config{Rand: failingReader{errors.New("no entropy")}})
	require.EqualError(t, err, "server: digest: reading a random Key from Rand: no entropy")
}

// failingReader is a reader, and a body, that fails.
type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }
func (failingReader) Close() error               { return nil }

func TestTheZeroConfigSignsNobodyIn(t *testing.T) {
	t.Parallel()
	assert.Empty(t, server.Config{}.Problems())
	s, err := server.New(server.Config{})
	require.NoError(t, err)
	got := call(t, s, http.MethodGet, statusPath(org), "")
	assert.Equal(t, http.StatusUnauthorized, got.status)
	assert.Equal(t, notSignedIn("the API key was refused."), got.body)
}

func TestRolesAreFixedAndTheCallersToChange(t *testing.T) {
	t.Parallel()
	roles := server.Roles()
	assert.Equal(t, []server.Role{"ORG_OWNER", "ORG_MEMBER", "ORG_READ_ONLY", "ORG_GROUP_CREATOR", "ORG_BILLING_ADMIN"}, roles)
	roles[0] = "changed"
	assert.Equal(t, server.RoleOrgOwner, server.Roles()[0])
}

// TestCredentialsArePrintedByTheirNames: that no printer shows a secret is tested for all types at once, in the root.
func TestCredentialsArePrintedByTheirNames(t *testing.T) {
	t.Parallel()
	c := config(withAccounts)
	key, account := c.APIKeys[0], c.ServiceAccounts[0]
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.Equal(t, "{ownerkey [redacted]}", fmt.Sprintf(verb, key), verb)
		assert.Equal(t, "{"+clientID+" [redacted]}", fmt.Sprintf(verb, &account), verb)
	}
	assert.Equal(t, "{[redacted] map[] []}", fmt.Sprint(server.BearerToken{Token: migrationlink.NewSecret(fixedToken)}))
	encoded, err := json.Marshal(server.APIKey{PublicKey: "ownerkey", PrivateKey: migrationlink.NewSecret(privateKey)})
	require.NoError(t, err)
	assert.JSONEq(t, `{"PublicKey":"ownerkey","PrivateKey":"[redacted]","Roles":null,"AccessList":null}`, string(encoded))
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("sign-in", "key", key, "account", account)
	assert.Contains(t, logged.String(), `"key":"ownerkey","account":"`+clientID+`"`)
}

func TestWhatTheCallerChangesAfterNewChangesNothing(t *testing.T) {
	t.Parallel()
	c := config(func(c *server.Config) {
		c.APIKeys[0].AccessList = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} // where httptest's requests come from
	})
	s, err := server.New(c)
	require.NoError(t, err)
	nonce := challenge(t, s).Nonce

	c.Organizations[0].ID = unknownOrg
	key := &c.APIKeys[0]
	key.Roles[org][0] = server.RoleOrgMember
	delete(key.Roles, neighbour)
	key.Roles[closedOrg] = []server.Role{server.RoleOrgOwner}
	key.AccessList[0] = netip.MustParsePrefix("203.0.113.0/24")
	key.PublicKey, key.PrivateKey = "changed", migrationlink.NewSecret("changed")

	r := request(http.MethodGet, statusPath(org), "")
	r.Header.Set("Authorization", authorization(t, credentials(nonce, r.RequestURI), r.Method, privateKey))
	assert.Equal(t, http.StatusOK, ask(t, s, r).status, "organization, key, role, access list and nonce key are the old ones")
	assert.Equal(t, http.StatusOK, call(t, s, http.MethodGet, statusPath(neighbour), "").status, "the role that was deleted")
	assert.Equal(t, http.StatusUnauthorized, call(t, s, http.MethodGet, statusPath(closedOrg), "").status, "the role that was added")
}

// TestLinksAreTheCallers shows that two stand-ins on the same links see the same connections.
func TestLinksAreTheCallers(t *testing.T) {
	t.Parallel()
	shared := new(links.Memory)
	on := func(c *server.Config) { c.Links = shared }
	one, other := newServer(t, on), newServer(t, on)
	assert.Equal(t, http.StatusCreated, call(t, one, http.MethodPost, linkPath(org), linkRequest(token)).status)
	assert.Equal(t, `{"status":"SYNCED"}`, call(t, other, http.MethodGet, statusPath(org), "").body)
	link, err := shared.Get(t.Context(), migrationlink.OrgID(org))
	require.NoError(t, err)
	assert.Equal(t, migrationlink.NewLinkToken(token).Fingerprint(), link.Token)
}

// What is no organization may be a token that was pasted into the wrong place.
func TestConfigErrorsRepeatNothingThatWasPasted(t *testing.T) {
	t.Parallel()
	_, err := server.New(config(func(c *server.Config) {
		c.APIKeys[0].Roles[migrationlink.OrgID(token)] = []server.Role{"ORG_CAT"}
		c.APIKeys = append(c.APIKeys, server.APIKey{PrivateKey: migrationlink.NewSecret("x")}, server.APIKey{PrivateKey: migrationlink.NewSecret("y")})
	}))
	require.EqualError(t, err, "server: APIKeys[0].Roles: "+notAnID+"\n"+
		"APIKeys[1].PublicKey: empty; want the user name of the key\n"+
		"APIKeys[2].PublicKey: empty; want the user name of the key")
}
