package server

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/internal/spelling"
)

// Problem is one thing that is wrong with a [Config]. It holds no secret.
type Problem struct {
	// Path is the place in the Config, such as APIKeys[0].Roles[5f7aac56b3a0b94bcdce6d8a][1].
	Path string
	// Text says what is wrong and what would be right.
	Text string
	// First is the path of the first of two values that must differ; otherwise empty.
	First string
}

// String is the problem on one line.
func (p Problem) String() string {
	if p.First != "" {
		return fmt.Sprintf("%s: %s (first at %s)", p.Path, p.Text, p.First)
	}
	return p.Path + ": " + p.Text
}

// Problems are all that is wrong with the Config: [New] refuses it for any of them.
func (c Config) Problems() []Problem {
	var p problems
	p.organizations = p.organizationList(c.Organizations)
	for i, f := range c.Faults {
		if err := f.Validate(); err != nil {
			p.add(fmt.Sprintf("Faults[%d]", i), "%v", err)
		}
	}
	p.apiKeys(c.APIKeys)
	p.serviceAccounts(c.ServiceAccounts)
	p.bearerTokens(c.BearerTokens)
	const shortest, longest = MinAccessTokenLifetime, MaxAccessTokenLifetime
	if l := c.AccessToken.Lifetime; l != 0 && (l < shortest || l > longest || l%time.Second != 0) {
		p.add("AccessToken.Lifetime", "%v; want %v to %gh, in whole seconds", l, shortest, longest.Hours())
	}
	for _, problem := range c.verifier(nil).Problems() {
		if path, ours := digestPaths[problem.Field]; ours {
			p.add(path, "%s", problem.Text)
		}
	}
	p.oneOf("Limits", string(c.Limits), texts([]Limits{LimitsOff, LimitsDocumented}))
	return p.found
}

// digestPaths are where a Config has the fields of a digest.VerifierConfig that can be wrong.
var digestPaths = map[string]string{"Key": "NonceKey", "Lifetime": "Nonce.Lifetime", "Uses": "Nonce.Uses"}

// verifier is what the Config says of HTTP Digest.
func (c Config) verifier(password func(username string) (string, bool)) digest.VerifierConfig {
	return digest.VerifierConfig{
		Realm: Realm, Password: password, Key: c.NonceKey, Lifetime: c.Nonce.Lifetime, Uses: c.Nonce.Uses,
		Now: c.Now, Rand: c.Rand,
	}
}

// err is all that is wrong with the Config, or nil.
func (c Config) err() error {
	var all []error
	for _, problem := range c.Problems() {
		all = append(all, errors.New(problem.String()))
	}
	return errors.Join(all...)
}

// problems collects what is wrong with a Config.
type problems struct {
	found         []Problem
	organizations map[string]string // paths of their ids, by id
}

func (p *problems) add(path, format string, a ...any) {
	p.found = append(p.found, Problem{Path: path, Text: fmt.Sprintf(format, a...)})
}

// once refuses a value that was there before.
func (p *problems) once(paths map[string]string, path, value, text string) {
	first, twice := paths[value]
	if twice {
		p.found = append(p.found, Problem{Path: path, Text: text, First: first})
		return
	}
	paths[value] = path
}

const (
	twice      = "listed twice; want each once"
	twiceIDs   = twice + ", upper and lower case are the same"
	ofSource   = "want it left out in an organization of Atlas: only a source organization has it"
	unlistedID = "an organization that is not listed; want its id among the organizations too"
)

// oneOf refuses a word that is none of some. The empty word stands for one of them.
func (p *problems) oneOf(path, word string, known []string) {
	if word != "" && !slices.Contains(known, word) {
		p.add(path, "unknown; %s", spelling.Want(word, known))
	}
}

func (p *problems) organizationList(organizations []Organization) map[string]string {
	paths := make(map[string]string)
	for i, o := range organizations {
		path := fmt.Sprintf("Organizations[%d]", i)
		p.id(path+".ID", string(o.ID), paths, func(err error) string { return err.Error() })
		p.oneOf(path+".Kind", string(o.Kind), texts(OrganizationKinds()))
		p.oneOf(path+".Link", string(o.Link), texts(migrationlink.Statuses()))
		if o.Kind == KindAtlas && o.Link != "" {
			p.add(path+".Link", ofSource)
		}
		if o.Kind == KindAtlas && len(o.RunningMigrations) > 0 {
			p.add(path+".RunningMigrations", ofSource)
		}
		projects := make(map[string]string)
		for i, project := range o.RunningMigrations { // ids of projects look like those of organizations
			p.id(fmt.Sprintf("%s.RunningMigrations[%d]", path, i), project, projects, func(error) string {
				return "not a project id; want 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a"
			})
		}
	}
	return paths
}

// id refuses an id that is malformed or was there before.
func (p *problems) id(path, text string, paths map[string]string, malformed func(error) string) {
	id, err := migrationlink.ParseOrgID(text)
	if err != nil {
		p.add(path, "%s", malformed(err))
		return
	}
	p.once(paths, path, string(id), twiceIDs)
}

func (p *problems) apiKeys(keys []APIKey) {
	paths := make(map[string]string)
	for i, key := range keys {
		path := fmt.Sprintf("APIKeys[%d]", i)
		if misplaced := secret.APIKey.Misplaced(key.PublicKey, key.PrivateKey.Reveal()); misplaced != "" {
			p.add(path+".PublicKey", "%s", misplaced)
		}
		if key.PublicKey == "" {
			p.add(path+".PublicKey", "empty; want the user name of the key")
		} else {
			p.once(paths, path+".PublicKey", key.PublicKey, twice)
		}
		if key.PrivateKey.IsZero() {
			p.add(path+".PrivateKey", "empty; want the password of the key")
		}
		p.rights(path, key.Roles, key.AccessList)
	}
}

var (
	unreserved = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)     // RFC 3986 section 2.3: what no encoding changes
	b64token   = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`) // RFC 6750 section 2.1
)

func (p *problems) serviceAccounts(accounts []ServiceAccount) {
	const wanted = "want letters, digits, - . _ and ~, at least one"
	paths := make(map[string]string)
	for i, account := range accounts {
		path := fmt.Sprintf("ServiceAccounts[%d]", i)
		if misplaced := secret.ServiceAccount.Misplaced(account.ClientID, account.Secret.Reveal()); misplaced != "" {
			p.add(path+".ClientID", "%s", misplaced)
		} else if !unreserved.MatchString(account.ClientID) {
			p.add(path+".ClientID", wanted)
		} else {
			p.once(paths, path+".ClientID", account.ClientID, twice)
		}
		if !unreserved.MatchString(account.Secret.Reveal()) {
			p.add(path+".Secret", wanted)
		}
		p.rights(path, account.Roles, account.AccessList)
	}
}

func (p *problems) bearerTokens(tokens []BearerToken) {
	paths := make(map[string]string)
	for i, bearer := range tokens {
		path := fmt.Sprintf("BearerTokens[%d]", i)
		token := bearer.Token.Reveal()
		if !b64token.MatchString(token) || len(token) > MaxBearerToken {
			p.add(path+".Token", "want letters, digits, - . _ ~ + and /, then any number of =, %d bytes at most", MaxBearerToken)
		} else {
			p.once(paths, path+".Token", token, twice)
		}
		p.rights(path, bearer.Roles, bearer.AccessList)
	}
}

// rights refuses roles and an access list that are wrong, of whichever credential.
func (p *problems) rights(path string, roles map[migrationlink.OrgID][]Role, accessList []netip.Prefix) {
	paths := make(map[string]string)
	for _, org := range slices.Sorted(maps.Keys(roles)) {
		id, err := migrationlink.ParseOrgID(string(org))
		if err != nil {
			p.add(path+".Roles", "%v", err) // the path shows no text that may be a secret
			continue
		}
		at := fmt.Sprintf("%s.Roles[%s]", path, org)
		p.once(paths, at, string(id), twiceIDs)
		if p.organizations[string(id)] == "" {
			p.add(at, unlistedID)
		}
		for i, role := range roles[org] {
			if !slices.Contains(Roles(), role) {
				p.add(fmt.Sprintf("%s[%d]", at, i), "unknown role; %s", spelling.Want(string(role), texts(Roles())))
			}
		}
	}
	for i, prefix := range accessList {
		at := fmt.Sprintf("%s.AccessList[%d]", path, i)
		switch {
		case !prefix.IsValid():
			p.add(at, "not a prefix; want one like 10.0.0.0/8 or ::1/128")
		case prefix.Addr().Is4In6():
			p.add(at, "an IPv4 address written as IPv6; want it like 127.0.0.0/8")
		}
	}
}

func texts[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = string(word)
	}
	return all
}
