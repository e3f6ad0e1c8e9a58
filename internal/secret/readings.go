package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"html"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// rounds is how often a text is decoded: what is encoded more often is not read by accident.
const rounds = 3

// reading is one way to read an output.
type reading struct {
	text []byte
	// at is where a byte of text stands in the output, or close to it.
	at func(int) int
	// torn: only letters and digits of ASCII are left.
	torn bool
}

// readings gives an output as it is, then without all that could tear a secret, then both of what
// it decodes to.
func readings(output []byte) iter.Seq[reading] {
	return func(yield func(reading) bool) {
		level := []reading{{text: output, at: func(i int) int { return i }}}
		for range rounds + 1 {
			var next []reading
			for _, r := range level {
				whole := r.folded()
				if !yield(whole) || !yield(whole.bare()) {
					return
				}
				for _, decode := range []func(reading) reading{unescaped, unpacked64, unpackedHex} {
					if d := decode(r); len(d.text) > 0 {
						next = append(next, d)
					}
				}
			}
			level = next
		}
	}
}

// lower is each byte in lower case, if it is a letter of ASCII.
var lower = func() (table [256]byte) {
	for i := range table {
		table[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			table[i] += 'a' - 'A'
		}
	}
	return table
}()

// foldRune is the same for all letters that differ in their case alone, and for those that are
// written at full width.
func foldRune(r rune) rune {
	if '\uff01' <= r && r <= '\uff5e' {
		r -= '\uff01' - '!'
	}
	first := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		first = min(first, other)
	}
	if first < utf8.RuneSelf {
		first = rune(lower[first])
	}
	return first
}

// folded is a text in one letter case. Bytes that are not UTF-8 stay as they are.
func folded(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return strings.ToLower(text)
	}
	return string(reading{text: []byte(text)}.folded().text)
}

func (r reading) folded() reading {
	first := 0
	for first < len(r.text) && r.text[first] < utf8.RuneSelf {
		first++
	}
	if first == len(r.text) {
		return r // the search reads letters of ASCII in either case
	}
	w := writer{from: r}
	for i := 0; i < len(r.text); {
		char, size := utf8.DecodeRune(r.text[i:])
		if char == utf8.RuneError && size == 1 {
			w.write(i, r.text[i])
		} else {
			w.write(i, utf8.AppendRune(nil, foldRune(char))...)
		}
		i += size
	}
	return w.reading()
}

// bare is what of a text is a letter or a digit of ASCII: whatever tears a secret is gone.
func (r reading) bare() reading {
	return reading{text: bareOf(r.text), torn: true, at: func(i int) int {
		for at, b := range r.text {
			if inBare[b] {
				if i == 0 {
					return r.at(at)
				}
				i--
			}
		}
		return r.at(len(r.text))
	}}
}

func bareOf(text []byte) []byte {
	bare := make([]byte, 0, len(text))
	for _, b := range text {
		if inBare[b] {
			bare = append(bare, b)
		}
	}
	return bare
}

// writer writes a reading byte by byte, with where each comes from.
type writer struct {
	from reading
	text []byte
	at   []int
}

// write writes what is read at a place of the reading before.
func (w *writer) write(at int, text ...byte) {
	for range text {
		w.at = append(w.at, at)
	}
	w.text = append(w.text, text...)
}

func (w *writer) reading() reading {
	return reading{text: w.text, at: func(i int) int { return w.from.at(w.at[i]) }}
}

// escape is one character in the escapes of URLs (%2D), HTML (&#45;), JSON, Go and JavaScript
// (\u002d, \x2d, \n).
var escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}|&#?[0-9A-Za-z]{1,31};|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[^ux])`)

// unescaped is a text with its escapes resolved. Without any there is none.
func unescaped(r reading) reading {
	w := writer{from: r}
	if !bytes.ContainsAny(r.text, `%&\`) {
		return reading{}
	}
	end := 0
	for _, found := range escape.FindAllIndex(r.text, -1) {
		for ; end < found[0]; end++ {
			w.write(end, r.text[end])
		}
		w.write(found[0], character(string(r.text[found[0]:found[1]]))...)
		end = found[1]
	}
	if end == 0 {
		return reading{}
	}
	for ; end < len(r.text); end++ {
		w.write(end, r.text[end])
	}
	return w.reading()
}

// character is what an escape stands for.
func character(escape string) []byte {
	switch {
	case escape[0] == '&':
		return []byte(html.UnescapeString(escape))
	case escape[0] == '%':
		b, _ := strconv.ParseUint(escape[1:], 16, 8)
		return []byte{byte(b)}
	case escape[1] == 'u' || escape[1] == 'x':
		r, _ := strconv.ParseUint(escape[2:], 16, 16)
		return utf8.AppendRune(nil, rune(r))
	case escape[1] == 'n' || escape[1] == 'r' || escape[1] == 't' || escape[1] == 'b' || escape[1] == 'f':
		return []byte(" ")
	}
	return []byte(escape[1:])
}

// The bytes of hex, of what tears nothing, and of base64 in both alphabets of RFC 4648.
var (
	inHex  = oneOf("0123456789ABCDEFabcdef")
	inBare = oneOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
	in64   = oneOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
)

func oneOf(bytes string) (table [256]bool) {
	for _, b := range []byte(bytes) {
		table[b] = true
	}
	return table
}

// unpacked64 is what the base64 in a text holds, each run of it read from each of its first four
// characters.
func unpacked64(r reading) reading {
	return unpacked(r, &in64, base64.RawStdEncoding.EncodedLen(window), 4, func(run []byte) []byte {
		for i, b := range run {
			switch b {
			case '-':
				run[i] = '+'
			case '_':
				run[i] = '/'
			}
		}
		whole := len(run) / 4 * 4
		if rest := len(run) % 4; rest > 1 {
			whole += rest
		}
		content, _ := base64.RawStdEncoding.AppendDecode(nil, run[:whole])
		return content
	})
}

// unpackedHex is what the hex in a text holds.
func unpackedHex(r reading) reading {
	return unpacked(r, &inHex, hex.EncodedLen(window), 2, func(run []byte) []byte {
		content, _ := hex.AppendDecode(nil, run[:len(run)/2*2])
		return content
	})
}

// unpacked decodes each run of at least as many bytes as hold a window, once for each byte of a
// group that it may begin with.
func unpacked(r reading, in *[256]bool, least, group int, decode func(run []byte) []byte) reading {
	w := writer{from: r}
	for from := 0; from+least <= len(r.text); {
		to := from + least
		for to > from && in[r.text[to-1]] {
			to--
		}
		if to > from { // no run begins before what is none of it
			from = to
			continue
		}
		for to += least; to < len(r.text) && in[r.text[to]]; {
			to++
		}
		for at := from; at < from+group && to-at >= least; at++ {
			w.write(at, decode(bytes.Clone(r.text[at:to]))...)
			w.write(at, 0)
		}
		from = to
	}
	return w.reading()
}
