package digest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/migrationlink/migrationlink"
)

// A nonce is 24 bytes: 6 of time in milliseconds, 6 of a number that counts up, 12 of HMAC-SHA-256 over those twelve, as 32 characters of
// base64 (the length seen from MongoDB). So the server keeps nothing about a nonce until somebody who knows a password has used it, and can
// tell which of two is the older one, even by a clock that stands.
const (
	nonceSigned = 12
	nonceSize   = 24
	nonceLength = 32
)

// clockSkew is how far in the future a nonce may lie: nodes that share a key need not agree on the millisecond.
const clockSkew = time.Second

type nonceMaker struct {
	macs sync.Pool // of HMACs: making one costs more than signing
	now  func() time.Time
	next atomic.Uint64 // number; its lower 48 bits are in the nonce
}

// newNonceMaker draws where the numbers begin, so that nodes that share a key make different nonces in the same millisecond.
func newNonceMaker(key migrationlink.Secret, now func() time.Time, random io.Reader) (*nonceMaker, error) {
	begin := make([]byte, 8)
	if _, err := io.ReadFull(random, begin[2:]); err != nil {
		return nil, fmt.Errorf("reading where nonces begin from Rand: %w", err)
	}
	begin[2] &= 0x7f // 2^47 numbers and more until they would begin anew
	// Measured from one start, time follows the monotonic clock, and a wall clock that is set back brings no expired nonce to life.
	start := now()
	m := &nonceMaker{now: func() time.Time { return start.Add(now().Sub(start)) }}
	m.macs.New = func() any { return hmac.New(sha256.New, []byte(key.Reveal())) }
	m.next.Store(binary.BigEndian.Uint64(begin))
	return m, nil
}

func (m *nonceMaker) sign(signed []byte) []byte {
	mac := m.macs.Get().(hash.Hash)
	defer m.macs.Put(mac)
	mac.Reset()
	mac.Write(signed)
	return mac.Sum(nil)[:nonceSize-nonceSigned]
}

func (m *nonceMaker) nonce() string {
	nonce := make([]byte, nonceSize)
	// Six bytes each of time and number: the lower 48 bits of the 64.
	number := m.next.Add(1) - 1
	binary.BigEndian.PutUint64(nonce, uint64(m.now().UnixMilli())<<16|number<<16>>48)
	binary.BigEndian.PutUint32(nonce[8:], uint32(number))
	copy(nonce[nonceSigned:], m.sign(nonce[:nonceSigned]))
	return base64.StdEncoding.EncodeToString(nonce)
}

// issue is when a nonce was made.
type issue struct {
	at time.Time
	// order is time and number: of two nonces the later one has the greater one.
	order string
}

// issued is when this maker (or one with the same key) made the nonce, and false if none did or it lies too far in the future.
func (m *nonceMaker) issued(nonce string) (issue, bool) {
	if len(nonce) != nonceLength {
		return issue{}, false
	}
	raw, err := base64.StdEncoding.DecodeString(nonce)
	if err != nil || len(raw) != nonceSize || !hmac.Equal(raw[nonceSigned:], m.sign(raw[:nonceSigned])) {
		return issue{}, false
	}
	at := time.UnixMilli(int64(binary.BigEndian.Uint64(raw)) >> 16)
	return issue{at: at, order: string(raw[:nonceSigned])}, at.Sub(m.now()) <= clockSkew
}
