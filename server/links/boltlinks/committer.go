package boltlinks

import (
	"context"
	"errors"
	"fmt"
	"math"

	bolt "go.etcd.io/bbolt"

	"github.com/migrationlink/migrationlink/server/links"
)

// maxBatch is how many operations share a commit at most, so that the first of them does not wait for ever on those that keep coming.
const maxBatch = 1024

// operation is a change that waits for the committer. What apply returns is its outcome; with an error it has changed nothing.
type operation struct {
	apply func(*records) error
	done  chan error // has room for the outcome
}

// do hands an operation to the committer and returns its outcome.
func (l *Links) do(ctx context.Context, apply func(*records) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	op := &operation{apply: apply, done: make(chan error, 1)}
	select {
	case l.waiting <- op:
		return <-op.done
	case <-ctx.Done():
		return ctx.Err()
	case <-l.closing:
		return l.unavailable(errClosed)
	}
}

// run is the committer.
func (l *Links) run() {
	defer close(l.stopped)
	for {
		select {
		case <-l.closing:
			return
		case first := <-l.waiting:
			l.commit(l.take(first))
		}
	}
}

// take takes what waits besides the first. The channel has no buffer: who waits is in the middle of do, and may still give up.
func (l *Links) take(first *operation) []*operation {
	batch := []*operation{first}
	for len(batch) < maxBatch {
		select {
		case op := <-l.waiting:
			batch = append(batch, op)
		default:
			return batch
		}
	}
	return batch
}

// commit applies a batch in one transaction and tells each its outcome when all of them are on the disk. Outcomes rest on each other, so a
// commit that fails fails for all.
func (l *Links) commit(batch []*operation) {
	outcomes := make([]error, len(batch))
	err := l.update(func(r *records) {
		for i, op := range batch {
			outcomes[i] = op.apply(r)
		}
	})
	for i, op := range batch {
		if err != nil {
			op.done <- err
		} else {
			op.done <- outcomes[i]
		}
	}
}

var (
	errUnchanged = errors.New("nothing changed")
	errOpen      = errors.New("whether an earlier change was made is not known; close the links and open the file again")
)

// update runs a transaction that is on the disk when there is no error. After
// [links.ErrUnavailable] it has left nothing; after [links.ErrUnknown] the file is broken.
func (l *Links) update(apply func(*records)) error {
	id, applied := math.MaxInt, false // unless one begins
	err := l.guarded(func() error {
		return l.db.Update(func(tx *bolt.Tx) error {
			id = tx.ID()
			r := recordsOf(tx)
			if apply(r); !r.changed {
				return errUnchanged // nothing to write, and nothing to sync
			}
			applied = true
			return nil
		})
	})
	switch {
	case err == nil, errors.Is(err, errUnchanged):
		return nil
	case !applied: // bbolt has begun no commit
		return l.unavailable(err)
	}
	return l.settle(id, err)
}

// settle finds out what a commit that failed has left. Up to its last write, of the meta page, it
// leaves nothing that counts. If the meta page was written and then the sync failed, readers would
// see what may not be on the disk; and since the kernel forgets what it could not write, another
// sync would prove nothing. So nothing more is asked of the file. The same holds if the file does
// not tell what the commit has left.
func (l *Links) settle(id int, err error) error {
	seen := 0
	viewErr := l.guarded(func() error {
		return l.db.View(func(tx *bolt.Tx) error {
			seen = tx.ID()
			return nil
		})
	})
	if viewErr == nil && seen < id {
		return l.unavailable(err)
	}
	broken := fmt.Errorf("%w (%w)", errOpen, err)
	l.broken.CompareAndSwap(nil, &broken)
	return fmt.Errorf("%w: %s: %w", links.ErrUnknown, l.path, err)
}
