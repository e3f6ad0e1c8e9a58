package client

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink/gen"
	"github.com/migrationlink/migrationlink/internal/loopback"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// maxLabel is how long a part of a host's name may be, in bytes (RFC 1035 section 2.3.4). A link-token in the place of a host is longer, and would be
// told to whom names are looked up at.
const maxLabel = 63

const wantAddress = "https://HOST[:PORT][/PREFIX]"

// readAddress returns the address that paths of the API are appended to, without a slash at its end. Errors do not repeat what was given: it
// may have a password in it.
func readAddress(given, private string, allowHTTP bool) (string, error) {
	if given == "" {
		return gen.ServerUrlCloudManager, nil
	}
	refuse := func(what string) (string, error) {
		return "", &OptionError{Option: "BaseURL", Problem: what, Want: wantAddress}
	}
	u, err := url.Parse(given)
	switch {
	case err != nil:
		return refuse("not an address")
	case u.Scheme == "" || u.Opaque != "":
		return refuse("there is no https:// in front")
	case u.Scheme != "https" && u.Scheme != "http":
		return refuse("neither https nor http")
	case u.User != nil:
		return "", &OptionError{Option: "BaseURL", Problem: "there is a user name in the address", Want: wantAddress, See: "APIKey"}
	case u.Hostname() == "":
		return refuse("there is no host")
	case slices.ContainsFunc(strings.Split(u.Hostname(), "."), func(label string) bool { return len(label) > maxLabel }):
		return refuse("the host is none: a part of its name is longer than 63 characters")
	case strings.Contains(u.Hostname(), "%"):
		return refuse("there is a zone in the IPv6 address, which requests cannot carry")
	case u.RawQuery != "" || u.ForceQuery:
		return refuse("there is a query")
	case strings.Contains(given, "#"):
		return refuse("there is a fragment")
	case secret.InAddress(given, private):
		return refuse("there is a secret in the address")
	case u.Scheme == "http" && !allowHTTP && !loopback.Host(u.Hostname()):
		return "", &OptionError{
			Option: "BaseURL", Want: "https", See: "AllowHTTP",
			Problem: fmt.Sprintf("plain http to %q, where a listener on the way would read the link-token", u.Hostname()),
		}
	}
	prefix := strings.TrimRight(u.EscapedPath(), "/")
	prefix = strings.TrimRight(strings.TrimSuffix(prefix, basePath()), "/")
	host := strings.ToLower(u.Host)
	if port, complete := strings.CutPrefix(host, "localhost."); complete && loopback.Host(u.Hostname()) {
		host = "localhost" + port // a transport exempts this spelling alone from its proxy
	}
	return u.Scheme + "://" + host + prefix + basePath(), nil
}

// basePath is /api/public/v1.0: the path of the server that openapi.yaml names first.
func basePath() string {
	_, server, _ := strings.Cut(gen.ServerUrlCloudManager, "://")
	_, path, _ := strings.Cut(server, "/")
	return "/" + path
}
