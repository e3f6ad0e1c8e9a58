package boltlinks

import (
	"errors"
	"fmt"
	"runtime/debug"
)

var errDamaged = errors.New("the file is damaged")

// guard makes an error of a panic. With one bbolt tells of a page that makes no sense, and the runtime of a page in memory that the disk
// does not give.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
	}()
	return f()
}

// guarded does f unless the file is broken, and breaks it with a panic.
func (l *Links) guarded(f func() error) error {
	if why := l.broken.Load(); why != nil {
		return *why
	}
	err := guard(f)
	if errors.Is(err, errDamaged) {
		l.broken.CompareAndSwap(nil, &err)
	}
	return err
}
