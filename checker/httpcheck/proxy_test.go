package httpcheck_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
)

// proxyTo is a proxy in front of a handler.
func proxyTo(t *testing.T, target http.Handler, report checker.Report, opts ...httpcheck.ProxyOption) *httpcheck.Proxy {
	t.Helper()
	listener := httptest.NewServer(target)
	t.Cleanup(listener.Close)
	proxy, err := httpcheck.NewProxy(newChecker(t), listener.URL, report, opts...)
	require.NoError(t, err)
	return proxy
}

// proxied sends a request through a proxy to a handler, and returns the answer, what was reported, and how many requests the handler had.
func proxied(t *testing.T, r *http.Request, target http.HandlerFunc, opts ...httpcheck.ProxyOption) (answer *http.Response, content string, reports []checker.Verdict, passed int) {
	t.Helper()
	var mu sync.Mutex
	report := func(_ checker.Exchange, v checker.Verdict) {
		mu.Lock()
		defer mu.Unlock()
		reports = append(reports, v)
	}
	counting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		passed++
		target(w, r)
	})
	w := httptest.NewRecorder()
	proxyTo(t, counting, report, opts...).ServeHTTP(w, r)
	answer = w.Result()
	read, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(read), reports, passed
}

func synced(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Vary", "Accept-Encoding")
	w.Header().Set("X-MongoDB-Service-Version", "gitHash=1; versionString=1")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, `{"status":"SYNCED"}`)
}

func challenging(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("WWW-Authenticate", `Digest realm="x", nonce="y", qop="auth"`)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, `{"error":401}`)
}

func TestAProxyTakesAnOrigin(t *testing.T) {
	t.Parallel()
	const want = ": want an origin, like https://cloud.mongodb.com or http://127.0.0.1:8080"
	for target, problem := range map[string]string{
		"":                                   "the target is no http or https address" + want,
		"cloud.mongodb.com":                  "the target is no http or https address" + want,
		"ftp://cloud.mongodb.com":            "the target is no http or https address" + want,
		"https://:443":                       "the target is no http or https address" + want,
		"https://ana:secret@host":            "the target holds credentials; clients sign in for themselves" + want,
		"https://cloud.mongodb.com/api":      "the target has a path; request targets pass as they came, since digest signs them, so the client gives it" + want,
		"https://cloud.mongodb.com?envelope": "the target has a path; request targets pass as they came, since digest signs them, so the client gives it" + want,
		"https://h?":                         "the target has a path; request targets pass as they came, since digest signs them, so the client gives it" + want,
		"https://h/#x":                       "the target has a path; request targets pass as they came, since digest signs them, so the client gives it" + want,
	} {
		_, err := httpcheck.NewProxy(newChecker(t), target, nil)
		assert.EqualError(t, err, problem, target)
	}
	for _, target := range []string{"https://cloud.mongodb.com", "http://[::1]:8080/"} {
		_, err := httpcheck.NewProxy(newChecker(t), target, nil)
		assert.NoError(t, err)
	}
}

func TestTheProxyTellsInTheAnswerWhatIsWrong(t *testing.T) {
	t.Parallel()
	wrong := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(httpcheck.ViolationHeader, "what the target says of itself")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"synced"}`)
	}
	answer, content, reports, passed := proxied(t, post(t, `{"linkTokn":"x"}`), wrong)

	assert.Equal(t, http.StatusOK, answer.StatusCode)
	assert.Equal(t, `{"status":"synced"}`, content)
	assert.Equal(t, 1, passed)
	require.Len(t, reports, 1)
	assert.Equal(t, []string{
		"connect, request, body: has a property that the contract does not have; did you mean linkToken? [schema/additionalProperties]",
		"connect, request, body /linkToken: required, missing [schema/required]",
		"connect, answer 200, status: a request that breaks the contract is answered with success [responses/rejection]",
		"connect, answer 200, status: is not declared for the operation [responses/200, our decision connect-created]",
	}, answer.Header[httpcheck.ViolationHeader])
	assert.Equal(t, lines(reports[0].Findings), answer.Header[httpcheck.ViolationHeader])
}

func TestTheProxySaysNothingOfItsOwnWhereTheContractIsKept(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]httpcheck.ProxyOption{nil, {httpcheck.Enforce()}} {
		answer, content, reports, passed := proxied(t, post(t, `{"linkToken":"x"}`), synced, opts...)

		assert.Equal(t, http.StatusCreated, answer.StatusCode)
		assert.Equal(t, `{"status":"SYNCED"}`, content)
		assert.NotContains(t, answer.Header, httpcheck.ViolationHeader)
		assert.Equal(t, 1, passed)
		require.Len(t, reports, 1)
		assert.Empty(t, lines(reports[0].Findings))
	}
}

func TestTheEnforcingProxyAnswersInTheTargetsPlace(t *testing.T) {
	t.Parallel()
	unsigned := func(body, target string) *http.Request {
		r := post(t, body)
		r.Header.Del("Authorization")
		r.RequestURI = target
		return r
	}
	for name, tt := range map[string]struct {
		request *http.Request
		target  http.HandlerFunc
		status  int
		content string
		passed  int
	}{
		"a request that is wrong": {
			request: post(t, `{"linkTokn":"x"}`), target: synced, status: 400,
			content: `{"title":"Bad Request","status":400,"detail":"The request breaks the contract, and was not passed on.","findings":[` +
				`"connect, request, body: has a property that the contract does not have; did you mean linkToken? [schema/additionalProperties]",` +
				`"connect, request, body /linkToken: required, missing [schema/required]"]}`,
		},
		"an answer that is wrong": {
			request: post(t, `{"linkToken":"x"}`), target: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
			status: 502, passed: 1,
			content: `{"title":"Bad Gateway","status":502,"detail":"The answer breaks the contract, and was not passed on.","findings":[` +
				`"connect, answer 418, status: is not declared for the operation [responses/418]"]}`,
		},
		"a challenge fetched without content": {
			request: unsigned("", link), target: challenging, status: 401, content: `{"error":401}`, passed: 1,
		},
		"a challenge fetched with the token": {
			request: unsigned(`{"linkToken":"x"}`, link), target: challenging, status: 401, content: `{"error":401}`, passed: 1,
		},
		"a challenge to be fetched from the wrong place": {
			request: unsigned("", "/elsewhere"), target: challenging, status: 400,
			content: `{"title":"Bad Request","status":400,"detail":"The request breaks the contract, and was not passed on.","findings":[` +
				`"no operation, request, path: is none of the contract's [paths]"]}`,
		},
		"no challenge, and nothing right": {
			request: unsigned("", link), target: synced, status: 400, passed: 1,
			content: `{"title":"Bad Request","status":400,"detail":"The request breaks the contract. It was passed on, since it might have fetched a challenge.","findings":[` +
				`"connect, request, body: required, missing [requestBody/required]",` +
				`"connect, answer 201, status: a request without credentials is answered with success [security]"]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, content, reports, passed := proxied(t, tt.request, tt.target, httpcheck.Enforce())

			assert.Equal(t, tt.status, answer.StatusCode)
			assert.Equal(t, tt.content, strings.TrimSpace(content))
			assert.Equal(t, tt.passed, passed, "requests passed on")
			assert.Len(t, reports, 1)
			if tt.status != http.StatusUnauthorized {
				assert.Equal(t, "application/problem+json", answer.Header.Get("Content-Type"))
				assert.Equal(t, lines(reports[0].Findings), answer.Header[httpcheck.ViolationHeader])
			}
		})
	}
}

func TestWhatIsExcusedIsReportedAndPasses(t *testing.T) {
	t.Parallel()
	excuse := httpcheck.Excuse(func(f checker.Finding) bool { return f.Rule == "responses/418" })
	teapot := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }

	answer, _, reports, _ := proxied(t, post(t, `{"linkToken":"x"}`), teapot, httpcheck.Enforce(), excuse)

	assert.Equal(t, http.StatusTeapot, answer.StatusCode)
	assert.NotContains(t, answer.Header, httpcheck.ViolationHeader)
	assert.Equal(t, []string{"connect, answer 418, status: is not declared for the operation [responses/418]"}, lines(reports[0].Findings))
}

// Many findings are counted, not listed: some clients take a hundred lines of header and no more.
func TestTheProxyListsTenFindings(t *testing.T) {
	t.Parallel()
	r := post(t, `{"linkToken":"x"}`)
	r.Method = http.MethodGet
	r.RequestURI = link + "/status?envelope=x&pretty=y"
	wrong := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":1,"sourceOrgId":1,"createdAt":1,"lastSyncedAt":1,"errorMessage":1,"targetOrg":1,"more":1}`)
	}

	answer, _, reports, _ := proxied(t, r, wrong)

	listed := answer.Header[httpcheck.ViolationHeader]
	require.Greater(t, len(reports[0].Findings), 10)
	assert.Equal(t, lines(reports[0].Findings)[:10], listed[:10])
	assert.Equal(t, "and "+string(rune('0'+len(reports[0].Findings)-10))+" more", listed[10])
	assert.Len(t, listed, 11)
}

func TestTheProxyIsNoForwardProxy(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(proxyTo(t, http.HandlerFunc(synced), func(checker.Exchange, checker.Verdict) { t.Error("it was judged") }))
	t.Cleanup(proxy.Close)
	for _, line := range []string{"GET http://cloud.mongodb.com/ HTTP/1.1", "CONNECT cloud.mongodb.com:443 HTTP/1.1", "CONNECT /x HTTP/1.1"} {
		answer := raw(t, proxy.URL, line+"\r\nHost: cloud.mongodb.com\r\nConnection: close\r\n\r\n")
		assert.Contains(t, answer, "HTTP/1.1 421 Misdirected Request\r\n", line)
		assert.Contains(t, answer, "This stands in front of one server and is no forward proxy: give its address to the client as the server's.", line)
	}
}

// Digest signs the request target, so it must arrive as it was sent, however strange.
func TestTheProxyPassesTheTargetAsItCame(t *testing.T) {
	t.Parallel()
	arrived := make(chan string, 1)
	listen := func(handler http.Handler) string {
		s := httptest.NewUnstartedServer(handler)
		s.Config.DisableGeneralOptionsHandler = true // which answers * itself
		s.Start()
		t.Cleanup(s.Close)
		return s.URL
	}
	target := listen(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { arrived <- r.RequestURI }))
	proxy, err := httpcheck.NewProxy(newChecker(t), target, func(checker.Exchange, checker.Verdict) {})
	require.NoError(t, err)
	address := listen(proxy)
	for _, sent := range []string{
		link, "/", "/?", "/a//b/../c/.", "//host/x?y", "//host/x?", "//host/%2f?%zz", "///", `/a{b}|"c"^`, "/%2f%41%e4?a;b=%zz&&c=1&c", "/a?b?c#d", "/ä?ö=%C3%A4", "*",
	} {
		answer := raw(t, address, "OPTIONS "+sent+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		require.Contains(t, answer, "200 OK", sent)
		assert.Equal(t, sent, <-arrived)
	}
}

// An error of the connection is told in words that repeat nothing of the request.
func TestTheProxySaysWhyThereIsNoAnswer(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	hangsUp := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(hangsUp.Close)
	secure := httptest.NewUnstartedServer(http.HandlerFunc(synced))
	secure.Config.ErrorLog = nil
	secure.StartTLS()
	t.Cleanup(secure.Close)
	for target, why := range map[string]string{
		closed.URL:  "The target did not answer: nothing listens there.",
		hangsUp.URL: "The target did not answer: it closed the connection.",
		secure.URL:  "The target did not answer: its certificate is not trusted on this machine.",
		strings.Replace(hangsUp.URL, "http:", "https:", 1): "The target did not answer: it does not speak TLS, and was to be reached by https.",
	} {
		proxy, err := httpcheck.NewProxy(newChecker(t), target, func(checker.Exchange, checker.Verdict) { t.Error("it was judged") })
		require.NoError(t, err)
		w := httptest.NewRecorder()
		proxy.ServeHTTP(w, post(t, `{"linkToken":"x"}`))
		assert.Equal(t, http.StatusBadGateway, w.Code)
		assert.Equal(t, `{"title":"Bad Gateway","status":502,"detail":"`+why+`"}`, strings.TrimSpace(w.Body.String()))
	}
}

// Whatever the target says is judged as it came: not decompressed, and with HTTP/2 where it speaks that.
func TestTheProxyReachesATargetByHTTP2(t *testing.T) {
	t.Parallel()
	target := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "HTTP/2.0", r.Proto)
		assert.Empty(t, r.Header["Accept-Encoding"])
		assert.Empty(t, r.Header["User-Agent"])
		synced(w, r)
	}))
	target.EnableHTTP2 = true
	target.StartTLS()
	t.Cleanup(target.Close)
	transport := &http.Transport{
		DisableCompression: true, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: target.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}, //nolint:gosec // of httptest
	}
	t.Cleanup(transport.CloseIdleConnections)
	proxy, err := httpcheck.NewProxy(newChecker(t), target.URL, func(_ checker.Exchange, v checker.Verdict) { assert.Empty(t, lines(v.Findings)) },
		httpcheck.ProxyTransport(transport))
	require.NoError(t, err)
	w := httptest.NewRecorder()
	proxy.ServeHTTP(w, post(t, `{"linkToken":"x"}`))
	assert.Equal(t, http.StatusCreated, w.Code)
}

// A connection that changes its protocol is passed on; nothing on it is an answer.
func TestTheProxyPassesAnUpgradeOn(t *testing.T) {
	t.Parallel()
	target := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, buffered, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			_, _ = io.WriteString(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
			line, _ := buffered.ReadString('\n')
			_, _ = io.WriteString(connection, line)
			_ = connection.Close()
		}
	})
	proxy := httptest.NewServer(proxyTo(t, target, func(checker.Exchange, checker.Verdict) {}))
	t.Cleanup(proxy.Close)

	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", proxy.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = connection.Close() }()
	_, err = io.WriteString(connection, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	require.NoError(t, err)
	received := bufio.NewReader(connection)
	answer, err := http.ReadResponse(received, nil)
	require.NoError(t, err)
	_ = answer.Body.Close()
	assert.Equal(t, http.StatusSwitchingProtocols, answer.StatusCode)
	_, err = io.WriteString(connection, "hello\n")
	require.NoError(t, err)
	line, err := received.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "hello\n", line)
}

// net/http takes a status of any three digits, and panics when it is to write one that HTTP does not have.
func TestTheProxyAnswersForATargetWithoutAStatus(t *testing.T) {
	t.Parallel()
	odd := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			_, _ = io.WriteString(connection, "HTTP/1.1 042 Odd\r\nContent-Length: 2\r\n\r\n{}")
			_ = connection.Close()
		}
	})
	answer, content, reports, _ := proxied(t, post(t, `{"linkToken":"x"}`), odd)

	assert.Equal(t, http.StatusBadGateway, answer.StatusCode)
	assert.Equal(t, `{"title":"Bad Gateway","status":502,"detail":"The target did not answer: its status is none that HTTP has."}`, strings.TrimSpace(content))
	require.Len(t, reports, 1)
	assert.Equal(t, []string{"connect, answer 42, status: is not declared for the operation [responses/42]"}, lines(reports[0].Findings))
}

// Ports of a machine are few: a connection that was opened for busy clients is used again.
func TestTheProxyKeepsItsConnectionsToTheTarget(t *testing.T) {
	t.Parallel()
	const clients = 20
	var opened atomic.Int32
	arrived := make(chan struct{}, clients)
	var together chan struct{}
	target := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-together
		synced(w, r)
	}))
	target.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	target.Start()
	t.Cleanup(target.Close)
	proxy, err := httpcheck.NewProxy(newChecker(t), target.URL, func(checker.Exchange, checker.Verdict) {})
	require.NoError(t, err)

	for range 2 {
		together = make(chan struct{})
		var ended sync.WaitGroup
		for range clients {
			ended.Go(func() { proxy.ServeHTTP(httptest.NewRecorder(), post(t, `{"linkToken":"x"}`)) })
		}
		for range clients {
			<-arrived
		}
		close(together)
		ended.Wait()
	}
	assert.EqualValues(t, clients, opened.Load())
}

// A program may have put another transport in the default's place.
func TestTheProxyDoesWithoutTheDefaultTransport(t *testing.T) { //nolint:paralleltest // it changes a global
	before := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = before })
	http.DefaultTransport = roundTrip(before.RoundTrip)

	answer, _, _, _ := proxied(t, post(t, `{"linkToken":"x"}`), synced)

	assert.Equal(t, http.StatusCreated, answer.StatusCode)
}

// The target sees what the client sent of other proxies, and nothing of this one.
func TestTheProxyAddsNothingToARequest(t *testing.T) {
	t.Parallel()
	sent := http.Header{
		"Content-Type": {"application/json"}, "Authorization": {"Digest x"}, "Content-Length": {"17"},
		"Forwarded": {"for=a", "for=b"}, "X-Forwarded-For": {"a", "b"}, "X-Forwarded-Host": {"c"}, "X-Forwarded-Proto": {"https"},
	}
	r := post(t, `{"linkToken":"x"}`)
	r.Header = sent.Clone()
	proxied(t, r, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, sent, r.Header)
		synced(w, r)
	})
}

// What the proxy refused has no answer of the target's, and is told of without one.
func TestTheEnforcingProxyTellsOfARefusalWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for name, signed := range map[string]bool{"signed in": true, "not signed in": false} {
		var told []checker.Exchange
		proxy := proxyTo(t, http.HandlerFunc(synced), func(e checker.Exchange, _ checker.Verdict) { told = append(told, e) }, httpcheck.Enforce())
		r := post(t, `{"linkToken":"x"}`)
		r.RequestURI = "/other"
		if !signed {
			r.Header.Del("Authorization")
		}
		proxy.ServeHTTP(httptest.NewRecorder(), r)
		require.Len(t, told, 1, name)
		assert.Zero(t, told[0].Status, name)
		assert.Nil(t, told[0].ResponseHeader, name)
	}
}

// The target is named to itself. An answer has no field of the proxy's own, announces no trailer that was not, and holds what the target said in
// the field of violations.
func TestTheProxyAddsNothingToAnAnswer(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/trailer" {
			w.Header()[http.TrailerPrefix+"X-Late"] = []string{"1"}
			_, _ = io.WriteString(w, r.Host)
			return
		}
		w.Header()["Date"] = nil
		w.Header().Set("Vary", "Accept-Encoding")
		w.Header().Set("X-MongoDB-Service-Version", "gitHash=1; versionString=1")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set(httpcheck.ViolationHeader, "of another proxy")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"status":"SYNCED"}`)
	}))
	t.Cleanup(target.Close)
	proxy, err := httpcheck.NewProxy(newChecker(t), target.URL, func(checker.Exchange, checker.Verdict) {})
	require.NoError(t, err)
	before := httptest.NewServer(proxy)
	t.Cleanup(before.Close)

	answer := raw(t, before.URL, "GET /trailer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	assert.Contains(t, answer, "\r\n"+strings.TrimPrefix(target.URL, "http://")+"\r\n")
	assert.Contains(t, answer, "\r\nX-Late: 1\r\n")
	assert.NotContains(t, answer, "\r\nTrailer:")

	answer = raw(t, before.URL, "POST "+link+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Digest x\r\n"+
		"Content-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"linkToken\":\"x\"}")
	assert.Contains(t, answer, "201 Created")
	assert.Contains(t, answer, httpcheck.ViolationHeader+": of another proxy\r\n")
	assert.NotContains(t, answer, "\r\nDate:")
}

// An answer without an end begins for the client when as much of it was seen as is judged.
func TestTheProxyHoldsNoMoreBackThanItJudges(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	proxy := httptest.NewServer(proxyTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		right(w, strings.Repeat(" ", 1<<20+1))
		w.(http.Flusher).Flush()
		select {
		case <-begun:
			_, _ = io.WriteString(w, "end")
		case <-time.After(20 * time.Second):
		}
	}), func(checker.Exchange, checker.Verdict) {}))
	t.Cleanup(proxy.Close)

	answer := get(t, http.DefaultClient, proxy.URL+link+"/status")
	close(begun)
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.True(t, strings.HasSuffix(string(content), " end"))
}

// Names of a contract can be in any script, and a header can't.
func TestTheProxyWritesNamesOfAContractAsAHeaderHoldsThem(t *testing.T) {
	t.Parallel()
	judge, err := checker.New(checker.Document([]byte(`{"openapi":"3.0.3","info":{"title":"x","version":"1"},"paths":{"/x":{"get":{
		"operationId":"größe <1>\r\nSet-Cookie: a","responses":{"200":{"description":"x"}}}}}}`)))
	require.NoError(t, err)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	t.Cleanup(target.Close)
	proxy, err := httpcheck.NewProxy(judge, target.URL, func(checker.Exchange, checker.Verdict) {}, httpcheck.Enforce())
	require.NoError(t, err)
	w := httptest.NewRecorder()
	proxy.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil))
	assert.Equal(t, []string{"gr??e <1>  Set-Cookie: a, answer 418, status: is not declared for the operation [responses/418]"}, w.Result().Header[httpcheck.ViolationHeader])
	assert.Contains(t, w.Body.String(), `"größe <1>\r\nSet-Cookie: a, answer 418`)
}

// Who has gone away gets no answer, and the connection is not used again.
func TestTheProxyAnswersNobodyWhoHasGone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	proxy := proxyTo(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // behind which net/http sees that the connection ends
		cancel()
		<-r.Context().Done()
	}), func(checker.Exchange, checker.Verdict) { t.Error("it was judged") })
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
		proxy.ServeHTTP(httptest.NewRecorder(), post(t, `{"linkToken":"x"}`).WithContext(ctx))
	})
}
