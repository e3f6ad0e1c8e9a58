package standinfile

import (
	"encoding/base64"
	"net/netip"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/server"
)

// The example organization: what demo connects, and what serve serves when it is not told otherwise. Its credentials are public, so it is
// served on this machine alone.
const (
	ExampleOrg        = migrationlink.OrgID("5f7aac56b3a0b94bcdce6d8a")
	ExamplePublicKey  = "ownerkey"
	ExamplePrivateKey = "11111111-2222-3333-4444-555555555555"

	// What --print-config shows besides, and nobody has unless it is asked for. They look like MongoDB's.
	exampleClientID     = "mdb_sa_id_5f7aac56b3a0b94bcdce6d8b"
	exampleClientSecret = "mdb_sa_sk_an-example-that-anybody-can-read"
	exampleBearerToken  = "an-example-that-anybody-can-read"
)

// ExampleToken has the shape of a real link-token: base64 of the organization in Atlas and an API key of it.
func ExampleToken() migrationlink.LinkToken {
	return migrationlink.NewLinkToken(base64.StdEncoding.EncodeToString([]byte(`{"orgId":"4888442a3354817a7320eb61","orgName":"Prod",` +
		`"publicApiKey":"mnbvcxyz","privateApiKey":"66666666-7777-8888-9999-000000000000"}`)))
}

// ExampleConfig is the example organization, with one API key of its owner.
func ExampleConfig() server.Config {
	return server.Config{
		Organizations: []server.Organization{{ID: ExampleOrg}},
		APIKeys: []server.APIKey{{
			PublicKey:  ExamplePublicKey,
			PrivateKey: migrationlink.NewSecret(ExamplePrivateKey),
			Roles:      map[migrationlink.OrgID][]server.Role{ExampleOrg: {server.RoleOrgOwner}},
			AccessList: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		}},
	}
}

// DefaultListen is any free port of this machine.
const DefaultListen = "127.0.0.1:0"

// ExampleSettings are what serve serves without --config.
func ExampleSettings() Settings {
	return Settings{Config: ExampleConfig(), Listen: console.Setting{Value: DefaultListen, Name: "--listen"}}
}
