// Package tokencontent reads what link-tokens were seen to hold: an API key, and the organization of Atlas that it belongs to. That is not
// documented, so a token may hold something else.
package tokencontent

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
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

// Secrets are the token and the private key in it, which is empty where the token is something else.
func Secrets(token string) []string {
	content, _ := Read(token)
	return []string{token, content.PrivateKey}
}
