package digest

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
)

// The lifetime of a nonce.
const (
	DefaultLifetime = 60 * time.Second // as Jetty and Ops Manager
	MinLifetime     = time.Millisecond
	MaxLifetime     = 24 * time.Hour
)

// The counts (nc) that a nonce is good for.
const (
	DefaultUses = 1024 // as Jetty
	MaxUses     = 16_384
)

// MinKey is the length of the shortest key of nonces, in bytes.
const MinKey = 16

// VerifierConfig says what a [Verifier] challenges with and whom it knows. Realm and Password are required.
type VerifierConfig struct {
	Realm string

	// Password tells the password of a user name. It is called concurrently.
	Password func(username string) (password string, known bool)

	Algorithm  Algorithm // default MD5, as MongoDB
	WithoutQOP bool      // challenge without qop, as RFC 2069

	// Key is the HMAC key of the nonces, at least MinKey bytes; default: a random one. Verifiers with
	// the same key know each other's nonces, but not each other's counts.
	Key migrationlink.Secret

	// Lifetime of a nonce, MinLifetime to MaxLifetime in whole milliseconds; 0 is DefaultLifetime.
	Lifetime time.Duration
	// Uses are the counts of a nonce, 1 to MaxUses; 0 is DefaultUses.
	Uses int

	Now  func() time.Time // default time.Now
	Rand io.Reader        // for the default key and where nonces begin, read by NewVerifier alone; default crypto/rand
}

// Problem is one thing that is wrong with a [VerifierConfig].
type Problem struct {
	// Field is the name of the field that is wrong.
	Field string
	// Text says what is wrong and what would be right.
	Text string
}

// Problems are all that is wrong with the config: [NewVerifier] refuses it for any of them.
func (c VerifierConfig) Problems() []Problem {
	var found []Problem
	add := func(wrong bool, field, format string, a ...any) {
		if wrong {
			found = append(found, Problem{field, fmt.Sprintf(format, a...)})
		}
	}
	control := func(r rune) bool { return r < 0x80 && isControl(byte(r)) }
	add(c.Realm == "", "Realm", `empty; want the name that challenges show, such as "MMS Public API"`)
	add(strings.ContainsFunc(c.Realm, control), "Realm", "a control character is in it, which no header can carry; want text")
	add(c.Password == nil, "Password", "nil; want the function that tells the password of a user name")
	add(!parseAlgorithm(string(c.Algorithm)).supported(), "Algorithm", "%q; want MD5 or SHA-256", string(c.Algorithm))
	size := len(c.Key.Reveal())
	add(c.Key.IsSet() && size < MinKey, "Key", "%d bytes; want at least %d, or no key for a random one", size, MinKey)
	add(c.Lifetime != 0 && (c.Lifetime < MinLifetime || c.Lifetime > MaxLifetime || c.Lifetime%time.Millisecond != 0),
		"Lifetime", "%v; want %v to %gh, in whole milliseconds", c.Lifetime, MinLifetime, MaxLifetime.Hours())
	add(c.Uses < 0 || c.Uses > MaxUses, "Uses", "%d; want 1 to %d", c.Uses, MaxUses)
	return found
}
