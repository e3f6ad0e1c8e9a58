package digest

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/migrationlink/migrationlink"
)

// Transport is an http.RoundTripper that signs in with one user name and password. It is safe for concurrent use.
//
// A challenge is kept for its origin and signs one request after the other while its nonce lives. The first request to an origin goes out
// as a probe, without its body; one probe is under way per origin, other calls wait for it. Any answer to the probe but a 401 with a
// [Challenge.Usable] challenge is the answer, and the body is never sent.
//
// A 401 means that nothing was done. The request is repeated, whatever its method, with the newest challenge, at most three times (more
// often only where two nodes take turns, or calls cross each other on the way to them), and not if its body cannot be sent again: one
// without GetBody is kept up to 1 MiB. Two refusals of nonces that had not worked yet mean that the key is refused, unless it has worked and
// calls cross. A 401 that ends the
// call is returned with its body unread. Stale nonces in a row end in a [*StaleError].
//
// Two nodes that do not share nonces may stand behind one address, taking requests in turns. More end in a StaleError.
//
// A request that has an Authorization header is sent as it is, and so is one that a redirect has led away from the origin it began with.
// Little is kept for each origin that was ever asked, and nothing is removed: a Transport is for a few of them.
type Transport struct {
	username string
	password migrationlink.Secret
	base     http.RoundTripper

	mu    sync.Mutex
	rand  io.Reader // for cnonce
	sites map[origin]*site
}

// TransportOption changes what [NewTransport] returns.
type TransportOption func(*Transport)

// WithBase has requests sent by base; nil stands for http.DefaultTransport, as without this option.
func WithBase(base http.RoundTripper) TransportOption {
	return func(t *Transport) {
		if base != nil {
			t.base = base
		}
	}
}

// WithRand takes the randomness of cnonce from random; nil stands for crypto/rand, as without this option.
func WithRand(random io.Reader) TransportOption {
	return func(t *Transport) {
		if random != nil {
			t.rand = random
		}
	}
}

// NewTransport returns a Transport that has sent nothing yet.
func NewTransport(username, password string, opts ...TransportOption) *Transport {
	t := &Transport{
		username: username,
		password: migrationlink.NewSecret(password),
		base:     http.DefaultTransport,
		rand:     rand.Reader,
		sites:    map[origin]*site{},
	}
	for _, opt := range opts {
		opt(t)
	}
	return t
}

// ErrStale is what a [*StaleError] wraps.
var ErrStale = errors.New("the server called every nonce stale")

// StaleError ends a call whose nonces were called stale in a row.
type StaleError struct {
	Origin string // scheme://host:port
	Nonces int    // how many in a row
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("digest: %s: %v, %d in a row: several nodes behind this address may not share their nonces, or a server's clock may be wrong", e.Origin, ErrStale, e.Nonces)
}

func (e *StaleError) Unwrap() error { return ErrStale }

const (
	maxSends        = 4  // a signed request and three repeats
	maxSendsCrossed = 24 // where each is a toss between two nodes, one call in sixteen million would fail
	maxSendsRefused = 8  // of those, while no call at all gets through
	maxStale        = 3
	maxKeyRefused   = 2
	maxRefused      = 8        // counts also refusals that two nodes may disagree about
	maxDrained      = 64 << 10 // bytes read of an answer that nobody will see, so that its connection can be used again
)

// CloseIdleConnections closes those of the base, if it can.
func (t *Transport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper. Errors of the base are returned as they are.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL == nil || hasAuthorization(req.Header) || redirectedAway(req) {
		return t.base.RoundTrip(req)
	}
	c := call{transport: t, site: t.site(originOf(req.URL)), req: req}
	defer func() {
		if req.Body != nil && !c.streamed {
			_ = req.Body.Close()
		}
	}()
	for {
		res, done, err := c.step()
		if done || err != nil {
			if res != nil {
				res.Request = req // not the clone, which carries the credentials
			}
			return res, err
		}
	}
}

func (t *Transport) site(o origin) *site {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sites[o] == nil {
		t.sites[o] = newSite(o)
	}
	return t.sites[o]
}

// authorization signs a request. The uri is the request target as net/http sends it (RFC 7616 section 3.4: digest-uri).
func (t *Transport) authorization(req *http.Request, with turn) (string, error) {
	cnonce := make([]byte, 16)
	t.mu.Lock()
	_, err := io.ReadFull(t.rand, cnonce)
	t.mu.Unlock()
	if err != nil {
		return "", fmt.Errorf("digest: reading randomness for cnonce: %w", err)
	}
	challenge := with.session.challenge
	c := Credentials{
		Username:  t.username,
		Realm:     challenge.Realm,
		Nonce:     challenge.Nonce,
		URI:       req.URL.RequestURI(),
		Algorithm: challenge.Algorithm,
		Opaque:    challenge.Opaque,
	}
	if len(challenge.QOP) > 0 {
		c.QOP, c.CNonce, c.NC = "auth", hex.EncodeToString(cnonce), fmt.Sprintf("%08x", with.count)
	}
	signed, err := c.Sign(cmp.Or(req.Method, http.MethodGet), t.password.Reveal())
	if err != nil {
		return "", err
	}
	return signed.FieldValue()
}

// hasAuthorization finds the header also where it was written into the map by hand, in other letter case.
func hasAuthorization(header http.Header) bool {
	for name := range header {
		if strings.EqualFold(name, "Authorization") {
			return true
		}
	}
	return false
}

// challengeOf is the first usable challenge of a 401: the order is the server's preference (RFC 7616 section 3.7).
func challengeOf(res *http.Response) (Challenge, bool) {
	if res.StatusCode != http.StatusUnauthorized {
		return Challenge{}, false
	}
	challenges, _ := ParseChallenges(res.Header.Values("WWW-Authenticate")) // what is malformed is not usable
	for _, challenge := range challenges {
		if challenge.Usable() {
			return challenge, true
		}
	}
	return Challenge{}, false
}

func discard(res *http.Response) {
	_, _ = io.CopyN(io.Discard, res.Body, maxDrained)
	_ = res.Body.Close()
}
