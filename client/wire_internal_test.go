package client

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// The command's serve keeps idle connections for longer than this, and its tests count on it: net/http repeats neither POST nor DELETE on a kept
// connection that the server closed just then. The test is inside the package, since a client shows nobody its transport.
func TestIdleConnectionsEndBeforeTheServersDo(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 30*time.Second, newTransport().IdleConnTimeout)
}
