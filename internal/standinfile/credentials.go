package standinfile

import (
	"net/netip"

	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
)

// rights are the fields that every credential may have.
var rights = []string{"roles", "accessList"}

// credentials reads who signs in, and how. One that cannot be read keeps its place in the list.
func (f *configFile) credentials(fields map[string]*yaml.Node, s *Settings) {
	for _, n := range f.list(fields["apiKeys"], "apiKeys", "publicKey, privateKey and roles") {
		fields := f.fields(n, "an API key", []string{"publicKey", "privateKey"}, rights)
		key := server.APIKey{PublicKey: f.scalar(fields["publicKey"], "publicKey"), PrivateKey: f.secret(fields["privateKey"], "privateKey")}
		key.Roles, key.AccessList = f.rights(fields)
		s.APIKeys = append(s.APIKeys, key)
	}
	for _, n := range f.list(fields["serviceAccounts"], "serviceAccounts", "clientId, secret and roles") {
		fields := f.fields(n, "a service account", []string{"clientId", "secret"}, rights)
		account := server.ServiceAccount{ClientID: f.scalar(fields["clientId"], "clientId"), Secret: f.secret(fields["secret"], "secret")}
		account.Roles, account.AccessList = f.rights(fields)
		s.ServiceAccounts = append(s.ServiceAccounts, account)
	}
	for _, n := range f.list(fields["bearerTokens"], "bearerTokens", "token and roles") {
		fields := f.fields(n, "a bearer token", []string{"token"}, rights)
		bearer := server.BearerToken{Token: f.secret(fields["token"], "token")}
		bearer.Roles, bearer.AccessList = f.rights(fields)
		s.BearerTokens = append(s.BearerTokens, bearer)
	}
}

func (f *configFile) secret(n *yaml.Node, field string) migrationlink.Secret {
	text := f.scalar(n, field)
	if text == secret.Redacted {
		f.refuse(n, "%s is %s, which --print-config writes in its place; want the secret itself", field, secret.Redacted)
		return migrationlink.Secret{}
	}
	return migrationlink.NewSecret(text)
}

// rights reads where a credential has which roles, and from where it may be used.
func (f *configFile) rights(fields map[string]*yaml.Node) (map[migrationlink.OrgID][]server.Role, []netip.Prefix) {
	var roles map[migrationlink.OrgID][]server.Role
	if n := fields["roles"]; n != nil {
		roles = f.roles(n)
	}
	var accessList []netip.Prefix
	for _, n := range f.list(fields["accessList"], "accessList", "an address range; left out it is any address") {
		accessList = append(accessList, f.prefix(n))
	}
	return roles, accessList
}

// roles reads the roles in each organization. Two spellings of an id are one key.
func (f *configFile) roles(n *yaml.Node) map[migrationlink.OrgID][]server.Role {
	roles := map[migrationlink.OrgID][]server.Role{}
	lines := map[migrationlink.OrgID]int{}
	for _, entry := range f.entries(n, "roles") {
		text, ok := f.text(entry.key, "roles")
		if !ok {
			continue
		}
		id, err := migrationlink.ParseOrgID(text)
		if err != nil {
			f.refuse(entry.key, "roles: %v", err)
			continue
		}
		if line, twice := lines[id]; twice {
			f.refuse(entry.key, "organization twice in roles, first on line %d; want each once, with all its roles", line)
			continue
		}
		lines[id] = entry.key.Line
		roles[id] = []server.Role{}
		for _, n := range f.list(entry.value, "the roles in an organization", string(server.RoleOrgOwner)) {
			roles[id] = append(roles[id], server.Role(f.scalar(n, "role")))
		}
	}
	return roles
}

// prefix reads an entry of an access list: a range of addresses or, as in Cloud Manager, a single one.
func (f *configFile) prefix(n *yaml.Node) netip.Prefix {
	text, ok := f.text(n, "accessList")
	if !ok {
		return netip.Prefix{}
	}
	prefix, err := netip.ParsePrefix(text)
	if addr, e := netip.ParseAddr(text); e == nil && addr.Zone() == "" {
		prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	switch {
	case err != nil:
		f.refuse(n, `not an address range; want one like 127.0.0.0/8 or "::1/128", or a single address`)
	case prefix != prefix.Masked() && !prefix.Addr().Is4In6():
		f.refuse(n, "an address inside a range; want the range, %s, or the address alone, %s", prefix.Masked(), prefix.Addr())
	}
	return prefix
}
