package secret

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// Content is what a link-token was seen to hold: an API key, and the Atlas organization that it
// belongs to. MongoDB documents nothing of it, so a token may hold something else. Nothing is
// checked, so a key may stand in each of them. A value that is missing, or no string, is empty.
type Content struct {
	OrgID, OrgName        Hidden[string]
	PublicKey, PrivateKey Hidden[string]
}

var toStandard = strings.NewReplacer("-", "+", "_", "/")

// ReadToken reads a link-token that is base64 of one JSON object, and reports whether it is that. Both
// alphabets of RFC 4648 will do, with padding or without, and white space around.
func ReadToken(token string) (Content, bool) {
	content, err := base64.RawStdEncoding.DecodeString(toStandard.Replace(strings.TrimRight(strings.TrimSpace(token), "=")))
	if err != nil {
		return Content{}, false
	}
	var object map[string]any
	if json.Unmarshal(content, &object) != nil || object == nil { // nil: the content is null
		return Content{}, false
	}
	text := func(name string) Hidden[string] {
		s, _ := object[name].(string)
		return Hide(s)
	}
	return Content{
		OrgID: text("orgId"), OrgName: text("orgName"),
		PublicKey: text("publicApiKey"), PrivateKey: text("privateApiKey"),
	}, true
}

// OfToken are a link-token and the private key in it, which is empty where the token is something
// else.
func OfToken(token string) []string {
	content, _ := ReadToken(token)
	return []string{token, content.PrivateKey.Reveal()}
}
