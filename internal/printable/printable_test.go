package printable_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/internal/printable"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, line, field, escaped string }{
		"ASCII":                      {`It's "all" \n ~!`, `It's "all" \n ~!`, `It's "all" \n ~!`, `It's "all" \n ~!`},
		"another script":             {"größe 名前", "größe 名前", "gr??e ??", "größe 名前"},
		"accents of their own":       {"cafe\u0301", "cafe\u0301", "cafe?", "cafe\u0301"},
		"a character beyond 16 bits": {"a😀b", "a😀b", "a?b", "a😀b"},
		"line breaks":                {"a\r\nb\nc", "a  b c", "a  b c", "a\\r\n     b\n     c"},
		"line breaks of Unicode":     {"a\u0085b\u2028c\u2029d", "a b c d", "a b c d", `a\u0085b\u2028c\u2029d`},
		"white space":                {" a\tb\v\f\u00a0\u3000c ", " a b    c ", " a b    c ", ` a\tb\v\f\u00a0\u3000c `},
		"a terminal's escape":        {"\x1b[2J\x1b]0;title\a", "\ufffd[2J\ufffd]0;title\ufffd", "?[2J?]0;title?", `\x1b[2J\x1b]0;title\a`},
		"a terminal's escape in C1":  {"a\u009b2J", "a\ufffd2J", "a?2J", `a\u009b2J`},
		"NUL, backspace and delete":  {"a\x00\b\x7f", "a\ufffd\ufffd\ufffd", "a???", `a\x00\b\x7f`},
		"another direction":          {"a\u202edcb\u2066", "a\ufffddcb\ufffd", "a?dcb?", `a\u202edcb\u2066`},
		"no width":                   {"a\u200bb\u200dc\ufeff\u00ad", "a\ufffdb\ufffdc\ufffd\ufffd", "a?b?c??", `a\u200bb\u200dc\ufeff\u00ad`},
		"tags":                       {"a\U000e0041", "a\ufffd", "a?", `a\U000e0041`},
		"for private use":            {"a\ue000", "a\ufffd", "a?", `a\ue000`},
		"no character":               {"a\ufffe", "a\ufffd", "a?", `a\ufffe`},
		"bytes that are not UTF-8":   {"a\xff\xc3b", "a\ufffd\ufffdb", "a??b", `a\xff\xc3b`},
		"half a surrogate pair":      {"a\xed\xa0\x80b", "a\ufffd\ufffd\ufffdb", "a???b", `a\xed\xa0\x80b`},
		"what replaced them before":  {"a\ufffdb", "a\ufffdb", "a?b", "a\ufffdb"},
		"the beginning of gzip":      {"\x1f\x8b\b", "\ufffd\ufffd\ufffd", "???", `\x1f\x8b\b`},
		"nothing":                    {"", "", "", ""},
		"a second header field":      {"a\r\nSet-Cookie: b", "a  Set-Cookie: b", "a  Set-Cookie: b", "a\\r\n     Set-Cookie: b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.line, printable.Line(tt.text), "Line")
			assert.Equal(t, tt.field, printable.Field(tt.text), "Field")
			assert.Equal(t, tt.escaped, printable.Escaped(tt.text), "Escaped")
		})
	}
}
