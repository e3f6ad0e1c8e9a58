package har

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// rounds is how often a text is decoded: a recording of a form with JSON in it is escaped three
// times.
const rounds = 4

// tokenName is the name of the property, by itself.
var tokenName = regexp.MustCompile(`^(?i:link[_-]?token)$`)

// tokenGiven is the name and the value behind it, in JSON, in a form or query, in multipart
// content, or in a list of names and values. The end of the value may be missing, in text that was
// cut off.
var tokenGiven = regexp.MustCompile(`(?i:link[_-]?token)(?:` +
	`["']?\s*:\s*["']((?:[^"'\\]|\\.)+)|` + // "linkToken": "value"
	`=([^&\s"'<>]+)|` + // linkToken=value
	`["']?\s*:\s*([\w+/=-]{16,})|` + // linkToken: value, and no sentence
	`"[^\r\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n([^\r\n]+)|` + // name="linkToken", headers of the part, an empty line, value
	`"\s*,\s*"value"\s*:\s*"((?:[^"\\]|\\.)+))`) // "name": "linkToken", "value": "value"

// holdsLinkToken reports whether a link-token is in the JSON of an entry, wherever it stands: a
// recorder can keep what it has seen in any field. A value that was masked is none.
func holdsLinkToken(entry []byte) bool {
	var before [3]string // the strings before this one: name, linkToken, value
	key := false         // whether the string before this one is the name of a property
	for i := 0; i < len(entry); i++ {
		if entry[i] != '"' {
			continue
		}
		end := endOfString(entry, i)
		text := unquote(entry[i:end])
		switch {
		case key && tokenName.MatchString(before[2]) && !isNoValue(text), // linkToken: text
			before[0] == "name" && tokenName.MatchString(before[1]) && before[2] == "value" && !isNoValue(text),
			before[0] == "value" && !isNoValue(before[1]) && before[2] == "name" && tokenName.MatchString(text),
			textHoldsToken(text, rounds):
			return true
		}
		before[0], before[1], before[2] = before[1], before[2], text
		key = bytes.HasPrefix(bytes.TrimLeft(entry[end:min(end+32, len(entry))], " \t\r\n"), []byte(":"))
		i = end - 1
	}
	return false
}

// endOfString is behind the quotation mark that ends the string that begins at start.
func endOfString(content []byte, start int) int {
	for i := start + 1; i < len(content); i++ {
		switch content[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(content)
}

func unquote(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 && len(quoted) >= 2 {
		return string(quoted[1 : len(quoted)-1])
	}
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return string(quoted)
	}
	return text
}

// textHoldsToken looks into a text, and into what it is when it is decoded.
func textHoldsToken(text string, rounds int) bool {
	if len(text) < len("linkToken")+1 || rounds == 0 {
		return false
	}
	if mayNameToken(text) {
		for _, found := range tokenGiven.FindAllStringSubmatch(text, -1) {
			if !isNoValue(strings.Trim(strings.Join(found[1:], ""), `"'`)) {
				return true
			}
		}
	}
	if plain := unescaped(text); plain != text && textHoldsToken(plain, rounds-1) {
		return true
	}
	for run := range base64Runs(text) {
		if content, ok := decodeRun(run); ok && textHoldsToken(content, rounds-1) {
			return true
		}
	}
	return false
}

// shortestRun is long enough for base64 of the name of the property and of a value.
const shortestRun = 20

// in64 has the bytes of base64 in both alphabets of RFC 4648, and the line ends that wrap it.
var in64 = func() (table [256]bool) {
	for _, b := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_\r\n") {
		table[b] = true
	}
	return table
}()

// base64Runs are the parts of a text that can be base64.
func base64Runs(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i <= len(text); i++ {
			if i < len(text) && in64[text[i]] {
				continue
			}
			if i-start >= shortestRun && !yield(text[start:i]) {
				return
			}
			start = i + 1
		}
	}
}

var toStandard = strings.NewReplacer("-", "+", "_", "/", "\r", "", "\n", "")

// decodeRun decodes as much of base64 as is whole: text can be cut off.
func decodeRun(run string) (content string, ok bool) {
	run = toStandard.Replace(run)
	run = run[:len(run)-len(run)%4]
	decoded, err := base64.StdEncoding.DecodeString(run)
	return string(decoded), err == nil && !bytes.ContainsFunc(decoded[:min(len(decoded), 256)], isControl)
}

// isControl reports whether a character is in no text, but in most binary content.
func isControl(r rune) bool { return r < '\t' }

// mayNameToken spares most text the slow search.
func mayNameToken(text string) bool {
	lower := strings.ToLower(text)
	return strings.Contains(lower, "linktoken") || strings.Contains(lower, "link_token") || strings.Contains(lower, "link-token")
}

// unescaped is a text without the escapes of URLs and of JSON.
func unescaped(text string) string {
	next := strings.IndexAny(text, `%\`)
	if next < 0 {
		return text
	}
	plain := make([]byte, 0, len(text))
	for next >= 0 {
		plain = append(plain, text[:next]...)
		var size int
		plain, size = appendEscaped(plain, text[next:])
		text = text[next+size:]
		next = strings.IndexAny(text, `%\`)
	}
	return string(append(plain, text...))
}

// appendEscaped appends what the escape stands for that a text begins with. size is that of the
// escape, and 1 where it is none.
func appendEscaped(to []byte, text string) (plain []byte, size int) {
	switch {
	case text[0] == '%' && len(text) >= 3:
		if b, err := strconv.ParseUint(text[1:3], 16, 8); err == nil {
			return append(to, byte(b)), 3
		}
	case text[0] == '\\' && len(text) >= 6 && text[1] == 'u':
		if r, err := strconv.ParseUint(text[2:6], 16, 16); err == nil {
			return utf8.AppendRune(to, rune(r)), 6
		}
	case text[0] == '\\' && len(text) >= 2:
		if i := strings.IndexByte(`"\/nrt`, text[1]); i >= 0 {
			return append(to, "\"\\/\n\r\t"[i]), 2
		}
	}
	return append(to, text[0]), 1
}
