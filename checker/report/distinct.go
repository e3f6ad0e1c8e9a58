package report

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"

	"github.com/migrationlink/migrationlink/checker"
)

// drawn are the parameters of digest (RFC 7616 sections 3.3 and 3.4) that differ from one request to the next though nothing else does.
var drawn = regexp.MustCompile(`(?i)\b(nonce|cnonce|nc|response|opaque)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,]*)`)

// distinguish is the same for two exchanges that differ in nothing but nonce, cnonce, what is computed from them, and the date.
func distinguish(e checker.Exchange) [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %d %d %t %t\n", e.Method, e.Target, e.Status, e.RequestLength, e.RequestTruncated, e.ResponseTruncated)
	header(h, e.RequestHeader)
	header(h, e.ResponseHeader)
	fmt.Fprintf(h, "%d %s %d %s", len(e.RequestBody), e.RequestBody, len(e.ResponseBody), e.ResponseBody)
	return [sha256.Size]byte(h.Sum(nil))
}

func header(w io.Writer, h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		spelled := http.CanonicalHeaderKey(name)
		if spelled == "Date" {
			continue
		}
		for _, value := range h[name] {
			switch spelled {
			case "Authorization", "Www-Authenticate", "Authentication-Info":
				value = drawn.ReplaceAllString(value, "$1")
			}
			fmt.Fprintf(w, "%q: %q\n", spelled, value)
		}
	}
	fmt.Fprintln(w)
}
