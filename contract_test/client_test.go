package contract_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/coverage"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
	"github.com/migrationlink/migrationlink/client"
)

// documented is one answer that openapi.yaml shows as an example.
type documented struct {
	operation string
	status    int
	name      string
	header    http.Header
	content   []byte
}

// documentedAnswers are all examples that the contract has for plain answers: operation × status × example. Those in an envelope are left
// out, since the client asks for none.
func documentedAnswers(t *testing.T, doc *openapi3.T) []documented {
	t.Helper()
	var all []documented
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			for code, ref := range op.Responses.Map() {
				status, err := strconv.Atoi(code)
				require.NoError(t, err)
				answer := documented{operation: op.OperationID, status: status, header: make(http.Header)}
				for name, header := range ref.Value.Headers {
					if header.Value.Required || header.Value.Extensions["x-required"] == true {
						answer.header.Set(name, fmt.Sprint(header.Value.Example))
					}
				}
				media := ref.Value.Content.Get("application/json")
				if media == nil {
					all = append(all, answer)
					continue
				}
				answer.header.Set("Content-Type", "application/json")
				for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
					if name == "enveloped" {
						continue
					}
					answer.name = name
					answer.content, err = json.Marshal(media.Examples[name].Value.Value)
					require.NoError(t, err)
					all = append(all, answer)
				}
			}
		}
	}
	return all
}

// scripted challenges whoever comes without credentials, and gives everybody else the one answer.
func scripted(answer documented) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := answer
		if r.Header.Get("Authorization") == "" {
			given = documented{status: 401, content: []byte(`{"error":401}`), header: http.Header{
				"Content-Type":     {"application/json;charset=ISO-8859-1"},
				"Www-Authenticate": {`Digest realm="MMS Public API", domain="", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c0", algorithm=MD5, op="auth", stale=false`},
			}}
		}
		maps.Copy(w.Header(), given.header)
		w.WriteHeader(given.status)
		_, _ = w.Write(given.content)
	})
}

// call is the operation of the client by its operationId.
func call(ctx context.Context, c *client.Client, operation string) (client.Link, error) {
	switch operation {
	case "connect":
		return c.Connect(ctx, exampleOrg, migrationlink.NewLinkToken(token))
	case "status":
		return c.Status(ctx, exampleOrg)
	default:
		return client.Link{}, c.Disconnect(ctx, exampleOrg)
	}
}

func TestTheClientKeepsTheContractAndReadsEveryDocumentedAnswer(t *testing.T) {
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	record := newRecorder(t)
	answers := documentedAnswers(t, record.kin.doc)
	require.Greater(t, len(answers), 70)
	for _, answer := range answers {
		t.Run(fmt.Sprintf("%s/%d %s", answer.operation, answer.status, answer.name), func(t *testing.T) {
			if answer.status == http.StatusMethodNotAllowed || // the client never sends such a request, so the checker would say so
				slices.Contains([]int{400, 413, 415}, answer.status) {
				answerToARightRequest(t, answer, httpcheck.NewTransport(judge, nil, record.coverage.Add))
				return
			}
			c := newClient(t, start(t, scripted(answer)), record.transport(judge, nil))
			link, err := call(t.Context(), c, answer.operation)
			judgeCall(t, answer, link, err)
			last := record.last()
			assert.Empty(t, lines(last.verdict.Findings))
			advice := slices.DeleteFunc(slices.Clone(last.verdict.Advice), func(f checker.Finding) bool {
				return f.Rule == checker.NotJudged && f.Direction == checker.Request // the script refuses without reading
			})
			assert.Empty(t, lines(advice))
		})
	}
	record.covered("Digest", coverage.AnyScheme)
	for _, e := range record.exchanges {
		for name, values := range e.RequestHeader {
			noCanary(t, []byte(name+": "+fmt.Sprint(values)))
		}
		assert.False(t, e.RequestHeader.Get("Authorization") == "" && len(e.RequestBody) > 0, "content before sign-in")
	}
}

// answerToARightRequest lets the client read an answer that says the request was wrong. A server that keeps the contract does not give it
// to this client, so it is counted and nothing is found; kin-openapi has validated the example.
func answerToARightRequest(t *testing.T, answer documented, transport http.RoundTripper) {
	t.Helper()
	c := newClient(t, start(t, scripted(answer)), transport)
	link, err := call(t.Context(), c, answer.operation)
	judgeCall(t, answer, link, err)
}

func judgeCall(t *testing.T, answer documented, link client.Link, err error) {
	t.Helper()
	if answer.status < 300 {
		require.NoError(t, err)
		var want struct{ Status migrationlink.Status }
		if answer.content != nil {
			require.NoError(t, json.Unmarshal(answer.content, &want))
		}
		assert.Equal(t, want.Status, link.Status)
		return
	}
	var failure *client.Error
	require.ErrorAs(t, err, &failure)
	var want struct {
		ErrorCode, Detail string
	}
	require.NoError(t, json.Unmarshal(answer.content, &want))
	assert.Equal(t, answer.operation, string(failure.Operation))
	assert.Equal(t, migrationlink.OrgID(exampleOrg), failure.OrgID)
	assert.Equal(t, answer.status, failure.HTTPStatus)
	assert.Equal(t, want.ErrorCode, string(failure.Code))
	assert.Equal(t, want.Detail, failure.Detail)
	noCanary(t, []byte(fmt.Sprintf("%v %+v %#v", err, err, err)))
}

func newClient(t testing.TB, url string, transport http.RoundTripper) *client.Client {
	t.Helper()
	c, err := client.New(client.APIKey("owner", privateKey), client.BaseURL(url), client.Attempts(1), client.HTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, err)
	return c
}

func TestOneOrganizationIsConnectedThroughBothSides(t *testing.T) {
	t.Parallel()
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	record := newRecorder(t)
	c := newClient(t, start(t, newServer(t)), record.transport(judge, nil))
	ctx := t.Context()

	link, err := c.Connect(ctx, exampleOrg, migrationlink.NewLinkToken(token))
	require.NoError(t, err)
	assert.Equal(t, migrationlink.StatusSynced, link.Status)
	link, err = c.Status(ctx, exampleOrg)
	require.NoError(t, err)
	assert.Equal(t, migrationlink.StatusSynced, link.Status)
	require.NoError(t, c.Disconnect(ctx, exampleOrg))
	link, err = c.Status(ctx, exampleOrg)
	require.NoError(t, err)
	assert.Equal(t, migrationlink.StatusNotSynced, link.Status)
	require.ErrorIs(t, c.Disconnect(ctx, exampleOrg), client.ErrNotConnected)

	var statuses []int
	for _, e := range record.exchanges {
		statuses = append(statuses, e.Status)
		assert.Empty(t, lines(e.verdict.Findings))
		assert.Empty(t, lines(e.verdict.Advice))
	}
	assert.Equal(t, []int{401, 201, 200, 204, 200, 404}, statuses, "one challenge, then one round trip for each call")
}

func TestAThousandConcurrentFirstCallsMakeOneProbe(t *testing.T) {
	t.Parallel()
	const calls = 1000
	standIn := newServer(t)
	var probes, all atomic.Int64
	url := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all.Add(1)
		if r.Header.Get("Authorization") == "" {
			probes.Add(1)
		}
		standIn.ServeHTTP(w, r)
	}))
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost = 64 // file descriptors; the calls wait for a connection, not for a challenge
	transport.MaxIdleConnsPerHost = 64
	t.Cleanup(transport.CloseIdleConnections)
	c := newClient(t, url, transport)

	failed := make(chan error, calls)
	for range calls {
		go func() {
			_, err := c.Status(t.Context(), exampleOrg)
			failed <- err
		}()
	}
	var errs []error
	for range calls {
		errs = append(errs, <-failed)
	}

	require.NoError(t, errors.Join(errs...))
	assert.Equal(t, int64(1), probes.Load())
	assert.Equal(t, int64(calls+1), all.Load(), "one round trip for each call, and the probe")
}
