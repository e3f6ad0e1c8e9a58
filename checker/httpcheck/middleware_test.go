package httpcheck_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
)

// judgedBy serves a request by a handler under the middleware.
func judgedBy(t *testing.T, r *http.Request, handler http.HandlerFunc) (*httptest.ResponseRecorder, []checker.Verdict, []checker.Exchange) {
	t.Helper()
	var verdicts []checker.Verdict
	var exchanges []checker.Exchange
	w := httptest.NewRecorder()
	httpcheck.NewMiddleware(newChecker(t), handler, func(e checker.Exchange, v checker.Verdict) {
		verdicts, exchanges = append(verdicts, v), append(exchanges, e)
	}).ServeHTTP(w, r)
	return w, verdicts, exchanges
}

func post(t *testing.T, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, link, strings.NewReader(body))
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Digest x"}}
	return r
}

func TestTheMiddlewareJudgesBothSides(t *testing.T) {
	t.Parallel()
	w, verdicts, exchanges := judgedBy(t, post(t, `{"linkToken":"x","more":1}`), func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		r.Header.Set("Content-Type", "text/html") // the handler's own business
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Vary", "Accept-Encoding")
		w.WriteHeader(http.StatusCreated)
		w.Header().Set("X-MongoDB-Service-Version", "gitHash=1; versionString=1") // too late
		_, _ = io.WriteString(w, `{"status":"synced"}`)
	})

	assert.Equal(t, `{"status":"synced"}`, w.Body.String())
	require.Len(t, verdicts, 1)
	assert.Equal(t, []string{
		"connect, request, body: has a property that the contract does not have [schema/additionalProperties]",
		"connect, answer 201, status: a request that breaks the contract is answered with success [responses/rejection]",
		"connect, answer 201, header X-MongoDB-Service-Version: required, missing [responses/201/headers/required]",
		"connect, answer 201, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]",
	}, lines(verdicts[0].Findings))
	assert.Equal(t, link, exchanges[0].Target)
}

// What a handler does not read nobody reads; it is not convicted by what is missing.
func TestTheMiddlewareDoesNotReadWhatTheHandlerLeaves(t *testing.T) {
	t.Parallel()
	r := post(t, `{"linkToken":"x"}`)
	_, verdicts, exchanges := judgedBy(t, r, func(w http.ResponseWriter, _ *http.Request) {
		right(w, `{"status":"SYNCED"}`)
	})

	rest, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	assert.JSONEq(t, `{"linkToken":"x"}`, string(rest))
	assert.True(t, exchanges[0].RequestTruncated)
	assert.EqualValues(t, len(`{"linkToken":"x"}`), exchanges[0].RequestLength)
	assert.Empty(t, lines(verdicts[0].Findings[1:]))
	assert.Equal(t, "connect, answer 200, status: is not declared for the operation [responses/200, our decision connect-created]", verdicts[0].Findings[0].String())
}

func TestTheMiddlewareTellsOfAnAnswerThatBrokeOffAndOfNoneThatNeverBegan(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		told    int
	}{
		"nothing written": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0},
		"half an answer":  {func(w http.ResponseWriter, _ *http.Request) { right(w, `{"status"`); panic(http.ErrAbortHandler) }, 1},
		"only informative": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			panic(http.ErrAbortHandler)
		}, 0},
		"nothing to answer": {func(http.ResponseWriter, *http.Request) {}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var judged []checker.Verdict
			serve := func() {
				httpcheck.NewMiddleware(newChecker(t), tt.handler, func(_ checker.Exchange, v checker.Verdict) { judged = append(judged, v) }).
					ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, link+"/status", nil))
			}
			if name == "nothing to answer" {
				serve()
			} else {
				assert.PanicsWithValue(t, http.ErrAbortHandler, serve)
			}
			require.Len(t, judged, tt.told)
			if name == "half an answer" {
				assert.Equal(t, []string{"status, answer 200, status: a request without credentials is answered with success [security]"}, lines(judged[0].Findings))
				assert.Equal(t, []string{"status, answer 200, body: was not read to its end [not-judged]"}, lines(judged[0].Advice))
			}
		})
	}
}

// A connection that was taken over carries no answer to judge.
func TestTheMiddlewareLetsAConnectionGo(t *testing.T) {
	t.Parallel()
	handler := func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := w.(http.Hijacker).Hijack()
		if assert.NoError(t, err) {
			_, _ = io.WriteString(connection, "something else")
			_ = connection.Close()
		}
	}
	report := func(checker.Exchange, checker.Verdict) { t.Error("it was judged") }
	listener := httptest.NewServer(httpcheck.NewMiddleware(newChecker(t), http.HandlerFunc(handler), report))
	t.Cleanup(listener.Close)

	assert.Equal(t, "something else", raw(t, listener.URL, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
}

// raw sends bytes to an address, and returns what comes back until the connection is closed.
func raw(t *testing.T, address, request string) string {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(address, "http://"))
	require.NoError(t, err)
	defer func() { _ = connection.Close() }()
	_, err = io.WriteString(connection, request)
	require.NoError(t, err)
	answer, err := io.ReadAll(connection)
	require.NoError(t, err)
	return string(answer)
}

// A client that goes away in the middle of its content must not look like one that has sent it all.
func TestACutRequestIsNeverWholeForTheHandler(t *testing.T) {
	t.Parallel()
	request := "POST " + link + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Digest x\r\nContent-Length: 100\r\n\r\n{\"linkT"
	seats := map[string]func(http.Handler, checker.Report) http.Handler{
		"middleware": func(next http.Handler, report checker.Report) http.Handler {
			return httpcheck.NewMiddleware(newChecker(t), next, report)
		},
		"proxy": func(next http.Handler, report checker.Report) http.Handler { return proxyTo(t, next, report) },
		"enforcing proxy": func(next http.Handler, report checker.Report) http.Handler {
			return proxyTo(t, next, report, httpcheck.Enforce())
		},
	}
	for name, seat := range seats {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reached := make(chan string, 1)
			next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				content, err := io.ReadAll(r.Body)
				assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
				reached <- string(content)
				synced(w, r)
			})
			ended := make(chan struct{})
			handler := seat(next, func(e checker.Exchange, v checker.Verdict) {
				assert.True(t, e.RequestTruncated)
				assert.Empty(t, v.Findings)
			})
			listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(ended)
				handler.ServeHTTP(w, r)
			}))
			t.Cleanup(listener.Close)

			connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", listener.Listener.Addr().String())
			require.NoError(t, err)
			_, err = io.WriteString(connection, request)
			require.NoError(t, err)
			require.NoError(t, connection.Close())

			<-ended
			if name == "middleware" {
				assert.Equal(t, `{"linkT`, <-reached)
			}
		})
	}
}

// gone is a connection whose client goes away in the middle of the answer.
type gone struct{ http.ResponseWriter }

func (g gone) Write(p []byte) (int, error) {
	n, _ := g.ResponseWriter.Write(p[:len(p)/2])
	return n, io.ErrClosedPipe
}

// A client that goes away doesn't make half an answer of a whole one: what could not be written is not judged.
func TestTheMiddlewareDoesNotConvictWhatCouldNotBeWritten(t *testing.T) {
	t.Parallel()
	var judged []checker.Verdict
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		synced(w, r)
	})
	httpcheck.NewMiddleware(newChecker(t), handler, func(_ checker.Exchange, v checker.Verdict) { judged = append(judged, v) }).
		ServeHTTP(gone{httptest.NewRecorder()}, post(t, `{"linkToken":"x"}`))

	require.Len(t, judged, 1)
	assert.Empty(t, lines(judged[0].Findings))
	assert.Equal(t, []string{"connect, answer 201, body: was not read to its end [not-judged]"}, lines(judged[0].Advice))
}

// What is judged is what net/http sends, and not what the handler does besides.
func TestTheMiddlewareTellsWhatIsSent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method    string
		handler   http.HandlerFunc
		status    int
		header    http.Header
		body      string
		truncated bool
	}{
		"another protocol": {
			handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusSwitchingProtocols) },
			status:  http.StatusSwitchingProtocols, header: http.Header{},
		},
		"a header after a flush": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.(http.Flusher).Flush()
				w.Header().Set("Vary", "too late")
				w.WriteHeader(http.StatusTeapot)
			},
			status: http.StatusOK, header: http.Header{},
		},
		"a length where there is no content": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "0")
				w.WriteHeader(http.StatusNoContent)
			},
			status: http.StatusNoContent, header: http.Header{},
		},
		"less than was announced": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "3")
				_, _ = io.WriteString(w, "{}")
			},
			status: http.StatusOK, header: http.Header{"Content-Length": {"3"}}, body: "{}", truncated: true,
		},
		"a trailer": {
			handler: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(http.TrailerPrefix+"X-Took", "1") },
			status:  http.StatusOK, header: http.Header{},
		},
		"content for HEAD": {
			method:  http.MethodHead,
			handler: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") },
			status:  http.StatusOK, header: http.Header{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := post(t, "")
			r.Method = tt.method
			_, _, exchanges := judgedBy(t, r, tt.handler)

			require.Len(t, exchanges, 1)
			assert.Equal(t, tt.status, exchanges[0].Status)
			assert.Equal(t, tt.header, exchanges[0].ResponseHeader)
			assert.Equal(t, tt.body, string(exchanges[0].ResponseBody))
			assert.Equal(t, tt.truncated, exchanges[0].ResponseTruncated)
		})
	}
}
