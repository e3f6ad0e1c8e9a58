package standinfile

import (
	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/readfile"
	"github.com/migrationlink/migrationlink/server"
)

// Read reads what is served, and where. The error lists everything that is wrong, each on a line of its own that says where, what, and
// what would be right. It shows no text of the file, since any may be a private key in the wrong place.
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
	f.organizations(fields["organizations"], s)
	f.credentials(fields, s)
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
	f.judge(document, s.Config)
}

// organizations reads which organizations there are. One that cannot be read keeps its place in the list.
func (f *configFile) organizations(list *yaml.Node, s *Settings) {
	for _, n := range f.list(list, "organizations", "id: ORGANIZATION") {
		fields := f.fields(n, "an organization", []string{"id"}, []string{"kind", "link", "runningMigrations"})
		o := server.Organization{
			ID:   migrationlink.OrgID(oneSpelling(f.scalar(fields["id"], "id"))),
			Kind: server.OrganizationKind(f.scalar(fields["kind"], "kind")),
			Link: migrationlink.Status(f.scalar(fields["link"], "link")),
		}
		for _, n := range f.list(fields["runningMigrations"], "runningMigrations", "project ids") {
			o.RunningMigrations = append(o.RunningMigrations, oneSpelling(f.scalar(n, "runningMigrations")))
		}
		s.Organizations = append(s.Organizations, o)
	}
}

// oneSpelling is the id in lower case. What is no id stays as it is.
func oneSpelling(text string) string {
	if id, err := migrationlink.ParseOrgID(text); err == nil {
		return id.String()
	}
	return text
}

// signIn reads how long things live, and how often callers may ask.
func (f *configFile) signIn(fields map[string]*yaml.Node, s *Settings) {
	if n := fields["nonce"]; n != nil {
		nonce := f.fields(n, "nonce", nil, []string{"lifetime", "uses"})
		s.Nonce.Lifetime = f.duration(nonce["lifetime"], "nonce.lifetime")
		s.Nonce.Uses = f.count(nonce["uses"], "nonce.uses")
	}
	if n := fields["accessToken"]; n != nil {
		accessToken := f.fields(n, "accessToken", []string{"lifetime"}, nil)
		s.AccessToken.Lifetime = f.duration(accessToken["lifetime"], "accessToken.lifetime")
	}
	s.Limits = server.Limits(f.scalar(fields["limits"], "limits"))
}
