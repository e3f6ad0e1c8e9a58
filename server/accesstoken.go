package server

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/migrationlink/migrationlink"
)

// accessTokens are what service accounts are given: JSON Web Tokens (RFC 7519) signed with HMAC-SHA-256, as opaque to a client as MongoDB's,
// which are signed otherwise. A token tells by itself whose it is and when it expires. Kept are those that were revoked, until they
// have expired, and those that live, where they are limited.
type accessTokens struct {
	lifetime time.Duration
	limit    int // of live tokens for each account; 0 is none
	now      func() time.Time
	key      migrationlink.Secret
	parser   *jwt.Parser
	maker    string // tells the ids of two makers with the same key apart

	mu     sync.Mutex
	number uint64              // of the last one
	live   map[string][]claims // by account, the oldest first
	// Revoked tokens live in two generations, each up to maxRevoked. The young one becomes the old one when it is a lifetime old; whatever is in
	// the old one has expired when that is dropped.
	young, old map[string]bool
	since      time.Time // of the young one
}

// maxRevoked is how many tokens can be revoked in one lifetime.
const maxRevoked = 8 << 10

// claims of a token, by their names in RFC 7519 section 4.1. Times are seconds, to the millisecond: those of jwt.RegisteredClaims, which stands
// here for the claims that ours do not have, are whole seconds.
type claims struct {
	jwt.RegisteredClaims `json:"-"`

	Issuer   string  `json:"iss"`
	Account  string  `json:"sub"`
	IssuedAt float64 `json:"iat"`
	Expires  float64 `json:"exp"`
	ID       string  `json:"jti"`
}

const issuer = "migrationlink-stand-in"

// newAccessTokens has two makers with the same nonce key take each other's tokens; what is revoked at one, the other does not know.
func newAccessTokens(config Config, now func() time.Time) (*accessTokens, error) {
	random := config.Rand
	if random == nil {
		random = rand.Reader
	}
	key, maker := make([]byte, 32), make([]byte, 6)
	if config.NonceKey.IsSet() {
		mac := hmac.New(sha256.New, []byte(config.NonceKey.Reveal()))
		_, _ = io.WriteString(mac, "access tokens")
		key = mac.Sum(nil)
	} else if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("reading the key of access tokens from Rand: %w", err)
	}
	if _, err := io.ReadFull(random, maker); err != nil {
		return nil, fmt.Errorf("reading the ids of access tokens from Rand: %w", err)
	}
	t := &accessTokens{
		lifetime: cmp.Or(config.AccessToken.Lifetime, DefaultAccessTokenLifetime), now: now, maker: hex.EncodeToString(maker), live: make(map[string][]claims),
		key: migrationlink.NewSecret(string(key)),
		parser: jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithStrictDecoding(),
			jwt.WithExpirationRequired(), jwt.WithTimeFunc(now)),
	}
	if config.Limits == LimitsDocumented {
		t.limit = LiveAccessTokens
	}
	return t, nil
}

// mint makes a token for an account, unless as many as the limit live: then it returns how long it is until one of them has expired.
func (t *accessTokens) mint(account string) (token string, wait time.Duration) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.number++
	c := claims{
		Issuer: issuer, Account: account, IssuedAt: numericDate(now), Expires: numericDate(now.Add(t.lifetime)),
		ID: t.maker + strconv.FormatUint(t.number, 16),
	}
	if t.limit > 0 {
		live := slices.DeleteFunc(t.live[account], func(c claims) bool { return !now.Before(c.expires()) })
		t.live[account] = live
		if len(live) >= t.limit {
			return "", live[0].expires().Sub(now)
		}
		t.live[account] = append(live, c)
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte(t.key.Reveal()))
	if err != nil {
		panic(err) // strings and numbers always encode, and the key is one of HS256
	}
	return token, 0
}

// tokenRefusal says why a bearer token does not sign in, in words that hold nothing of it.
type tokenRefusal string

const (
	malformedToken tokenRefusal = "bearer token cannot be read"
	unknownToken   tokenRefusal = "bearer token is unknown"
	expiredToken   tokenRefusal = "access token expired"
	revokedToken   tokenRefusal = "access token was revoked"
)

// read returns what a token says, or why it does not count.
func (t *accessTokens) read(token string) (claims, tokenRefusal) {
	var c claims
	_, err := t.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return []byte(t.key.Reveal()), nil })
	switch {
	case strings.ContainsAny(token, "\r\n"): // which encoding/base64 passes over
		return claims{}, unknownToken
	case errors.Is(err, jwt.ErrTokenExpired): // and signed: the signature is looked at first
		return c, expiredToken
	case err != nil:
		return claims{}, unknownToken
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.young[c.ID] || t.old[c.ID] {
		return c, revokedToken
	}
	return c, ""
}

// revoke has a token that counts count no longer. If too many were revoked already, it returns how long it is until it can be.
func (t *accessTokens) revoke(c claims) (wait time.Duration) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.young == nil || now.Sub(t.since) >= t.lifetime {
		t.old, t.young, t.since = t.young, make(map[string]bool), now
	}
	if len(t.young) >= maxRevoked && !t.young[c.ID] {
		return t.since.Add(t.lifetime).Sub(now)
	}
	t.young[c.ID] = true
	t.live[c.Account] = slices.DeleteFunc(t.live[c.Account], func(other claims) bool { return other.ID == c.ID })
	return 0
}

// numericDate is a time as RFC 7519 section 2 writes it; a float64 holds its milliseconds exactly.
func numericDate(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// GetExpirationTime implements jwt.Claims.
func (c claims) GetExpirationTime() (*jwt.NumericDate, error) {
	return &jwt.NumericDate{Time: c.expires()}, nil
}

func (c claims) expires() time.Time { return time.UnixMilli(int64(math.Round(c.Expires * 1000))) }
