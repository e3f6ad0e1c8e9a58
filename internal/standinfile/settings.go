package standinfile

import (
	"slices"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/server"
)

// Settings are what serve serves, and where: what the file says, or else the example, and over it what the flags say.
type Settings struct {
	server.Config
	File   string // empty: the example
	Listen console.Setting
	Admin  AdminSettings
	TLS    CertificateFiles
}

// AdminSettings are where the admin interface listens, if it does, and which file holds the token that it asks for.
type AdminSettings struct{ Listen, TokenFile console.Setting }

// Public reports whether anybody can sign in with what the help and the documentation show.
func (s Settings) Public() bool {
	return slices.ContainsFunc(s.APIKeys, func(k server.APIKey) bool { return k.PrivateKey.Reveal() == ExamplePrivateKey }) ||
		slices.ContainsFunc(s.ServiceAccounts, func(a server.ServiceAccount) bool { return a.Secret.Reveal() == exampleClientSecret }) ||
		slices.ContainsFunc(s.BearerTokens, func(b server.BearerToken) bool { return b.Token.Reveal() == exampleBearerToken })
}
