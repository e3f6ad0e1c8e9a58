package checker_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/checker"
)

// Users print an exchange in a Report func.
func TestExchange_printsNoCredential(t *testing.T) {
	t.Parallel()
	const canary = "CANARY"
	e := checker.Exchange{
		Method: http.MethodPost, Target: "/x?token=" + canary, Status: http.StatusCreated,
		RequestHeader:  http.Header{"Authorization": {"Bearer " + canary}},
		ResponseHeader: http.Header{"X-Echo": {canary}},
		RequestBody:    []byte(`{"linkToken":"` + canary + `"}`), ResponseBody: []byte(canary),
	}
	const want = "POST with 22 bytes: 201 with 6 bytes"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		assert.Equal(t, want, fmt.Sprintf(verb, e), verb)
		assert.Equal(t, want, fmt.Sprintf(verb, &e), verb)
		assert.NotContains(t, fmt.Sprintf(verb, []checker.Exchange{e}), canary, verb)
	}
	for _, handler := range []func(*bytes.Buffer) slog.Handler{
		func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("seen", "exchange", e)
		assert.NotContains(t, b.String(), canary)
		assert.Contains(t, b.String(), "POST")
	}
}
