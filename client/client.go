package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/gen"
)

// Client calls the migration link of one Cloud Manager or Ops Manager with one API key or service account. It does not change after [New] and is
// safe for concurrent use. The zero Client cannot call anything.
//
// A call is attempted again, four times in all unless [Attempts] says otherwise, where that can do no harm: after 429; after 503 with Retry-After;
// when a connection failed before the request was written; and Status and Disconnect also after 500, 502, 503, 504 and a connection that
// broke off. A Disconnect whose repeat finds nothing to disconnect has succeeded. A Connect that may have taken effect is never sent again:
// its error is [ErrOutcomeUnknown]. Not attempted again either is what will be the same the next time: a host that does not exist, a certificate that
// is no good, a proxy that refuses. Before the second attempt it waits 0.25 to 0.5 seconds, then twice as long each time up to 8 seconds, or as long
// as Retry-After says; where that is more than [MaxWait] or than the context has left, the call ends at once.
//
// Each attempt is bounded: 10 s for a connection, 10 s for TLS, 60 s for the header of an answer, 60 s and 1 MiB for its content (after
// decompression). The error says which bound it was. With [HTTPClient] the first two are those of the given transport. A sign-in has the same
// bounds; a call that waits for the sign-in of another one waits for as long as its context lets it.
//
// A link-token is kept no longer than the call that sends it. Go may leave copies of it in memory all the same, as of every credential, and so a core
// file of the process can hold them.
type Client struct {
	address string // without a slash at its end
	as      credentials
	secrets func() []string // what no text may show
	http    *http.Client

	attempts int
	maxWait  time.Duration
	jitter   func() float64
}

const userAgent = "migrationlink/" + migrationlink.Version

// New returns a Client and sends nothing. The error tells of every option that is wrong, one a line, and shows no secret. A transport that takes
// every certificate is refused, http.DefaultTransport too, from which a Client's own is made.
//
// The context of a call bounds it with all its attempts. Without [HTTPClient] an attempt ends after five minutes at the latest, sign-in included.
func New(opts ...Option) (*Client, error) {
	o, err := readOptions(opts)
	address, addressErr := readAddress(valueOr(o.baseURL, ""), o.credentials().secret.Reveal(), o.allowHTTP)
	w, wireErr := o.wire()
	if err := errors.Join(err, addressErr, wireErr); err != nil {
		return nil, err
	}
	h := http.Client{Timeout: 5 * time.Minute}
	if o.httpClient != nil {
		h = **o.httpClient
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Client{
		address: address, as: o.credentials(), http: &h,
		attempts: valueOr(o.attempts, 4), maxWait: valueOr(o.maxWait, time.Minute), jitter: valueOr(o.jitter, rand.Float64),
	}
	signing, secrets := schemes[c.as.scheme].transport(c.as, w, address)
	h.Transport = signing
	c.secrets = func() []string { return append(w.proxySecrets(address), secrets()...) }
	return c, nil
}

// Format writes the address and who signs in, whatever the verb.
func (c Client) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "client.Client{%s, %s}", c.address, c.as.key())
}

// Connect connects an organization with the Atlas organization that the link-token names. The server documents 201; any 2xx with a JSON object
// is a success, and one that tells no status has [migrationlink.StatusUnknown]. The error is an [*Error]; with [ErrOutcomeUnknown] in it, the
// organization may be connected or not: a Status of [migrationlink.StatusSynced] says that it is, while [migrationlink.StatusNotSynced] does not tell, since the first push may not have
// arrived. There is no telling by which token it was connected.
func (c *Client) Connect(ctx context.Context, org migrationlink.OrgID, token migrationlink.LinkToken) (Link, error) {
	call, err := c.call(migrationlink.OperationConnect, org, token)
	if err != nil {
		return Link{}, err
	}
	switch {
	case token.IsZero():
		return Link{}, call.notSent(ErrNoLinkToken)
	case !utf8.ValidString(token.Reveal()):
		return Link{}, call.notSent(errTokenNotUTF8)
	}
	return call.do(ctx, call.link, func() (*http.Request, error) {
		return gen.NewConnectRequest(c.server(), call.org, nil, gen.LinkRequest{LinkToken: token.ForRequest()})
	})
}

// Status tells how the connection of an organization is. An organization that is not connected is [migrationlink.StatusNotSynced]. The error is an [*Error].
func (c *Client) Status(ctx context.Context, org migrationlink.OrgID) (Link, error) {
	call, err := c.call(migrationlink.OperationStatus, org, migrationlink.LinkToken{})
	if err != nil {
		return Link{}, err
	}
	return call.do(ctx, call.link, func() (*http.Request, error) { return gen.NewStatusRequest(c.server(), call.org, nil) })
}

// Disconnect cuts the connection of an organization. The server documents 204; another 2xx is a success too, if it has no content or a
// JSON object. The error is an [*Error], with [ErrNotConnected] in it where there was nothing to cut.
func (c *Client) Disconnect(ctx context.Context, org migrationlink.OrgID) error {
	call, err := c.call(migrationlink.OperationDisconnect, org, migrationlink.LinkToken{})
	if err != nil {
		return err
	}
	_, err = call.do(ctx, call.cut, func() (*http.Request, error) { return gen.NewDisconnectRequest(c.server(), call.org, nil) })
	return err
}

// server is the address as the generated request builders resolve their paths against it.
func (c *Client) server() string { return c.address + "/" }

func (c *Client) call(operation migrationlink.Operation, org migrationlink.OrgID, token migrationlink.LinkToken) (*call, error) {
	call := &call{client: c, operation: operation, token: token}
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
