package contracttest

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
	requests := map[migrationlink.Operation][3]string{
		migrationlink.OperationConnect: {http.MethodPost, theLink, linkRequest()}, migrationlink.OperationStatus: {http.MethodGet, theStatus}, migrationlink.OperationDisconnect: {http.MethodDelete, theLink},
	}
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
						account := clientcredentials.Config{ClientID: "mdb_sa_id_owner", ClientSecret: clientSecret, TokenURL: url + judge.TokenPath()}
						seats = []http.RoundTripper{
							digest.NewTransport("owner", privateKey, digest.WithBase(seats[0])),
							&oauth2.Transport{Source: account.TokenSource(t.Context()), Base: seats[0]},
						}
					}
					for _, transport := range seats {
						r, err := http.NewRequestWithContext(t.Context(), requests[op][0], url+basePath+"/orgs"+requests[op][1], strings.NewReader(requests[op][2]))
						require.NoError(t, err)
						if op == migrationlink.OperationConnect {
							r.Header.Set("Content-Type", "application/json")
						}
						answer, err := transport.RoundTrip(r)
						require.NoError(t, err)
						content, err := io.ReadAll(answer.Body)
						require.NoError(t, err)
						require.NoError(t, answer.Body.Close())
						assert.Equal(t, e.HTTPStatus, answer.StatusCode)
						assert.Contains(t, string(content), `"errorCode":"`+e.Code+`"`)
					}
				})
			}
		}
	}
}
