package server_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/server"
)

// A request made by hand has no body and no RequestURI; it is served all the same.
func TestARequestMadeByHandIsServed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for method, want := range map[string]int{http.MethodGet: 200, http.MethodDelete: 404, http.MethodPost: 400} {
		target := linkPath(org)
		if method == http.MethodGet {
			target = statusPath(org)
		}
		r, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1"+target, nil)
		require.NoError(t, err)
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/json")
		}
		require.Nil(t, r.Body)
		r.Header.Set("Authorization", authorization(t, credentials(challenge(t, s).Nonce, target), method, privateKey))
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, r)
		assert.Equal(t, want, answer.Code, "%s: %s", method, answer.Body)
	}
}

// Behind a prefix that the mux takes away, digest still covers the target as it was sent, and the contract what is left of it.
func TestAStandInUnderAPrefix(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	mounted := http.StripPrefix("/mounted", s)
	target := "/mounted" + statusPath(org)
	r := request(http.MethodGet, target, "")
	r.Header.Set("Authorization", authorization(t, credentials(challenge(t, s).Nonce, target), http.MethodGet, privateKey))
	answer := httptest.NewRecorder()
	mounted.ServeHTTP(answer, r)
	assert.Equal(t, 200, answer.Code, answer.Body)
	assert.Equal(t, `{"status":"NOT_SYNCED"}`, answer.Body.String())
}

func TestEveryRoleButOwnerIsRefused(t *testing.T) {
	t.Parallel()
	for _, role := range server.Roles() {
		s := newServer(t, func(c *server.Config) { c.APIKeys[0].Roles[org] = []server.Role{role} })
		want := http.StatusUnauthorized
		if role == server.RoleOrgOwner {
			want = http.StatusOK
		}
		assert.Equal(t, want, call(t, s, http.MethodGet, statusPath(org), "").status, role)
	}
}

// Content that does not say how long it is is read no further than the limit.
func TestContentWithoutALengthIsReadNoFurtherThanTheLimit(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := sign(t, s, request(http.MethodPost, linkPath(org), ""))
	r.Header.Set("Content-Type", "application/json")
	body := &countingBody{}
	r.Body, r.ContentLength = body, -1
	assert.Equal(t, http.StatusRequestEntityTooLarge, ask(t, s, r).status)
	assert.LessOrEqual(t, body.read, 1<<20+64<<10)
}

// countingBody has no end.
type countingBody struct{ read int }

func (b *countingBody) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	b.read += len(p)
	return len(p), nil
}

func (*countingBody) Close() error { return nil }
