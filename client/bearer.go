package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/migrationlink/migrationlink"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// tokenPath is where access tokens come from, below the root of the server: the path of tokenUrl in openapi.yaml. A test holds it to that.
const tokenPath = "/api/oauth/token"

// bearer signs in by the access token of a service account (RFC 6750), which it fetches when it needs one (RFC 6749 section 4.4) and keeps for
// all calls. MongoDB gives ten tokens a minute, so concurrent calls share one fetch, its failure included.
type bearer struct {
	base     http.RoundTripper
	account  credentials
	tokenURL string
	turn     chan struct{} // holds a token while one call fetches

	mu      sync.Mutex
	kept    accessToken
	former  accessToken // the one before, which a late answer may still repeat
	fetches int         // ended ones
	failure error       // of the last one; nil if it brought a token, or if only its own call ended
}

// accessToken is one, and until when it is used: a little shorter than it lives, since a request takes its time.
type accessToken struct {
	value     migrationlink.Secret
	freshTill time.Time
	expiry    time.Time
}

// early is how long before its end a token is not used any more; of a short life it is a tenth.
const early = time.Minute

func newBearer(base http.RoundTripper, account credentials, tokenURL string) *bearer {
	return &bearer{base: base, account: account, tokenURL: tokenURL, turn: make(chan struct{}, 1)}
}

// secrets are what no text may show.
func (b *bearer) secrets() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return []string{b.account.secret.Reveal(), b.kept.value.Reveal(), b.former.value.Reveal()}
}

// tokenError is why there is no access token.
type tokenError struct {
	cause  error
	answer *answer // nil: there was none
}

func (e *tokenError) Error() string { return fmt.Sprintf("fetch an access token: %v", e.cause) }
func (e *tokenError) Unwrap() error { return e.cause }

// RoundTrip implements http.RoundTripper. A request whose token is refused is sent once more, with another: a token can expire on the way, and
// be revoked.
func (b *bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := b.token(req.Context(), "")
	if err != nil {
		closeBody(req)
		return nil, err
	}
	res, err := b.send(req, token)
	if err != nil || !tokenRefused(res) || req.Body != nil && req.GetBody == nil {
		return res, err
	}
	fresh, err := b.token(req.Context(), token)
	if err != nil {
		_ = res.Body.Close()
		return nil, err
	}
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		if again.Body, err = req.GetBody(); err != nil {
			return res, nil //nolint:nilerr // the refusal is the answer
		}
	}
	_ = res.Body.Close()
	return b.send(again, fresh)
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

func (b *bearer) send(req *http.Request, token string) (*http.Response, error) {
	signed := req.Clone(req.Context())
	signed.Header.Set("Authorization", "Bearer "+token)
	res, err := b.base.RoundTrip(signed)
	if err == nil {
		res.Request = req // not the clone, which carries the token
	}
	return res, err
}

// tokenRefused reports whether a 401 blames the token. One whose document has an errorCode of its own speaks of the role instead, and is not worth
// another token.
func tokenRefused(res *http.Response) bool {
	if res.StatusCode != http.StatusUnauthorized {
		return false
	}
	content, err := readAtMost(res.Body, maxContent)
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(content), failing{err}), res.Body}
	document, _ := readObject(content) // what is no document blames the token
	code := document.text("errorCode")
	return code == "" || code == string(migrationlink.CodeNoCurrentUser)
}

// failing is a reader that fails; without an error it has nothing more.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// token is the kept one, unless it is old or is the refused one; then it is another.
func (b *bearer) token(ctx context.Context, refused string) (string, error) {
	kept, ended := b.look()
	if kept.fits(refused) {
		return kept.value.Reveal(), nil
	}
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return "", &tokenError{cause: ctx.Err()}
	}
	if err := b.failed(ended); err != nil {
		return "", err
	}
	if kept, _ = b.look(); kept.fits(refused) {
		return kept.value.Reveal(), nil
	}
	fresh, err := b.fetch(ctx)
	return b.keep(ctx, fresh, err, refused)
}

// keep ends a fetch. One that came too early to matter has failed for nobody: the token before it serves until it expires.
func (b *bearer) keep(ctx context.Context, fresh accessToken, err error, refused string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fetches++
	b.failure = nil
	switch {
	case err == nil:
		b.kept, b.former = fresh, b.kept
	case ctx.Err() != nil: // only this call is over
		return "", err
	case b.kept.value.Reveal() != refused && time.Now().Before(b.kept.expiry):
		b.kept.freshTill = b.kept.expiry
	default:
		b.failure = err
		return "", err
	}
	return b.kept.value.Reveal(), nil
}

func (b *bearer) look() (accessToken, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept, b.fetches
}

// failed is the failure of a fetch that ended since there had been so many.
func (b *bearer) failed(ended int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fetches > ended {
		return b.failure
	}
	return nil
}

func (t accessToken) fits(refused string) bool {
	return !t.value.IsZero() && t.value.Reveal() != refused && time.Now().Before(t.freshTill)
}

// fetch asks the token endpoint. No redirect is followed: the secret is for this origin.
func (b *bearer) fetch(ctx context.Context) (accessToken, error) {
	recorded := &recorder{base: b.base}
	asking := &http.Client{Transport: recorded, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ctx = context.WithValue(withProgress(ctx, nil), oauth2.HTTPClient, asking)
	config := clientcredentials.Config{ClientID: b.account.name, ClientSecret: b.account.secret.Reveal(), TokenURL: b.tokenURL, AuthStyle: oauth2.AuthStyleInHeader}
	token, err := config.Token(ctx)
	switch {
	case err != nil && recorded.answer != nil:
		return accessToken{}, &tokenError{cause: errNoToken, answer: recorded.answer} // oauth2's own error repeats the content
	case err != nil:
		return accessToken{}, &tokenError{cause: withoutURL(err)}
	}
	lives := time.Until(token.Expiry)
	if token.Expiry.IsZero() { // RFC 6749 section 5.1: expires_in is recommended, so it may be missing
		lives = time.Hour
	}
	expiry := time.Now().Add(lives)
	return accessToken{
		value: migrationlink.NewSecret(token.AccessToken), expiry: expiry, freshTill: expiry.Add(-min(early, lives/10)),
	}, nil
}

var errNoToken = errors.New("the answer brought none")

// recorder keeps the last answer, since oauth2 keeps little of one that it does not like.
type recorder struct {
	base   http.RoundTripper
	answer *answer
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Accept", jsonType)
	req.Header.Set("User-Agent", userAgent)
	res, err := r.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	a := readAnswer(res)
	if a.err != nil && !errors.Is(a.err, errTooLarge) {
		return nil, a.err
	}
	r.answer = a
	recorded := *res
	recorded.Body = io.NopCloser(bytes.NewReader(a.content))
	return &recorded, nil
}
