package standinfile

import (
	"net/netip"
	"regexp"

	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
)

// rights are the fields that every credential may have.
var rights = []string{"roles", "accessList"}

// credentials reads who signs in, and how. Of each kind none may be there twice.
func (f *configFile) credentials(fields map[string]*yaml.Node, known map[migrationlink.OrgID]int, s *Settings) {
	publicKeys, clientIDs, tokens := map[string]int{}, map[string]int{}, map[string]int{}
	for _, n := range f.list(fields["apiKeys"], "apiKeys", "publicKey, privateKey and roles") {
		fields := f.fields(n, "an API key", []string{"publicKey", "privateKey"}, rights)
		key := server.APIKey{PublicKey: f.scalar(fields["publicKey"], "publicKey"), PrivateKey: f.secret(fields["privateKey"], "privateKey")}
		f.once(fields["publicKey"], "publicKey", key.PublicKey, publicKeys)
		f.misplaced(fields["publicKey"], "publicKey", secret.APIKey, key.PublicKey, key.PrivateKey)
		key.Roles, key.AccessList = f.rights(fields, known)
		s.APIKeys = append(s.APIKeys, key)
	}
	for _, n := range f.list(fields["serviceAccounts"], "serviceAccounts", "clientId, secret and roles") {
		fields := f.fields(n, "a service account", []string{"clientId", "secret"}, rights)
		account := server.ServiceAccount{ClientID: f.scalar(fields["clientId"], "clientId"), Secret: f.secret(fields["secret"], "secret")}
		f.once(fields["clientId"], "clientId", account.ClientID, clientIDs)
		if !f.misplaced(fields["clientId"], "clientId", secret.ServiceAccount, account.ClientID, account.Secret) {
			f.madeOf(fields["clientId"], "clientId", account.ClientID, unreserved, "letters, digits, - . _ and ~")
		}
		f.madeOf(fields["secret"], "secret", account.Secret, unreserved, "letters, digits, - . _ and ~")
		account.Roles, account.AccessList = f.rights(fields, known)
		s.ServiceAccounts = append(s.ServiceAccounts, account)
	}
	for _, n := range f.list(fields["bearerTokens"], "bearerTokens", "token and roles") {
		fields := f.fields(n, "a bearer token", []string{"token"}, rights)
		bearer := server.BearerToken{Token: f.secret(fields["token"], "token")}
		f.once(fields["token"], "token", bearer.Token, tokens)
		f.madeOf(fields["token"], "token", bearer.Token, b64token, "letters, digits, - . _ ~ + and /, then any number of =")
		if len(bearer.Token) > maxBearer {
			f.refuse(fields["token"], "token longer than %d bytes; want one that is not", maxBearer)
		}
		bearer.Roles, bearer.AccessList = f.rights(fields, known)
		s.BearerTokens = append(s.BearerTokens, bearer)
	}
}

var (
	unreserved = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)     // RFC 3986 section 2.3: what no encoding changes
	b64token   = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`) // RFC 6750 section 2.1
)

// maxBearer is the longest bearer token that the stand-in looks into, in bytes.
const maxBearer = 8 << 10

// madeOf refuses a text that is made of something else. An empty one was refused before.
func (f *configFile) madeOf(n *yaml.Node, field, text string, of *regexp.Regexp, wanted string) {
	if text != "" && !of.MatchString(text) {
		f.refuse(n, "%s with something else in it than it can be made of; want %s", field, wanted)
	}
}

// misplaced refuses a name with a secret in it, and reports whether it did.
func (f *configFile) misplaced(n *yaml.Node, field string, kind secret.Pair, name, secret string) bool {
	wrong := kind.Misplaced(name, secret)
	if wrong != "" {
		f.refuse(n, "%s: %s", field, wrong)
	}
	return wrong != ""
}

// once refuses what is listed twice.
func (f *configFile) once(n *yaml.Node, field, text string, lines map[string]int) {
	if text == "" {
		return
	}
	if line, twice := lines[text]; twice {
		f.refuse(n, "%s listed twice, first on line %d; want each once", field, line)
	}
	lines[text] = n.Line
}

func (f *configFile) secret(n *yaml.Node, field string) string {
	text := f.scalar(n, field)
	if text == secret.Redacted {
		f.refuse(n, "%s is %s, which --print-config writes in its place; want the secret itself", field, secret.Redacted)
		return ""
	}
	return text
}

// rights reads where a credential has which roles, and from where it may be used.
func (f *configFile) rights(fields map[string]*yaml.Node, known map[migrationlink.OrgID]int) (map[migrationlink.OrgID][]server.Role, []netip.Prefix) {
	var roles map[migrationlink.OrgID][]server.Role
	if n := fields["roles"]; n != nil {
		roles = f.roles(n, known)
	}
	var accessList []netip.Prefix
	for _, n := range f.list(fields["accessList"], "accessList", "an address range; left out it is any address") {
		if prefix, ok := f.prefix(n); ok {
			accessList = append(accessList, prefix)
		}
	}
	return roles, accessList
}

func (f *configFile) roles(n *yaml.Node, known map[migrationlink.OrgID]int) map[migrationlink.OrgID][]server.Role {
	roles := map[migrationlink.OrgID][]server.Role{}
	lines := map[migrationlink.OrgID]int{}
	for _, entry := range f.entries(n, "roles") {
		id, ok := f.orgID(entry.key, "roles")
		if !ok {
			continue
		}
		if line, twice := lines[id]; twice {
			f.refuse(entry.key, "organization twice in roles, first on line %d; want each once, with all its roles", line)
			continue
		}
		lines[id] = entry.key.Line
		if _, listed := known[id]; !listed {
			f.refuse(entry.key, "roles in an organization that is not listed; want its id under organizations too")
		}
		for _, n := range f.list(entry.value, "the roles in an organization", string(server.RoleOrgOwner)) {
			if role, ok := oneOf(f, n, "role", server.Roles()); ok {
				roles[id] = append(roles[id], role)
			}
		}
	}
	return roles
}

// prefix reads an entry of an access list: a range of addresses or, as in Cloud Manager, a single one.
func (f *configFile) prefix(n *yaml.Node) (netip.Prefix, bool) {
	text, ok := f.text(n, "accessList")
	if !ok {
		return netip.Prefix{}, false
	}
	prefix, err := netip.ParsePrefix(text)
	if addr, e := netip.ParseAddr(text); e == nil && addr.Zone() == "" {
		prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	switch {
	case err != nil:
		f.refuse(n, `not an address range; want one like 127.0.0.0/8 or "::1/128", or a single address`)
	case prefix.Addr().Is4In6():
		f.refuse(n, "an IPv4 address written as IPv6; want it like 127.0.0.0/8")
	case prefix != prefix.Masked():
		f.refuse(n, "an address inside a range; want the range, %s, or the address alone, %s", prefix.Masked(), prefix.Addr())
	default:
		return prefix, true
	}
	return netip.Prefix{}, false
}
