package contracttest

import (
	"net"
	"testing"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The messages that HTTP/1.1 forbids have the same bound as every request.
func TestTheBoundHoldsForMessagesOfTheSuitesOwn(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() }) // until then connections wait to be accepted
	target := Target{
		URL: "http://" + listener.Addr().String(), OrgID: exampleOrg, Key: Key{Public: "owner", Private: migrationlink.NewSecret(privateKey)},
	}
	s, err := Open(t.Context(), target, NoPreflight(), Only("message/no_Host"), RequestTimeout(time.Millisecond))
	require.NoError(t, err)
	found := func() string {
		findings := s.Cases()[0].Run(t.Context(), s)
		require.Len(t, findings, 1)
		return findings[0].Text()
	}
	assert.Equal(t, "not judged to its end, since the run ended: the server does not respond: "+
		"no complete response within 1ms", found())

	s.ended = nil // as after a request that had a response
	s.heard()
	assert.Equal(t, "GET …/migrationLink/status was not answered: status: "+
		"no complete response within 1ms [responses]", found())
	require.NoError(t, s.Close(t.Context()))
}
