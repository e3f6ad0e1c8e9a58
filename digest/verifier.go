package digest

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
)

// Verifier makes challenges and judges the answers. It is safe for concurrent use. It holds the counts of at most 16,384 nonces; when more
// are in use at a time, the oldest become stale early.
type Verifier struct {
	realm     string
	password  func(string) (string, bool)
	algorithm Algorithm
	qop       []string
	lifetime  time.Duration
	uses      int
	nonces    *nonceMaker
	counts    *counts
}

// NewVerifier returns a Verifier, or an error that names each field of the config that is wrong and what would be right.
func NewVerifier(config VerifierConfig) (*Verifier, error) {
	if problems := config.Problems(); len(problems) > 0 {
		lines := make([]string, len(problems))
		for i, p := range problems {
			lines[i] = p.Field + ": " + p.Text
		}
		return nil, errors.New("digest: " + strings.Join(lines, "\n"))
	}
	now, random := config.Now, config.Rand
	if now == nil {
		now = time.Now
	}
	if random == nil {
		random = rand.Reader
	}
	key := config.Key
	if !key.IsSet() {
		drawn := make([]byte, 32)
		if _, err := io.ReadFull(random, drawn); err != nil {
			return nil, fmt.Errorf("digest: reading a random Key from Rand: %w", err)
		}
		key = migrationlink.NewSecret(string(drawn))
	}
	nonces, err := newNonceMaker(key, now, random)
	if err != nil {
		return nil, fmt.Errorf("digest: %w", err)
	}
	v := &Verifier{
		realm:     config.Realm,
		password:  config.Password,
		algorithm: cmp.Or(parseAlgorithm(string(config.Algorithm)), MD5),
		lifetime:  cmp.Or(config.Lifetime, DefaultLifetime),
		uses:      cmp.Or(config.Uses, DefaultUses),
		nonces:    nonces,
	}
	v.counts = &counts{lifetime: v.lifetime}
	if !config.WithoutQOP {
		v.qop = []string{"auth"}
	}
	return v, nil
}

// Challenge returns a challenge with a new nonce. Nothing is kept about it.
func (v *Verifier) Challenge(stale bool) Challenge {
	return Challenge{
		Realm:     v.realm,
		Nonce:     v.nonces.nonce(),
		Stale:     stale,
		Algorithm: v.algorithm,
		QOP:       slices.Clone(v.qop),
	}
}

// Verify returns the user name that signed the request. The error is always a [*Refusal].
//
// A nonce is good for its lifetime, its last millisecond included, and for each count (nc) once, in any order; a count is spent only by a
// right response. Without qop there are no counts: the nonce is good, for any number of requests, for its lifetime, as RFC 2069 has it.
// A nonce that is unknown, expired or used up is stale, whatever the response, as with Jetty. The uri must be the request target as
// sent, byte for byte.
func (v *Verifier) Verify(r *http.Request) (username string, err error) {
	credentials, refusal := v.read(r)
	if refusal != nil {
		return "", refusal
	}
	count, refusal := v.count(credentials)
	if refusal != nil {
		return "", refusal
	}
	now := v.nonces.now()
	issued, known := v.nonces.issued(credentials.Nonce)
	switch {
	case !known:
		return "", &Refusal{Reason: UnknownNonce, Stale: true}
	case now.UnixMilli()-issued.at.UnixMilli() > v.lifetime.Milliseconds():
		return "", &Refusal{Reason: ExpiredNonce, Stale: true}
	case count > uint32(v.uses):
		return "", &Refusal{Reason: UsedUpNonce, Stale: true}
	}
	password, known := v.password(credentials.Username) // an unknown user costs the same work, with the empty password
	signed, err := credentials.Sign(cmp.Or(r.Method, http.MethodGet), password)
	fits := err == nil && subtle.ConstantTimeCompare([]byte(signed.Response), []byte(credentials.Response)) == 1
	switch {
	case !known:
		return "", &Refusal{Reason: UnknownUsername}
	case !fits:
		return "", &Refusal{Reason: WrongResponse}
	case len(v.qop) == 0:
		return credentials.Username, nil
	}
	fresh, known := v.counts.spend(credentials.Nonce, issued, count, now)
	switch {
	case !known:
		return "", &Refusal{Reason: UsedUpNonce, Stale: true}
	case !fresh:
		return "", &Refusal{Reason: SpentCount}
	}
	return credentials.Username, nil
}

// read returns the credentials of the request if they are well formed and answer a challenge of this Verifier to this request.
func (v *Verifier) read(r *http.Request) (Credentials, *Refusal) {
	values := r.Header.Values("Authorization")
	switch len(values) {
	case 0:
		return Credentials{}, &Refusal{Reason: NoCredentials}
	case 1:
	default:
		return Credentials{}, &Refusal{Reason: Malformed, cause: fmt.Errorf("digest: Authorization: %w: %d headers, want one", ErrMalformed, len(values))}
	}
	c, err := ParseCredentials(values[0])
	switch {
	case errors.Is(err, errOtherScheme):
		return c, &Refusal{Reason: OtherScheme}
	case err != nil:
		return c, &Refusal{Reason: Malformed, cause: err}
	case c.Realm != v.realm:
		return c, &Refusal{Reason: OtherRealm}
	case c.URI != target(r):
		return c, &Refusal{Reason: OtherURI}
	case cmp.Or(c.Algorithm, MD5) != v.algorithm:
		return c, &Refusal{Reason: OtherAlgorithm}
	case (c.QOP == "") != (len(v.qop) == 0) || c.QOP != "" && !strings.EqualFold(c.QOP, "auth"):
		return c, &Refusal{Reason: OtherQOP}
	}
	return c, nil
}

// target is the request target as it was sent; a request that no server has read has it only in its URL.
func target(r *http.Request) string {
	if r.RequestURI == "" && r.URL != nil {
		return r.URL.RequestURI()
	}
	return r.RequestURI
}

// count reads nc, which with qop must be there together with cnonce (RFC 7616 section 3.4). Without qop it is 0.
func (v *Verifier) count(c Credentials) (uint32, *Refusal) {
	if len(v.qop) == 0 {
		return 0, nil
	}
	if c.CNonce == "" {
		return 0, &Refusal{Reason: NoCNonce}
	}
	count, err := strconv.ParseUint(c.NC, 16, 32)
	if err != nil || len(c.NC) != 8 || count == 0 { // ParseUint takes no sign, and _ only with base 0
		return 0, &Refusal{Reason: BadCount}
	}
	return uint32(count), nil
}
