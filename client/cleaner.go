package client

import (
	"encoding/json"
	"html"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/leak"
	"github.com/migrationlink/migrationlink/internal/printable"
	"github.com/migrationlink/migrationlink/internal/tokencontent"
)

const (
	withheld   = "[withheld: it contained a credential]"
	maxText    = 512 // bytes of a sentence of the server
	maxSnippet = 256 // bytes of content that is not JSON
	minBare    = 12  // letters and digits of a credential: fewer are in every other text
)

// cleaner makes what came from the wire fit to be shown: without credentials, without control characters, and not long.
type cleaner struct {
	// finder is made at the first use: most calls have nothing to show.
	finder func() *leak.Finder
}

func newCleaner(secrets func() []string, token migrationlink.LinkToken) *cleaner {
	return &cleaner{finder: sync.OnceValue(func() *leak.Finder {
		var all []leak.Secret
		for _, value := range append(secrets(), token.Reveal(), innerKey(token)) {
			all = append(all, leak.Secret{Name: "credential", Value: value})
			if b := bare(value); len(b) >= minBare {
				all = append(all, leak.Secret{Name: "credential, torn", Value: b})
			}
		}
		return leak.NewFinder(all...)
	})}
}

// innerKey is the private API key of the Atlas organization that link-tokens were seen to embed. It is empty where the token is something else.
func innerKey(token migrationlink.LinkToken) string {
	content, _ := tokencontent.Read(token.Reveal())
	return content.PrivateKey
}

// leaks reports whether a credential is in s, also one that is torn or that is written in references of HTML.
func (c *cleaner) leaks(s string) bool {
	found := func(s string) bool { return len(c.finder().Find([]byte(s))) > 0 }
	plain := html.UnescapeString(s)
	return tokencontent.Within(s) || found(s) || found(bare(s)) || plain != s && (found(plain) || found(bare(plain)))
}

// bare is what of s is a letter or a digit of ASCII: whatever tears a credential is gone.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// text is s fit to be shown, in at most limit bytes and an ellipsis.
func (c *cleaner) text(s string, limit int) string {
	if s == "" {
		return ""
	}
	if c.leaks(s) {
		return withheld
	}
	return shorten(strings.TrimSpace(printable.Line(s)), limit)
}

// value cleans the strings and numbers in a value of JSON, the names of properties included.
func (c *cleaner) value(v any) any {
	switch v := v.(type) {
	case string:
		return c.text(v, maxText)
	case json.Number:
		if c.leaks(v.String()) || len(v) > maxText {
			return withheld
		}
		return v
	case []any:
		cleaned := make([]any, len(v))
		for i, element := range v {
			cleaned[i] = c.value(element)
		}
		return cleaned
	case map[string]any:
		cleaned := make(map[string]any, len(v))
		for name, property := range v {
			cleaned[c.text(name, maxText)] = c.value(property)
		}
		return cleaned
	}
	return v
}

// shorten cuts between two characters.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "…"
}
