package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
)

// said are findings as people read them.
func said(findings []checker.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, f.String())
	}
	return all
}

// TestTheJournalJudgesWhatWasRead: a request that is refused before its content is read has done nothing wrong with its content.
func TestTheJournalJudgesWhatWasRead(t *testing.T) {
	t.Parallel()
	const unread = "connect, request, body: was not read to its end [not-judged]"
	const early = "connect, request, body: is sent before sign-in; fetch the challenge without it [token-before-sign-in]"
	chunked := func(content string) *http.Request {
		r := request(http.MethodPost, linkPath(org), content)
		r.Body, r.ContentLength = io.NopCloser(iotest.OneByteReader(strings.NewReader(content))), -1
		return r
	}
	tests := map[string]struct {
		request  *http.Request
		unsigned bool
		stale    bool
		line     string
		findings []string
		advice   []string
	}{
		"connect":                       {request: request(http.MethodPost, linkPath(org), linkRequest(token)), line: "connect, 201, by ownerkey, organization " + org},
		"connect, of unknown length":    {request: chunked(linkRequest(token)), line: "connect, 201, by ownerkey, organization " + org},
		"status":                        {request: request(http.MethodGet, statusPath(org), ""), line: "status, 200, by ownerkey, organization " + org},
		"a stale nonce":                 {request: request(http.MethodPost, linkPath(org), linkRequest(token)), stale: true, line: "connect, 401", advice: []string{unread}},
		"a stale nonce, unknown length": {request: chunked(linkRequest(token)), stale: true, line: "connect, 401", advice: []string{unread}},
		"no such organization": {
			request: request(http.MethodPost, linkPath(unknownOrg), linkRequest(token)),
			line:    "connect, 404 ORG_NOT_FOUND, by ownerkey, organization " + unknownOrg,
			advice:  []string{unread},
		},
		"no owner": {
			request: request(http.MethodPost, linkPath(guestOrg), linkRequest(token)),
			line:    "connect, 401 NOT_ORG_OWNER, by ownerkey, organization " + guestOrg,
			advice:  []string{unread},
		},
		"a stale nonce, and no media type": {
			request: func() *http.Request {
				r := request(http.MethodPost, linkPath(org), linkRequest(token))
				r.Header.Del("Content-Type")
				return r
			}(),
			stale: true, line: "connect, 401",
			findings: []string{"connect, request, header Content-Type: want application/json, got none [requestBody/mediaType]"},
		},
		"the path of the page's example": {
			request: request(http.MethodPost, strings.Replace(linkPath(org), "public", "atlas", 1), linkRequest(token)),
			line:    "connect, 201, by ownerkey, organization " + org,
			advice:  []string{"connect, request, path: The example of the reference page has this path; everything else says /api/public/v1.0. Use that one. [paths/x-also-at]"},
		},
		"a probe": {request: request(http.MethodPost, linkPath(org), ""), unsigned: true, line: "connect, 401, a probe"},
		"a probe with the token": {
			request: request(http.MethodPost, linkPath(org), linkRequest(token)), unsigned: true, line: "connect, 401, a probe", advice: []string{early},
		},
		"too large": {
			request: request(http.MethodPost, linkPath(org), linkRequest(strings.Repeat("x", 1<<20))), unsigned: true,
			line: "connect, 413 REQUEST_ENTITY_TOO_LARGE", advice: []string{early},
			findings: []string{"connect, request, body: is larger than 1048576 bytes [requestBody/maxBytes, our decision content-too-large]"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			c := credentials(challenge(t, s).Nonce, tt.request.RequestURI)
			if tt.stale {
				c.Nonce = challenge(t, newServer(t)).Nonce
			}
			if !tt.unsigned {
				tt.request.Header.Set("Authorization", authorization(t, c, tt.request.Method, privateKey))
			}
			ask(t, s, tt.request)
			entries := s.Journal().Entries(nil)
			require.Len(t, entries, 2, "one for the challenge")
			_, line, _ := strings.Cut(entries[1].String(), "Z, ")
			assert.Equal(t, tt.line, line)
			assert.Equal(t, tt.findings, said(entries[1].Findings))
			assert.Equal(t, tt.advice, said(entries[1].Advice))
		})
	}
}

// lookingBack looks into the journal when it is written to.
type lookingBack struct {
	http.ResponseWriter
	journal interface{ Len() int }
	entries int
}

func (w *lookingBack) WriteHeader(int) { w.entries = w.journal.Len() }

func TestWhoHasTheAnswerFindsItInTheJournal(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	w := &lookingBack{ResponseWriter: httptest.NewRecorder(), journal: s.Journal()}
	s.ServeHTTP(w, request(http.MethodGet, statusPath(org), ""))
	assert.Equal(t, 1, w.entries)
}
