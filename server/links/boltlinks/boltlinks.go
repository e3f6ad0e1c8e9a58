// Package boltlinks keeps links in a file, where they outlive the process: a bbolt database, which one process has open at a time.
//
// A call that changes something returns after the file was synced to the disk. One goroutine commits: it takes all that waits, so a client
// that is alone pays for its own sync, and many at a time share one.
//
// # The file
//
// It holds ids of organizations, times, and fingerprints of link-tokens, never a token. It has four buckets, and format 1 is this:
//
//	links   id of the organization → fingerprint (32 bytes), seconds since 1970 (int64), nanoseconds (uint32), both big-endian
//	tokens  fingerprint of a token → id of the organization that has it
//	once    id of an organization that was to be connected once → "1"; a file without this bucket is given one
//	about   "format" → "1"; "writer" → the program that made the file, for people
package boltlinks

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/links"
)

// Links are kept in a file. It implements [links.Links].
//
// A call whose context ends before the committer has taken it leaves nothing behind. Once it is taken, its outcome is waited for.
//
// Times are kept as instants, to the nanosecond, and come back in UTC.
type Links struct {
	path    string
	db      *bolt.DB
	waiting chan *operation
	close   sync.Once
	closing chan struct{}
	stopped chan struct{} // the committer has
	// broken says why nothing more is asked of the file.
	broken atomic.Pointer[error]
}

var errClosed = errors.New("they are closed")

// Connect implements [links.Links]. With the token that the organization has already nothing is written.
func (l *Links) Connect(ctx context.Context, link links.Link) (links.Link, error) {
	var kept links.Link
	err := l.do(ctx, func(r *records) (err error) {
		kept, err = r.connect(link)
		return err
	})
	if err != nil {
		return links.Link{}, err
	}
	return kept, nil
}

// ConnectOnce implements [links.Links].
func (l *Links) ConnectOnce(ctx context.Context, link links.Link) (bool, error) {
	var connected bool
	err := l.do(ctx, func(r *records) (err error) {
		connected, err = r.connectOnce(link)
		return err
	})
	return connected && err == nil, err
}

// Disconnect implements [links.Links].
func (l *Links) Disconnect(ctx context.Context, org migrationlink.OrgID) error {
	return l.do(ctx, func(r *records) error { return r.disconnect(org) })
}

// Get implements [links.Links]. It tells what was committed, whatever is being committed now.
func (l *Links) Get(ctx context.Context, org migrationlink.OrgID) (links.Link, error) {
	if err := ctx.Err(); err != nil {
		return links.Link{}, err
	}
	select {
	case <-l.closing:
		return links.Link{}, l.unavailable(errClosed)
	default:
	}
	var link links.Link
	var outcome error
	err := l.guarded(func() error {
		return l.db.View(func(tx *bolt.Tx) error {
			link, outcome = recordsOf(tx).get(org)
			return nil
		})
	})
	if err != nil {
		return links.Link{}, l.unavailable(err)
	}
	return link, outcome
}

// Close finishes what was taken, refuses what was not, and lets go of the file. The links can't be used any more.
func (l *Links) Close() error {
	l.close.Do(func() { close(l.closing) })
	<-l.stopped
	if why := l.broken.Load(); why != nil && errors.Is(*why, errDamaged) {
		return nil // bbolt may have panicked with a lock held, and would wait for it; the process takes the file with it when it ends
	}
	if err := l.db.Close(); err != nil {
		return l.unavailable(err)
	}
	return nil
}

// unavailable is the error for what has changed nothing, and told nothing.
func (l *Links) unavailable(why error) error {
	return fmt.Errorf("%w: %s: %w", links.ErrUnavailable, l.path, why)
}
