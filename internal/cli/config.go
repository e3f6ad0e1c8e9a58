package cli

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
)

// maxYAML is the size of the largest file that is read, in bytes.
const maxYAML = 1 << 20

// readConfig reads which organizations and API keys there are. The error lists everything that is wrong, each on a line of its own that
// says where, what, and what would be right; it shows no value, since any may be a private key in the wrong place.
func readConfig(name string) (server.Config, error) {
	f := &configFile{name: name}
	content, err := readYAMLFile(name)
	if err != nil {
		f.problems = append(f.problems, problem{text: withoutPath(err).Error() + "; want a YAML file, like the one in migrationlink serve --help"})
		return server.Config{}, f.err()
	}
	var config server.Config
	if document := f.parse(content); document != nil {
		config = f.config(document)
	}
	return config, f.err()
}

func readYAMLFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxYAML+1))
	if err == nil && len(content) > maxYAML {
		err = errors.New("larger than 1 MiB")
	}
	return content, err
}

func (f *configFile) config(document *yaml.Node) server.Config {
	fields := f.fields(document, "the file", []string{"organizations", "apiKeys"}, nil)
	if fields == nil {
		return server.Config{}
	}
	var config server.Config
	known := map[migrationlink.OrgID]int{} // and the line of each
	for _, n := range f.list(fields["organizations"], "organizations", "id: ORGANIZATION") {
		if id, ok := f.organization(n, known); ok {
			config.Organizations = append(config.Organizations, server.Organization{ID: id})
		}
	}
	keys := map[string]int{}
	for _, n := range f.list(fields["apiKeys"], "apiKeys", "publicKey, privateKey and roles") {
		config.APIKeys = append(config.APIKeys, f.apiKey(n, known, keys))
	}
	return config
}

func (f *configFile) organization(n *yaml.Node, known map[migrationlink.OrgID]int) (migrationlink.OrgID, bool) {
	fields := f.fields(n, "an organization", []string{"id"}, nil)
	if fields == nil || fields["id"] == nil {
		return "", false
	}
	id, ok := f.orgID(fields["id"], "id")
	if !ok {
		return "", false
	}
	if line, twice := known[id]; twice {
		f.refuse(fields["id"], "organization listed twice, first on line %d; want each id once, upper and lower case are the same", line)
		return "", false
	}
	known[id] = fields["id"].Line
	return id, true
}

func (f *configFile) apiKey(n *yaml.Node, known map[migrationlink.OrgID]int, keys map[string]int) server.APIKey {
	fields := f.fields(n, "an API key", []string{"publicKey", "privateKey"}, []string{"roles", "accessList"})
	var key server.APIKey
	if public := fields["publicKey"]; public != nil {
		key.PublicKey, _ = f.text(public, "publicKey")
		if line, twice := keys[key.PublicKey]; twice && key.PublicKey != "" {
			f.refuse(public, "publicKey listed twice, first on line %d; want each once", line)
		}
		if strings.Contains(key.PublicKey, ":") {
			f.refuse(public, "publicKey with a colon, which HTTP authentication cannot carry; want letters and digits")
		}
		keys[key.PublicKey] = public.Line
	}
	if private := fields["privateKey"]; private != nil {
		key.PrivateKey, _ = f.text(private, "privateKey")
	}
	if roles := fields["roles"]; roles != nil {
		key.Roles = f.roles(roles, known)
	}
	if list := fields["accessList"]; list != nil {
		for _, n := range f.list(list, "accessList", "an address range; left out it is any address") {
			if prefix, ok := f.prefix(n); ok {
				key.AccessList = append(key.AccessList, prefix)
			}
		}
	}
	return key
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
			if role, ok := f.role(n); ok {
				roles[id] = append(roles[id], role)
			}
		}
	}
	return roles
}

func (f *configFile) role(n *yaml.Node) (server.Role, bool) {
	text, ok := f.text(n, "a role")
	if !ok {
		return "", false
	}
	var names []string
	for _, role := range server.Roles() {
		if string(role) == text {
			return role, true
		}
		names = append(names, string(role))
	}
	f.refuse(n, "unknown role; %s", want(text, names))
	return "", false
}

func (f *configFile) orgID(n *yaml.Node, field string) (migrationlink.OrgID, bool) {
	text, ok := f.text(n, field)
	if !ok {
		return "", false
	}
	id, err := migrationlink.ParseOrgID(text)
	if err != nil {
		f.refuse(n, "%s: %v", field, err)
	}
	return id, err == nil
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
