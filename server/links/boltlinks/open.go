package boltlinks

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/durable"
)

// format is the version of the file that is read and written.
const format = 1

// lockWait is how long another process may take to let go of the file, since one that was just stopped may still be about it.
const lockWait = 500 * time.Millisecond

var (
	aboutBucket = []byte("about")
	formatKey   = []byte("format")
	writerKey   = []byte("writer")
)

// Open opens the file, or makes it, readable for its owner alone; its directory must be there. An empty file is as good as none: that is
// what is left when the process or the machine ends while the file is made.
//
// The error is a sentence with the name of the file: it is in use by another process (told within a second), read-only, cut short,
// damaged, not a file of this package, or of a later version. A file that is refused is not changed.
func Open(path string) (*Links, error) {
	if err := inspect(path); err != nil {
		return nil, err
	}
	db, err := openBolt(path, false)
	if err != nil {
		return nil, refusal(path, err)
	}
	err = guard(func() error { return db.Update(prepare) })
	if err == nil || errors.Is(err, errUnchanged) {
		err = durable.Directory(filepath.Dir(path)) // each time, since whoever made the file may not have come this far
	}
	if err != nil {
		_ = guard(db.Close)
		return nil, refusal(path, err)
	}
	l := &Links{path: path, db: db, waiting: make(chan *operation), closing: make(chan struct{}), stopped: make(chan struct{})}
	go l.run()
	return l, nil
}

// inspect says why a file is not to be opened for writing, without a change to it: bbolt would write to any file that has its form, and
// crash on one that has lost its end.
func inspect(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s can't be made: its directory does not exist; make that first", path)
		}
		return nil
	case err != nil:
		return refusal(path, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file; want one", path)
	case info.Mode().Perm()&0o222 == 0: // somebody wants it so; root could write to it all the same
		return refusal(path, fs.ErrPermission)
	case info.Size() == 0:
		return nil
	}
	db, err := openBolt(path, true)
	if err == nil {
		err = guard(func() error { return db.View(whole) })
		_ = guard(db.Close)
	}
	if errors.Is(err, errDamaged) && !beginsAsBolt(path) {
		err = errForeign
	}
	if err != nil {
		return refusal(path, err)
	}
	return nil
}

// whole says what is wrong with a file before a page of it is read that may not be there.
func whole(tx *bolt.Tx) error {
	info, err := os.Stat(tx.DB().Path())
	if err != nil {
		return err
	}
	if info.Size() < tx.Size() {
		return fmt.Errorf("%w: it is cut short, %d bytes of %d are left", errDamaged, info.Size(), tx.Size())
	}
	_, err = known(tx)
	return err
}

// openBolt opens the file as bbolt does, but lets go of it where bbolt panics. What bbolt does not like about the file itself is
// errDamaged.
func openBolt(path string, readOnly bool) (db *bolt.DB, err error) {
	var file *os.File
	err = guard(func() (err error) {
		db, err = bolt.Open(path, 0o600, &bolt.Options{
			Timeout: lockWait, ReadOnly: readOnly, NoStatistics: true,
			OpenFile: func(path string, flag int, mode os.FileMode) (_ *os.File, err error) {
				file, err = os.OpenFile(path, flag, mode)
				return file, err
			},
		})
		return err
	})
	var fromSystem syscall.Errno
	switch {
	case errors.Is(err, errDamaged) && file != nil:
		_ = file.Close()
	case err != nil && readOnly && !errors.Is(err, bolterrors.ErrTimeout) && !errors.As(err, &fromSystem):
		err = fmt.Errorf("%w or cut short: %w", errDamaged, err)
	}
	return db, err
}

var (
	errForeign = errors.New("it is not a file of links")
	errNewer   = errors.New("it is of a later version")
)

// known reports whether the file is one of this package, or an error. One without any bucket is not yet, and nobody's.
func known(tx *bolt.Tx) (bool, error) {
	about := tx.Bucket(aboutBucket)
	if about == nil {
		if name, _ := tx.Cursor().First(); name != nil {
			return false, errForeign
		}
		return false, nil
	}
	found, err := strconv.Atoi(string(about.Get(formatKey)))
	switch {
	case about.Get(formatKey) == nil, tx.Bucket(linksBucket) == nil, tx.Bucket(tokensBucket) == nil:
		return false, errForeign
	case err != nil || found < 1:
		return false, fmt.Errorf("%w: its format is not a number", errDamaged)
	case found > format:
		return false, fmt.Errorf("%w: it has format %d, made by %.64q; this program knows format %d", errNewer, found, about.Get(writerKey), format)
	}
	return true, nil
}

// prepare makes a new file one of this package, and gives an older one the bucket that it lacks.
func prepare(tx *bolt.Tx) error {
	ours, err := known(tx)
	switch {
	case err != nil:
		return err
	case ours && tx.Bucket(onceBucket) != nil:
		return errUnchanged
	}
	for _, name := range [][]byte{linksBucket, tokensBucket, onceBucket} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	if ours {
		return nil
	}
	about, err := tx.CreateBucket(aboutBucket)
	if err != nil {
		return err
	}
	return errors.Join(
		about.Put(formatKey, []byte(strconv.Itoa(format))),
		about.Put(writerKey, []byte("migrationlink "+migrationlink.Version)),
	)
}

// refusal says what keeps a file from being opened, and what to do.
func refusal(path string, err error) error {
	const another = "or use another file"
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%s is in use by another process; stop that one, %s", path, another)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%s is read-only; make it writable for this user, %s", path, another)
	case errors.Is(err, errForeign):
		return fmt.Errorf("%s is not a file of links, and is left as it is; use another file", path)
	case errors.Is(err, errNewer):
		return fmt.Errorf("%s can't be opened: %w; use a later version, %s", path, err, another)
	case errors.Is(err, errDamaged):
		return fmt.Errorf("%s can't be opened: %w; put back a copy, %s", path, err, another)
	}
	var fromSystem *fs.PathError
	if errors.As(err, &fromSystem) {
		err = fromSystem.Err // the name is there already
	}
	return fmt.Errorf("%s can't be opened: %w", path, err)
}

// beginsAsBolt reports whether the file has the mark of bbolt on its first page. It tells a file of something else from one whose end is
// missing.
func beginsAsBolt(path string) bool {
	const magicAt, magic = 16, 0xED0CDAED
	file, err := os.Open(path)
	if err != nil {
		return true // no reason to call it foreign
	}
	defer func() { _ = file.Close() }()
	head := make([]byte, magicAt+4)
	_, err = io.ReadFull(file, head)
	return err == nil && binary.NativeEndian.Uint32(head[magicAt:]) == magic
}
