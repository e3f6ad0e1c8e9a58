package digest

import (
	"sync"
	"time"
)

// maxGeneration is how many used nonces one generation of counts holds; there are two.
const maxGeneration = 8 << 10

// counts remembers which counts (nc) of which nonces are spent. Nonces live in two generations: new ones enter the young one; when that is
// full, or a nonce's lifetime old, it becomes the old one and the old one is dropped whole, without being searched. A dropped nonce
// must not start anew, so nothing issued before the youngest of the dropped is let in again: it counts as used up.
type counts struct {
	lifetime time.Duration

	mu         sync.Mutex
	young, old generation
	barred     string // nonces up to here in order that are in no generation are used up; empty before any was dropped
}

type generation struct {
	since    time.Time
	youngest string // the order of the latest in it
	spent    map[string]*bitset
}

// spend marks the count of a nonce. fresh is false if it was spent before; known is false if the nonce is used up.
func (c *counts) spend(nonce string, issued issue, count uint32, now time.Time) (fresh, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	bits := c.young.spent[nonce]
	if bits == nil {
		bits = c.old.spent[nonce]
	}
	if bits == nil {
		if issued.order <= c.barred {
			return false, false
		}
		bits = c.add(nonce, issued, now)
	}
	return bits.set(count), true
}

func (c *counts) add(nonce string, issued issue, now time.Time) *bitset {
	if c.young.spent == nil || len(c.young.spent) >= maxGeneration || now.Sub(c.young.since) > c.lifetime {
		c.barred = max(c.barred, c.old.youngest)
		c.old = c.young
		c.young = generation{since: now, spent: map[string]*bitset{}}
	}
	c.young.youngest = max(c.young.youngest, issued.order)
	bits := new(bitset)
	c.young.spent[nonce] = bits
	return bits
}

// bitset grows with the highest count seen: most nonces are used once.
type bitset []uint64

// set marks i and reports whether it was unmarked.
func (b *bitset) set(i uint32) bool {
	word, bit := int(i/64), uint64(1)<<(i%64)
	if word >= len(*b) {
		*b = append(*b, make([]uint64, word+1-len(*b))...)
	}
	unmarked := (*b)[word]&bit == 0
	(*b)[word] |= bit
	return unmarked
}
