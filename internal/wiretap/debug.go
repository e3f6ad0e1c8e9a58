package wiretap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/printable"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// maxDebugged is how much of the content of an answer --debug shows, in bytes.
const maxDebugged = 4 << 10

// Debug writes every exchange of a client, for --debug, without its credentials: what proves them is redacted by its name, and what is left is
// withheld if one of them is in it all the same. A nil debug writes nothing.
type Debug struct {
	Out io.Writer

	mu      sync.Mutex
	secrets []secret.Named
	number  int
}

// Hide has the token, and the key inside it, withheld.
func (d *Debug) Hide(token migrationlink.LinkToken) {
	if d == nil {
		return
	}
	d.HideValues(secret.OfToken(token.Reveal())...)
}

// HideValues has these credentials withheld.
func (d *Debug) HideValues(values ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, value := range values {
		known := func(s secret.Named) bool { return s.Value.Reveal() == value }
		if !slices.ContainsFunc(d.secrets, known) {
			d.secrets = append(d.secrets, secret.New("credential", value))
		}
	}
}

// hideSignIn has what a request signs in with withheld, since an answer may repeat it. The proof of Digest is another in each request: it is known
// by its name alone.
func (d *Debug) hideSignIn(req *http.Request) {
	if proxy, err := http.ProxyFromEnvironment(req); err == nil && proxy != nil {
		d.HideValues(secret.OfProxy(proxy)...)
	}
	if scheme, credentials, ok := strings.Cut(req.Header.Get("Authorization"), " "); ok && !strings.EqualFold(scheme, "Digest") {
		d.HideValues(credentials)
	}
}

// Wrap is a transport that shows every request and response of base.
func (d *Debug) Wrap(base http.RoundTripper) http.RoundTripper { return debugged{base, d} }

type debugged struct {
	base  http.RoundTripper
	debug *Debug
}

func (t debugged) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent bytes.Buffer
	if req.Body != nil && req.Body != http.NoBody {
		content, err := io.ReadAll(req.Body) // a link-token, or nothing: it is small
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
		sent.Write(content)
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(content))
	}
	t.debug.hideSignIn(req)
	number := t.debug.request(req, sent.Bytes())
	res, err := t.base.RoundTrip(req)
	if err != nil {
		t.debug.write(fmt.Sprintf("< %d  %v\n", number, err))
		return nil, err
	}
	if res.StatusCode == http.StatusSwitchingProtocols { // its content is the connection, and may never end
		t.debug.answer(number, req, res, nil)
		return res, nil
	}
	head, err := io.ReadAll(io.LimitReader(res.Body, maxDebugged+1))
	rest := io.Reader(res.Body)
	if err != nil {
		rest = Failing{err}
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), rest), res.Body}
	t.debug.answer(number, req, res, head)
	return res, nil
}

// Failing is a reader that has nothing but an error.
type Failing struct{ Err error }

func (f Failing) Read([]byte) (int, error) { return 0, f.Err }

func (d *Debug) request(req *http.Request, content []byte) int {
	d.mu.Lock()
	d.number++
	number := d.number
	d.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "> %d  %s %s\n", number, req.Method, req.URL.Redacted())
	for _, line := range secret.HeaderLines(req.Header) {
		fmt.Fprintf(&b, "> %d  %s\n", number, line)
	}
	switch {
	case len(content) == 0:
	case req.Header.Get("Content-Type") == "application/json":
		fmt.Fprintf(&b, "> %d  %s\n", number, secret.RequestBody(content))
	default:
		fmt.Fprintf(&b, "> %d  [%d bytes]\n", number, len(content))
	}
	d.write(b.String())
	return number
}

func (d *Debug) answer(number int, req *http.Request, res *http.Response, head []byte) {
	var b strings.Builder
	fmt.Fprintf(&b, "< %d  %s %s\n", number, res.Proto, printable.Escaped(res.Status))
	for _, line := range secret.HeaderLines(res.Header) {
		fmt.Fprintf(&b, "< %d  %s\n", number, printable.Escaped(line))
	}
	d.write(b.String())
	switch {
	case len(head) == 0:
	case strings.HasSuffix(req.URL.Path, "/oauth/token"):
		d.write(fmt.Sprintf("< %d  [an access token, or why there is none]\n", number))
	default:
		more := ""
		if len(head) > maxDebugged {
			head, more = head[:maxDebugged], "…"
		}
		d.write(fmt.Sprintf("< %d  %s%s\n", number, printable.Escaped(string(head)), more))
	}
}

// write writes the text line by line. It withholds each line with a credential in it, and all lines
// where only all of them together have one.
func (d *Debug) write(text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	finder := secret.NewFinder(d.secrets...)
	lines := slices.Collect(strings.Lines(secret.WithoutProofs(text)))
	shows := make([]bool, len(lines))
	if finder.Shows(strings.Join(lines, "")) {
		for i, line := range lines {
			shows[i] = finder.Shows(line)
		}
		if !slices.Contains(shows, true) {
			shows = slices.Repeat([]bool{true}, len(lines))
		}
	}
	for i, line := range lines {
		if shows[i] {
			line = line[:strings.IndexByte(line, ' ')] + "  " + secret.Withheld + "\n"
		}
		_, err := io.WriteString(d.Out, line)
		if errors.Is(err, io.ErrShortWrite) {
			return
		}
	}
}
