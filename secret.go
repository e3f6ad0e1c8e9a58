package migrationlink

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"

	"github.com/migrationlink/migrationlink/internal/secret"
)

// Secret is a private key, a client secret, an access token or a signing key. Whatever prints or
// encodes a Secret shows [redacted]; [Secret.Reveal] returns its value. A Secret can be read from a
// configuration file: JSON, YAML, TOML and XML give it a string.
//
// The zero value is empty. Secrets cannot be compared by == or [reflect.DeepEqual]; [Secret.Equal]
// compares them.
type Secret struct {
	hidden secret.Hidden[string]
}

// NewSecret returns a Secret with this value, as it is.
func NewSecret(value string) Secret { return Secret{secret.Hide(value)} }

// Reveal returns the value itself.
func (s Secret) Reveal() string { return s.hidden.Reveal() }

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// IsSet reports whether the secret was given a value, be it an empty one. A key that comes from an
// environment variable that is not set is such a secret: empty, and no zero value.
func (s Secret) IsSet() bool { return s.hidden.IsSet() }

// Equal reports whether two secrets have the same value. It takes as long whatever two values of a
// length have in common.
func (s Secret) Equal(other Secret) bool {
	a, b := sha256.Sum256([]byte(s.Reveal())), sha256.Sum256([]byte(other.Reveal()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// String returns [redacted].
func (s Secret) String() string { return s.hidden.String() }

// GoString returns [redacted], for the verb %#v.
func (s Secret) GoString() string { return s.hidden.GoString() }

// Format writes [redacted], whatever the verb.
func (s Secret) Format(f fmt.State, verb rune) { s.hidden.Format(f, verb) }

// LogValue returns [redacted], for log/slog.
func (s Secret) LogValue() slog.Value { return s.hidden.LogValue() }

// MarshalText returns [redacted], for every encoder that asks: JSON, YAML, TOML and XML do.
func (s Secret) MarshalText() ([]byte, error) { return s.hidden.MarshalText() }

// GobEncode returns [redacted], for encoding/gob.
func (s Secret) GobEncode() ([]byte, error) { return s.hidden.GobEncode() }

// errRedacted is the error of reading what an encoder wrote in the place of a secret: taken for the
// secret itself, it would be refused by some server much later.
var errRedacted = errors.New("secret: " + secret.Redacted + " stands in the place of a secret: want the secret itself")

// UnmarshalText reads a value, as it is. The error does not repeat what was read.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == secret.Redacted {
		return errRedacted
	}
	*s = NewSecret(string(text))
	return nil
}

// GobDecode reads a value, as UnmarshalText does.
func (s *Secret) GobDecode(text []byte) error { return s.UnmarshalText(text) }
