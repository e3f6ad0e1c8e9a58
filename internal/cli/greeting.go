package cli

import (
	"fmt"
	"path/filepath"
	"strings"
)

// greeting says what the stand-in is. For the example it shows two ways to use it: a call of curl, and the environment of the command
// and of mongocli.
func greeting(s settings, at string) string {
	const what = "a stand-in (a mock server) to test against, not for production"
	if s.file != "" {
		return what
	}
	ca := s.tls.selfSigned.value
	return what + "\nto connect its example organization:\n" + exampleCurl(at, ca) +
		"\nto point migrationlink or mongocli at it:\n" + exampleEnvironment(at, ca)
}

// exampleCurl is the call that MongoDB's page prints, with scheme, host, keys and organization replaced.
func exampleCurl(at, ca string) string {
	trust := ""
	if ca != "" {
		trust = "--cacert " + quoted(ca) + " "
	}
	return fmt.Sprintf(`curl %s--user '%s:%s' --digest --header 'Accept: application/json' `+
		`--header 'Content-Type: application/json' --include `+
		`--request POST '%s%s/orgs/%s/liveExport/migrationLink?pretty=true' --data '{ "linkToken": "string" }'`,
		trust, examplePublicKey, examplePrivateKey, at, basePath, exampleOrg)
}

// exampleEnvironment sets the variables of a shell. The address ends in a slash because mongocli appends a relative path to it. The CA
// file is absolute because the variables are for another terminal, in another working directory.
func exampleEnvironment(at, ca string) string {
	lines := []string{
		"export " + envURL + "=" + quoted(at+"/"),
		"export " + envPublicKey + "=" + quoted(examplePublicKey),
		"export " + envPrivateKey + "=" + quoted(examplePrivateKey),
		"export " + envOrg + "=" + quoted(string(exampleOrg)),
	}
	if ca != "" {
		if absolute, err := filepath.Abs(ca); err == nil {
			ca = absolute
		}
		lines = append(lines, "export MCLI_OPS_MANAGER_CA_CERTIFICATE="+quoted(ca))
	}
	return strings.Join(lines, "\n")
}
