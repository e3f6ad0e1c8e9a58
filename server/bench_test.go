package server_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
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

// BenchmarkExchange is the time that one signed-in connect takes in the stand-in itself: from the request that net/http has read to the answer that
// it is to write. The nonce is used again, as clients do; signing is not counted.
func BenchmarkExchange(b *testing.B) {
	s, err := server.New(config())
	require.NoError(b, err)
	content := linkRequest(strings.Repeat("eyJvcmdJZCI6", 16))
	var signed []*http.Request
	w := &discarded{header: make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		if len(signed) == 0 {
			b.StopTimer()
			nonce := challenge(b, s).Nonce
			for count := range 1000 {
				r := request(http.MethodPost, linkPath(org), content)
				c := credentials(nonce, r.RequestURI)
				c.NC = fmt.Sprintf("%08x", count+1)
				r.Header.Set("Authorization", authorization(b, c, r.Method, privateKey))
				signed = append(signed, r)
			}
			b.StartTimer()
		}
		last := len(signed) - 1
		s.ServeHTTP(w, signed[last])
		signed = signed[:last]
		if w.status != http.StatusCreated {
			b.Fatal(w.status)
		}
	}
}

// discarded is an answer that nobody receives.
type discarded struct {
	header http.Header
	status int
}

func (w *discarded) Header() http.Header         { return w.header }
func (w *discarded) Write(p []byte) (int, error) { return len(p), nil }
func (w *discarded) WriteHeader(status int)      { w.status = status }
