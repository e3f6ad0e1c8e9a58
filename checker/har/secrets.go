package har

import (
	"net/http"
	"regexp"
	"strings"
)

// mask is what recorders and cleaners write in place of a credential: [REDACTED], <removed>, ****.
var mask = regexp.MustCompile(`^(?i:[\[<({]?[a-z0-9 _./+:-]*(?:redacted|removed|sanitized|filtered|hidden|masked)[a-z0-9 _./+:-]*[\])>}]?|[*•]+|x{3,})$`)

// masked reports whether a value stands for another that was taken out.
func masked(value string) bool {
	const longest = 100
	return len(value) <= longest && mask.MatchString(strings.TrimSpace(value))
}

// linkToken finds one in JSON, whatever is around it.
var linkToken = regexp.MustCompile(`"linkToken"\s*:\s*"((?:[^"\\]|\\.)+)"`)

// holdsLinkToken reports whether a link-token is in the content, in a request to connect or where Atlas made it.
func (c content) holdsLinkToken() bool {
	for _, p := range c.Params {
		if p.Name == "linkToken" && p.Value != "" && !masked(p.Value) {
			return true
		}
	}
	if c.Text == nil || c.Encoding != "" && !strings.Contains(strings.ToLower(c.MimeType), "json") {
		return false
	}
	body, err := c.decode()
	if err != nil || !strings.Contains(string(body), "linkToken") {
		return false
	}
	for _, found := range linkToken.FindAllSubmatch(body, -1) {
		if !masked(string(found[1])) {
			return true
		}
	}
	return false
}

// signedIn reports whether the request of an entry carries credentials that were recorded.
func (e *entry) signedIn() bool {
	for _, f := range e.Request.Headers {
		if http.CanonicalHeaderKey(f.Name) == "Authorization" && f.Value != "" && !masked(f.Value) {
			return true
		}
	}
	return false
}
