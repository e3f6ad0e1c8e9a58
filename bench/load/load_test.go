package load_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/bench/load"
)

// seen counts what a server was sent.
type seen struct {
	mu             sync.Mutex
	authorizations map[string]int
	others         []string
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.authorizations[r.Header.Get("Authorization")]++
	if got := r.Method + " " + r.URL.Path + " " + r.Header.Get("Content-Type") + " " + string(body); got != `POST /link application/json {"linkToken":"token"}` {
		s.others = append(s.others, got)
	}
	w.WriteHeader(http.StatusCreated)
}

func run(url string, authorizations int) load.Run {
	r := load.Run{
		Method: http.MethodPost, URL: url + "/link", Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"linkToken":"token"}`,
		Connections: 2, Duration: time.Second,
	}
	for i := range authorizations {
		r.Authorizations = append(r.Authorizations, "Digest nc="+strconv.Itoa(i))
	}
	return r
}

func TestEachAuthorizationIsSentOnce(t *testing.T) {
	t.Parallel()
	for _, g := range load.Generators() {
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			got := &seen{authorizations: make(map[string]int)}
			s := httptest.NewServer(got)
			defer s.Close()
			answered, err := g.Send(t.Context(), run(s.URL, 200_000))
			require.NoError(t, err)
			s.Close()
			assert.Empty(t, got.others)
			assert.Positive(t, answered.PerSecond)
			assert.GreaterOrEqual(t, len(got.authorizations), answered.Requests)
			for authorization, times := range got.authorizations {
				if times != 1 {
					t.Fatalf("%s was sent %d times", authorization, times)
				}
			}
		})
	}
}

func TestAuthorizationsThatCanBeSentAgain(t *testing.T) {
	t.Parallel()
	for _, g := range load.Generators() {
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			got := &seen{authorizations: make(map[string]int)}
			s := httptest.NewServer(got)
			defer s.Close()
			again := run(s.URL, 3)
			again.Again = true
			answered, err := g.Send(t.Context(), again)
			require.NoError(t, err)
			s.Close()
			assert.Greater(t, answered.Requests, 3)
			assert.Len(t, got.authorizations, 3)
		})
	}
}

// A run that would tell nothing is an error.
func TestRefusals(t *testing.T) {
	t.Parallel()
	ok := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(ok.Close)
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(refuses.Close)
	for name, c := range map[string]struct {
		url    string
		change func(*load.Run)
		want   string // a regular expression
	}{
		"not 2xx":          {refuses.URL, func(r *load.Run) { r.Again = true }, `POST URL/link: \d+ of \d+ answers were not 2xx`},
		"too few":          {ok.URL, func(*load.Run) {}, `POST URL/link: all 3 signed requests were sent before 1s were over: want more of them`},
		"none":             {ok.URL, func(r *load.Run) { r.Authorizations = nil }, `no Authorization: want one at least`},
		"a part of second": {ok.URL, func(r *load.Run) { r.Duration = 1500 * time.Millisecond }, `duration 1.5s: want whole seconds`},
		"no connection":    {ok.URL, func(r *load.Run) { r.Connections = 0 }, `0 connections: want one at least`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, g := range load.Generators() {
				r := run(c.url, 3)
				c.change(&r)
				_, err := g.Send(t.Context(), r)
				require.Error(t, err, g.Name)
				assert.Regexp(t, `^`+regexp.QuoteMeta(g.Name)+`: `+c.want+`$`, strings.ReplaceAll(err.Error(), c.url, "URL"))
			}
		})
	}
}
