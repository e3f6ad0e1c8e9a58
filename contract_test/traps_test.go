package contract_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/gen"
)

// careless implements the generated interface the way one does at first. Each test here stands on a trap of the generated code: it shows that
// the trap is still there, and that the checker, or our client, catches it. When one is gone upstream, its test says so.
type careless struct {
	answer gen.StatusResponseObject
	err    error
}

func (c careless) Connect(context.Context, gen.ConnectRequestObject) (gen.ConnectResponseObject, error) {
	return gen.Connect201JSONResponse{Body: gen.Link{Status: migrationlink.StatusSynced}, Headers: gen.Connect201ResponseHeaders{
		Vary: new("Accept-Encoding"), XMongoDBServiceVersion: "gitHash=1; versionString=1",
	}}, nil
}

func (c careless) Status(context.Context, gen.StatusRequestObject) (gen.StatusResponseObject, error) {
	return c.answer, c.err
}

func (c careless) Disconnect(context.Context, gen.DisconnectRequestObject) (gen.DisconnectResponseObject, error) {
	return nil, nil
}

// findingsOf sends one request to a generated server without anything of ours around it, and returns what the checker says of the answer.
func findingsOf(t *testing.T, implementation careless, method, path, body string) []string {
	t.Helper()
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	url := start(t, gen.HandlerWithOptions(gen.NewStrictHandler(implementation, nil), gen.StdHTTPServerOptions{BaseURL: basePath}))
	request, err := http.NewRequestWithContext(t.Context(), method, url+basePath+"/orgs"+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Digest username=\"owner\"")
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	var found []string
	report := func(_ checker.Exchange, v checker.Verdict) {
		for _, f := range v.Findings {
			if f.Direction == checker.Answer {
				found = append(found, f.String())
			}
		}
	}
	answer, err := httpcheck.NewTransport(judge, nil, report).RoundTrip(request)
	require.NoError(t, err)
	_, err = io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return found
}

func TestTrapAHandlerThatReturnsNothingAnswersAnEmpty200(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"disconnect, answer 200, status: is not declared for the operation [responses/200]"},
		findingsOf(t, careless{}, http.MethodDelete, theLink, ""))
	assert.Contains(t, findingsOf(t, careless{}, http.MethodGet, theStatus, ""),
		"status, answer 200, body: required, missing [responses/200/content]")
}

func TestTrapANilSliceGoesOutAsNull(t *testing.T) {
	t.Parallel()
	var none []any
	answer := gen.Status404JSONResponse{NotFoundJSONResponse: gen.NotFoundJSONResponse{Body: gen.ApiError{Error: 404, Parameters: &none}}}
	assert.Equal(t, []string{"status, answer 404, body /parameters: is null [schema/nullable]"},
		findingsOf(t, careless{answer: answer}, http.MethodGet, theStatus, ""))
}

func TestTrapTheDecoderIgnoresWhatFollowsTheValue(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"connect, answer 201, status: a request that breaks the contract is answered with success [responses/rejection, our decision strict-json]"},
		findingsOf(t, careless{}, http.MethodPost, theLink, `{"linkToken":"x"} and more`))
}

func TestTrapUnknownPropertiesAndEmptyTokensReachTheHandler(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"linkToken":"x","more":1}`, `{"linkToken":""}`, `{}`} {
		assert.Equal(t, []string{"connect, answer 201, status: a request that breaks the contract is answered with success [responses/rejection]"},
			findingsOf(t, careless{}, http.MethodPost, theLink, body))
	}
}

func TestTrapErrorsAreWrittenAsPlainText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		implementation     careless
		method, path, body string
		finding            string
	}{
		"a parameter that does not bind": {method: http.MethodGet, path: theStatus + "?pretty=maybe", finding: "status, answer 400, header Content-Type: want application/json, got another [responses/400/mediaType]"},
		"a body that is no JSON":         {method: http.MethodPost, path: theLink, body: "{", finding: "connect, answer 400, header Content-Type: want application/json, got another [responses/400/mediaType]"},
		"a handler that fails":           {implementation: careless{err: errors.New("no disk")}, method: http.MethodGet, path: theStatus, finding: "status, answer 500, header Content-Type: want application/json, got another [responses/500/mediaType]"},
		"a method that is none":          {method: http.MethodPut, path: theLink, finding: "no operation, answer 405, header Content-Type: want application/json, got another [responses/405/mediaType]"},
	} {
		assert.Contains(t, findingsOf(t, c.implementation, c.method, c.path, c.body), c.finding, name)
	}
}

func TestTrapTheGeneratedClientTakesALoginPageForAnAnswer(t *testing.T) {
	t.Parallel()
	url := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html><title>Bad gateway</title></html>")
	}))

	generated, err := gen.NewClientWithResponses(url + basePath)
	require.NoError(t, err)
	answer, err := generated.StatusWithResponse(t.Context(), exampleOrg, nil)
	require.NoError(t, err, "the trap: no error")
	assert.Nil(t, answer.JSON200)
	assert.Nil(t, answer.JSON500)

	_, err = newClient(t, url, http.DefaultTransport).Status(t.Context(), exampleOrg)
	var failure *client.Error
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, http.StatusBadGateway, failure.HTTPStatus)
	assert.Equal(t, "<html><title>Bad gateway</title></html>", failure.Snippet)
}

func TestTrapTheGeneratedClientSendsARedactedTokenNowhere(t *testing.T) {
	t.Parallel()
	// Without ForRequest the request is not even built: an error, where a redaction would have been sent to MongoDB as if it were a token.
	_, err := gen.NewConnectRequest("http://127.0.0.1"+basePath, exampleOrg, nil, gen.LinkRequest{LinkToken: migrationlink.NewLinkToken(token)})
	require.ErrorIs(t, err, migrationlink.ErrLinkTokenHidden)
	noCanary(t, []byte(err.Error()))
}
