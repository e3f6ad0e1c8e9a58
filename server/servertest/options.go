package servertest

import (
	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
)

// Option changes what [New] starts.
type Option func(*options)

type options struct {
	organizations []server.Organization
	changes       []func(*server.Config)
	tls           bool
	lenient       bool
}

func readOptions(opts []Option) options {
	o := options{organizations: []server.Organization{{ID: "5f7aac56b3a0b94bcdce6d8a"}}}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// serverConfig has the organizations, and a key that owns them.
func (o options) serverConfig(privateKey migrationlink.Secret) server.Config {
	key := server.APIKey{PublicKey: "ownerkey", PrivateKey: privateKey, Roles: make(map[migrationlink.OrgID][]server.Role)}
	for _, organization := range o.organizations {
		key.Roles[organization.ID] = []server.Role{server.RoleOrgOwner}
	}
	return server.Config{Organizations: o.organizations, APIKeys: []server.APIKey{key}}
}

// Organizations exist instead of the one that does without this option. The key owns them all.
func Organizations(organizations ...server.Organization) Option {
	return func(o *options) { o.organizations = organizations }
}

// Config changes what the stand-in is made from, for what no other option says: more keys, access lists, links that fail. The first organization is
// [Server.Org], the first API key [Server.Key]. Now is that of [Server.Clock], and who replaces it puts forward a clock of his own.
func Config(change func(*server.Config)) Option {
	return func(o *options) { o.changes = append(o.changes, change) }
}

// TLS serves https, HTTP/2 too, with a certificate for 127.0.0.1, ::1 and localhost. Its authority lives as long as the process.
func TLS() Option { return func(o *options) { o.tls = true } }

// Lenient logs what breaks the contract, and fails no test for it.
func Lenient() Option { return func(o *options) { o.lenient = true } }
