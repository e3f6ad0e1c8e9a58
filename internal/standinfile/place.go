package standinfile

import (
	"net"
	"path/filepath"

	"github.com/migrationlink/migrationlink/internal/console"
	"go.yaml.in/yaml/v3"
)

// admin reads where the admin interface listens.
func (f *configFile) admin(n *yaml.Node) AdminSettings {
	fields := f.fields(n, "admin", []string{"listen"}, []string{"tokenFile"})
	var a AdminSettings
	if n := fields["listen"]; n != nil {
		a.Listen = f.address(n, "admin.listen")
	}
	a.TokenFile = f.path(fields["tokenFile"], "admin.tokenFile")
	return a
}

// certificates reads how the stand-in shows who it is.
func (f *configFile) certificates(n *yaml.Node) CertificateFiles {
	fields := f.fields(n, "tls", nil, []string{"cert", "key", "selfSigned"})
	switch {
	case fields == nil:
	case len(fields) == 0:
		f.refuse(n, "tls is empty; want cert and key, or selfSigned")
	case fields["selfSigned"] != nil && len(fields) > 1:
		f.refuse(fields["selfSigned"], "tls.selfSigned beside cert or key; want either it, or both of these")
	case fields["selfSigned"] == nil && len(fields) == 1:
		f.refuse(n, "tls with one of cert and key; want both")
	}
	return CertificateFiles{
		Cert:       f.path(fields["cert"], "tls.cert"),
		Key:        f.path(fields["key"], "tls.key"),
		SelfSigned: f.path(fields["selfSigned"], "tls.selfSigned"),
	}
}

// address reads HOST:PORT. Whether it may be any address is for the settings as a whole to say.
func (f *configFile) address(n *yaml.Node, field string) console.Setting {
	text, ok := f.text(n, field)
	if !ok {
		return console.Setting{}
	}
	if _, err := net.ResolveTCPAddr("tcp", text); err != nil {
		f.refuse(n, "%s: want HOST:PORT, like 127.0.0.1:8080, or port 0 for any free one", field)
	}
	return console.Setting{Value: text, Name: f.place(n.Line) + ": " + field}
}

// path reads the name of a file, which is meant as from the folder of the configuration. A nil node is a field that was left out.
func (f *configFile) path(n *yaml.Node, field string) console.Setting {
	if n == nil {
		return console.Setting{Name: field}
	}
	text, _ := f.text(n, field)
	if text != "" && !filepath.IsAbs(text) {
		text = filepath.Join(filepath.Dir(f.name), text)
	}
	return console.Setting{Value: text, Name: f.place(n.Line) + ": " + field}
}
