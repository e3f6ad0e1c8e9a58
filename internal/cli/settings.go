package cli

import (
	"slices"

	"github.com/migrationlink/migrationlink/server"
)

// settings are what serve serves, and where: what the file says, or else the example, and over it what the flags say.
type settings struct {
	server.Config
	file   string // empty: the example
	listen setting
	admin  adminSettings
	tls    certificates
}

// adminSettings are where the admin interface listens, if it does, and which file holds the token that it asks for.
type adminSettings struct{ listen, tokenFile setting }

// public reports whether anybody can sign in with what the help and the documentation show.
func (s settings) public() bool {
	return slices.ContainsFunc(s.APIKeys, func(k server.APIKey) bool { return k.PrivateKey == examplePrivateKey }) ||
		slices.ContainsFunc(s.ServiceAccounts, func(a server.ServiceAccount) bool { return a.Secret == exampleClientSecret }) ||
		slices.ContainsFunc(s.BearerTokens, func(b server.BearerToken) bool { return b.Token == exampleBearerToken })
}
