package cli

import (
	"strings"

	"github.com/migrationlink/migrationlink/internal/mongocli"
)

// trustIt is why a certificate of an unknown authority is not trusted, though mongocli may accept it, and the command that has it trusted.
func (c call) trustIt() (why, run string) {
	why = "mongocli accepts it because it verifies nothing unless a CA file is set"
	if c.settings.ca.value != "" {
		why = c.settings.ca.name + " names a file without it"
	}
	return why, c.set(mongocli.OpsManagerCACertificate, "/path/to/root.pem")
}

// set is a command line that sets something where it is set now, and what is not set where the address is. The environment wins over what
// mongocli has at the top level of its file, which it cannot change.
func (c call) set(key, value string) string {
	now := c.settings.url
	if key == mongocli.OpsManagerCACertificate && c.settings.ca.value != "" {
		now = c.settings.ca
	}
	switch {
	case strings.HasPrefix(now.from, "--"):
		if key == mongocli.OpsManagerURL {
			c.flags.url = value
		} else {
			c.flags.caFile = value
		}
		return c.command("doctor")
	case strings.HasPrefix(now.from, "profile "):
		return "mongocli config set " + key + " " + word(value) + " -P " + word(c.settings.profile.value)
	}
	return "export " + mongocli.Env(key) + "=" + word(value)
}
