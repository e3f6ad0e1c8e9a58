package digest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Challenge is a Digest challenge, one element of WWW-Authenticate (RFC 7616 section 3.3).
type Challenge struct {
	Realm     string
	Domain    string
	Nonce     string
	Opaque    *string // nil: none was sent; an empty one is sent back as well
	Stale     bool
	Algorithm Algorithm // empty: none was sent
	QOP       []string  // in lower case; empty: none was sent, RFC 2069
}

// ParseChallenges reads all lines of WWW-Authenticate and returns the Digest challenges, usable or not, in the server's order. Challenges of other
// schemes are skipped. The error joins what was malformed, each wrapping [ErrMalformed] and naming its line; it hides none of the
// good challenges. A challenge without realm or nonce is malformed.
func ParseChallenges(lines []string) ([]Challenge, error) {
	var challenges []Challenge
	var errs []error
	for i, line := range lines {
		for _, s := range readSchemes(line) {
			challenge, err := s.challenge()
			switch {
			case s.name != "" && !strings.EqualFold(s.name, "Digest"):
			case err != nil:
				errs = append(errs, fmt.Errorf("digest: WWW-Authenticate, line %d: %w", i+1, err))
			default:
				challenges = append(challenges, challenge)
			}
		}
	}
	return challenges, errors.Join(errs...)
}

func (s scheme) challenge() (Challenge, error) {
	if s.err != nil {
		return Challenge{}, s.err
	}
	for _, name := range []string{"realm", "nonce"} {
		if _, given := s.param(name); !given {
			return Challenge{}, fmt.Errorf("%w: a Digest challenge without %s", ErrMalformed, name)
		}
	}
	c := Challenge{
		Realm:     s.value("realm"),
		Domain:    s.value("domain"),
		Nonce:     s.value("nonce"),
		Opaque:    s.opaque(),
		Stale:     strings.EqualFold(s.value("stale"), "true"),
		Algorithm: parseAlgorithm(s.value("algorithm")),
	}
	for option := range strings.SplitSeq(s.value("qop"), ",") {
		if option = strings.Trim(option, " \t"); option != "" {
			c.QOP = append(c.QOP, strings.ToLower(option))
		}
	}
	return c, nil
}

func (s scheme) opaque() *string {
	if value, given := s.param("opaque"); given {
		return new(value)
	}
	return nil
}

// Usable reports whether this package can answer the challenge: it has a nonce, its algorithm is MD5 or SHA-256 or absent, its qop
// offers auth or is absent.
func (c Challenge) Usable() bool {
	return c.Nonce != "" && c.Algorithm.supported() && (len(c.QOP) == 0 || slices.Contains(c.QOP, "auth"))
}

// String is the field value of WWW-Authenticate, in MongoDB's order: realm, domain (always), nonce, opaque if there is one, algorithm if
// there is one, qop if there is one, stale (always). Control characters, which a header cannot carry, are left out.
func (c Challenge) String() string {
	text := "Digest realm=" + quote(c.Realm) + ", domain=" + quote(c.Domain) + ", nonce=" + quote(c.Nonce)
	if c.Opaque != nil {
		text += ", opaque=" + quote(*c.Opaque)
	}
	if isToken(string(c.Algorithm)) {
		text += ", algorithm=" + string(c.Algorithm)
	} else if c.Algorithm != "" {
		text += ", algorithm=" + quote(string(c.Algorithm))
	}
	if len(c.QOP) > 0 {
		text += ", qop=" + quote(strings.Join(c.QOP, ","))
	}
	return fmt.Sprintf("%s, stale=%t", text, c.Stale)
}
