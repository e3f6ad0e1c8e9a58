package client

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/migrationlink/migrationlink"
)

// Option says how [New] makes a Client. The order of options means nothing, and each may be given once.
type Option func(*options)

type options struct {
	pairs       map[migrationlink.SecurityScheme]*pair // credentials, by how they sign in
	baseURL     *string
	httpClient  **http.Client
	wrap        *func(http.RoundTripper) http.RoundTripper
	rootCAs     *[]byte
	certificate *tls.Certificate
	attempts    *int
	maxWait     *time.Duration
	jitter      *func() float64
	allowHTTP   bool
	twice       []string
}

// APIKey signs in by HTTP Digest with the two halves of a programmatic API key, which must hold the role Organization Owner in the source
// organization. Either this or [ServiceAccount] is required.
func APIKey(public, private string) Option {
	return func(o *options) { o.signIn(migrationlink.SecuritySchemeDigest, public, private) }
}

// ServiceAccount signs in by OAuth 2.0 with the client id and the secret of a service account of the source organization, a preview feature of
// Cloud Manager. Its access token is fetched from the same origin, kept for all calls of the Client, and fetched anew a minute before it expires; one
// that is refused is replaced once a call. Calls that need one at the same time share one request for it, and its failure.
func ServiceAccount(id, secret string) Option {
	return func(o *options) { o.signIn(migrationlink.SecuritySchemeServiceAccount, id, secret) }
}

// signIn notes what the option of a scheme was given.
func (o *options) signIn(by migrationlink.SecurityScheme, name, private string) {
	given := o.pairs[by]
	once(o, schemes[by].option, &given, pair{name, migrationlink.NewSecret(private)})
	if o.pairs == nil {
		o.pairs = make(map[migrationlink.SecurityScheme]*pair)
	}
	o.pairs[by] = given
}

// BaseURL is the address of Cloud Manager or Ops Manager: the root of the host, with a path prefix if it has one, with or without a slash
// at its end, or the same with /api/public/v1.0 after it. Empty means Cloud Manager, as without this option.
func BaseURL(address string) Option {
	return func(o *options) { once(o, "BaseURL", &o.baseURL, address) }
}

// HTTPClient has requests sent by a copy of c: its Timeout, which holds for each attempt, and its Jar hold, its Transport carries the requests that
// this package has signed, and is neither changed nor, without [RootCAs] and [ClientCertificate], copied. Its CheckRedirect is not asked, since no
// redirect is followed. A nil Transport stands for the one that a Client has without this option: that of http.DefaultTransport, with its settings for
// proxies, TLS and HTTP/2, with the bounds that [Client] names, and past the proxy for this machine.
func HTTPClient(c *http.Client) Option {
	return func(o *options) { once(o, "HTTPClient", &o.httpClient, c) }
}

// WrapTransport has every request on the wire go through what wrap makes of the transport: to log it, or to trace it. There, requests carry
// their credentials: take care what of them is kept. Requests that a sign-in costs are seen as well. It must not repeat a request by itself: a
// link-token would be sent twice. The same holds for the transport of [HTTPClient].
func WrapTransport(wrap func(http.RoundTripper) http.RoundTripper) Option {
	return func(o *options) { once(o, "WrapTransport", &o.wrap, wrap) }
}

// RootCAs trusts the certificates in pem as authorities, beside those of the system: an Ops Manager often has one of a private authority.
func RootCAs(pem []byte) Option {
	return func(o *options) { once(o, "RootCAs", &o.rootCAs, pem) }
}

// ClientCertificate is shown to a server that asks for one.
//
//nolint:revive // what TLS calls it: a certificate of the client
func ClientCertificate(c tls.Certificate) Option {
	return func(o *options) { once(o, "ClientCertificate", &o.certificate, c) }
}

// Attempts is how often one call is attempted at most, from 1, which never repeats, to 100; it is 4 without this option. [Client] says what
// is repeated.
func Attempts(n int) Option {
	return func(o *options) { once(o, "Attempts", &o.attempts, n) }
}

// MaxWait is the longest wait that a server may ask for by Retry-After; it is 60 seconds without this option. A call that would have to wait longer
// ends with the error instead.
func MaxWait(d time.Duration) Option {
	return func(o *options) { once(o, "MaxWait", &o.maxWait, d) }
}

// Jitter spreads the waits between attempts: random returns a number from 0 up to, but not including, 1. It is math/rand without this option. It
// must be safe for concurrent use.
func Jitter(random func() float64) Option {
	return func(o *options) { once(o, "Jitter", &o.jitter, random) }
}

// AllowHTTP permits plain http to a host that is not this machine. Whoever listens on the way then reads the link-token, and has the API key of
// Atlas that is inside.
func AllowHTTP() Option {
	return func(o *options) { o.allowHTTP = true }
}

func once[T any](o *options, name string, kept **T, value T) {
	if *kept != nil {
		o.twice = append(o.twice, name)
		return
	}
	*kept = &value
}

const maxAttempts = 100

func readOptions(opts []Option) (options, error) {
	var o options
	var all []error
	for _, opt := range opts {
		if opt == nil {
			all = append(all, wrong("New", "an option is nil"))
			continue
		}
		opt(&o)
	}
	for _, name := range slices.Sorted(slices.Values(o.twice)) {
		all = append(all, wrong(name, "given twice: want it once"))
	}
	if o.httpClient != nil && *o.httpClient == nil {
		all = append(all, wrong("HTTPClient", "nil: want an *http.Client, or leave the option out"))
	}
	if o.wrap != nil && *o.wrap == nil {
		all = append(all, wrong("WrapTransport", "nil: want a func, or leave the option out"))
	}
	if o.jitter != nil && *o.jitter == nil {
		all = append(all, wrong("Jitter", "nil: want a func, or leave the option out"))
	}
	if o.attempts != nil && (*o.attempts < 1 || *o.attempts > maxAttempts) {
		all = append(all, wrong("Attempts", fmt.Sprintf("%d: want 1 to %d", *o.attempts, maxAttempts)))
	}
	if o.maxWait != nil && *o.maxWait < 0 {
		all = append(all, wrong("MaxWait", fmt.Sprintf("%s: want 0 or more", *o.maxWait)))
	}
	return o, errors.Join(append(all, o.checkCredentials())...)
}

// valueOr is what an option was given, or else the default.
func valueOr[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}
