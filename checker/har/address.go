package har

import (
	"net/url"
	"strings"
)

// address is where a request went.
type address struct {
	// host has a port where the URL has one that is not the scheme's own.
	host string
	// defaultPort of the scheme.
	defaultPort string
	// target is path and query, as they stand in the URL.
	target string
}

// parseAddress splits a URL as it stands there. One without a network address (data:, about:) has
// none.
func parseAddress(from string) (a address, ok bool) {
	scheme, rest, _ := strings.Cut(from, "://")
	switch strings.ToLower(scheme) {
	case "http":
		a.defaultPort = "80"
	case "https":
		a.defaultPort = "443"
	default:
		return address{}, false
	}
	rest, _, _ = strings.Cut(rest, "#") // is not sent (RFC 9110 section 4.2.5)
	host := rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, a.target = rest[:i], rest[i:]
	}
	if !strings.HasPrefix(a.target, "/") {
		a.target = "/" + a.target
	}
	a.host = a.withoutDefaultPort(host[strings.LastIndexByte(host, '@')+1:])
	return a, true
}

// withoutDefaultPort is a host in the form that all its spellings share (RFC 3986 section 6.2.3).
func (a address) withoutDefaultPort(host string) string {
	host = strings.TrimSuffix(strings.ToLower(host), ":")
	return strings.TrimSuffix(host, ":"+a.defaultPort)
}

// isAt reports whether the request went to a host, which may be spelled with the default port or
// without.
func (a address) isAt(host string) bool { return a.host == a.withoutDefaultPort(host) }

func (a address) path() string {
	path, _, _ := strings.Cut(a.target, "?")
	return path
}

// complete adds the parameters that a recorder keeps apart from the URL, as Insomnia does.
func (a address) complete(queryString []field) string {
	path, query, asked := strings.Cut(a.target, "?")
	there := make(map[string]bool)
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		there[decoded(name)] = true
	}
	for _, f := range queryString {
		if f.Name == "" || there[f.Name] || there[decoded(f.Name)] {
			continue
		}
		added := url.QueryEscape(f.Name)
		if len(f.Value) > 0 {
			added += "=" + url.QueryEscape(f.Value[0])
		}
		if query != "" {
			query += "&"
		}
		query += added
		asked = true
	}
	if !asked {
		return path
	}
	return path + "?" + query
}

// decoded is a name of the query without its percent-encoding, and the name itself where that is
// wrong.
func decoded(name string) string {
	if plain, err := url.QueryUnescape(name); err == nil {
		return plain
	}
	return name
}
