package digest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/digest"
)

func TestAChallengeIsReusedWhileItsNonceLives(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []digest.Algorithm{digest.MD5, digest.SHA256} {
		for _, withoutQOP := range []bool{false, true} {
			var seen log
			now := newClock()
			server, client := start(t, seen.handler(newVerifier(t, func(c *digest.VerifierConfig) {
				c.Now, c.Algorithm, c.WithoutQOP = now.Now, algorithm, withoutQOP
			})))
			for i := range 10 {
				require.True(t, post(t, client, server.URL, i))
			}
			require.Len(t, seen.all(), 11, "ten calls and a probe")
			now.Advance(61 * time.Second)
			require.True(t, post(t, client, server.URL, 10))
			require.Len(t, seen.all(), 13, "the expired nonce is answered with the next one")
		}
	}
}

func TestUsedUpNoncesFailNoCall(t *testing.T) {
	t.Parallel()
	var seen log
	server, client := start(t, seen.handler(newVerifier(t, func(c *digest.VerifierConfig) { c.Uses = 10 })))
	for i := range 30 {
		require.True(t, post(t, client, server.URL, i))
	}
	require.Len(t, seen.all(), 33)
}

func TestAThousandConcurrentFirstCallsMakeOneProbe(t *testing.T) {
	t.Parallel()
	var seen log
	server, client := start(t, seen.handler(newVerifier(t)))
	var group sync.WaitGroup
	for i := range 1000 {
		group.Go(func() { post(t, client, server.URL, i) })
	}
	group.Wait()
	probes := 0
	for _, s := range seen.all() {
		if !s.signed() {
			probes++
		}
	}
	require.Equal(t, 1, probes)
	require.Len(t, seen.all(), 1001)
}

func TestAProbeWithoutChallengeBelongsToItsCallAndTheNextWaiterProbes(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	arrived, release := make(chan int, 3), make(chan reply)
	var count int
	base := roundTripper(func(req *http.Request) (*http.Response, error) {
		count++
		arrived <- count
		return (&script{replies: []reply{<-release}}).RoundTrip(req)
	})
	transport := digest.NewTransport(username, password, digest.WithBase(base))
	results := make(chan string, 3)
	for range 3 {
		go func() {
			res, err := transport.RoundTrip(request(t, "GET", "http://a/", nil))
			if err != nil {
				results <- err.Error()
				return
			}
			results <- res.Status + fmt.Sprint(res.StatusCode)
		}()
	}
	for i, c := range []struct {
		reply reply
		want  string
	}{{reply{err: down}, "connection refused"}, {reply{status: 500}, "500"}, {ok(), "200"}} {
		require.Equal(t, i+1, <-arrived, "one at a time")
		release <- c.reply
		require.Equal(t, c.want, <-results)
	}
}

func TestAWaiterLeavesWithItsContext(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	transport := digest.NewTransport(username, password, digest.WithBase(roundTripper(func(req *http.Request) (*http.Response, error) {
		close(arrived)
		<-release
		return (&script{replies: []reply{ok()}}).RoundTrip(req)
	})))
	done := make(chan error)
	go func() {
		_, err := transport.RoundTrip(request(t, "GET", "http://a/", nil))
		done <- err
	}()
	<-arrived
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	body := &sentBody{Reader: strings.NewReader("secret")}
	_, err := transport.RoundTrip(request(t, "POST", "http://A:80/", body).WithContext(ctx))
	require.ErrorIs(t, err, context.Canceled)
	require.EqualError(t, err, "digest: waiting for the challenge of http://a:80: context canceled")
	require.True(t, body.closed && !body.read)
	close(release)
	require.NoError(t, <-done)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestTheProbeGoesWithoutTheBody(t *testing.T) {
	t.Parallel()
	var seen log
	server, client := start(t, seen.handler(newVerifier(t)))
	req := request(t, "POST", server.URL+"/x?y=z", strings.NewReader("secret"))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Expect", "100-continue")
	res, err := client.Do(req)
	require.NoError(t, err)
	require.Equal(t, "hello", read(t, res))
	all := seen.all()
	require.Len(t, all, 2)
	require.Equal(t, "", all[0].body)
	require.EqualValues(t, 0, all[0].length)
	require.Equal(t, "0", all[0].header.Get("Content-Length"))
	require.Equal(t, "application/json", all[0].header.Get("Content-Type"))
	require.Empty(t, all[0].header.Get("Expect"))
	require.Equal(t, "secret", all[1].body)
	require.Equal(t, "application/json", all[1].header.Get("Content-Type"))
	require.Equal(t, "/x?y=z", credentialsOf(t, all)[1].URI)
}

func TestAnyOtherAnswerToTheProbeIsTheAnswerAndTheBodyStaysHere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		reply reply
	}{
		{"200", ok()},
		{"307", reply{status: 307}},
		{"404", reply{status: 404, content: "none"}},
		{"401 without challenge", reply{status: 401, content: "no"}},
		{"401 with Basic", reply{status: 401, header: []string{`Basic realm="x"`}, content: "no"}},
		{"401 with auth-int only", reply{status: 401, header: []string{`Digest realm="r", nonce="n", qop="auth-int"`}, content: "no"}},
		{"401 malformed", reply{status: 401, header: []string{`Digest realm`}, content: "no"}},
		{"407 with a challenge", reply{status: 407, header: challenged("n").header}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			script, transport := play(c.reply)
			body := &sentBody{Reader: strings.NewReader("secret")}
			req := request(t, "POST", "http://a/", body)
			res, err := transport.RoundTrip(req)
			require.NoError(t, err)
			require.Equal(t, c.reply.status, res.StatusCode)
			require.False(t, script.answers[0].closed)
			require.Equal(t, c.reply.content, read(t, res))
			require.Same(t, req, res.Request)
			require.Len(t, script.asked, 1)
			require.True(t, body.closed && !body.read)
		})
	}
}

func TestTheFirstUsableChallengeOfAllLinesIsTaken(t *testing.T) {
	t.Parallel()
	script, transport := play(reply{status: 401, header: []string{
		`Negotiate, Digest realm`, `Basic realm="x", Digest realm="r", nonce="1", algorithm=SHA-512-256`,
		`Digest realm="r", nonce="2", algorithm=SHA-256, qop="auth-int, auth", opaque="o", Digest realm="r", nonce="3"`,
	}}, ok())
	_, err := transport.RoundTrip(request(t, "GET", "http://a/", nil))
	require.NoError(t, err)
	c := credentialsOf(t, script.asked)[1]
	require.Equal(t, "2", c.Nonce)
	require.Equal(t, digest.SHA256, c.Algorithm)
	require.Equal(t, "auth", c.QOP)
	require.Equal(t, "o", *c.Opaque)
	require.Equal(t, "00000001", c.NC)
}

func TestAttemptsByKindOfRefusal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		replies []reply
		nonces  []string // of the requests; "" is a probe
		status  int
		err     string
	}{
		{"right at once", []reply{challenged("1"), ok()}, []string{"", "1"}, 200, ""},
		{"a refused key, after two", []reply{challenged("1"), challenged("2"), challenged("3")}, []string{"", "1", "2"}, 401, ""},
		{"a fresh nonce refused once", []reply{challenged("1"), challenged("2"), ok()}, []string{"", "1", "2"}, 200, ""},
		{"a server with one nonce for all", []reply{challenged("1"), challenged("1"), challenged("1")}, []string{"", "1", "1"}, 401, ""},
		{"three stale in a row", []reply{challenged("1"), stale("2"), stale("3"), stale("4")}, []string{"", "1", "1", "2"}, 0,
			"digest: http://a:80: the server called every nonce stale, 3 in a row: several nodes behind this address may not share their nonces, or a server's clock may be wrong"},
		{"a refusal breaks the row of stale ones, three repeats at most", []reply{challenged("1"), stale("2"), challenged("3"), stale("4"), challenged("5")},
			[]string{"", "1", "1", "2", "3"}, 401, ""},
		{"no challenge in the refusal", []reply{challenged("1"), {status: 401}}, []string{"", "1"}, 401, ""},
		{"error of the base", []reply{challenged("1"), {err: io.ErrUnexpectedEOF}}, []string{"", "1"}, 0, "unexpected EOF"},
		{"403 is an answer", []reply{challenged("1"), {status: 403}}, []string{"", "1"}, 403, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			script, transport := play(c.replies...)
			res, err := transport.RoundTrip(request(t, "DELETE", "http://a/", nil))
			if got := nonces(t, script.asked); !assert.Equal(t, c.nonces, got) {
				return
			}
			if c.err != "" {
				require.EqualError(t, err, c.err)
				require.Nil(t, res)
			} else {
				require.NoError(t, err)
				require.Equal(t, c.status, res.StatusCode)
				last := script.answers[len(script.answers)-1]
				require.False(t, last.closed)
				require.Equal(t, last.Size(), int64(last.Len()), "handed back unread")
				script.answers = script.answers[:len(script.answers)-1]
			}
			for _, answer := range script.answers {
				require.True(t, answer.closed && answer.Len() == 0, "drained and closed")
			}
		})
	}
}

// warm plays a first call that works with nonce "warm".
func warm(t testing.TB, replies ...reply) (*script, *digest.Transport) {
	script, transport := play(append([]reply{challenged("warm"), ok()}, replies...)...)
	_, err := transport.RoundTrip(request(t, "GET", "http://a/", nil))
	require.NoError(t, err)
	script.asked = nil
	return script, transport
}

func TestAttemptsAfterANonceHasWorked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		replies []reply
		nonces  []string
		status  int
	}{
		{"the replay bug of the real server", []reply{challenged("1"), ok()}, []string{"warm", "1"}, 200},
		{"expired", []reply{stale("1"), ok()}, []string{"warm", "1"}, 200},
		{"a key refused from now on, after two fresh nonces", []reply{challenged("1"), challenged("2"), challenged("3")}, []string{"warm", "1", "2"}, 401},
		{"stale three times", []reply{stale("1"), stale("2"), stale("3")}, []string{"warm", "1", "1"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			script, transport := warm(t, c.replies...)
			res, err := transport.RoundTrip(request(t, "GET", "http://a/", nil))
			require.Equal(t, c.nonces, nonces(t, script.asked))
			if c.status == 0 {
				require.ErrorIs(t, err, digest.ErrStale)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.status, res.StatusCode)
		})
	}
}

func TestARefusalWithoutChallengeForgetsTheNonce(t *testing.T) {
	t.Parallel()
	script, transport := warm(t, reply{status: 401}, challenged("2"), ok())
	for range 2 {
		_, err := transport.RoundTrip(request(t, "GET", "http://a/", nil))
		require.NoError(t, err)
	}
	require.Equal(t, []string{"warm", "", "2"}, nonces(t, script.asked))
}

func TestAfterAStaleErrorTheNextCallProbes(t *testing.T) {
	t.Parallel()
	script, transport := play(challenged("1"), stale("2"), stale("3"), stale("4"), challenged("5"), ok())
	_, err := transport.RoundTrip(request(t, "GET", "http://a/", nil))
	require.ErrorIs(t, err, digest.ErrStale)
	_, err = transport.RoundTrip(request(t, "GET", "http://a/", nil))
	require.NoError(t, err)
	require.Equal(t, []string{"", "1", "1", "2", "", "5"}, nonces(t, script.asked))
}

// An answer to a nonce that is no longer kept leaves the newer one in place.
func TestALateRefusalDoesNotReplaceANewerChallenge(t *testing.T) {
	t.Parallel()
	release, arrived := make(chan struct{}), make(chan struct{})
	inner, _ := play(challenged("warm"), ok(), stale("2"), ok(), stale("late"), ok())
	transport := digest.NewTransport(username, password, digest.WithBase(roundTripper(func(req *http.Request) (*http.Response, error) {
		if req.URL.Path == "/slow" && strings.Contains(req.Header.Get("Authorization"), "warm") {
			close(arrived)
			<-release
		}
		return inner.RoundTrip(req)
	})))
	get := func(path string) {
		_, err := transport.RoundTrip(request(t, "GET", "http://a"+path, nil))
		assert.NoError(t, err)
	}
	get("/")
	var group sync.WaitGroup
	group.Go(func() { get("/slow") })
	<-arrived
	get("/") // warm is stale, 2 works
	close(release)
	group.Wait()
	require.Equal(t, []string{"", "warm", "warm", "2", "warm", "2"}, nonces(t, inner.asked))
}

func TestChallengesAreKeptPerOrigin(t *testing.T) {
	t.Parallel()
	script, transport := play(challenged("1"), ok(), ok(), ok(), challenged("2"), ok(), challenged("3"), ok(), challenged("4"), ok())
	for _, url := range []string{
		"http://host/", "http://HOST:80/x", "HTTP://host:80/y?z", // one origin
		"https://host/", "http://host:81/", "http://[::1]/",
	} {
		_, err := transport.RoundTrip(request(t, "GET", url, nil))
		require.NoError(t, err)
	}
	require.Equal(t, []string{"", "1", "1", "1", "", "2", "", "3", "", "4"}, nonces(t, script.asked))
}

func TestCredentialsStayOnOneOrigin(t *testing.T) {
	t.Parallel()
	var away, home log
	other := httptest.NewServer(away.handler(newVerifier(t)))
	defer other.Close()
	v := newVerifier(t)
	server, client := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL+"/stolen", http.StatusTemporaryRedirect)
		case "/here":
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
		default:
			home.handler(v).ServeHTTP(w, r)
		}
	}))
	res, err := client.Get(server.URL + "/away")
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	require.Equal(t, "sign in first", read(t, res))
	require.Len(t, away.all(), 1)
	require.False(t, away.all()[0].signed())

	res, err = client.Get(server.URL + "/here")
	require.NoError(t, err)
	require.Equal(t, "hello", read(t, res))
	require.Len(t, home.all(), 2, "a redirect within the origin is signed")

	res, err = client.Get(other.URL)
	require.NoError(t, err)
	require.Equal(t, "hello", read(t, res), "asked for directly, the other origin gets credentials")
}

func TestARedirectChainIsFollowedToItsFirstRequest(t *testing.T) {
	t.Parallel()
	script, transport := play(challenged("1"))
	first := request(t, "GET", "http://a/", nil)
	second := request(t, "GET", "http://b/", nil)
	second.Response = &http.Response{Request: first}
	third := request(t, "GET", "http://b/x", nil)
	third.Response = &http.Response{Request: second}
	res, err := transport.RoundTrip(third)
	require.NoError(t, err)
	require.Equal(t, 401, res.StatusCode)
	require.Equal(t, []string{""}, nonces(t, script.asked))
}

func TestTheCallersOwnAuthorizationIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Authorization", "authorization"} {
		script, transport := play(challenged("1"))
		req := request(t, "POST", "http://a/", strings.NewReader("body"))
		req.Header[name] = []string{"Bearer x"}
		res, err := transport.RoundTrip(req)
		require.NoError(t, err)
		require.Equal(t, 401, res.StatusCode)
		require.Len(t, script.asked, 1)
		require.Equal(t, []string{"Bearer x"}, script.asked[0].header[name])
		require.Equal(t, "body", script.asked[0].body)
	}
}

func TestTheRequestIsNotModified(t *testing.T) {
	t.Parallel()
	script, transport := play(challenged("1"), stale("2"), ok())
	req := request(t, "POST", "http://a/", strings.NewReader("body"))
	req.Header = nil
	before := *req
	_, err := transport.RoundTrip(req)
	require.NoError(t, err)
	require.Nil(t, req.Header)
	require.EqualValues(t, 4, req.ContentLength)
	require.Equal(t, before.Body, req.Body)
	require.Equal(t, []string{"", "body", "body"}, []string{script.asked[0].body, script.asked[1].body, script.asked[2].body})
}

func TestBodiesWithoutGetBody(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for _, c := range []struct {
		name   string
		size   int
		known  bool // ContentLength is set
		sends  int
		status int
	}{
		{"1 MiB is kept and repeated", mib, false, 3, 200},
		{"1 MiB of known length", mib, true, 3, 200},
		{"a byte more streams once", mib + 1, false, 2, 401},
		{"a byte more of known length", mib + 1, true, 2, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			script, transport := play(challenged("1"), challenged("2"), ok())
			content := strings.Repeat("x", c.size)
			body := &sentBody{Reader: strings.NewReader(content)}
			req := request(t, "POST", "http://a/", body)
			if c.known {
				req.ContentLength = int64(c.size)
			}
			res, err := transport.RoundTrip(req)
			require.NoError(t, err)
			require.Equal(t, c.status, res.StatusCode)
			require.False(t, script.answers[len(script.answers)-1].closed)
			require.Len(t, script.asked, c.sends)
			for _, seen := range script.asked[1:] {
				require.True(t, seen.body == content, "sent whole")
			}
			require.True(t, body.closed)
		})
	}
}

func TestABodyThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	script, transport := play(challenged("1"))
	body := &sentBody{Reader: iotest.ErrReader(errors.New("disk on fire"))}
	_, err := transport.RoundTrip(request(t, "POST", "http://a/", body))
	require.EqualError(t, err, "digest: reading the request body: disk on fire")
	require.Len(t, script.asked, 1)
	require.True(t, body.closed)
}

func TestABodyThatNeverComesEndsWithTheContext(t *testing.T) {
	t.Parallel()
	_, transport := play(challenged("1"))
	body, writer := io.Pipe()
	defer func() { _ = writer.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := transport.RoundTrip(request(t, "POST", "http://a/", body).WithContext(ctx))
		done <- err
	}()
	_, err := writer.Write([]byte("x")) // until it is being read
	require.NoError(t, err)
	cancel()
	err = <-done
	require.ErrorIs(t, err, context.Canceled)
	require.EqualError(t, err, "digest: reading the request body: context canceled")
}

func TestWhatNoHeaderCanCarryIsNotSent(t *testing.T) {
	t.Parallel()
	script := &script{replies: []reply{challenged("1")}}
	transport := digest.NewTransport("a\nb", password, digest.WithBase(script))
	_, err := transport.RoundTrip(request(t, "GET", "http://a/", nil))
	require.EqualError(t, err, "digest: username holds a control character (byte 2), which no header can carry")
	require.Len(t, script.asked, 1)
}

func TestRandomnessIsInjected(t *testing.T) {
	t.Parallel()
	script, _ := play(challenged("1"), ok())
	transport := digest.NewTransport(username, password, digest.WithBase(script), digest.WithRand(strings.NewReader("0123456789abcdef")))
	_, err := transport.RoundTrip(request(t, "GET", "http://a/", nil))
	require.NoError(t, err)
	require.Equal(t, "30313233343536373839616263646566", credentialsOf(t, script.asked)[1].CNonce)
	_, err = transport.RoundTrip(request(t, "GET", "http://a/", nil))
	require.EqualError(t, err, "digest: reading randomness for cnonce: EOF")
}

func TestThePasswordIsNeverShown(t *testing.T) {
	t.Parallel()
	_, transport := play(challenged("1"), stale("2"), stale("3"), stale("4"))
	_, err := transport.RoundTrip(request(t, "GET", "http://a/", nil))
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, value := range []any{transport, http.Client{Transport: transport}, err} {
			require.NotContains(t, fmt.Sprintf(format, value), password[:12])
		}
	}
}

func TestCloseIdleConnectionsReachesTheBase(t *testing.T) {
	t.Parallel()
	script, transport := play()
	(&http.Client{Transport: transport}).CloseIdleConnections()
	require.Equal(t, 1, script.closed)
	digest.NewTransport(username, password, digest.WithBase(roundTripper(nil))).CloseIdleConnections()
}

func TestTheConnectionIsUsedAgainAfterA401(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	remotes := map[string]bool{}
	var seen log
	inner := seen.handler(newVerifier(t, func(c *digest.VerifierConfig) { c.Uses = 1 }))
	server, client := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		remotes[r.RemoteAddr] = true
		mu.Unlock()
		inner.ServeHTTP(w, r)
	}))
	for i := range 5 {
		require.True(t, post(t, client, server.URL, i))
	}
	require.Len(t, remotes, 1)
}
