package har

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// mask is what recorders and cleaners write in place of a value: [REDACTED], <removed>,
// ***REDACTED***, "redacted", ****.
var mask = regexp.MustCompile(
	`^["']?(?i:[\[<({*•]*[a-z0-9 _./+:-]*(?:redacted|removed|sanitized|filtered|hidden|masked)[a-z0-9 _./+:-]*[\])>}*•]*|[*•]+|x{3,})["']?$`)

// placeholder is a mask that could be content too: <token>, {{token}}, ${TOKEN}, null, --, …
var placeholder = regexp.MustCompile(`^(?:<[^<>]*>|\{\{.*\}\}|\$\{.*\}|null|-+|\.{3,}|…)$`)

// longestMask is the length of the longest value that is taken for a mask, in bytes.
const longestMask = 100

// masked reports whether content stands for other content that was taken out.
func masked(value string) bool {
	return len(value) <= longestMask && mask.MatchString(strings.TrimSpace(value))
}

// isNoValue reports whether a value is empty, or a mask of any kind.
func isNoValue(value string) bool {
	value = strings.TrimSpace(value)
	return value == "" || masked(value) || len(value) <= longestMask && placeholder.MatchString(value)
}

// schemes are those of the registry of authentication schemes, and those that Windows knows. Their
// names may stand alone.
var schemes = []string{
	"basic", "bearer", "concealed", "digest", "dpop", "gnap", "hoba", "mutual", "negotiate", "ntlm", "oauth", "privatetoken", "scram-sha-1",
	"scram-sha-256", "vapid",
}

// scheme is the name of a scheme, as clients write it.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// hidesCredentials reports whether a value of Authorization is no credentials, but stands for some
// that were taken out: it is empty, a mask, or begins with no scheme.
func hidesCredentials(value string) bool {
	if isNoValue(value) {
		return true
	}
	first, _, more := strings.Cut(strings.TrimSpace(value), " ")
	return !scheme.MatchString(first) || !more && !slices.Contains(schemes, strings.ToLower(first))
}

// signedIn reports whether the request of an entry carries credentials that were recorded.
func (e *entry) signedIn() bool {
	for _, f := range e.Request.Headers {
		if http.CanonicalHeaderKey(strings.TrimSpace(f.Name)) == "Authorization" &&
			slices.ContainsFunc(f.Value, func(value string) bool { return !hidesCredentials(value) }) {
			return true
		}
	}
	return false
}
