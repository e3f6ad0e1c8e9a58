package server

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// ServiceAccount is an OAuth 2.0 service account: it fetches access tokens with the client id and the secret, and signs in with those.
type ServiceAccount struct {
	// ClientID is made of letters, digits, - . _ and ~, and so is Secret: then they are the same whether or not a client encodes them for HTTP
	// Basic (RFC 6749 section 2.3.1). MongoDB's begin with mdb_sa_id_ and mdb_sa_sk_.
	ClientID string
	// Secret is left out of JSON, and of whatever fmt and log/slog print.
	Secret string `json:"-"`
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
func (a ServiceAccount) shown() string { return secret.Shown(a.ClientID, a.Secret) }

// BearerToken is a bearer token that never expires, for what knows neither HTTP Digest nor OAuth 2.0. MongoDB's servers have none.
type BearerToken struct {
	// Token is left out of JSON, and of whatever fmt and log/slog print. Log and journal name it by its place, as bearerTokens[0].
	Token string `json:"-"`
	// Roles that the token gives, for each organization.
	Roles map[migrationlink.OrgID][]Role
	// AccessList says from where the token may be used; empty is from anywhere.
	AccessList []netip.Prefix
}

// Format writes nothing of the token, whatever the verb.
func (BearerToken) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "{[redacted]}") }

// LogValue is nothing of the token, for log/slog.
func (BearerToken) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// AccessToken says what service accounts are given.
type AccessToken struct {
	// Lifetime is 1 s to 24 h, in whole seconds; 0 is 3600 s, as documented.
	Lifetime time.Duration
}

// Nonce says how long digest takes a nonce, and how often.
type Nonce struct {
	// Lifetime is 1 ms to 24 h; 0 is 60 s, as seen from Ops Manager.
	Lifetime time.Duration
	// Uses are the counts (nc) that a nonce is good for, 1 to 16,384; 0 is 1,024.
	Uses int
}

var (
	unreserved = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)     // RFC 3986 section 2.3: what no encoding changes
	b64token   = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`) // RFC 6750 section 2.1
)

// validateSignIn finds what is wrong with service accounts, bearer tokens, and how long things live.
func (c Config) validateSignIn(organizations map[migrationlink.OrgID]bool) []error {
	var wrong []error
	find := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	clientIDs := make(map[string]bool)
	for i, account := range c.ServiceAccounts {
		place := fmt.Sprintf("ServiceAccounts[%d].", i)
		if misplaced := secret.ServiceAccount.Misplaced(account.ClientID, account.Secret); misplaced != "" {
			find("%sClientID: %s", place, misplaced)
		} else if !unreserved.MatchString(account.ClientID) {
			find("%sClientID: want letters, digits, - . _ and ~, at least one", place)
		} else if clientIDs[account.ClientID] {
			find("%sClientID: %s is there already", place, account.shown())
		}
		clientIDs[account.ClientID] = true
		if !unreserved.MatchString(account.Secret) {
			find("%sSecret: want letters, digits, - . _ and ~, at least one", place)
		}
		for _, err := range validateRights(account.Roles, account.AccessList, organizations) {
			find("%s%w", place, err)
		}
	}
	places := make(map[string]int)
	for i, bearer := range c.BearerTokens {
		place := fmt.Sprintf("BearerTokens[%d].", i)
		first, twice := places[bearer.Token]
		switch {
		case !b64token.MatchString(bearer.Token) || len(bearer.Token) > maxBearer:
			find("%sToken: want letters, digits, - . _ ~ + and /, then any number of =, %d bytes at most", place, maxBearer)
		case twice:
			find("%sToken: is that of BearerTokens[%d]", place, first)
		default:
			places[bearer.Token] = i
		}
		for _, err := range validateRights(bearer.Roles, bearer.AccessList, organizations) {
			find("%s%w", place, err)
		}
	}
	if l := c.AccessToken.Lifetime; l < 0 || l > 24*time.Hour || l%time.Second != 0 {
		find("AccessToken.Lifetime: %v; want 1s to 24h in whole seconds, or 0 for 1h", l)
	}
	if l := c.Nonce.Lifetime; l != 0 && (l < time.Millisecond || l > 24*time.Hour) {
		find("Nonce.Lifetime: %v; want 1ms to 24h, or 0 for 60s", l)
	}
	if u := c.Nonce.Uses; u < 0 || u > 16384 {
		find("Nonce.Uses: %d; want 1 to 16384, or 0 for 1024", u)
	}
	if c.Limits != LimitsOff && c.Limits != LimitsDocumented {
		find("Limits: unknown; want %q, or nothing for none", LimitsDocumented)
	}
	return wrong
}

// validateRights finds what is wrong with roles and an access list, of whichever credential.
func validateRights(roles map[migrationlink.OrgID][]Role, accessList []netip.Prefix, organizations map[migrationlink.OrgID]bool) []error {
	var wrong []error
	spelt := make(map[migrationlink.OrgID]bool)
	for _, org := range slices.Sorted(maps.Keys(roles)) {
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
		for _, role := range roles[org] {
			if !slices.Contains(Roles(), role) {
				wrong = append(wrong, fmt.Errorf("Roles: %s has one that is no role; want some of %v", id, Roles()))
			}
		}
	}
	for i, prefix := range accessList {
		if !prefix.IsValid() {
			wrong = append(wrong, fmt.Errorf("AccessList[%d]: not a prefix; want one like 10.0.0.0/8 or ::1/128", i))
		}
		if prefix.Addr().Is4In6() {
			wrong = append(wrong, fmt.Errorf("AccessList[%d]: %s is IPv4 written as IPv6; want it as IPv4", i, prefix))
		}
	}
	return wrong
}
