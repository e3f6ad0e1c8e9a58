package client

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The command's serve keeps idle connections for longer than this, and its tests count on it: net/http repeats neither POST nor DELETE on a kept
// connection that the server closed just then. The test is inside the package, since a client shows nobody its transport.
func TestIdleConnectionsEndBeforeTheServersDo(t *testing.T) {
	t.Parallel()
	transport, ok := newTransport().(*http.Transport)
	require.True(t, ok)
	assert.Equal(t, 30*time.Second, transport.IdleConnTimeout)
}
