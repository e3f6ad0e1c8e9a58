package digest_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/digest"
)

// parked plays a script after a call that works, but the first request to /parked waits for release and gets the late reply.
func parked(t testing.TB, late reply, replies ...reply) (get func(path string), arrived, release chan struct{}) {
	script, _ := play(append([]reply{challenged("warm"), ok()}, replies...)...)
	arrived, release = make(chan struct{}), make(chan struct{})
	var once sync.Once
	transport := digest.NewTransport(username, password, digest.WithBase(roundTripper(func(req *http.Request) (*http.Response, error) {
		first := false
		if req.URL.Path == "/parked" {
			once.Do(func() { first = true })
		}
		if !first {
			return script.RoundTrip(req)
		}
		close(arrived)
		<-release
		single, _ := play(late)
		return single.RoundTrip(req)
	})))
	get = func(path string) {
		res, err := transport.RoundTrip(request(t, "GET", "http://a"+path, nil))
		if assert.NoError(t, err, path) {
			assert.Equal(t, 200, res.StatusCode, path)
		}
	}
	get("/") // warm
	return get, arrived, release
}

func TestStaleNoncesProveNothingWhileAnotherCallIsUnderWay(t *testing.T) {
	t.Parallel()
	get, arrived, release := parked(t, ok(), stale("1"), stale("2"), stale("3"), stale("4"), ok())
	var group sync.WaitGroup
	group.Go(func() { get("/parked") })
	<-arrived
	get("/")
	close(release)
	group.Wait()
}

func TestStaleNoncesProveNothingWhenAnotherCallCameBetween(t *testing.T) {
	t.Parallel()
	get, arrived, release := parked(t, stale("1"), ok(), stale("2"), stale("3"), stale("4"), ok())
	var group sync.WaitGroup
	group.Go(func() { get("/parked") })
	<-arrived
	get("/")
	close(release)
	group.Wait()
}

func TestStaleNoncesProveNothingWhenTwoNodesAreKnown(t *testing.T) {
	t.Parallel()
	script, transport := play(challenged("a"), stale("b"), ok(), ok(), stale("1"), stale("2"), stale("3"), stale("4"), ok())
	for range 3 {
		res, err := transport.RoundTrip(request(t, "GET", "http://a/", nil))
		require.NoError(t, err)
		require.Equal(t, 200, res.StatusCode)
	}
	require.Equal(t, []string{"", "a", "a", "b", "a", "a", "1", "2", "3"}, nonces(t, script.asked))
}

func TestTheCountsOfANonceGoOnWhenTheServerSendsItAgain(t *testing.T) {
	t.Parallel()
	script, transport := play(challenged("1"), challenged("1"), ok(), ok())
	for range 2 {
		_, err := transport.RoundTrip(request(t, "GET", "http://a/", nil))
		require.NoError(t, err)
	}
	var counts []string
	for _, c := range credentialsOf(t, script.asked) {
		counts = append(counts, c.NC)
	}
	require.Equal(t, []string{"", "00000001", "00000002", "00000003"}, counts)
}

func TestAKeyThatWorkedIsNotRefusedByFreshNoncesWhileCallsCross(t *testing.T) {
	t.Parallel()
	get, arrived, release := parked(t, ok(), challenged("1"), challenged("2"), challenged("3"), ok())
	var group sync.WaitGroup
	group.Go(func() { get("/parked") })
	<-arrived
	get("/")
	close(release)
	group.Wait()
}
