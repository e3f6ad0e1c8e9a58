package contract_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/contracttest"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/gen"
	"github.com/migrationlink/migrationlink/server/links"
)

// This is a server of one's own: the generated interface, implemented, behind what generated code does not do. The suite holds it to the contract.
func TestYourImplementationKeepsTheContract(t *testing.T) {
	t.Parallel()
	contracttest.Run(t, contracttest.Target{
		Handler: newYours(t), OrgID: yourOrg, Key: contracttest.Key{Public: "ownerkey", Private: migrationlink.NewSecret("secret-of-ownerkey")}, Writes: true,
	}, contracttest.Variants(3))
}

// yours implements gen.StrictServerInterface, for one organization. It sees only requests that are signed in and keep the contract.
type yours struct{ links links.Memory }

const yourOrg migrationlink.OrgID = "5f7aac56b3a0b94bcdce6d8a"

const yourVersion = "gitHash=1; versionString=yours"

func (y *yours) Connect(ctx context.Context, r gen.ConnectRequestObject) (gen.ConnectResponseObject, error) {
	link := links.Link{OrgID: yourOrg, Token: r.Body.LinkToken.Fingerprint(), ConnectedAt: time.Now()}
	if _, err := y.links.Connect(ctx, link); err != nil {
		return nil, refusing(http.StatusConflict, "LINK_TOKEN_IN_USE", err.Error())
	}
	return gen.Connect201JSONResponse{
		Body:    gen.Link{Status: migrationlink.StatusSynced},
		Headers: gen.Connect201ResponseHeaders{Vary: new("Accept-Encoding"), XMongoDBServiceVersion: yourVersion},
	}, nil
}

func (y *yours) Status(ctx context.Context, _ gen.StatusRequestObject) (gen.StatusResponseObject, error) {
	status := migrationlink.StatusSynced
	if _, err := y.links.Get(ctx, yourOrg); err != nil {
		status = migrationlink.StatusNotSynced
	}
	return gen.Status200JSONResponse{
		Body:    gen.Link{Status: status},
		Headers: gen.Status200ResponseHeaders{Vary: new("Accept-Encoding"), XMongoDBServiceVersion: yourVersion},
	}, nil
}

func (y *yours) Disconnect(ctx context.Context, _ gen.DisconnectRequestObject) (gen.DisconnectResponseObject, error) {
	if err := y.links.Disconnect(ctx, yourOrg); err != nil {
		return nil, refusing(http.StatusNotFound, "RESOURCE_NOT_FOUND", err.Error())
	}
	return gen.Disconnect204Response{Headers: gen.Disconnect204ResponseHeaders{XMongoDBServiceVersion: yourVersion}}, nil
}

// refusal is an error with an answer of its own.
type refusal struct {
	status       int
	code, detail string
	header       http.Header
}

func (r *refusal) Error() string { return r.detail }

func refusing(status int, code, detail string) *refusal {
	return &refusal{status: status, code: code, detail: detail, header: http.Header{}}
}

// yourFront is what stands before generated code: which paths there are, sign-in, and the contract.
type yourFront struct {
	judge    *checker.Checker
	verifier *digest.Verifier
	next     http.Handler
}

func newYours(t *testing.T) http.Handler {
	t.Helper()
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	verifier, err := digest.NewVerifier(digest.VerifierConfig{
		Realm:    "MMS Public API",
		Password: func(username string) (string, bool) { return "secret-of-ownerkey", username == "ownerkey" },
	})
	require.NoError(t, err)
	failed := func(w http.ResponseWriter, _ *http.Request, err error) { writeRefusal(w, err) }
	strict := gen.NewStrictHandlerWithOptions(new(yours), nil, gen.StrictHTTPServerOptions{RequestErrorHandlerFunc: failed, ResponseErrorHandlerFunc: failed})
	generated := http.NewServeMux()
	for _, base := range judge.BasePaths() {
		gen.HandlerWithOptions(strict, gen.StdHTTPServerOptions{BaseURL: base, BaseRouter: generated, ErrorHandlerFunc: failed})
	}
	return &yourFront{judge: judge, verifier: verifier, next: generated}
}

// ServeHTTP answers, and gives the answer the form that was asked for.
func (y *yourFront) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder() // held back
	signedIn, err := y.admit(r)
	if err != nil {
		writeRefusal(answer, err)
	} else {
		y.next.ServeHTTP(answer, r)
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	if signedIn {
		w.Header().Set("X-MongoDB-Service-Version", yourVersion)
	}
	w.WriteHeader(answer.Code)
	content := bytes.TrimSpace(answer.Body.Bytes())
	if len(content) == 0 || r.Method == http.MethodHead {
		return
	}
	asked := func(parameter string) bool { return slices.Equal(r.URL.Query()[parameter], []string{"true"}) }
	if signedIn && asked("envelope") {
		content = fmt.Appendf(nil, `{"status":%d,"content":%s}`, answer.Code, content)
	}
	if asked("pretty") {
		var indented bytes.Buffer
		_ = json.Indent(&indented, content, "", "  ") // JSON of our own making
		content = indented.Bytes()
	}
	_, _ = w.Write(content)
}

// admit lets a request through that is signed in and keeps the contract.
func (y *yourFront) admit(r *http.Request) (signedIn bool, err error) {
	path := r.URL.EscapedPath()
	allowed := y.judge.Allowed(path)
	limit := y.judge.MaxRequestBytes(r.Method, path)
	switch {
	case allowed == nil:
		return false, refusing(http.StatusNotFound, "RESOURCE_NOT_FOUND", "There is no such path.")
	case r.Method == http.MethodOptions:
		return false, &refusal{status: http.StatusNoContent, header: http.Header{"Allow": {strings.Join(allowed, ", ")}}}
	case !slices.Contains(allowed, r.Method):
		wrong := refusing(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "The path does not have the method.")
		wrong.header.Set("Allow", strings.Join(allowed, ", "))
		return false, wrong
	case limit > 0 && r.ContentLength > int64(limit):
		return false, refusing(http.StatusRequestEntityTooLarge, "REQUEST_ENTITY_TOO_LARGE", "The content is too large.")
	}
	if _, err := y.verifier.Verify(r); err != nil {
		var why *digest.Refusal
		errors.As(err, &why)
		wrong := refusing(http.StatusUnauthorized, "", "You are not signed in.")
		wrong.header.Set("WWW-Authenticate", y.verifier.Challenge(why.Stale).String())
		return false, wrong
	}
	content, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	if err != nil {
		return true, refusing(http.StatusBadRequest, "MALFORMED_JSON", "The content is cut off.")
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	_, path, _ = strings.Cut(path, "/orgs/")
	id, _, _ := strings.Cut(path, "/")
	if parsed, err := migrationlink.ParseOrgID(id); err != nil {
		return true, refusing(http.StatusNotFound, "INVALID_ORG_ID", "An invalid organization ID was specified.")
	} else if parsed != yourOrg { // which is in lower case
		return true, refusing(http.StatusNotFound, "ORG_NOT_FOUND", "There is no such organization.")
	}
	verdict := y.judge.JudgeRequest(checker.Exchange{Method: r.Method, Target: r.RequestURI, RequestHeader: r.Header, RequestBody: content})
	if verdict.Kept() {
		return true, nil
	}
	switch first := verdict.Findings[0]; {
	case first.Place == checker.Header:
		return true, refusing(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "The header "+first.Name+" "+first.Problem+".")
	case first.Keyword() == "maxBytes":
		return true, refusing(http.StatusRequestEntityTooLarge, "REQUEST_ENTITY_TOO_LARGE", "The content is too large.")
	default:
		return true, refusing(http.StatusBadRequest, "VALIDATION_ERROR", "The request "+first.Problem+".")
	}
}

// writeRefusal answers with an error; what is no refusal is a failure of the server.
func writeRefusal(w http.ResponseWriter, err error) {
	var r *refusal
	if !errors.As(err, &r) {
		r = refusing(http.StatusInternalServerError, "UNEXPECTED_ERROR", "Unexpected error.")
	}
	for name, values := range r.header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	if r.status == http.StatusNoContent {
		w.WriteHeader(r.status)
		return
	}
	reason := http.StatusText(r.status)
	answer := gen.ApiError{Detail: &r.detail, Error: r.status, Reason: &reason}
	if r.code != "" {
		answer.ErrorCode, answer.Parameters = &r.code, &[]any{}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	_ = json.NewEncoder(w).Encode(answer) // strings and numbers
}
