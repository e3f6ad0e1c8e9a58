// Package leak searches output for credentials that must not be in it: as they are, in part, and in the encodings that text travels in.
//
// A secret is found by any twelve bytes in a row of it, since half a key in a log is a leak too; one that is shorter is found whole.
// Of a secret longer than 4,096 bytes the first and the last 4,096 are looked for.
package leak

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	window  = 12
	longest = 4096
)

// Secret is what is looked for, and the name by which it is spoken of.
type Secret struct {
	Name  string
	Value string
}

// Format writes the name, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.Name+" [redacted]") }

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
func Find(output []byte, secrets ...Secret) []Finding {
	return NewFinder(secrets...).Find(output)
}

// Finder searches for the same secrets again and again. It does not change, so it is safe for concurrent use.
type Finder struct {
	// needles of at least twelve bytes, by their first twelve.
	long map[[window]byte][]needle
	// begins marks the first two bytes of every key of long. Most positions of an output end here, without a look into the map.
	begins [1 << 16]bool
	// needles of secrets that are too short for long.
	short []needle
}

type needle struct {
	text     string
	secret   string
	encoding string
}

// NewFinder prepares the search for secrets. An empty secret is nowhere.
func NewFinder(secrets ...Secret) *Finder {
	f := &Finder{long: make(map[[window]byte][]needle)}
	for _, s := range secrets {
		known := make(map[string]bool)
		for _, part := range slices.Concat(parts(head(s.Value)), parts(tail(s.Value))) {
			plain := !strings.ContainsFunc(part, special)
			for _, e := range encodings {
				if plain && e.escapes {
					continue // the same as raw
				}
				for _, text := range e.encode(part) {
					if text == "" || known[text] {
						continue
					}
					known[text] = true
					f.add(needle{text: text, secret: s.Name, encoding: e.name})
				}
			}
		}
	}
	return f
}

func (f *Finder) add(n needle) {
	if len(n.text) < window {
		f.short = append(f.short, n)
		return
	}
	key := [window]byte([]byte(n.text[:window]))
	f.long[key] = append(f.long[key], n)
	f.begins[int(key[0])<<8|int(key[1])] = true
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

// Find returns where output has one of the secrets, in the order of the output. Parts that overlap are one finding.
func (f *Finder) Find(output []byte) []Finding {
	c := collector{ends: make(map[Finding]int)}
	for i := 0; i+window <= len(output); i++ {
		if !f.begins[int(output[i])<<8|int(output[i+1])] {
			continue
		}
		for _, n := range f.long[[window]byte(output[i:i+window])] {
			if bytes.HasPrefix(output[i:], []byte(n.text)) {
				c.collect(n, i)
			}
		}
	}
	for _, n := range f.short {
		text := []byte(n.text)
		for i := bytes.Index(output, text); i >= 0; {
			c.collect(n, i)
			next := bytes.Index(output[i+1:], text)
			if next < 0 {
				break
			}
			i += 1 + next
		}
	}
	slices.SortStableFunc(c.found, func(a, b Finding) int { return a.Offset - b.Offset })
	return c.found
}

// collector joins the parts that overlap.
type collector struct {
	found []Finding
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
	f.Offset = at
	c.found = append(c.found, f)
}
