package boltlinks_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/server/links"
	"github.com/migrationlink/migrationlink/server/links/boltlinks"
	"github.com/migrationlink/migrationlink/server/links/linkstest"
)

// A disk that fails is played by what stands in /dev: the descriptor that bbolt writes to is made to lead there. What bbolt reads it reads
// from memory, so it sees the file as it was.
func TestTheDiskFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, device string
		want         error
	}{
		{"it is full", "/dev/full", syscall.ENOSPC},
		{"it takes all and can't sync", "/dev/null", syscall.EINVAL},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, path := opened(t)
			connect(t, l, nth(1))
			connect(t, l, nth(2))
			for range 3 { // the second failure is no worse than the first
				repair := swap(t, descriptor(t, path), tt.device)
				moved := nth(1)
				moved.Token = nth(3).Token
				_, err := l.Connect(t.Context(), moved)
				unavailable(t, path, tt.want, err)
				_, err = l.Connect(t.Context(), nth(4))
				unavailable(t, path, tt.want, err)
				unavailable(t, path, tt.want, l.Disconnect(t.Context(), nth(2).OrgID))
				assertConnected(t, l, nth(1), nth(2))
				assertNotConnected(t, l, nth(4))
				repair()
				assertConnected(t, l, nth(1), nth(2))
				assertNotConnected(t, l, nth(4))
				connect(t, l, nth(5))
				require.NoError(t, l.Disconnect(t.Context(), nth(5).OrgID))
			}
			connect(t, l, nth(4))
			require.NoError(t, l.Close())
			l = open(t, path)
			assertConnected(t, l, nth(1), nth(2), nth(4))
			connect(t, l, nth(3)) // its token is free
			require.NoError(t, l.Close())
		})
	}
}

// unavailable asserts what whoever reads the log reads.
func unavailable(t *testing.T, path string, want, err error) {
	t.Helper()
	require.ErrorIs(t, err, links.ErrUnavailable)
	require.NotErrorIs(t, err, links.ErrUnknown)
	require.ErrorIs(t, err, want)
	assert.ErrorContains(t, err, "links are unavailable: "+path+": ")
	assert.ErrorContains(t, err, want.Error())
}

// unsynced does a change whose last sync fails: the meta page is written, and may or may not be on
// the disk.
func unsynced(t *testing.T, l *boltlinks.Links, change func()) {
	t.Helper()
	var repair func()
	var once sync.Once
	l.AfterMetaPage(func(file *os.File) { once.Do(func() { repair = swap(t, int(file.Fd()), "/dev/null") }) })
	change()
	repair()
}

func TestTheOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	linkstest.RunUnknown(t,
		func(t *testing.T, dir string) linkstest.Lasting { return open(t, filepath.Join(dir, "links.db")) },
		func(t *testing.T, l linkstest.Lasting, change func()) { unsynced(t, l.(*boltlinks.Links), change) })
}

// A sync that fails after the last write leaves open what is on the disk. Then nothing is told or taken any more until the file is opened
// anew. What is refused then was not made: that is known.
func TestTheLastSyncFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "links.db")
	l := open(t, path)
	connect(t, l, nth(1))
	var err error
	unsynced(t, l, func() { _, err = l.Connect(t.Context(), nth(2)) })
	require.ErrorIs(t, err, syscall.EINVAL)
	require.EqualError(t, err, "whether the change was made is not known: "+path+": invalid argument")
	_, err = l.Get(t.Context(), nth(1).OrgID)
	refused := func(err error) {
		require.ErrorIs(t, err, links.ErrUnavailable)
		require.NotErrorIs(t, err, links.ErrUnknown)
		require.EqualError(t, err, "links are unavailable: "+path+": whether an earlier change was made is not known; close the links and open the file again (invalid argument)")
	}
	refused(err)
	_, err = l.Connect(t.Context(), nth(3))
	refused(err)
	refused(l.Disconnect(t.Context(), nth(1).OrgID))
	require.NoError(t, l.Close())

	l = open(t, path)
	assertConnected(t, l, nth(1))
	assertNotConnected(t, l, nth(3))
	require.NoError(t, l.Close())
}

// The commit itself may panic, on a page of the file that cannot be read any more. How far it came
// is not known.
func TestTheCommitPanics(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "links.db")
	l := open(t, path)
	connect(t, l, nth(1))
	l.AfterMetaPage(func(*os.File) { panic("the page is gone") })
	_, err := l.Connect(t.Context(), nth(2))
	require.ErrorIs(t, err, links.ErrUnknown)
	require.NotErrorIs(t, err, links.ErrUnavailable)
	assert.EqualError(t, err, "whether the change was made is not known: "+path+": the file is damaged: the page is gone")
	_, err = l.Connect(t.Context(), nth(3))
	require.ErrorIs(t, err, links.ErrUnavailable)
	require.NotErrorIs(t, err, links.ErrUnknown)
	assert.EqualError(t, err, "links are unavailable: "+path+": the file is damaged: the page is gone")
	require.NoError(t, l.Close())
}

// When a change is acknowledged, no page of the file waits to be written: the kernel says so. A page that was written without a sync shows
// that it would say otherwise.
func TestAcknowledgedIsOnTheDisk(t *testing.T) {
	t.Parallel()
	l, path := opened(t)
	file, err := os.OpenFile(filepath.Join(filepath.Dir(path), "planted"), os.O_RDWR|os.O_CREATE, 0o600)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	_, err = file.Write(make([]byte, 4096))
	require.NoError(t, err)
	if unwritten, err := unwritten(int(file.Fd())); err != nil || unwritten == 0 {
		t.Skip("neither Linux 6.5 nor a file system with a disk below: ", err)
	}
	fd := descriptor(t, path)
	for n := range 50 {
		connect(t, l, nth(n))
		left, err := unwritten(fd)
		require.NoError(t, err)
		require.Zero(t, left, "pages that an acknowledged connect has left to be written")
		if n%3 == 0 {
			require.NoError(t, l.Disconnect(t.Context(), nth(n).OrgID))
			left, err = unwritten(fd)
			require.NoError(t, err)
			require.Zero(t, left, "pages that an acknowledged disconnect has left to be written")
		}
	}
}

// unwritten is how many pages of a file are in memory alone, or on their way: cachestat(2).
func unwritten(fd int) (uint64, error) {
	const cachestat = 451
	var whole struct{ offset, length uint64 }
	var pages struct{ cached, dirty, writeback, evicted, recently uint64 }
	_, _, errno := syscall.Syscall6(cachestat, uintptr(fd), uintptr(unsafe.Pointer(&whole)), uintptr(unsafe.Pointer(&pages)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return pages.dirty + pages.writeback, nil
}

// The file cannot grow: the limit is that of the process, so this is one of its own.
func TestTheFileCannotGrow(t *testing.T) {
	t.Parallel()
	cmd, _, _ := child(t, "grow", filepath.Join(t.TempDir(), "links.db"))
	require.NoError(t, cmd.Wait())
}

func init() { children["grow"] = grow }

// grow is the child: it connects until the file is at its limit, looks at what is kept, and goes on without a limit.
func grow(args []string) error {
	signal.Ignore(syscall.SIGXFSZ) // which comes with the error
	ctx := context.Background()
	l, err := boltlinks.Open(args[0])
	if err != nil {
		return err
	}
	info, err := os.Stat(args[0])
	if err != nil {
		return err
	}
	var none syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &none); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(info.Size()), Max: none.Max}); err != nil {
		return err
	}
	n := 0
	for ; err == nil; n++ {
		_, err = l.Connect(ctx, nth(n))
	}
	n--
	if !errors.Is(err, links.ErrUnavailable) || !strings.Contains(err.Error(), syscall.EFBIG.Error()) || n < 10 {
		return fmt.Errorf("refused after %d: %w", n, err)
	}
	if _, err := l.Get(ctx, nth(n).OrgID); !errors.Is(err, links.ErrNotConnected) {
		return fmt.Errorf("what was refused is kept: %w", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &none); err != nil {
		return err
	}
	if _, err := l.Connect(ctx, nth(n)); err != nil {
		return fmt.Errorf("refused though there is room: %w", err)
	}
	for i := range n + 1 {
		if _, err := l.Get(ctx, nth(i).OrgID); err != nil {
			return fmt.Errorf("what was acknowledged is missing: %w", err)
		}
	}
	return l.Close()
}

// descriptor is the one that a file is open by in this process.
func descriptor(t *testing.T, path string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	for _, entry := range entries {
		if target, _ := os.Readlink("/proc/self/fd/" + entry.Name()); target == path {
			fd, err := strconv.Atoi(entry.Name())
			require.NoError(t, err)
			return fd
		}
	}
	require.FailNow(t, "the file is not open")
	return 0
}

// swap makes a descriptor lead to another file, until repair.
func swap(t *testing.T, fd int, other string) (repair func()) {
	t.Helper()
	saved, err := syscall.Dup(fd)
	require.NoError(t, err)
	file, err := os.OpenFile(other, os.O_RDWR, 0)
	require.NoError(t, err)
	require.NoError(t, syscall.Dup3(int(file.Fd()), fd, syscall.O_CLOEXEC))
	require.NoError(t, file.Close())
	return func() {
		assert.NoError(t, syscall.Dup3(saved, fd, syscall.O_CLOEXEC))
		assert.NoError(t, syscall.Close(saved))
	}
}
