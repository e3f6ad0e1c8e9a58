package boltlinks_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkConnect is the time of an acknowledged connect, by so many clients at a time.
func BenchmarkConnect(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run("clients="+strconv.Itoa(clients), func(b *testing.B) {
			l, _ := opened(b)
			var next atomic.Int64
			var all sync.WaitGroup
			b.ResetTimer()
			for range clients {
				all.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						if _, err := l.Connect(context.Background(), nth(int(n))); err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
		})
	}
}

// BenchmarkWriteAndSync is what the disk takes for one write and a sync, one after the other: of a record alone, and of the five pages that
// bbolt writes for one connect at least (a leaf for the organization, one for the token, the root, what is free, and the meta page).
func BenchmarkWriteAndSync(b *testing.B) {
	for _, size := range []int{44, 5 * 4096} {
		b.Run("bytes="+strconv.Itoa(size), func(b *testing.B) {
			file, err := os.Create(filepath.Join(b.TempDir(), "file"))
			require.NoError(b, err)
			defer func() { _ = file.Close() }()
			content := make([]byte, size)
			for b.Loop() {
				_, err := file.Write(content)
				require.NoError(b, err)
				require.NoError(b, file.Sync())
			}
		})
	}
}
