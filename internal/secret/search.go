// Package secret keeps credentials out of output. It hides a value from printers and encoders
// ([Hidden]), takes credentials out of a request that is shown, reads what link-tokens hold, and
// searches output for credentials that must not be in it.
//
// The search finds a secret as it is, in part, in any letter case, torn by other characters, and in
// the encodings that text travels in. A secret is found by any twelve bytes in a row of it, since half a key in a log is a leak too;
// one that is shorter is found whole. Of a secret longer than 4,096 bytes the first and the last
// 4,096 are looked for.
package secret

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

const (
	window  = 12
	longest = 4096
	// minTorn is the length from which on a short secret is looked for in torn text: shorter words
	// arise in every text without its spaces.
	minTorn = 8
	// minShort is the length from which on the hex or base64 of a short secret is looked for:
	// shorter ones are in every other word.
	minShort = 6
)

// Named is a secret to look for, and the name by which it is spoken of.
type Named struct {
	Name  string
	Value Hidden[string]
}

// New names a secret.
func New(name, value string) Named { return Named{name, Hide(value)} }

// NewAll gives the same name to several secrets.
func NewAll(name string, values ...string) []Named {
	secrets := make([]Named, len(values))
	for i, value := range values {
		secrets[i] = New(name, value)
	}
	return secrets
}

// Finding says where a secret was found, and never shows it.
type Finding struct {
	// Secret is the name of what was found.
	Secret string
	// Encoding is one of raw, JSON, Go, HTML, URL, base64, hex.
	Encoding string
	// Offset is where it begins in the output, in bytes.
	Offset int
}

// String says what was found where.
func (f Finding) String() string {
	return fmt.Sprintf("%s, %s, at byte %d", f.Secret, f.Encoding, f.Offset)
}

// Find searches output for secrets, as [Finder.Find] does.
func Find(output []byte, secrets ...Named) []Finding {
	return NewFinder(secrets...).Find(output)
}

// Finder searches for the same secrets again and again. It does not change, so it is safe for
// concurrent use.
type Finder struct {
	// needles of at least twelve bytes, by their first twelve.
	long map[[window]byte][]needle
	// begins marks the slot of every key of long. Most positions of an output end here, without a
	// look into the map.
	begins [1 << 16]bool
	// needles of secrets that are too short for long.
	short []needle
}

// needle is a text to look for, in the letter case that fold gives it.
type needle struct {
	text     string
	secret   string
	encoding string
}

// NewFinder prepares the search for secrets. An empty secret is nowhere.
func NewFinder(secrets ...Named) *Finder {
	f := &Finder{long: make(map[[window]byte][]needle)}
	for _, s := range secrets {
		known, value := make(map[string]bool), s.Value.Reveal()
		for _, part := range slices.Concat(parts(head(value)), parts(tail(value))) {
			plain := !strings.ContainsFunc(part, special)
			for _, e := range encodings {
				if plain && e.escapes {
					continue // the same as raw
				}
				for _, text := range e.encode(part) {
					f.add(s.Name, e.name, text, known)
				}
			}
		}
		if bare := string(bareOf([]byte(value))); len(bare) >= window && bare != value {
			for _, part := range slices.Concat(parts(head(bare)), parts(tail(bare))) {
				f.add(s.Name, "raw", part, known)
			}
		}
	}
	return f
}

// add adds a needle, and what is left of it in text that is torn.
func (f *Finder) add(secret, encoding, text string, known map[string]bool) {
	text = folded(text)
	n := needle{text: text, secret: secret, encoding: encoding}
	switch {
	case text == "" || known[text]:
		return
	case len(text) >= window:
		key := [window]byte([]byte(text[:window]))
		f.long[key] = append(f.long[key], n)
		f.begins[slot(key[:])] = true
	case encoding == "raw" || len(text) >= minShort:
		f.short = append(f.short, n)
	}
	known[text] = true
	if encoding == "base64" && strings.ContainsAny(text, "+/-_") {
		f.add(secret, encoding, string(bareOf([]byte(text))), known)
	}
}

// slot is a place for the first four bytes of a text, the same for upper and lower case.
func slot(text []byte) uint16 {
	const anyCase, spread = 0x20202020, 0x9E3779B1 // the bit between A and a; the golden ratio, as Knuth multiplies
	return uint16((binary.LittleEndian.Uint32(text) | anyCase) * spread >> 16)
}

// head is the beginning of a secret, tail the end of one that is longer.
func head(secret string) string { return secret[:min(len(secret), longest)] }

func tail(secret string) string {
	if len(secret) <= longest {
		return ""
	}
	return secret[max(longest-window+1, len(secret)-longest):]
}

// parts returns every window of a secret, or the whole of a short one.
func parts(secret string) []string {
	if len(secret) <= window {
		return []string{secret}
	}
	var all []string
	for i := range len(secret) - window + 1 {
		all = append(all, secret[i:i+window])
	}
	return all
}

// Find returns where output has one of the secrets, in the order of the output. Parts that overlap
// are one finding. Other readings of the output are searched only where the one before has none.
func (f *Finder) Find(output []byte) (found []Finding) {
	for r := range readings(output) {
		if found = f.in(r); len(found) > 0 {
			break
		}
	}
	return found
}

// Shows reports whether a text has one of the secrets in it, or a link-token, of whomever, that
// holds a private key.
func (f *Finder) Shows(text string) bool {
	return len(f.Find([]byte(text))) > 0 || HasToken(text)
}

// in searches one reading.
func (f *Finder) in(r reading) []Finding {
	c := collector{at: r.at, ends: make(map[Finding]int)}
	var key [window]byte
	for i := 0; i+window <= len(r.text); i++ {
		if !f.begins[slot(r.text[i:i+4])] {
			continue
		}
		for j, b := range r.text[i : i+window] {
			key[j] = lower[b]
		}
		for _, n := range f.long[key] {
			if begins(r.text[i:], n.text) {
				c.collect(n, i)
			}
		}
	}
	for _, n := range f.short {
		if r.torn && len(n.text) < minTorn {
			continue
		}
		for i := 0; i+len(n.text) <= len(r.text); i++ {
			if begins(r.text[i:], n.text) {
				c.collect(n, i)
			}
		}
	}
	slices.SortStableFunc(c.found, func(a, b Finding) int { return a.Offset - b.Offset })
	return c.found
}

// begins reports whether a text begins with a needle, in any letter case.
func begins(text []byte, needle string) bool {
	if len(text) < len(needle) {
		return false
	}
	for i := range len(needle) {
		if lower[text[i]] != needle[i] {
			return false
		}
	}
	return true
}

// collector joins the parts that overlap.
type collector struct {
	found []Finding
	at    func(int) int
	// ends is where the last part of a secret in an encoding ended; the key has no offset.
	ends map[Finding]int
}

func (c *collector) collect(n needle, at int) {
	f := Finding{Secret: n.secret, Encoding: n.encoding}
	end, before := c.ends[f]
	c.ends[f] = max(end, at+len(n.text))
	if before && at < end {
		return
	}
	f.Offset = c.at(at)
	c.found = append(c.found, f)
}
