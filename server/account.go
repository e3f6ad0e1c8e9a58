package server

import (
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// ServiceAccount is an OAuth 2.0 service account: it fetches access tokens with the client id and the secret, and signs in with those.
type ServiceAccount struct {
	// ClientID is made of letters, digits, - . _ and ~, and so is Secret: then they are the same whether or not a client encodes them for HTTP
	// Basic (RFC 6749 section 2.3.1). MongoDB's begin with mdb_sa_id_ and mdb_sa_sk_.
	ClientID string
	Secret   migrationlink.Secret
	// Roles that the account holds, for each organization.
	Roles map[migrationlink.OrgID][]Role
	// AccessList says from where its access tokens may be used; empty is from anywhere. It is not asked when they are fetched.
	AccessList []netip.Prefix
}

// Format writes the client id alone, whatever the verb.
func (a ServiceAccount) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "{%s [redacted]}", a.shown())
}

// LogValue is the client id, for log/slog.
func (a ServiceAccount) LogValue() slog.Value { return slog.StringValue(a.shown()) }

// shown is the client id, or what stands for it where a secret is in it.
func (a ServiceAccount) shown() string { return secret.Shown(a.ClientID, a.Secret.Reveal()) }

// BearerToken is a bearer token that never expires, for what knows neither HTTP Digest nor OAuth 2.0. MongoDB's servers have none.
type BearerToken struct {
	// Token has no name: log and journal name it by its place, as bearerTokens[0].
	Token migrationlink.Secret
	// Roles that the token gives, for each organization.
	Roles map[migrationlink.OrgID][]Role
	// AccessList says from where the token may be used; empty is from anywhere.
	AccessList []netip.Prefix
}

// The lifetime of an access token.
const (
	DefaultAccessTokenLifetime = 3600 * time.Second // as documented
	MinAccessTokenLifetime     = time.Second
	MaxAccessTokenLifetime     = 24 * time.Hour
)

// MaxBearerToken is the length of the longest bearer token that is looked into, in bytes.
const MaxBearerToken = 8 << 10

// AccessToken says what service accounts are given.
type AccessToken struct {
	// Lifetime is MinAccessTokenLifetime to MaxAccessTokenLifetime, in whole seconds; 0 is DefaultAccessTokenLifetime.
	Lifetime time.Duration
}

// Nonce says how long digest takes a nonce, and how often.
type Nonce struct {
	// Lifetime is digest.MinLifetime to digest.MaxLifetime, in whole milliseconds; 0 is digest.DefaultLifetime.
	Lifetime time.Duration
	// Uses are the counts (nc) that a nonce is good for, 1 to digest.MaxUses; 0 is digest.DefaultUses.
	Uses int
}
