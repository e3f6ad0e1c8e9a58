package secret

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

var (
	// digestResponse is the part of an Authorization header that proves the private key (RFC 7616
	// section 3.4).
	digestResponse = regexp.MustCompile(`\bresponse="[^"]*"`)
	// repeatedResponse is the same, as a response may repeat it, in JSON too.
	repeatedResponse = regexp.MustCompile(`(?i)(\bresponse=\\*"?)[0-9a-f]{32,}`)
)

// WithoutProofs is a text with each proof of HTTP Digest redacted. The proof is another in each
// request, so no search for known secrets finds it.
func WithoutProofs(text string) string {
	return repeatedResponse.ReplaceAllString(text, "${1}"+Redacted)
}

// HeaderLines are the lines of a header without its credentials. The names are spelled as net/http
// sends them, and sorted, since their order on the wire is not known any more.
func HeaderLines(h http.Header) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			switch name {
			case "Authorization":
				value = authorization(value)
			case "Proxy-Authorization", "Cookie", "Set-Cookie":
				value = Redacted
			}
			lines = append(lines, name+": "+value)
		}
	}
	return lines
}

// authorization is the value of Authorization without what proves a credential: of Digest the
// response, of any other scheme everything.
func authorization(value string) string {
	scheme, _, _ := strings.Cut(value, " ")
	if strings.EqualFold(scheme, "Digest") {
		return digestResponse.ReplaceAllString(value, `response="`+Redacted+`"`)
	}
	return scheme + " " + Redacted
}

// RequestBody is the body of a request with the link-token redacted, or only its size if it is not
// what the contract says.
func RequestBody(body []byte) string {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || len(members) != 1 || members["linkToken"] == nil {
		return fmt.Sprintf("[%d bytes]", len(body))
	}
	return `{"linkToken":"` + Redacted + `"}`
}
