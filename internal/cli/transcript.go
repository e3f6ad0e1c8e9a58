package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
)

// transcript writes exchanges and the verdict on each, and counts them: those of the handshake in full, as curl --include does with the
// request before it, those after it in a line.
type transcript struct {
	w    io.Writer
	host string

	mu              sync.Mutex
	exchanges, kept int
}

func (t *transcript) add(e checker.Exchange, v checker.Verdict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.exchanges++
	if v.Kept() {
		t.kept++
	}
	if v.Operation == string(migrationlink.OperationConnect) {
		t.full(e)
	} else {
		fmt.Fprintf(t.w, "%s %s\n%d %s\n", e.Method, e.Target, e.Status, http.StatusText(e.Status))
		t.body(e.ResponseBody)
	}
	t.verdict(v)
}

func (t *transcript) full(e checker.Exchange) {
	fmt.Fprintf(t.w, "\n> %s %s HTTP/1.1\n> Host: %s\n", e.Method, e.Target, t.host)
	for _, line := range headerLines(e.RequestHeader) {
		fmt.Fprintf(t.w, "> %s\n", line)
	}
	fmt.Fprintln(t.w, ">")
	if len(e.RequestBody) > 0 {
		fmt.Fprintf(t.w, "> %s\n\n", withoutToken(e.RequestBody))
	}
	fmt.Fprintf(t.w, "HTTP/1.1 %d %s\n", e.Status, http.StatusText(e.Status))
	for _, line := range headerLines(e.ResponseHeader) {
		fmt.Fprintln(t.w, line)
	}
	fmt.Fprintln(t.w)
	t.body(e.ResponseBody)
}

func (t *transcript) body(content []byte) {
	if len(content) > 0 {
		fmt.Fprintf(t.w, "%s\n", bytes.TrimRight(content, "\n"))
	}
}

func (t *transcript) verdict(v checker.Verdict) {
	if v.Kept() {
		fmt.Fprintf(t.w, "exchange %d: contract kept\n", t.exchanges)
	}
	for _, finding := range v.Findings {
		fmt.Fprintf(t.w, "exchange %d: contract broken: %s\n", t.exchanges, finding)
	}
	for _, advice := range v.Advice {
		fmt.Fprintf(t.w, "exchange %d: advice: %s\n", t.exchanges, advice)
	}
}

// digestResponse is the part of an Authorization header that proves the private key (RFC 7616 section 3.4).
var digestResponse = regexp.MustCompile(`\bresponse="[^"]*"`)

// withoutProof is the value of Authorization without what proves a credential: of Digest the response, of any other scheme everything.
func withoutProof(authorization string) string {
	scheme, _, _ := strings.Cut(authorization, " ")
	if strings.EqualFold(scheme, "Digest") {
		return digestResponse.ReplaceAllString(authorization, `response="[redacted]"`)
	}
	return scheme + " [redacted]"
}

// headerLines are a header's lines, names as net/http sends them, in their order, since that on the wire is not known any more.
func headerLines(h http.Header) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			switch name {
			case "Authorization":
				value = withoutProof(value)
			case "Proxy-Authorization", "Cookie", "Set-Cookie":
				value = "[redacted]"
			}
			lines = append(lines, name+": "+value)
		}
	}
	return lines
}

// withoutToken is the body of a request with the link-token redacted, or only its size if it is not what the contract says.
func withoutToken(body []byte) string {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || len(members) != 1 || members["linkToken"] == nil {
		return fmt.Sprintf("[%d bytes]", len(body))
	}
	return `{"linkToken":"[redacted]"}`
}
