package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/gen"
)

// Client calls the migration link of one Cloud Manager or Ops Manager with one API key. It does not change after [New] and is safe for
// concurrent use. The zero Client cannot call anything.
type Client struct {
	address    string // without a slash at its end
	publicKey  string
	privateKey func() string // a func, so that no printer finds it
	http       *http.Client
}

const userAgent = "migrationlink/" + migrationlink.Version

// New returns a Client and sends nothing. The error tells of every option that is wrong, one a line, and shows no key.
//
// The context of a call bounds it, and so does the http.Client: without [HTTPClient] a header must come within 60 seconds, and a call ends
// after five minutes; with it, the limits are those of the given client and its transport.
func New(opts ...Option) (*Client, error) {
	o, err := readOptions(opts)
	given := ""
	if o.baseURL != nil {
		given = *o.baseURL
	}
	address, addressErr := readAddress(given, o.allowHTTP)
	if err := errors.Join(err, addressErr); err != nil {
		return nil, err
	}
	h := http.Client{Timeout: 5 * time.Minute}
	if o.httpClient != nil {
		h = **o.httpClient
	}
	if h.Transport == nil {
		h.Transport = newTransport()
	}
	h.Transport = digest.NewTransport(o.apiKey.public, o.apiKey.private, digest.WithBase(wire{base: h.Transport}))
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	private := o.apiKey.private
	return &Client{address: address, publicKey: o.apiKey.public, privateKey: func() string { return private }, http: &h}, nil
}

// Format writes the address and the public key, whatever the verb.
func (c Client) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "client.Client{%s, key %q}", c.address, c.publicKey)
}

// Connect connects an organization with the Atlas organization that the link-token names. The server documents 201; any 2xx with a JSON object
// is a success, and one that tells no status has [Unknown]. The error is an [*Error]; with [ErrOutcomeUnknown] in it, the
// organization may be connected or not, and Status can settle it.
func (c *Client) Connect(ctx context.Context, org migrationlink.OrgID, token migrationlink.LinkToken) (Link, error) {
	call, err := c.call("connect", org, token)
	if err != nil {
		return Link{}, err
	}
	switch {
	case token.IsZero():
		return Link{}, call.notSent(ErrNoLinkToken)
	case !utf8.ValidString(token.Reveal()):
		return Link{}, call.notSent(errTokenNotUTF8)
	}
	token = token.ForRequest()
	req, err := gen.NewConnectRequest(c.server(), call.org, nil, gen.LinkRequest{LinkToken: token})
	if err != nil {
		return Link{}, call.notSent(err)
	}
	return call.link(ctx, req)
}

// Status tells how the connection of an organization is. An organization that is not connected is [NotSynced]. The error is an [*Error].
func (c *Client) Status(ctx context.Context, org migrationlink.OrgID) (Link, error) {
	call, err := c.call("status", org, migrationlink.LinkToken{})
	if err != nil {
		return Link{}, err
	}
	req, err := gen.NewStatusRequest(c.server(), call.org, nil)
	if err != nil {
		return Link{}, call.notSent(err)
	}
	return call.link(ctx, req)
}

// Disconnect cuts the connection of an organization. The server documents 204; another 2xx is a success too, if it has no content or a
// JSON object. The error is an [*Error], with [ErrNotConnected] in it where there was nothing to cut.
func (c *Client) Disconnect(ctx context.Context, org migrationlink.OrgID) error {
	call, err := c.call("disconnect", org, migrationlink.LinkToken{})
	if err != nil {
		return err
	}
	req, err := gen.NewDisconnectRequest(c.server(), call.org, nil)
	if err != nil {
		return call.notSent(err)
	}
	a, err := call.send(ctx, req)
	if err != nil {
		return err
	}
	if a.success() && a.err == nil && len(a.content) == 0 && call.progress.sent.Load() {
		return nil
	}
	_, err = call.object(a)
	return err
}

// server is the address as the generated request builders resolve their paths against it.
func (c *Client) server() string { return c.address + "/" }

func (c *Client) call(operation string, org migrationlink.OrgID, token migrationlink.LinkToken) (*call, error) {
	call := &call{client: c, operation: operation, token: token, clean: newCleaner(c.privateKey(), token)}
	id, err := migrationlink.ParseOrgID(string(org))
	if err != nil {
		return nil, call.notSent(err)
	}
	call.org = id
	return call, nil
}

// readAtMost reads content of limit bytes at most; more is an error.
func readAtMost(content io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(content, limit+1))
	if err == nil && int64(len(b)) > limit {
		return b[:limit], errTooLarge
	}
	return b, err
}
