package cli

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/settings"
	"github.com/migrationlink/migrationlink/internal/standinfile"
)

// TestWhatTheServerSaidIsQuotedAsItIs ends a call while it waits to ask again. The server's own sentence has the
// words in it that the command has for the end of a call.
func TestWhatTheServerSaidIsQuotedAsItIs(t *testing.T) {
	t.Parallel()
	const unavailable = "status organization 5f7aac56b3a0b94bcdce6d8a: unavailable (503): the server cannot answer for now. The server says: "
	for _, c := range []struct {
		name, detail string
		ends         func(context.Context) (context.Context, context.CancelFunc)
		want         string
	}{
		{"interrupted", "upstream said: context canceled", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, stop := context.WithCancel(ctx)
			time.AfterFunc(time.Second, stop)
			return ctx, stop
		}, unavailable + `"upstream said: context canceled." Come back in 3 s. Ended while it waited for the next attempt: interrupted.`},
		{"not in time", "upstream said: context deadline exceeded", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return settings.Call{Flags: settings.Flags{Timeout: console.Duration(4 * time.Second)}}.Bound(ctx)
		}, unavailable + `"upstream said: context deadline exceeded." Come back in 3 s. It was tried 2 times.`},
		{"asks for the status", "ask Status before you try", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithCancel(ctx)
		}, unavailable + `"ask Status before you try." Come back in 3 s. It was tried 4 times.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				at := &inside{handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/json")
					w.Header().Set("Retry-After", "3")
					w.WriteHeader(http.StatusServiceUnavailable)
					_, _ = io.WriteString(w, `{"error":503,"detail":"`+c.detail+`."}`)
				})}
				to := settings.Call{Org: standinfile.ExampleOrg, URL: "https://om.example"}
				var err error
				to.Client, err = client.New(client.APIKey(standinfile.ExamplePublicKey, standinfile.ExamplePrivateKey), client.BaseURL(to.URL),
					client.HTTPClient(&http.Client{Transport: at}), client.Jitter(func() float64 { return 0 }))
				require.NoError(t, err)
				ctx, end := c.ends(t.Context())
				defer end()
				_, err = to.Client.Status(ctx, to.Org)
				assert.EqualError(t, to.Failure(ctx, err), c.want)
			})
		})
	}
}
