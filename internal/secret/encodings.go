package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// encoding is a way in which text travels. All but base64 write each character by itself, so what
// they make of a part of a secret is a part of what they make of the whole.
type encoding struct {
	name string
	// escapes: letters, digits, - and _ stay as they are.
	escapes bool
	encode  func(part string) []string
}

// encodings are tried in this order; a text that two of them give is called by the first.
var encodings = []encoding{
	{"raw", false, func(part string) []string { return []string{part} }},
	{"JSON", true, jsonForms},
	{"Go", true, goForms},
	{"HTML", true, htmlForms},
	{"URL", true, urlForms},
	{"base64", false, base64Forms},
	{"hex", false, hexForms},
}

// special reports whether a character is one that some encoding escapes.
func special(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_':
		return false
	default:
		return true
	}
}

// jsonForms are what RFC 8259 section 7 lets a writer choose between: <, > and & escaped or not,
// the slash escaped or not.
func jsonForms(part string) []string {
	if !utf8.ValidString(part) {
		return nil // cut inside a character: the next part has it whole
	}
	escaped, err := json.Marshal(part)
	if err != nil {
		return nil
	}
	var plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	if err := e.Encode(part); err != nil {
		return nil
	}
	text := unquote(strings.TrimSuffix(plain.String(), "\n"))
	return []string{text, unquote(string(escaped)), strings.ReplaceAll(text, "/", `\/`)}
}

func goForms(part string) []string {
	if !utf8.ValidString(part) {
		return nil
	}
	return []string{unquote(strconv.Quote(part)), unquote(strconv.QuoteToASCII(part))}
}

func unquote(quoted string) string { return quoted[1 : len(quoted)-1] }

func htmlForms(part string) []string {
	escaped := html.EscapeString(part)
	return []string{escaped, strings.NewReplacer("&#34;", "&quot;", "&#39;", "&apos;").Replace(escaped)}
}

// urlForms are those of RFC 3986 section 2.1. The search reads their hexadecimal digits in either
// case.
func urlForms(part string) []string {
	return []string{url.QueryEscape(part), url.PathEscape(part)}
}

// toURL turns base64 into that of the other alphabet (RFC 4648 section 5).
var toURL = strings.NewReplacer("+", "-", "/", "_")

// base64Forms are the characters that part alone decides, wherever in a longer content it begins:
// RFC 4648 section 4 packs three bytes into four characters, so a part begins at the first, second
// or third byte of such a group, and the characters it shares with its neighbours are left out.
// Padding is left out with them.
func base64Forms(part string) []string {
	var forms []string
	for before := range 3 {
		content := append(make([]byte, before), part...)
		from, to := (8*before+5)/6, 8*len(content)/6
		if from >= to {
			continue
		}
		form := base64.RawStdEncoding.EncodeToString(content)[from:to]
		forms = append(forms, form)
		if strings.ContainsAny(form, "+/") {
			forms = append(forms, toURL.Replace(form))
		}
	}
	return forms
}

func hexForms(part string) []string { return []string{hex.EncodeToString([]byte(part))} }
