package digest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"io"
	"sync"
	"time"
)

// A nonce is 24 bytes: 6 of time in milliseconds, 6 of randomness, 12 of HMAC-SHA-256 over those twelve, as 32 characters of base64 (the
// length seen from MongoDB). So the server keeps nothing about a nonce until somebody who knows a password has used it.
const (
	nonceSigned = 12
	nonceSize   = 24
	nonceLength = 32
)

// clockSkew is how far in the future a nonce may lie: nodes that share a key need not agree on the millisecond.
const clockSkew = time.Second

type nonceMaker struct {
	sign func(signed []byte) []byte // keeps the key where no printer finds it
	now  func() time.Time

	mu   sync.Mutex // a random source need not be safe for concurrent use
	rand io.Reader
}

func newNonceMaker(key []byte, now func() time.Time, random io.Reader) *nonceMaker {
	// Measured from one start, time follows the monotonic clock, and a wall clock that is set back brings no expired nonce to life.
	start := now()
	return &nonceMaker{
		sign: func(signed []byte) []byte {
			mac := hmac.New(sha256.New, key)
			mac.Write(signed)
			return mac.Sum(nil)[:nonceSize-nonceSigned]
		},
		now:  func() time.Time { return start.Add(now().Sub(start)) },
		rand: random,
	}
}

func (m *nonceMaker) nonce() string {
	nonce := make([]byte, nonceSize)
	// Six bytes of time: the lower 48 bits of the 64, written first and overwritten from the seventh byte on.
	binary.BigEndian.PutUint64(nonce, uint64(m.now().UnixMilli())<<16)
	m.mu.Lock()
	_, err := io.ReadFull(m.rand, nonce[6:nonceSigned])
	m.mu.Unlock()
	if err != nil {
		_, _ = rand.Read(nonce[6:nonceSigned]) // never fails; these bytes only keep nonces of one millisecond apart
	}
	copy(nonce[nonceSigned:], m.sign(nonce[:nonceSigned]))
	return base64.StdEncoding.EncodeToString(nonce)
}

// issued is when this maker (or one with the same key) made the nonce, and false if none did or it lies too far in the future.
func (m *nonceMaker) issued(nonce string) (time.Time, bool) {
	if len(nonce) != nonceLength {
		return time.Time{}, false
	}
	raw, err := base64.StdEncoding.DecodeString(nonce)
	if err != nil || len(raw) != nonceSize || !hmac.Equal(raw[nonceSigned:], m.sign(raw[:nonceSigned])) {
		return time.Time{}, false
	}
	issued := time.UnixMilli(int64(binary.BigEndian.Uint64(raw)) >> 16)
	return issued, issued.Sub(m.now()) <= clockSkew
}
