package cli_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/cli"
	"github.com/migrationlink/migrationlink/internal/console"
)

// Whoever has begun when the stand-in is stopped gets an answer.
func TestServeFinishesWhatWasBegun(t *testing.T) {
	t.Parallel()
	r := serving(t, []string{"serve"}, func(env map[string]string, stop func()) {
		c, err := client.New(client.APIKey("ownerkey", "11111111-2222-3333-4444-555555555555"), client.BaseURL(env["MCLI_OPS_MANAGER_URL"]),
			client.HTTPClient(&http.Client{Transport: interrupted{t, stop}}))
		require.NoError(t, err)
		link, err := c.Connect(t.Context(), org, migrationlink.NewLinkToken("a token that is on its way"))
		require.NoError(t, err)
		assert.Equal(t, migrationlink.StatusSynced, link.Status)
	})
	assert.Equal(t, console.ExitDone, r.code)
}

// interrupted stops the stand-in when a request with credentials has its head there and its body not yet: the body is sent only when the
// server has asked for it (RFC 9110 section 10.1.1).
type interrupted struct {
	t    *testing.T
	stop func()
}

func (i interrupted) RoundTrip(r *http.Request) (*http.Response, error) {
	wire := &http.Transport{ExpectContinueTimeout: deadline, DisableKeepAlives: true}
	if r.Header.Get("Authorization") != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Expect", "100-continue")
		r.Body = &lateBody{ReadCloser: r.Body, begin: func() {
			i.stop()
			waitUntilRefused(i.t, r.URL.Host)
		}}
	}
	return wire.RoundTrip(r)
}

type lateBody struct {
	io.ReadCloser
	begin func()
}

func (b *lateBody) Read(p []byte) (int, error) {
	if b.begin != nil {
		b.begin()
		b.begin = nil
	}
	return b.ReadCloser.Read(p)
}

func waitUntilRefused(t *testing.T, host string) {
	t.Helper()
	for end := time.Now().Add(deadline); time.Now().Before(end); {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			return
		}
		_ = conn.Close()
	}
	assert.Fail(t, "the stand-in still listens")
}

// The file with the links is free for the next as soon as serve has ended.
func TestServeLetsGoOfItsLinks(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "links.db")
	for range 2 {
		r := serving(t, []string{"serve", "--data", data}, func(map[string]string, func()) {})
		assert.Equal(t, console.ExitDone, r.code, r.stderr)
	}
}

func TestServeSaysThatAnAddressIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	r := run(t, "", nil, "serve", "--listen", taken.Addr().String())
	assert.Equal(t, ran{console.ExitFailed, "", "listen tcp " + taken.Addr().String() + ": bind: address already in use\n"}, r)
}

// The address is found whole, over the one that was there, and leaves nothing beside it. It is renamed into place: the file that was there keeps
// what it held, for whoever reads it by another name or has it open, and is not written to.
func TestServeReplacesTheAddressFile(t *testing.T) {
	t.Parallel()
	const before = "http://127.0.0.1:1\nfrom another time\n"
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "before")
	name := filepath.Join(dir, "address")
	require.NoError(t, os.WriteFile(name, []byte(before), 0o600))
	require.NoError(t, os.Link(name, other))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var found []byte
	var left []os.DirEntry
	stdout := &output{written: func(string) {
		found, _ = os.ReadFile(name)
		left, _ = os.ReadDir(dir)
		stop()
	}}
	code := cli.Run(ctx, process(stdout, io.Discard, strings.NewReader(""), nil, []string{"serve", "--address-file", name}))
	assert.Equal(t, console.ExitDone, code)
	assert.Equal(t, strings.Replace(stdout.String(), "/api/public/v1.0", "", 1), "listening on "+string(found))
	assert.Len(t, left, 1)
	kept, err := os.ReadFile(other)
	require.NoError(t, err)
	assert.Equal(t, before, string(kept), "it was written to in place")
	_, err = os.Stat(name)
	assert.True(t, errors.Is(err, os.ErrNotExist), "it is gone when nobody listens")
}
