package wiretap

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/internal/secret"
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
	for _, line := range secret.HeaderLines(e.RequestHeader) {
		fmt.Fprintf(t.Out, "> %s\n", line)
	}
	fmt.Fprintln(t.Out, ">")
	if len(e.RequestBody) > 0 {
		fmt.Fprintf(t.Out, "> %s\n\n", secret.RequestBody(e.RequestBody))
	}
	fmt.Fprintf(t.Out, "HTTP/1.1 %d %s\n", e.Status, http.StatusText(e.Status))
	for _, line := range secret.HeaderLines(e.ResponseHeader) {
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
