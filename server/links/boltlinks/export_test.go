package boltlinks

import (
	"context"
	"os"
	"reflect"
	"unsafe"
)

// Hold keeps the committer in the middle of a transaction, once it has taken the call, until release is closed.
func (l *Links) Hold(taken chan<- struct{}, release <-chan struct{}) error {
	return l.do(context.Background(), func(*records) error {
		close(taken)
		<-release
		return nil
	})
}

// AfterMetaPage calls then with bbolt's file after each write of a meta page, which is the last of a commit but for its sync. bbolt has no
// such hook but for its own tests, so this reaches for that one.
func (l *Links) AfterMetaPage(then func(*os.File)) {
	db := reflect.ValueOf(l.db).Elem()
	file := *(**os.File)(unsafe.Pointer(db.FieldByName("file").UnsafeAddr()))
	writeAt := (*func([]byte, int64) (int, error))(unsafe.Pointer(db.FieldByName("ops").FieldByName("writeAt").UnsafeAddr()))
	*writeAt = func(p []byte, offset int64) (int, error) {
		n, err := file.WriteAt(p, offset)
		if offset < 2*int64(l.db.Info().PageSize) {
			then(file)
		}
		return n, err
	}
}
