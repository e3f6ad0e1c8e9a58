package httpcheck_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
)

// transport judges what goes to a handler, over a real connection.
func transport(t *testing.T, handler http.HandlerFunc) (client *http.Client, url string, judged *[]checker.Verdict, exchanges *[]checker.Exchange) {
	t.Helper()
	listener := httptest.NewServer(handler)
	t.Cleanup(listener.Close)
	judged, exchanges = new([]checker.Verdict), new([]checker.Exchange)
	report := func(e checker.Exchange, v checker.Verdict) {
		*judged, *exchanges = append(*judged, v), append(*exchanges, e)
	}
	return &http.Client{Transport: httpcheck.NewTransport(newChecker(t), nil, report)}, listener.URL, judged, exchanges
}

func right(w http.ResponseWriter, content string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Vary", "Accept-Encoding")
	w.Header().Set("X-MongoDB-Service-Version", "gitHash=1; versionString=1")
	_, _ = io.WriteString(w, content)
}

func get(t *testing.T, client *http.Client, url string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Digest x")
	answer, err := client.Do(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func TestTheTransportJudgesOnceTheAnswerWasRead(t *testing.T) {
	t.Parallel()
	client, url, judged, exchanges := transport(t, func(w http.ResponseWriter, _ *http.Request) { right(w, `{"status":"SYNCED"}`) })

	answer := get(t, client, url+link+"/status")
	assert.Empty(t, *judged, "the answer is not read yet")
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())

	assert.Equal(t, `{"status":"SYNCED"}`, string(content))
	require.Len(t, *judged, 1)
	assert.Empty(t, lines((*judged)[0].Findings))
	assert.Equal(t, "status", (*judged)[0].Operation)
	assert.Equal(t, link+"/status", (*exchanges)[0].Target)
}

func TestTheTransportConvictsAndChangesNothing(t *testing.T) {
	t.Parallel()
	body := `{"linkToken":"x","more":1}`
	var got string
	client, url, judged, _ := transport(t, func(w http.ResponseWriter, r *http.Request) {
		read, _ := io.ReadAll(r.Body)
		got = string(read)
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+link, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")

	answer, err := client.Do(request)
	require.NoError(t, err)
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())

	assert.Equal(t, body, got)
	assert.Equal(t, "short and stout", string(content))
	assert.Equal(t, []string{
		"connect, request, body: has a property that the contract does not have [schema/additionalProperties]",
		"connect, answer 418, status: is not declared for the operation [responses/418]",
	}, lines((*judged)[0].Findings))
}

// An answer that is closed before its end can't be judged by its content; what is known of it still is.
func TestTheTransportDoesNotConvictWhatNobodyRead(t *testing.T) {
	t.Parallel()
	client, url, judged, _ := transport(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Vary", "Accept-Encoding")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, strings.Repeat(" ", 1<<20)+`{"status":"SYNCED"}`)
	})

	answer := get(t, client, url+link+"/status")
	_, err := io.ReadFull(answer.Body, make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.NoError(t, answer.Body.Close(), "a second close judges no second time")

	require.Len(t, *judged, 1)
	assert.Equal(t, []string{"status, answer 200, header X-MongoDB-Service-Version: required, missing [responses/200/headers/required]"},
		lines((*judged)[0].Findings))
}

func TestTheTransportKeepsNoMoreThanItJudges(t *testing.T) {
	t.Parallel()
	client, url, judged, exchanges := transport(t, func(w http.ResponseWriter, _ *http.Request) { right(w, strings.Repeat(" ", 3<<20)) })

	n, err := io.Copy(io.Discard, get(t, client, url+link+"/status").Body)

	require.NoError(t, err)
	assert.Equal(t, int64(3<<20), n)
	assert.Len(t, (*exchanges)[0].ResponseBody, 1<<20+1)
	assert.Empty(t, lines((*judged)[0].Findings))
	assert.Equal(t, []string{"status, answer 200, body: was not read to its end [not-judged]"}, lines((*judged)[0].Advice))
}

// An early answer can keep a request from being sent whole; what was not sent is not judged, whether its length was known or not.
func TestTheTransportDoesNotConvictWhatWasNotSent(t *testing.T) {
	t.Parallel()
	for _, length := range []int64{-1, 1000} {
		early := roundTrip(func(r *http.Request) (*http.Response, error) {
			_, err := io.ReadFull(r.Body, make([]byte, 10))
			return &http.Response{
				StatusCode: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {`Digest realm="x", nonce="y"`}, "Content-Type": {"application/json"}},
				Body: io.NopCloser(strings.NewReader(`{"error":401}`)), ContentLength: 13,
			}, errors.Join(err, r.Body.Close())
		})
		var judged []checker.Verdict
		transport := httpcheck.NewTransport(newChecker(t), early, func(_ checker.Exchange, v checker.Verdict) { judged = append(judged, v) })
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1"+link, strings.NewReader(`{"linkToken":"`+strings.Repeat("x", 984)+`"}`))
		require.NoError(t, err)
		r.ContentLength = length
		r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Digest x"}}

		answer, err := transport.RoundTrip(r)
		require.NoError(t, err)
		_, err = io.ReadAll(answer.Body)
		require.NoError(t, err)

		require.Len(t, judged, 1)
		assert.Empty(t, lines(judged[0].Findings), "length %d", length)
	}
}

func TestTheTransportPassesFailuresOn(t *testing.T) {
	t.Parallel()
	refused := errors.New("connection refused")
	report := func(checker.Exchange, checker.Verdict) { t.Error("an exchange without an answer was judged") }
	failing := httpcheck.NewTransport(newChecker(t), roundTrip(func(r *http.Request) (*http.Response, error) {
		return nil, errors.Join(refused, r.Body.Close())
	}), report)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1"+link, bytes.NewReader([]byte("{}")))
	require.NoError(t, err)

	_, err = failing.RoundTrip(request)

	assert.ErrorIs(t, err, refused)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// net/http sends a request again on another connection, and may then still read what it sent on the first.
func TestTheTransportJudgesABodyAsItWasSentLast(t *testing.T) {
	t.Parallel()
	const body = `{"linkToken":"x"}`
	again := roundTrip(func(r *http.Request) (*http.Response, error) {
		_, err := io.ReadFull(r.Body, make([]byte, 5))
		second, secondErr := r.GetBody()
		content, readErr := io.ReadAll(second)
		_, lateErr := io.ReadAll(r.Body)
		assert.Equal(t, body, string(content))
		return &http.Response{StatusCode: http.StatusCreated, Header: http.Header{}, Body: http.NoBody},
			errors.Join(err, secondErr, readErr, lateErr, r.Body.Close(), second.Close())
	})
	var told []checker.Exchange
	transport := httpcheck.NewTransport(newChecker(t), again, func(e checker.Exchange, _ checker.Verdict) { told = append(told, e) })
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1"+link, strings.NewReader(body))
	require.NoError(t, err)
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Digest x"}}

	answer, err := transport.RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())

	require.Len(t, told, 1)
	assert.Equal(t, body, string(told[0].RequestBody))
	assert.False(t, told[0].RequestTruncated)
}

// idle is a transport that lets go of its connections when it is told to.
type idle struct {
	roundTrip
	let bool
}

func (i *idle) CloseIdleConnections() { i.let = true }

func TestTheTransportLetsGoOfIdleConnections(t *testing.T) {
	t.Parallel()
	base := new(idle)
	httpcheck.NewTransport(newChecker(t), base, nil).CloseIdleConnections()
	assert.True(t, base.let)
	httpcheck.NewTransport(newChecker(t), base.roundTrip, nil).CloseIdleConnections()
}

// The request stays its caller's own. An answer is judged as it came, at once if there is nothing to read, and what it is not is not touched.
func TestTheTransportLeavesRequestAndAnswerAlone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   io.ReadCloser
		later  bool // judged when it is closed
	}{
		"content":          {http.StatusCreated, io.NopCloser(strings.NewReader("{}")), true},
		"no content":       {http.StatusCreated, http.NoBody, false},
		"no body":          {http.StatusCreated, nil, false},
		"another protocol": {http.StatusSwitchingProtocols, struct{ io.ReadWriteCloser }{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var told []checker.Exchange
			transport := httpcheck.NewTransport(newChecker(t), roundTrip(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: tt.status, Header: http.Header{"Vary": {"x"}}, Body: tt.body, ContentLength: 2}, nil
			}), func(e checker.Exchange, _ checker.Verdict) { told = append(told, e) })
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1"+link, strings.NewReader("{}"))
			require.NoError(t, err)
			body := r.Body

			answer, err := transport.RoundTrip(r)
			require.NoError(t, err)

			assert.Equal(t, body, r.Body, "the request's own")
			if tt.later {
				assert.Empty(t, told)
				answer.Header.Set("Vary", "the client's own business")
				require.NoError(t, answer.Body.Close())
			} else {
				assert.Equal(t, tt.body, answer.Body)
			}
			require.Len(t, told, 1)
			assert.Equal(t, http.Header{"Vary": {"x"}}, told[0].ResponseHeader)
			assert.Equal(t, tt.later, told[0].ResponseTruncated)
		})
	}
}

// A client that reads an answer to its end has read it, whether its length was announced or not, and whether it is closed or not.
func TestTheTransportJudgesAnAnswerOfUnknownLength(t *testing.T) {
	t.Parallel()
	client, url, judged, _ := transport(t, func(w http.ResponseWriter, _ *http.Request) {
		right(w, `{"status":`)
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, `"synced"}`)
	})

	_, err := io.ReadAll(get(t, client, url+link+"/status").Body)
	require.NoError(t, err)

	require.Len(t, *judged, 1)
	assert.Equal(t, []string{"status, answer 200, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]"}, lines((*judged)[0].Findings))
}
