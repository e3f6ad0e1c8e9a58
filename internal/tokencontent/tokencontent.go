// Package tokencontent reads what link-tokens were seen to hold: an API key, and the organization of Atlas that it belongs to. That is not
// documented, so a token may hold something else.
package tokencontent

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Content is what a token holds, as it is: nothing of it is checked, and the keys are credentials. What is missing, or no string, is empty.
type Content struct {
	OrgID, OrgName        string
	PublicKey, PrivateKey string
}

// Format writes [redacted], whatever the verb.
func (Content) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

var toStandard = strings.NewReplacer("-", "+", "_", "/")

// Read reads base64 of one JSON object and reports whether the token is that. Both alphabets of RFC 4648 will do, with padding or without, and
// white space around.
func Read(token string) (Content, bool) {
	content, err := base64.RawStdEncoding.DecodeString(toStandard.Replace(strings.TrimRight(strings.TrimSpace(token), "=")))
	if err != nil {
		return Content{}, false
	}
	var object map[string]any
	if json.Unmarshal(content, &object) != nil || object == nil { // nil: the content is null
		return Content{}, false
	}
	text := func(name string) string {
		s, _ := object[name].(string)
		return s
	}
	return Content{
		OrgID: text("orgId"), OrgName: text("orgName"),
		PublicKey: text("publicApiKey"), PrivateKey: text("privateApiKey"),
	}, true
}

// tokenLike is base64 long enough to be a link-token.
var tokenLike = regexp.MustCompile(`[A-Za-z0-9+/]{40,}`)

// Within reports whether a text has in it what looks like a link-token, of whomever: base64 of a JSON object with a private key.
func Within(text string) bool {
	return slices.ContainsFunc(tokenLike.FindAllString(text, -1), func(run string) bool {
		content, _ := Read(run)
		return content.PrivateKey != ""
	})
}
