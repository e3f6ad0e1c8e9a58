package wiretap

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

// Transcript writes exchanges and the verdict on each, and counts them: those of the handshake in full, as curl --include does with the
// request before it, those after it in a line.
type Transcript struct {
	Out  io.Writer
	Host string

	mu              sync.Mutex
	Exchanges, Kept int
}

// Add writes one exchange and its verdict.
func (t *Transcript) Add(e checker.Exchange, v checker.Verdict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Exchanges++
	if v.Kept() {
		t.Kept++
	}
	if v.Operation == string(migrationlink.OperationConnect) {
		t.full(e)
	} else {
		fmt.Fprintf(t.Out, "%s %s\n%d %s\n", e.Method, e.Target, e.Status, http.StatusText(e.Status))
		t.body(e.ResponseBody)
	}
	t.verdict(v)
}

func (t *Transcript) full(e checker.Exchange) {
	fmt.Fprintf(t.Out, "\n> %s %s HTTP/1.1\n> Host: %s\n", e.Method, e.Target, t.Host)
	for _, line := range headerLines(e.RequestHeader) {
		fmt.Fprintf(t.Out, "> %s\n", line)
	}
	fmt.Fprintln(t.Out, ">")
	if len(e.RequestBody) > 0 {
		fmt.Fprintf(t.Out, "> %s\n\n", withoutToken(e.RequestBody))
	}
	fmt.Fprintf(t.Out, "HTTP/1.1 %d %s\n", e.Status, http.StatusText(e.Status))
	for _, line := range headerLines(e.ResponseHeader) {
		fmt.Fprintln(t.Out, line)
	}
	fmt.Fprintln(t.Out)
	t.body(e.ResponseBody)
}

func (t *Transcript) body(content []byte) {
	if len(content) > 0 {
		fmt.Fprintf(t.Out, "%s\n", bytes.TrimRight(content, "\n"))
	}
}

func (t *Transcript) verdict(v checker.Verdict) {
	if v.Kept() {
		fmt.Fprintf(t.Out, "exchange %d: contract kept\n", t.Exchanges)
	}
	for _, finding := range v.Findings {
		fmt.Fprintf(t.Out, "exchange %d: contract broken: %s\n", t.Exchanges, finding)
	}
	for _, advice := range v.Advice {
		fmt.Fprintf(t.Out, "exchange %d: advice: %s\n", t.Exchanges, advice)
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
