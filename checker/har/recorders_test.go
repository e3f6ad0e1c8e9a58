package har_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/har"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// What testdata holds besides: none of it may be in a finding, a reason or an error.
var canaries = []secret.Named{
	secret.New("link-token", "eyJvcmdJZCI6IjQ4ODg0NDJhMzM1NDgxN2E3MzIwZWI2MSIs"),
	secret.New("private key inside the link-token", "c0ffee11-dead-4bee-9abc-canarytokenk"),
	secret.New("digest response", "0123456789abcdef0123456789abcdef"),
	secret.New("nonce", "canarynonce0000000000"),
	secret.New("cnonce", "canarycnonce00000000"),
	secret.New("bearer token", "canarybearer00000000000000"),
	secret.New("cookie", "canarycookie0000000"),
}

func newChecker(t testing.TB) *checker.Checker {
	t.Helper()
	c, err := checker.New()
	require.NoError(t, err)
	return c
}

// told is all that a recording leads to, line by line.
func told(c *checker.Checker, r har.Recording) []string {
	var lines []string
	for _, recorded := range r.Exchanges {
		verdict := c.Judge(recorded.Exchange)
		lines = append(lines, fmt.Sprintf("%d %s %d", recorded.Number, recorded.Exchange.Method, recorded.Exchange.Status))
		for _, advice := range verdict.Advice {
			if advice.Rule == checker.NotJudged && advice.Place == checker.Body {
				party := map[checker.Direction]string{checker.Request: "request", checker.Answer: "response"}[advice.Direction]
				lines = append(lines, fmt.Sprintf("  the %s body %s", party, advice.Problem))
			}
		}
		for _, finding := range verdict.Findings {
			lines = append(lines, "  "+finding.String())
		}
		for _, advice := range verdict.Advice {
			if advice.Rule != checker.NotJudged || advice.Place != checker.Body {
				lines = append(lines, "  advice "+advice.String())
			}
		}
	}
	for _, left := range r.LeftOut {
		lines = append(lines, fmt.Sprint(left.Reason, left.Numbers))
	}
	return lines
}

func TestRecordingsOfBrowsersAndProxies(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	for file, want := range map[string]struct {
		told   []string
		hidden bool
	}{
		"chrome-sanitized.har": {hidden: true, told: []string{
			"2 POST 400",
			"  connect, request, body: has a property that the contract does not have; did you mean linkToken? [schema/additionalProperties]",
			"  connect, request, body /linkToken: required, missing [schema/required]",
			"4 GET 200",
			"5 GET 200",
			"  status, answer 200, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]",
			"6 GET 200",
			"  the response body was not recorded",
			"of other hosts[3 9]",
			"of other paths[1]",
			"of other resources of the API[10]",
			"without an answer[7]",
			"not answered by the server[8 11]",
		}},
		"firefox.har": {told: []string{
			"1 POST 401",
			"2 POST 201",
			"3 GET 400",
			"  status, request, query envelope: is given more than once [parameters/repeated, our decision undeclared-query-parameter]",
			"4 GET 200",
			"  the response body was not recorded to its end",
			"5 DELETE 204",
			"6 GET 200",
			"  status, answer 200, status: a request without credentials is answered with success [security]",
			"without recorded headers[7]",
		}},
		"mitmproxy.har": {told: []string{
			"1 POST 401",
			"  advice connect, request, body: is sent before sign-in; fetch the challenge without it [token-before-sign-in]",
			"2 POST 201",
			"3 DELETE 204",
			"5 GET 200",
			"  the response body was not recorded",
			"6 GET 404",
			"  no operation, request, path: is none of the contract's [paths]",
			"without an answer[4]",
		}},
		"proxy-bom.har": {told: []string{
			"2 POST 415",
			"  connect, request, header Content-Type: want application/json, got another [requestBody/mediaType]",
			"3 GET 200",
			"  the response body is in an encoding that is not read here: want base64, or none",
			"of other hosts[1]",
		}},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			f, err := os.Open(filepath.Join("testdata", file))
			require.NoError(t, err)
			defer func() { _ = f.Close() }()

			r, err := har.Read(f, c, har.Options{})

			require.NoError(t, err)
			lines := told(c, r)
			assert.Equal(t, want.told, lines)
			assert.Equal(t, want.hidden, r.CredentialsHidden, "credentials hidden")
			assert.Equal(t, file != "chrome-sanitized.har", r.HoldsLinkToken, "link-token")
			assert.Empty(t, secret.Find(fmt.Append(nil, lines), canaries...))
		})
	}
}

func TestOneHost(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	for host, want := range map[string][]int{
		"cloud.mongodb.com":   {1, 2, 3, 4, 5, 6},
		"CLOUD.mongodb.com":   {1, 2, 3, 4, 5, 6},
		"om.example.com":      nil, // has a port
		"om.example.com:8443": nil, // has no headers
	} {
		f, err := os.Open("testdata/firefox.har")
		require.NoError(t, err)
		r, err := har.Read(f, c, har.Options{Host: host})
		require.NoError(t, err)
		require.NoError(t, f.Close())
		var numbers []int
		for _, recorded := range r.Exchanges {
			numbers = append(numbers, recorded.Number)
		}
		assert.Equal(t, want, numbers, host)
		left := 0
		for _, l := range r.LeftOut {
			left += len(l.Numbers)
		}
		assert.Equal(t, 7, len(numbers)+left, "every entry is accounted for")
	}
}
