package serving

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/settings"
	"github.com/migrationlink/migrationlink/internal/standinfile"
)

// Greeting says what the stand-in is. For the example it shows two ways to use it: a call of curl, and
// the environment of the command and of mongocli.
func Greeting(s standinfile.Settings, at string) string {
	const what = "a stand-in (a mock server) to test against, not for production"
	if s.File != "" {
		return what
	}
	ca := s.TLS.SelfSigned.Value
	return what + "\nto connect its example organization:\n" + exampleCurl(at, ca) +
		"\nto point migrationlink or mongocli at it:\n" + exampleEnvironment(at, ca)
}

// exampleCurl is the call that MongoDB's page prints, with address, keys and organization replaced.
func exampleCurl(at, ca string) string {
	trust := ""
	if ca != "" {
		trust = "--cacert " + console.Quoted(ca) + " "
	}
	return fmt.Sprintf(`curl %s--user '%s:%s' --digest --header 'Accept: application/json' `+
		`--header 'Content-Type: application/json' --include `+
		`--request POST '%s%s/orgs/%s/liveExport/migrationLink?pretty=true' --data '{ "linkToken": "string" }'`,
		trust, standinfile.ExamplePublicKey, standinfile.ExamplePrivateKey, at, settings.BasePath, standinfile.ExampleOrg)
}

// exampleEnvironment sets the variables of a shell. The address ends in a slash because mongocli
// appends a relative path to it. The CA file is absolute because the variables are for another
// terminal, in another working directory.
func exampleEnvironment(at, ca string) string {
	lines := []string{
		"export " + settings.EnvURL + "=" + console.Quoted(at+"/"),
		"export " + settings.EnvPublicKey + "=" + console.Quoted(standinfile.ExamplePublicKey),
		"export " + settings.EnvPrivateKey + "=" + console.Quoted(standinfile.ExamplePrivateKey),
		"export " + settings.EnvOrg + "=" + console.Quoted(string(standinfile.ExampleOrg)),
	}
	if ca != "" {
		if absolute, err := filepath.Abs(ca); err == nil {
			ca = absolute
		}
		lines = append(lines, "export MCLI_OPS_MANAGER_CA_CERTIFICATE="+console.Quoted(ca))
	}
	return strings.Join(lines, "\n")
}
