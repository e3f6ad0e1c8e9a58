package client

import (
	"encoding/json"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/leak"
	"github.com/migrationlink/migrationlink/internal/printable"
	"github.com/migrationlink/migrationlink/internal/tokencontent"
)

const (
	withheld   = leak.Withheld
	maxText    = 512 // bytes of a sentence of the server
	maxSnippet = 256 // bytes of content that is not JSON
)

// cleaner makes what came from the wire fit to be shown: without credentials, without control characters, and not long.
type cleaner struct {
	// finder is made at the first use: most calls have nothing to show.
	finder func() *leak.Finder
}

func newCleaner(secrets func() []string, token migrationlink.LinkToken) *cleaner {
	return &cleaner{finder: sync.OnceValue(func() *leak.Finder {
		return leak.NewFinder(leak.Named("credential", append(secrets(), tokencontent.Secrets(token.Reveal())...)...)...)
	})}
}

// leaks reports whether a credential is in s, in whatever way package leak reads it.
func (c *cleaner) leaks(s string) bool { return c.finder().Shows(s) }

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
