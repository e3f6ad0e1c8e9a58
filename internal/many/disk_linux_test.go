package many_test

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/many"
)

// A disk that fails is played by what stands in /dev: the descriptor of the results file is made to lead there. It fails for an intent, which is then
// not sent, or for an outcome, which is told.
func TestTheDiskFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, device string
		at           int // the outcome after which it fails; 0 is before the first intent
		want         string
		outcomes     []string
		sent         int
	}{
		{"it is full", "/dev/full", 0, "the results file cannot be written: no space left on device", []string{"", "", ""}, 0},
		{"it takes all and can't sync", "/dev/null", 0, "the results file cannot be written: invalid argument", []string{"", "", ""}, 0},
		{"it is full after the first", "/dev/full", 1, "the results file cannot be written: no space left on device", []string{"connected", "", ""}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.run(migrationlink.OperationConnect, func(r *many.Run) { r.Pace = many.NewPace(1, time.Now) })
			require.NoError(t, r.Ask(t.Context()))
			swap := func() { lead(t, w.file, c.device) }
			r.Told = func(i *many.Item) {
				if c.at == 1 && i.Line == 2 {
					swap()
				}
			}
			if c.at == 0 {
				swap()
			}
			err := r.Send(t.Context())
			require.EqualError(t, err, c.want)
			require.ErrorIs(t, err, many.ErrNotWritten)
			assert.Equal(t, c.outcomes, outcomes(r))
			assert.Equal(t, c.sent, w.sent(migrationlink.OperationConnect))
			require.NoError(t, r.Results.Close())
			assert.Equal(t, []string{"connected", "connected", "connected"}, finals(w.whole(migrationlink.OperationConnect)))
			assert.Equal(t, 3, w.sent(migrationlink.OperationConnect))
		})
	}
}

// The disk is full when the answers come: what was under way is told, and asked about by the next run.
func TestTheDiskFailsUnderWay(t *testing.T) {
	t.Parallel()
	w, h := newWorld(t), hold()
	w.wire = h
	r := w.run(migrationlink.OperationConnect)
	require.NoError(t, r.Ask(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- r.Send(t.Context()) }()
	<-h.came
	<-h.came
	lead(t, w.file, "/dev/full")
	close(h.goOn)
	require.EqualError(t, <-ended, "the results file cannot be written: no space left on device")
	assert.Equal(t, []string{"connected", "connected", ""}, outcomes(r))
	for i, unwritten := range []bool{true, true, false} {
		assert.Equal(t, unwritten, r.Items[i].Unwritten)
	}
	require.NoError(t, r.Results.Close())
	w.wire = nil
	assert.Equal(t, []string{"connected, by status", "connected, by status", "connected"}, outcomes(w.whole(migrationlink.OperationConnect)))
	assert.Equal(t, 3, w.sent(migrationlink.OperationConnect))
}

// After a line that was not written there is none, though the disk has room again: it would stand behind what may be half a line.
func TestTheDiskHasRoomAgain(t *testing.T) {
	t.Parallel()
	w, h := newWorld(t), hold()
	w.wire = h
	told := make(chan int, 10)
	r := w.run(migrationlink.OperationConnect, func(r *many.Run) { r.Told = func(i *many.Item) { told <- i.Line } })
	require.NoError(t, r.Ask(t.Context()))
	for range 3 {
		<-told
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Send(t.Context()) }()
	<-h.came
	<-h.came
	before := w.kept()
	repair := lead(t, w.file, "/dev/full")
	h.goOn <- struct{}{}
	<-told
	repair()
	h.goOn <- struct{}{}
	require.EqualError(t, <-ended, "the results file cannot be written: no space left on device")
	assert.Equal(t, []string{"connected", "connected", ""}, outcomes(r))
	assert.True(t, r.Items[0].Unwritten)
	assert.True(t, r.Items[1].Unwritten)
	assert.Equal(t, before, w.kept())
}

// finals are the outcomes, whichever run they are of.
func finals(r *many.Run) []string {
	var all []string
	for _, item := range r.Items {
		all = append(all, string(item.Outcome))
	}
	return all
}

// lead makes the descriptors that a file is open at lead to a device, until they are repaired: what is written to it, and its lock.
func lead(t *testing.T, name, device string) (repair func()) {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	var fds []int
	for _, entry := range open {
		if target, err := os.Readlink(filepath.Join("/proc/self/fd", entry.Name())); err != nil || target != name {
			continue
		}
		fd, err := strconv.Atoi(entry.Name())
		require.NoError(t, err)
		fds = append(fds, fd)
	}
	require.NotEmpty(t, fds, "nobody has it open: %s", name)
	point := func(name string) {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
		require.NoError(t, err)
		for _, fd := range fds {
			require.NoError(t, syscall.Dup3(int(f.Fd()), fd, syscall.O_CLOEXEC))
		}
		require.NoError(t, f.Close())
	}
	point(device)
	return func() { point(name) }
}
