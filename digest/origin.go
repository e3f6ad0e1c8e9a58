package digest

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// origin is scheme, host and port (RFC 9110 section 4.3.1), normalised and written as a URL: https://host:443.
type origin string

func originOf(u *url.URL) origin {
	scheme, port := strings.ToLower(u.Scheme), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return origin(scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port))
}

// redirectedAway reports whether the request follows from a redirect (http.Client sets Response to the redirect) of one that was
// first made to another origin. The credentials were meant for that one.
func redirectedAway(req *http.Request) bool {
	first := req
	for first.Response != nil && first.Response.Request != nil {
		first = first.Response.Request
	}
	if first.Response != nil { // a redirect that does not tell of what: where it began is not known
		return true
	}
	return first != req && first.URL != nil && originOf(first.URL) != originOf(req.URL)
}
