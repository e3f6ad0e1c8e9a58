package boltlinks

import (
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/links"
)

var (
	linksBucket  = []byte("links")
	tokensBucket = []byte("tokens")
	onceBucket   = []byte("once")
)

// records are the links as a transaction sees them.
type records struct {
	links, tokens, once *bolt.Bucket
	changed             bool
}

func recordsOf(tx *bolt.Tx) *records {
	return &records{links: tx.Bucket(linksBucket), tokens: tx.Bucket(tokensBucket), once: tx.Bucket(onceBucket)}
}

func (r *records) get(org migrationlink.OrgID) (links.Link, error) {
	value := r.links.Get([]byte(org))
	if value == nil {
		return links.Link{}, links.ErrNotConnected
	}
	return decode(org, value), nil
}

// connect puts the link under its organization first: that alone can fail, for an id that bbolt takes for no key.
func (r *records) connect(link links.Link) (links.Link, error) {
	if owner := r.tokens.Get(link.Token[:]); owner != nil {
		if migrationlink.OrgID(owner) != link.OrgID {
			return links.Link{}, links.ErrTokenInUse
		}
		return r.get(link.OrgID)
	}
	before, notConnected := r.get(link.OrgID)
	value := encode(link)
	if err := r.links.Put([]byte(link.OrgID), value); err != nil {
		return links.Link{}, err
	}
	r.changed = true
	if notConnected == nil {
		must(r.tokens.Delete(before.Token[:]))
	}
	must(r.tokens.Put(link.Token[:], []byte(link.OrgID)))
	return decode(link.OrgID, value), nil
}

// connectOnce leaves the mark last: nothing can fail after it.
func (r *records) connectOnce(link links.Link) (bool, error) {
	if r.once.Get([]byte(link.OrgID)) != nil {
		return false, nil
	}
	_, notConnected := r.get(link.OrgID)
	if notConnected != nil {
		if _, err := r.connect(link); err != nil {
			return false, err
		}
	}
	if err := r.once.Put([]byte(link.OrgID), []byte("1")); err != nil {
		return false, err
	}
	r.changed = true
	return notConnected != nil, nil
}

func (r *records) disconnect(org migrationlink.OrgID) error {
	link, err := r.get(org)
	if err != nil {
		return err
	}
	r.changed = true
	must(r.links.Delete([]byte(org)))
	must(r.tokens.Delete(link.Token[:]))
	return nil
}

// must panics where only the file itself can be wrong, as decode does: half a change is not committed, and guard takes it from here.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

const recordSize = len(links.Fingerprint{}) + 8 + 4

func encode(link links.Link) []byte {
	value := make([]byte, 0, recordSize)
	value = append(value, link.Token[:]...)
	value = binary.BigEndian.AppendUint64(value, uint64(link.ConnectedAt.Unix()))
	return binary.BigEndian.AppendUint32(value, uint32(link.ConnectedAt.Nanosecond()))
}

func decode(org migrationlink.OrgID, value []byte) links.Link {
	if len(value) != recordSize {
		panic(fmt.Sprintf("the link of organization %s has %d bytes; want %d", org, len(value), recordSize))
	}
	link := links.Link{OrgID: org}
	rest := value[copy(link.Token[:], value):]
	link.ConnectedAt = time.Unix(int64(binary.BigEndian.Uint64(rest)), int64(binary.BigEndian.Uint32(rest[8:]))).UTC()
	return link
}
