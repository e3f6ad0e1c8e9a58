package server

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/migrationlink/migrationlink"
)

// caller is who signs requests in, and what that allows.
type caller struct {
	kind       kind
	name       string
	secret     migrationlink.Secret // private key, client secret or the bearer token itself
	roles      map[migrationlink.OrgID][]Role
	accessList []netip.Prefix

	calls, tokenRequests window // where there are limits
}

// kind is what signs in: a word for the log, and what a sentence says.
type kind struct{ word, what string }

var (
	apiKey         = kind{"key", "API key"}
	serviceAccount = kind{"account", "service account"}
	bearerToken    = kind{"bearer", "bearer token"}
)

// newCaller copies what the config's owner could change.
func newCaller(kind kind, name string, secret migrationlink.Secret, roles map[migrationlink.OrgID][]Role, accessList []netip.Prefix) *caller {
	c := &caller{kind: kind, name: name, secret: secret, roles: make(map[migrationlink.OrgID][]Role, len(roles)), accessList: slices.Clone(accessList)}
	for org, held := range roles {
		c.roles[canonical(org)] = slices.Clone(held)
	}
	return c
}

// callers makes those of a config.
func (s *Server) callers(config Config) {
	for _, k := range config.APIKeys {
		s.keys[k.PublicKey] = newCaller(apiKey, k.PublicKey, k.PrivateKey, k.Roles, k.AccessList)
	}
	for _, a := range config.ServiceAccounts {
		s.accounts[a.ClientID] = newCaller(serviceAccount, a.ClientID, a.Secret, a.Roles, a.AccessList)
	}
	for i, b := range config.BearerTokens {
		s.bearers = append(s.bearers, newCaller(bearerToken, fmt.Sprintf("bearerTokens[%d]", i), b.Token, b.Roles, b.AccessList))
	}
}
