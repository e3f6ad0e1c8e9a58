package standinfile

import (
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/readfile"
	"github.com/migrationlink/migrationlink/server"
)

// Read reads what is served, and where. The error lists everything that is wrong, each on a line of its own that says where, what, and
// what would be right; it shows no value, since any may be a private key in the wrong place.
func Read(name string) (Settings, error) {
	f := &configFile{name: name}
	content, err := readfile.Small(name)
	if err != nil {
		f.problems = append(f.problems, problem{text: readfile.WithoutPath(err).Error() + "; want a YAML file, like the one in migrationlink serve --help"})
		return Settings{}, f.err()
	}
	s := Settings{File: name, Listen: console.Setting{Value: DefaultListen, Name: "--listen"}}
	if document := f.parse(content); document != nil {
		f.settings(document, &s)
	}
	return s, f.err()
}

// configFields are what a file may hold, in the order in which it is written.
var configFields = []string{
	"organizations", "apiKeys", "serviceAccounts", "bearerTokens", "nonce", "accessToken", "limits", "faults", "listen", "admin", "tls",
}

func (f *configFile) settings(document *yaml.Node, s *Settings) {
	fields := f.fields(document, "the file", []string{"organizations"}, configFields[1:])
	if fields == nil {
		return
	}
	if fields["apiKeys"] == nil && fields["serviceAccounts"] == nil && fields["bearerTokens"] == nil {
		f.refuse(document, "the file without apiKeys, serviceAccounts and bearerTokens; want one of them")
	}
	known := f.organizations(fields["organizations"], s)
	f.credentials(fields, known, s)
	f.signIn(fields, s)
	for _, n := range f.list(fields["faults"], "faults", "faults, as docs/faults.md has them") {
		if read, ok := f.fault(n); ok {
			s.Faults = append(s.Faults, read)
		}
	}
	if n := fields["listen"]; n != nil {
		s.Listen = f.address(n, "listen")
	}
	if n := fields["admin"]; n != nil {
		s.Admin = f.admin(n)
	}
	if n := fields["tls"]; n != nil {
		s.TLS = f.certificates(n)
	}
}

// organizations reads which there are, and returns the line of each.
func (f *configFile) organizations(list *yaml.Node, s *Settings) map[migrationlink.OrgID]int {
	known := map[migrationlink.OrgID]int{}
	for _, n := range f.list(list, "organizations", "id: ORGANIZATION") {
		fields := f.fields(n, "an organization", []string{"id"}, []string{"kind", "link", "runningMigrations"})
		organization := f.organization(n, fields)
		if fields["id"] == nil {
			continue
		}
		id, ok := f.orgID(fields["id"], "id")
		if line, twice := known[id]; ok && twice {
			f.refuse(fields["id"], "organization listed twice, first on line %d; want each id once, upper and lower case are the same", line)
			continue
		}
		if ok {
			known[id] = fields["id"].Line
			organization.ID = id
			s.Organizations = append(s.Organizations, organization)
		}
	}
	return known
}

// organization reads all but the id.
func (f *configFile) organization(n *yaml.Node, fields map[string]*yaml.Node) server.Organization {
	var o server.Organization
	if n := fields["kind"]; n != nil {
		o.Kind, _ = oneOf(f, n, "kind", server.OrganizationKinds())
	}
	if n := fields["link"]; n != nil {
		o.Link, _ = oneOf(f, n, "link", migrationlink.Statuses())
	}
	lines := map[migrationlink.OrgID]int{}
	for _, n := range f.list(fields["runningMigrations"], "runningMigrations", "project ids") {
		text, ok := f.text(n, "runningMigrations")
		if !ok {
			continue
		}
		id, err := migrationlink.ParseOrgID(text) // ids of projects look like those of organizations
		if err != nil {
			f.refuse(n, "runningMigrations: not a project id; want 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a")
			continue
		}
		if line, twice := lines[id]; twice {
			f.refuse(n, "project listed twice, first on line %d; want each id once", line)
			continue
		}
		lines[id] = n.Line
		o.RunningMigrations = append(o.RunningMigrations, string(id))
	}
	if o.Kind == server.KindAtlas && (fields["link"] != nil || fields["runningMigrations"] != nil) {
		f.refuse(n, "an organization of Atlas with link or runningMigrations; want them left out: only a source organization has them")
	}
	return o
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

// signIn reads how long things live, and how often callers may ask.
func (f *configFile) signIn(fields map[string]*yaml.Node, s *Settings) {
	if n := fields["nonce"]; n != nil {
		nonce := f.fields(n, "nonce", nil, []string{"lifetime", "uses"})
		s.Nonce.Lifetime = f.duration(nonce["lifetime"], "nonce.lifetime", time.Millisecond)
		s.Nonce.Uses = f.count(nonce["uses"], "nonce.uses", 16384)
	}
	if n := fields["accessToken"]; n != nil {
		accessToken := f.fields(n, "accessToken", []string{"lifetime"}, nil)
		s.AccessToken.Lifetime = f.duration(accessToken["lifetime"], "accessToken.lifetime", time.Second)
	}
	if n := fields["limits"]; n != nil {
		if limits, ok := oneOf(f, n, "limits", []server.Limits{limitsOff, server.LimitsDocumented}); ok && limits != limitsOff {
			s.Limits = limits
		}
	}
}

// limitsOff is how a file says server.LimitsOff.
const limitsOff = server.Limits("off")
