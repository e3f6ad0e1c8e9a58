package digest

import (
	"errors"
	"fmt"
	"strings"
)

// Credentials are a client's answer to a challenge, the field value of Authorization (RFC 7616 section 3.4).
type Credentials struct {
	Username  string
	Realm     string
	Nonce     string
	URI       string    // the request target, query included
	Response  string    // lower-case hex
	Algorithm Algorithm // empty: none was sent
	CNonce    string    // empty: none was sent
	Opaque    *string   // nil: none was sent
	QOP       string    // as sent, since it is hashed; empty: none was sent, RFC 2069
	NC        string    // as sent, since it is hashed; empty: none was sent
}

// errOtherScheme is the error of credentials that are not of scheme Digest. What they are may be a secret and is not shown.
var errOtherScheme = errors.New("digest: Authorization: not of scheme Digest")

// ParseCredentials reads the field value of one Authorization header. Every error but that of another scheme wraps [ErrMalformed]. Of the
// parameters only username, realm, nonce, uri and response must be there, as in RFC 2069.
func ParseCredentials(value string) (Credentials, error) {
	schemes := readSchemes(value)
	if len(schemes) == 0 {
		return Credentials{}, fmt.Errorf("digest: Authorization: %w: it is empty", ErrMalformed)
	}
	s := schemes[0]
	switch {
	case s.name != "" && !strings.EqualFold(s.name, "Digest"):
		return Credentials{}, errOtherScheme
	case s.err != nil:
		return Credentials{}, fmt.Errorf("digest: Authorization: %w", s.err)
	case len(schemes) > 1:
		return Credentials{}, fmt.Errorf("digest: Authorization: %w: more than one scheme", ErrMalformed)
	}
	for _, name := range []string{"username", "realm", "nonce", "uri", "response"} {
		if _, given := s.param(name); !given {
			return Credentials{}, fmt.Errorf("digest: Authorization: %w: %s is missing", ErrMalformed, name)
		}
	}
	return Credentials{
		Username:  s.value("username"),
		Realm:     s.value("realm"),
		Nonce:     s.value("nonce"),
		URI:       s.value("uri"),
		Response:  s.value("response"),
		Algorithm: parseAlgorithm(s.value("algorithm")),
		CNonce:    s.value("cnonce"),
		Opaque:    s.opaque(),
		QOP:       s.value("qop"),
		NC:        s.value("nc"),
	}, nil
}

// Sign returns the credentials with the Response that they must carry for this method and password (RFC 7616 section 3.4.1; without QOP
// that of RFC 2069). The error is that of an algorithm or a qop that is not supported.
func (c Credentials) Sign(method, password string) (Credentials, error) {
	if !c.Algorithm.supported() {
		return Credentials{}, fmt.Errorf("digest: algorithm %q is not supported: want MD5 or SHA-256", c.Algorithm)
	}
	if c.QOP != "" && !strings.EqualFold(c.QOP, "auth") {
		return Credentials{}, fmt.Errorf("digest: qop %q is not supported: want auth or none", c.QOP)
	}
	secret, target := c.Algorithm.hash(c.Username, c.Realm, password), c.Algorithm.hash(method, c.URI)
	if c.QOP == "" {
		c.Response = c.Algorithm.hash(secret, c.Nonce, target)
	} else {
		c.Response = c.Algorithm.hash(secret, c.Nonce, c.NC, c.CNonce, c.QOP, target)
	}
	return c, nil
}

// FieldValue is the field value of Authorization: algorithm, qop and nc bare, the rest quoted (RFC 7616 section 3.4). It is an error if
// a value cannot be carried: a control character in a quoted one, anything but a token in a bare one. The text names the parameter
// and keeps the value to itself.
func (c Credentials) FieldValue() (string, error) {
	quoted := [][2]string{{"username", c.Username}, {"realm", c.Realm}, {"nonce", c.Nonce}, {"uri", c.URI}, {"response", c.Response}}
	if c.CNonce != "" {
		quoted = append(quoted, [2]string{"cnonce", c.CNonce})
	}
	if c.Opaque != nil {
		quoted = append(quoted, [2]string{"opaque", *c.Opaque})
	}
	var parts []string
	for _, p := range quoted {
		for i := range len(p[1]) {
			if isControl(p[1][i]) {
				return "", fmt.Errorf("digest: %s holds a control character (byte %d), which no header can carry", p[0], i+1)
			}
		}
		parts = append(parts, p[0]+"="+quote(p[1]))
	}
	for _, p := range [][2]string{{"algorithm", string(c.Algorithm)}, {"qop", c.QOP}, {"nc", c.NC}} {
		if p[1] == "" {
			continue
		}
		if !isToken(p[1]) {
			return "", fmt.Errorf("digest: %s is not a token (RFC 9110 section 5.6.2)", p[0])
		}
		parts = append(parts, p[0]+"="+p[1])
	}
	return "Digest " + strings.Join(parts, ", "), nil
}
