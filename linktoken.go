package migrationlink

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

// LinkToken is what connects an organization with an Atlas organization. It embeds an API key of the latter, so it is a credential:
// whatever prints a LinkToken shows [redacted], and what would encode one fails with [ErrLinkTokenHidden]. [LinkToken.Reveal] gives the
// token, [LinkToken.ForRequest] lets one value into the JSON of a request.
//
// The zero value is the empty token, which no server accepts. LinkTokens are not comparable; compare fingerprints.
type LinkToken struct {
	secret     Secret
	forRequest bool
}

// ErrLinkTokenHidden is the error of encoding a LinkToken that is not meant for a request. It is an error and not a redaction, since a
// redacted token would travel on as if it were one.
var ErrLinkTokenHidden = errors.New("a link-token is a credential and is not encoded; LinkToken.Reveal gives it to whoever must have it")

// NewLinkToken wraps a token, as it is: its content is not documented, so nothing is checked or trimmed.
func NewLinkToken(token string) LinkToken {
	return LinkToken{secret: NewSecret(token)}
}

// Reveal returns the token itself.
func (t LinkToken) Reveal() string { return t.secret.Reveal() }

// IsZero reports whether the token is empty.
func (t LinkToken) IsZero() bool { return t.secret.IsZero() }

// ForRequest returns the token marked for the content of a request: json.Marshal encodes this value, and no other.
func (t LinkToken) ForRequest() LinkToken {
	t.forRequest = true
	return t
}

// Fingerprint tells tokens apart without keeping them: SHA-256 of a fixed prefix and the token. The prefix keeps it from being looked up
// in a list of hashes that were made for something else.
func (t LinkToken) Fingerprint() [sha256.Size]byte {
	text := make([]byte, 0, 512) // most are shorter
	text = append(text, "migrationlink link-token\x00"...)
	return sha256.Sum256(append(text, t.Reveal()...))
}

// String returns [redacted].
func (t LinkToken) String() string { return t.secret.String() }

// GoString returns [redacted], for the verb %#v.
func (t LinkToken) GoString() string { return t.secret.GoString() }

// Format writes [redacted], whatever the verb.
func (t LinkToken) Format(f fmt.State, verb rune) { t.secret.Format(f, verb) }

// LogValue returns [redacted], for log/slog.
func (t LinkToken) LogValue() slog.Value { return t.secret.LogValue() }

// MarshalJSON encodes a token that [LinkToken.ForRequest] marked. Any other is [ErrLinkTokenHidden].
func (t LinkToken) MarshalJSON() ([]byte, error) {
	if !t.forRequest {
		return nil, ErrLinkTokenHidden
	}
	return json.Marshal(t.Reveal())
}

// UnmarshalJSON reads a token from a JSON string. The error does not repeat what was read.
func (t *LinkToken) UnmarshalJSON(b []byte) error {
	if isPlain(b) { // as every token that was seen: what decodes a string costs as much as the rest of the request
		*t = NewLinkToken(string(b[1 : len(b)-1]))
		return nil
	}
	var s *string
	if err := json.Unmarshal(b, &s); err != nil || s == nil {
		return errors.New("linkToken: want a JSON string")
	}
	*t = NewLinkToken(*s)
	return nil
}

// isPlain reports whether b is a JSON string of ASCII with nothing in it to unescape.
func isPlain(b []byte) bool {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return false
	}
	for _, c := range b[1 : len(b)-1] {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// MarshalText fails with [ErrLinkTokenHidden]: encoders that prefer text (YAML, XML, flags, map keys) get nothing.
func (LinkToken) MarshalText() ([]byte, error) { return nil, ErrLinkTokenHidden }
