package server

import (
	"net/http"
	"strings"

	"github.com/migrationlink/migrationlink"
)

// takesBearers reports whether there is anything that a bearer token could be.
func (s *Server) takesBearers() bool { return s.tokens != nil || len(s.bearers) > 0 }

// bearerOf is the token of a request that signs in by Bearer (RFC 6750 section 2.1), and false for one that does not. More than one
// Authorization is none of it.
func bearerOf(h http.Header) (token string, ok bool) {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(strings.Trim(values[0], " \t"), " ")
	return strings.TrimLeft(token, " "), strings.EqualFold(scheme, "Bearer")
}

// signInByBearer takes an access token of a service account, or a bearer token of the config.
func (x *exchange) signInByBearer(token string) error {
	c, refusal := x.server.bearer(token)
	if refusal != "" {
		return x.bearerRefused(refusal)
	}
	x.bearer, x.caller, x.signedIn = true, c, true
	return nil
}

// bearerRefused says what is wrong with the token of a request.
func (x *exchange) bearerRefused(refusal tokenRefusal) *problem {
	x.bearer = true
	return bearerRefused(refusal, x.challenges(false, refusal))
}

func (s *Server) bearer(token string) (*caller, tokenRefusal) {
	if len(token) > MaxBearerToken || !b64token.MatchString(token) {
		return nil, malformedToken
	}
	if c := s.fixedBearer(token); c != nil {
		return c, ""
	}
	if s.tokens == nil {
		return nil, unknownToken
	}
	claims, refusal := s.tokens.read(token)
	if refusal != "" {
		return nil, refusal
	}
	account := s.accounts[claims.Account]
	if account == nil { // signed by another stand-in with the same key
		return nil, unknownToken
	}
	return account, ""
}

// fixedBearer is the caller whose token this is, or nil. It takes as long whichever it is.
func (s *Server) fixedBearer(token string) *caller {
	var found *caller
	given := migrationlink.NewSecret(token)
	for _, c := range s.bearers {
		if c.secret.Equal(given) {
			found = c
		}
	}
	return found
}

// challenges are the lines of WWW-Authenticate. Digest is the first and alone on its line, since clients in the field read no further. Who
// came with a bearer token is told in a second line what is wrong with that, if anything is (RFC 6750 section 3).
func (x *exchange) challenges(stale bool, refusal tokenRefusal) http.Header {
	lines := []string{x.server.verifier.Challenge(stale).String()}
	if x.bearer {
		line := `Bearer realm="` + Realm + `"`
		if refusal != "" {
			line += `, error="invalid_token", error_description="The ` + string(refusal) + `"`
		}
		lines = append(lines, line)
	}
	return http.Header{"Www-Authenticate": lines}
}
