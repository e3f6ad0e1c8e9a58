package contract_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
)

// documentedErrors has the stand-in answer with each error of the contract, before sign-in too where that is allowed, and record judge it. Left out
// are those that call a request wrong, which are not to be said to one that is right.
func documentedErrors(t *testing.T, record *recorder) {
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	callsWrong := []int{http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}
	for _, e := range fault.Errors() {
		for _, op := range e.Operations {
			for _, when := range e.When {
				if slices.Contains(callsWrong, e.HTTPStatus) {
					continue
				}
				t.Run(strings.Join([]string{string(e.Code), string(op), string(when)}, "/"), func(t *testing.T) {
					url := start(t, newServer(t, func(c *server.Config) { c.Faults = []fault.Fault{fault.On(op).Next(100).Error(e.Code).At(when)} }))
					seats := []http.RoundTripper{record.transport(judge, nil)}
					if when != fault.BeforeSignIn {
						seats = []http.RoundTripper{
							digest.NewTransport("owner", privateKey, digest.WithBase(seats[0])),
							asAccount(t, url, judge, seats[0]),
						}
					}
					for _, transport := range seats {
						status, content := ask(t, transport, url, op, rightBodies()[op])
						assert.Equal(t, e.HTTPStatus, status)
						assert.Contains(t, content, `"errorCode":"`+e.Code+`"`)
					}
				})
			}
		}
	}
}

// rightBodies are the bodies of right requests, of each operation.
func rightBodies() map[migrationlink.Operation]string {
	return map[migrationlink.Operation]string{
		migrationlink.OperationConnect: linkRequest(),
		migrationlink.OperationStatus:  "", migrationlink.OperationDisconnect: "",
	}
}

// ask calls an operation of the example organization once, and returns the status and the body of the response.
func ask(
	t *testing.T, transport http.RoundTripper, url string, op migrationlink.Operation, body string,
) (status int, content string) {
	t.Helper()
	call := map[migrationlink.Operation][2]string{
		migrationlink.OperationConnect:    {http.MethodPost, theLink},
		migrationlink.OperationStatus:     {http.MethodGet, theStatus},
		migrationlink.OperationDisconnect: {http.MethodDelete, theLink},
	}[op]
	r, err := http.NewRequestWithContext(t.Context(), call[0], url+basePath+"/orgs"+call[1], strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := transport.RoundTrip(r)
	require.NoError(t, err)
	read, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(read)
}

// asAccount authenticates as the service account that owns the example organization.
func asAccount(t *testing.T, url string, judge *checker.Checker, base http.RoundTripper) http.RoundTripper {
	t.Helper()
	account := clientcredentials.Config{
		ClientID: "mdb_sa_id_owner", ClientSecret: clientSecret, TokenURL: url + judge.TokenPath(),
	}
	return &oauth2.Transport{Source: account.TokenSource(t.Context()), Base: base}
}
