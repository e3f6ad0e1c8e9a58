package server

import (
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/links"
)

// Config says what a stand-in serves. The zero value serves no organization and signs nobody in.
type Config struct {
	// Organizations that exist. Ids must be well formed and different, in either case.
	Organizations []Organization
	// APIKeys that sign in, by HTTP Digest. Public keys must be different.
	APIKeys []APIKey
	// ServiceAccounts that fetch access tokens and sign in with them, by OAuth 2.0. Client ids must be different. Without any, there are no endpoints
	// to fetch and revoke tokens, as at Ops Manager.
	ServiceAccounts []ServiceAccount
	// BearerTokens that sign in as they are. They must be different.
	BearerTokens []BearerToken
	// AccessToken says how long access tokens live.
	AccessToken AccessToken
	// Nonce says how long the nonces of digest live, and how often they are good.
	Nonce Nonce
	// Limits says how often callers may ask; the zero value is as often as they like.
	Limits Limits
	// Links is where connections are kept; nil is memory. Whoever made them closes them, after the
	// last exchange. [links.ErrUnavailable] is answered 503 with Retry-After, [links.ErrUnknown]
	// 503 without, any other error that they give 500.
	Links links.Links
	// Faults that are set from the start; more can be set later, on Server.Faults.
	Faults []fault.Fault
	// JournalSize is how many exchanges the journal keeps; 0 is journal.DefaultSize.
	JournalSize int
	// Thorough judges every exchange by kin-openapi and the strict layer, as [checker.Thorough] does, for tests. Without it a stand-in is faster, and says
	// the same.
	Thorough bool
	// Report is told of each exchange before its answer is written, those of OAuth 2.0's endpoints aside, and of the verdict on its request: answers
	// keep the contract, unless a fault breaks it on purpose. The exchange holds what was sent, credentials too: it is for coverage, not for
	// printing. Nil is nobody.
	Report checker.Report `json:"-"`
	// NonceKey authenticates the nonces of digest, and access tokens, at least digest.MinKey bytes.
	// The zero value is a random key, so that two stand-ins refuse each other's.
	NonceKey migrationlink.Secret
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Rand is where keys come from, and the beginnings of nonces and of the ids of access tokens; nil is crypto/rand. New alone reads it.
	Rand io.Reader
	// Logger gets a line for each exchange and for what goes wrong inside, without credentials; nil is silence.
	Logger *slog.Logger
}

// Role is a role of an API key in an organization, by the name that MongoDB's API gives it.
type Role string

// The roles that a key can hold in an organization. Only RoleOrgOwner may use the migration link.
const (
	RoleOrgOwner        Role = "ORG_OWNER"
	RoleOrgMember       Role = "ORG_MEMBER"
	RoleOrgReadOnly     Role = "ORG_READ_ONLY"
	RoleOrgGroupCreator Role = "ORG_GROUP_CREATOR"
	RoleOrgBillingAdmin Role = "ORG_BILLING_ADMIN"
)

// Roles returns every role there is, in a fixed order.
func Roles() []Role {
	return []Role{RoleOrgOwner, RoleOrgMember, RoleOrgReadOnly, RoleOrgGroupCreator, RoleOrgBillingAdmin}
}

// APIKey is a programmatic API key: the public key is the user name of HTTP Digest, the private key its password.
type APIKey struct {
	PublicKey  string
	PrivateKey migrationlink.Secret
	// Roles that the key holds, for each organization.
	Roles map[migrationlink.OrgID][]Role
	// AccessList says from where the key may be used; empty is from anywhere.
	AccessList []netip.Prefix
}

// Format writes the public key alone, whatever the verb, so that no printed Config shows a private key.
func (k APIKey) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "{%s [redacted]}", k.shown())
}

// LogValue is the public key, for log/slog.
func (k APIKey) LogValue() slog.Value { return slog.StringValue(k.shown()) }

// shown is the public key, or what stands for it where a secret is in it.
func (k APIKey) shown() string { return secret.Shown(k.PublicKey, k.PrivateKey.Reveal()) }
