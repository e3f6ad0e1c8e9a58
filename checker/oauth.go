package checker

import (
	"net/url"

	"github.com/getkin/kin-openapi/openapi3"
)

// oauthPaths are where access tokens are given for client credentials, and where they are revoked: OAuth Flow Object of OpenAPI 3.0.3, and
// x-revocation-url beside. The host does not count: a stand-in or a proxy has another.
func oauthPaths(doc *openapi3.T) (token, revocation string) {
	if doc.Components == nil {
		return "", ""
	}
	for _, name := range sortedKeys(doc.Components.SecuritySchemes) {
		flows := doc.Components.SecuritySchemes[name].Value.Flows
		if flows == nil || flows.ClientCredentials == nil {
			continue
		}
		flow := flows.ClientCredentials
		at, _ := flow.Extensions["x-revocation-url"].(string)
		return pathOf(flow.TokenURL), pathOf(at)
	}
	return "", ""
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path
}

// TokenPath is the path of the endpoint that gives access tokens for client credentials, and empty where the contract has none. What goes on
// there RFC 6749 says, and no operation of the contract: it is not judged.
func (c *Checker) TokenPath() string { return c.contract.tokenPath }

// RevocationPath is the path of the endpoint that revokes them (RFC 7009), and empty where the contract has none. It is not judged either.
func (c *Checker) RevocationPath() string { return c.contract.revocationPath }

// givesTokens reports whether a path that is none of the contract's is one of those endpoints.
func (c *contract) givesTokens(escaped string) bool {
	return escaped != "" && (escaped == c.tokenPath || escaped == c.revocationPath)
}
