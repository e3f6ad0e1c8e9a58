package secret

import (
	"encoding/json"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/migrationlink/migrationlink/internal/printable"
)

// maxText is the length of a sentence of the server, in bytes.
const maxText = 512

// Cleaner makes text from the wire fit to be shown: without credentials, without control characters,
// and not long.
type Cleaner struct {
	// finder is made at the first use: most calls have nothing to show.
	finder func() *Finder
}

// NewCleaner returns a Cleaner that withholds these secrets. It asks for them at its first use.
func NewCleaner(secrets func() []string) *Cleaner {
	return &Cleaner{finder: sync.OnceValue(func() *Finder {
		return NewFinder(NewAll("credential", secrets()...)...)
	})}
}

// Shows reports whether a text has a credential in it, as [Finder.Shows] does.
func (c *Cleaner) Shows(s string) bool { return c.finder().Shows(s) }

// Text is s fit to be shown, in at most 512 bytes and an ellipsis.
func (c *Cleaner) Text(s string) string { return c.Short(s, maxText) }

// Short is s fit to be shown, in at most limit bytes and an ellipsis.
func (c *Cleaner) Short(s string, limit int) string {
	if s == "" {
		return ""
	}
	if c.Shows(s) {
		return Withheld
	}
	return shorten(strings.TrimSpace(printable.Line(s)), limit)
}

// Value cleans the strings and numbers in a value of JSON, the names of properties included.
func (c *Cleaner) Value(v any) any {
	switch v := v.(type) {
	case string:
		return c.Text(v)
	case json.Number:
		if c.Shows(v.String()) || len(v) > maxText {
			return Withheld
		}
		return v
	case []any:
		cleaned := make([]any, len(v))
		for i, element := range v {
			cleaned[i] = c.Value(element)
		}
		return cleaned
	case map[string]any:
		cleaned := make(map[string]any, len(v))
		for name, property := range v {
			cleaned[c.Text(name)] = c.Value(property)
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
