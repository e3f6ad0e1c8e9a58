package server_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/links"
)

// BenchmarkConnect is the time of a signed-in connect by a new token, without a network, with so many links kept in memory.
func BenchmarkConnect(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		b.Run("links="+strconv.Itoa(n), func(b *testing.B) {
			memory := new(links.Memory)
			for i := range n {
				_, err := memory.Connect(b.Context(), links.Link{
					OrgID: migrationlink.OrgID(fmt.Sprintf("%024x", i)), Token: migrationlink.NewLinkToken(strconv.Itoa(i)).Fingerprint(),
				})
				require.NoError(b, err)
			}
			s, err := server.New(config(func(c *server.Config) { c.Links = memory }))
			require.NoError(b, err)
			runtime.GC() // what the links took to make is not the connects'
			i := 0
			for b.Loop() {
				if got := call(b, s, http.MethodPost, linkPath(org), linkRequest("token "+strconv.Itoa(i))); got.status != http.StatusCreated {
					b.Fatal(got)
				}
				i++
			}
		})
	}
}
