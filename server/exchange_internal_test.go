package server

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// No handler of ours answers so; this is what keeps one that would from being believed. It is inside the package, since from outside nothing
// can make the stand-in wrong.
func TestAnAnswerThatBreaksTheContractIsHeldBack(t *testing.T) {
	t.Parallel()
	logged := new(bytes.Buffer)
	s, err := New(Config{Logger: slog.New(slog.NewTextHandler(logged, nil))})
	require.NoError(t, err)
	r := httptest.NewRequest(http.MethodGet, "/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink/status", nil)
	r.Header.Set("Authorization", "Digest")
	x := newExchange(s, r)
	x.response.header.Set("Content-Type", "application/json")
	x.response.header.Set("Vary", varyAcceptEncoding)
	x.response.header.Set("X-MongoDB-Service-Version", serviceVersion)
	_, err = x.Write([]byte(`{"status":"PENDING"}`))
	require.NoError(t, err)

	answer := httptest.NewRecorder()
	x.send(answer)

	assert.Equal(t, http.StatusInternalServerError, answer.Code)
	assert.Equal(t, `{"detail":"Unexpected error.","error":500,"errorCode":"UNEXPECTED_ERROR","parameters":[],"reason":"Internal Server Error"}`, answer.Body.String())
	assert.Contains(t, logged.String(), `level=ERROR msg="an answer would break the contract" finding="status, answer 200, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]"`)
}
