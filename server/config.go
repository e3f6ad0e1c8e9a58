package server

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/links"
)

// Config says what a stand-in serves. The zero value serves no organization and signs nobody in.
type Config struct {
	// Organizations that exist. Ids must be well formed and different, in either case.
	Organizations []Organization
	// APIKeys that sign in, by HTTP Digest. Public keys must be different.
	APIKeys []APIKey
	// Links is where connections are kept; nil is memory. Whoever made them closes them, after the last exchange. [links.ErrUnavailable] is
	// answered 503, any other error that they give 500.
	Links links.Links
	// Faults that are set from the start; more can be set later, on Server.Faults.
	Faults []fault.Fault
	// JournalSize is how many exchanges the journal keeps; 0 is journal.DefaultSize.
	JournalSize int
	// Report is told of each exchange before its answer is written, and of the verdict on its request: answers keep the contract, unless a fault
	// breaks it on purpose. The exchange holds what was sent, credentials too: it is for coverage, not for printing. Nil is nobody.
	Report checker.Report `json:"-"`
	// NonceKey authenticates the nonces of digest, at least 16 bytes. Nil is a random key, so that two stand-ins refuse each other's nonces.
	NonceKey []byte `json:"-"`
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Rand is where nonces come from; nil is crypto/rand.
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
	PublicKey string
	// PrivateKey is left out of JSON, and of whatever fmt and log/slog print.
	PrivateKey string `json:"-"`
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

// minNonceKey is what digest.NewVerifier wants, told here with all the rest.
const minNonceKey = 16

// clone is a copy that the caller can't change any more.
func (k APIKey) clone() *APIKey {
	roles := make(map[migrationlink.OrgID][]Role, len(k.Roles))
	for org, held := range k.Roles {
		roles[canonical(org)] = slices.Clone(held)
	}
	return &APIKey{PublicKey: k.PublicKey, PrivateKey: k.PrivateKey, Roles: roles, AccessList: slices.Clone(k.AccessList)}
}

// validate finds everything that is wrong, by the place in the config.
func (c Config) validate() error {
	var wrong []error
	organizations := make(map[migrationlink.OrgID]bool)
	for i, organization := range c.Organizations {
		id, err := migrationlink.ParseOrgID(string(organization.ID))
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Errorf("Organizations[%d].ID: %w", i, err))
		case organizations[id]:
			wrong = append(wrong, fmt.Errorf("Organizations[%d].ID: %s is there already", i, id))
		}
		organizations[id] = true
		for _, err := range organization.validate() {
			wrong = append(wrong, fmt.Errorf("Organizations[%d].%w", i, err))
		}
	}
	for i, f := range c.Faults {
		if err := f.Validate(); err != nil {
			at := fmt.Sprintf("Faults[%d]", i)
			wrong = append(wrong, fmt.Errorf("%s: %w", at, err))
		}
	}
	publicKeys := make(map[string]bool)
	for i, key := range c.APIKeys {
		for _, err := range key.validate(organizations) {
			wrong = append(wrong, fmt.Errorf("APIKeys[%d].%w", i, err))
		}
		if key.PublicKey != "" && publicKeys[key.PublicKey] {
			wrong = append(wrong, fmt.Errorf("APIKeys[%d].PublicKey: %s is there already", i, key.PublicKey))
		}
		publicKeys[key.PublicKey] = true
	}
	if c.NonceKey != nil && len(c.NonceKey) < minNonceKey {
		wrong = append(wrong, fmt.Errorf("NonceKey: %d bytes; want at least %d, or nil for a random one", len(c.NonceKey), minNonceKey))
	}
	return errors.Join(wrong...)
}

func (k APIKey) validate(organizations map[migrationlink.OrgID]bool) []error {
	var wrong []error
	if k.PublicKey == "" {
		wrong = append(wrong, errors.New("PublicKey: empty; want the user name of the key"))
	}
	if k.PrivateKey == "" {
		wrong = append(wrong, errors.New("PrivateKey: empty; want the password of the key"))
	}
	spelt := make(map[migrationlink.OrgID]bool)
	for _, org := range slices.Sorted(maps.Keys(k.Roles)) {
		id, err := migrationlink.ParseOrgID(string(org))
		if err != nil {
			wrong = append(wrong, fmt.Errorf("Roles: %w", err))
			continue
		}
		if spelt[id] {
			wrong = append(wrong, fmt.Errorf("Roles: %s is there in lower and in upper case; want it once", id))
		}
		spelt[id] = true
		if !organizations[id] {
			wrong = append(wrong, fmt.Errorf("Roles: %s is none of Organizations", id))
		}
		for _, role := range k.Roles[org] {
			if !slices.Contains(Roles(), role) {
				wrong = append(wrong, fmt.Errorf("Roles: %s has one that is no role; want some of %v", id, Roles()))
			}
		}
	}
	for i, prefix := range k.AccessList {
		if !prefix.IsValid() {
			wrong = append(wrong, fmt.Errorf("AccessList[%d]: not a prefix; want one like 10.0.0.0/8 or ::1/128", i))
		}
		if prefix.Addr().Is4In6() {
			wrong = append(wrong, fmt.Errorf("AccessList[%d]: %s is IPv4 written as IPv6; want it as IPv4", i, prefix))
		}
	}
	return wrong
}
