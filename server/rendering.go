package server

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

const (
	// serviceVersion says in every answer that this is not MongoDB.
	serviceVersion = "gitHash=none; versionString=migrationlink-stand-in"
	// product says so to everybody, signed in or not, in the Server field (RFC 9110 section 10.2.4).
	product            = "migrationlink-stand-in (not for production)"
	varyAcceptEncoding = "Accept-Encoding"
	// strictTransportSecurity is what the documentation prints; sent over TLS alone (RFC 6797 section 7.2).
	strictTransportSecurity = "max-age=300"
)

// render gives the answer the form that was asked for: compact or pretty, plain or in an envelope.
func (x *exchange) render() {
	if x.request.TLS != nil {
		x.response.header.Set("Strict-Transport-Security", strictTransportSecurity)
	}
	if x.route.oauth != "" { // RFC 6749 section 5.1
		x.response.header.Set("Cache-Control", "no-store")
		x.response.header.Set("Pragma", "no-cache")
		return
	}
	if len(x.response.body) == 0 || x.response.raw {
		return
	}
	x.response.body = bytes.TrimSpace(x.response.body)
	if x.request.URL.RawQuery == "" {
		return
	}
	query := x.request.URL.Query()
	asked := func(parameter string) bool { return slices.Equal(query[parameter], []string{"true"}) }
	if x.signedIn && asked("envelope") {
		x.response.body = []byte(`{"status":` + strconv.Itoa(x.response.status) + `,"content":` + string(x.response.body) + `}`)
	}
	if asked("pretty") {
		x.response.body = pretty(x.response.body)
	}
}

// pretty writes JSON as Jackson's default pretty printer does, which is what the real server answers with: two blanks deep, a blank on both
// sides of each colon, lists on one line.
func pretty(compact []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(compact))
	dec.UseNumber()
	var out bytes.Buffer
	prettyValue(&out, dec, 0)
	return out.Bytes()
}

// prettyValue writes the next value. The input is JSON of our own making, so that the decoder does not fail.
func prettyValue(out *bytes.Buffer, dec *json.Decoder, depth int) {
	token, err := dec.Token()
	if err != nil {
		return
	}
	switch token {
	case json.Delim('{'):
		members := 0
		out.WriteByte('{')
		for ; dec.More(); members++ {
			if members > 0 {
				out.WriteByte(',')
			}
			out.WriteString("\n" + strings.Repeat("  ", depth+1))
			prettyValue(out, dec, depth+1) // the name
			out.WriteString(" : ")
			prettyValue(out, dec, depth+1)
		}
		_, _ = dec.Token()
		if members > 0 {
			out.WriteString("\n" + strings.Repeat("  ", depth) + "}")
			return
		}
		out.WriteString(" }")
	case json.Delim('['):
		out.WriteString("[ ")
		items := 0
		for ; dec.More(); items++ {
			if items > 0 {
				out.WriteString(", ")
			}
			prettyValue(out, dec, depth)
		}
		_, _ = dec.Token()
		if items > 0 {
			out.WriteByte(' ')
		}
		out.WriteByte(']')
	default:
		scalar := json.NewEncoder(out)
		scalar.SetEscapeHTML(false)
		_ = scalar.Encode(token) // a scalar of JSON
		out.Truncate(out.Len() - 1)
	}
}
