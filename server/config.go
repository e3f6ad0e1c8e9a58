package server

import (
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/links"
)

// Config says what a stand-in serves. The zero value serves no organization and signs nobody in.
type Config struct {
	// Organizations that exist. Ids must be well formed and different, in either case.
	Organizations []Organization
	// APIKeys that sign in, by HTTP Digest. Public keys must be different.
	APIKeys []APIKey
	// Links is where connections are kept; nil is memory.
	Links links.Links
	// NonceKey authenticates the nonces of digest, at least 16 bytes. Nil is a random key, so that two stand-ins refuse each other's nonces.
	NonceKey []byte
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Rand is where nonces come from; nil is crypto/rand.
	Rand io.Reader
	// Logger gets a line for each exchange and for what goes wrong inside, without credentials; nil is silence.
	Logger *slog.Logger
}

// Organization is a source organization of Cloud Manager or Ops Manager.
type Organization struct {
	ID migrationlink.OrgID
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
	PrivateKey string
	// Roles that the key holds, for each organization.
	Roles map[migrationlink.OrgID][]Role
	// AccessList says from where the key may be used; empty is from anywhere.
	AccessList []netip.Prefix
}

// Format writes the public key alone, whatever the verb, so that no printed Config shows a private key.
func (k APIKey) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "{%s [redacted]}", k.PublicKey)
}

// LogValue is the public key, for log/slog.
func (k APIKey) LogValue() slog.Value { return slog.StringValue(k.PublicKey) }
