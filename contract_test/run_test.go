package contracttest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
)

// told is a test that keeps what it is told. It is what Run takes, as *testing.T is.
type told struct {
	ctx   context.Context
	name  string
	lines *[]string
	logs  *[]string // nil keeps none
	only  string    // what go test -run leaves, by how its name begins
}

func (told) Helper()                    {}
func (t told) Context() context.Context { return t.ctx }
func (t told) Run(name string, f func(told)) bool {
	if strings.HasPrefix(name, t.only) {
		f(told{ctx: t.ctx, name: name, lines: t.lines})
	}
	return true
}
func (t told) Logf(format string, args ...any) {
	if t.logs != nil {
		*t.logs = append(*t.logs, fmt.Sprintf(format, args...))
	}
}
func (t told) Errorf(format string, args ...any) {
	*t.lines = append(*t.lines, strings.TrimSpace(t.name+": "+fmt.Sprintf(format, args...)))
}
func (t told) Fatalf(format string, args ...any) { t.Errorf(format, args...) }

func TestRunTellsWhatWasAskedAndHowToTakeADecisionOut(t *testing.T) {
	t.Parallel()
	lines := new([]string)
	target := sabotaged(t, func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == 404 && has(a, "it is not connected") {
			become(a, 204, "")
		}
	})
	Run(told{ctx: t.Context(), lines: lines}, target, Only("disconnect/404_when"))
	assert.Equal(t, []string{"disconnect/404_when_not_connected: DELETE …/migrationLink answered 204: status: the contract says 404 RESOURCE_NOT_FOUND [state] " +
		"(x-decision: our choice, MongoDB is silent)\nnot your choice? contracttest.Except(\"disconnect-unconnected\")"}, *lines)

	*lines = nil
	Run(told{ctx: t.Context(), lines: lines}, Target{URL: "https://host", OrgID: exampleOrg})
	assert.Equal(t, []string{": contracttest: target.Key: incomplete: want the public and the private key of an Organization Owner"}, *lines)
}

// A server that repeats what it was sent, in every place that an answer has, does not get it into a finding.
func TestNoFindingShowsWhatAServerSends(t *testing.T) {
	t.Parallel()
	for name, say := range map[string]http.HandlerFunc{
		"in the content": func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"status":%q,%q:1,"body":%q}`, token+privateKey, token, body)
		},
		"in the header": func(w http.ResponseWriter, _ *http.Request) {
			for _, header := range []string{"Content-Type", "X-MongoDB-Service-Version", "Allow", "Retry-After", "WWW-Authenticate", "Location", "Content-Encoding"} {
				w.Header().Set(header, token+privateKey)
			}
			w.WriteHeader(http.StatusUnauthorized)
		},
		"instead of HTTP": func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if assert.NoError(t, err) {
				_, _ = io.WriteString(connection, token+privateKey+"\r\n\r\n")
				_ = connection.Close()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := targetOf(t)
			target.Handler = say
			for _, only := range []string{"connect/then", "status/200", "status/credentials/malformed", "connect/409", "disconnect/right", "message/"} {
				findings := runSuite(t, target, Only(only), Variants(0), NoPreflight())
				if only != "message/" {
					require.NotEmpty(t, findings, only)
				}
				for _, finding := range findings {
					noCanary(t, []byte(finding.Text()+finding.String()))
				}
			}
		})
	}
	noCanary(t, fmt.Appendf(nil, "%v %+v %#v", targetOf(t).Key, targetOf(t).Key, Key{"owner", migrationlink.NewSecret(privateKey)}))
}

// An answer that is cut off, and one that never is one, are findings and no end of the run.
func TestAServerThatBreaksOffIsConvicted(t *testing.T) {
	t.Parallel()
	target := targetOf(t)
	target.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	findings := runSuite(t, target, Only("status/200"))
	require.NotEmpty(t, findings)
	assert.Equal(t, "GET …/migrationLink/status was not answered: status: the answer broke off: the connection was closed [responses]", findings[len(findings)-1].Text())
	assert.Equal(t, checker.Answer, findings[0].Direction)
}
