package secret

import (
	"fmt"
	"io"
	"log/slog"
)

const (
	// Redacted is what every printer and encoder shows of a secret.
	Redacted = "[redacted]"
	// Withheld stands in the place of a text that has a credential in it.
	Withheld = "[withheld: it contained a credential]"
)

// Hidden keeps a value behind a func. A printer that goes by reflection finds an address at most,
// also where it passes over the methods of a type, as fmt does in an unexported field and testify
// in the diff of two structs. The zero value hides nothing.
type Hidden[T any] struct{ reveal func() T }

// Hide hides a value.
func Hide[T any](value T) Hidden[T] {
	return Hidden[T]{reveal: func() T { return value }}
}

// Reveal returns the value, which is the zero value where nothing was hidden.
func (h Hidden[T]) Reveal() (value T) {
	if h.reveal != nil {
		value = h.reveal()
	}
	return value
}

// IsSet reports whether a value was hidden, be it an empty one.
func (h Hidden[T]) IsSet() bool { return h.reveal != nil }

// String returns [Redacted].
func (Hidden[T]) String() string { return Redacted }

// GoString returns [Redacted], for the verb %#v.
func (Hidden[T]) GoString() string { return Redacted }

// Format writes [Redacted], whatever the verb.
func (Hidden[T]) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// LogValue returns [Redacted], for log/slog.
func (Hidden[T]) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText returns [Redacted], for encoders: JSON, YAML, XML, TOML.
func (Hidden[T]) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// GobEncode returns [Redacted], since gob asks no other method.
func (Hidden[T]) GobEncode() ([]byte, error) { return []byte(Redacted), nil }
