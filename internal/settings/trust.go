package settings

import (
	"strings"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/mongocli"
)

// TrustIt is why a certificate of an unknown authority is not trusted, though mongocli may accept it, and the command that has it trusted.
func (c Call) TrustIt() (why, run string) {
	why = "mongocli accepts it because it verifies nothing unless a CA file is set"
	if c.Settings.CA.Value != "" {
		why = c.Settings.CA.Name + " names a file without it"
	}
	return why, c.Set(mongocli.OpsManagerCACertificate, "/path/to/root.pem")
}

// Set is a command line that sets something where it is set now, and what is not set where the address is. The environment wins over what
// mongocli has at the top level of its file, which it cannot change.
func (c Call) Set(key, value string) string {
	now := c.Settings.Url
	if key == mongocli.OpsManagerCACertificate && c.Settings.CA.Value != "" {
		now = c.Settings.CA
	}
	switch {
	case strings.HasPrefix(now.From, "--"):
		if key == mongocli.OpsManagerURL {
			c.Flags.URL = value
		} else {
			c.Flags.CAFile = value
		}
		return c.Command("doctor")
	case strings.HasPrefix(now.From, "profile "):
		return "mongocli config set " + key + " " + console.Word(value) + " -P " + console.Word(c.Settings.ShownProfile())
	}
	return "export " + mongocli.Env(key) + "=" + console.Word(value)
}
