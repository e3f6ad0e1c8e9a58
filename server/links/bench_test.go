package links_test

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/links"
)

// many are links of as many organizations.
func many(n int) []links.Link {
	all := make([]links.Link, n)
	for i := range all {
		all[i] = links.Link{
			OrgID:       migrationlink.OrgID(fmt.Sprintf("%024x", i)),
			Token:       migrationlink.NewLinkToken(strconv.Itoa(i)).Fingerprint(),
			ConnectedAt: time.Unix(int64(i), 0),
		}
	}
	return all
}

// BenchmarkMemoryConnect is the time of a connect that replaces a token, with so many links kept, and what memory each of these takes.
func BenchmarkMemoryConnect(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		b.Run("links="+strconv.Itoa(n), func(b *testing.B) {
			all := many(n)
			before := heap()
			memory := new(links.Memory)
			for _, link := range all {
				if _, err := memory.Connect(b.Context(), link); err != nil {
					b.Fatal(err)
				}
			}
			size := float64(heap()-before) / float64(n)
			i := 0
			for b.Loop() {
				link := all[i%n]
				link.Token[0] ^= byte(i/n + 1) // a new one each time around, 256 times
				if _, err := memory.Connect(b.Context(), link); err != nil {
					b.Fatal(err)
				}
				i++
			}
			b.ReportMetric(size, "B/link")
		})
	}
}

// heap is what is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
