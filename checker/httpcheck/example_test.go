package httpcheck_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/gen"
)

// yours is a server of your own: the generated interface, implemented.
type yours struct{}

func (yours) Status(_ context.Context, r gen.StatusRequestObject) (gen.StatusResponseObject, error) {
	return gen.Status200JSONResponse{
		Body:    gen.Link{Status: migrationlink.StatusNotSynced},
		Headers: gen.Status200ResponseHeaders{Vary: new("Accept-Encoding")},
	}, nil
}

func (yours) Connect(_ context.Context, r gen.ConnectRequestObject) (gen.ConnectResponseObject, error) {
	fmt.Println("connect", r.OrgId, r.Body.LinkToken) // it prints as [redacted]; Reveal gives the token
	return gen.Connect201JSONResponse{
		Body:    gen.Link{Status: migrationlink.StatusSynced},
		Headers: gen.Connect201ResponseHeaders{Vary: new("Accept-Encoding"), XMongoDBServiceVersion: "gitHash=none; versionString=yours"},
	}, nil
}

func (yours) Disconnect(context.Context, gen.DisconnectRequestObject) (gen.DisconnectResponseObject, error) {
	return gen.Disconnect204Response{}, nil
}

// signedIn lets in who has signed, and challenges everybody else: generated code has no sign-in.
func signedIn(verifier *digest.Verifier, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := verifier.Verify(r)
		var refusal *digest.Refusal
		if errors.As(err, &refusal) {
			w.Header().Set("WWW-Authenticate", verifier.Challenge(refusal.Stale).String())
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":401}`)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// A server of one's own, with every exchange held to the contract: here it forgot a header.
func ExampleNewTransport() {
	verifier, err := digest.NewVerifier(digest.VerifierConfig{
		Realm:    "MMS Public API",
		Password: func(username string) (string, bool) { return "secret", username == "ownerkey" },
	})
	if err != nil {
		log.Fatal(err)
	}
	handler := gen.HandlerWithOptions(gen.NewStrictHandler(yours{}, nil), gen.StdHTTPServerOptions{BaseURL: "/api/public/v1.0"})
	server := httptest.NewServer(signedIn(verifier, handler))
	defer server.Close()

	judge, err := checker.New()
	if err != nil {
		log.Fatal(err)
	}
	transport := httpcheck.NewTransport(judge, nil, func(_ checker.Exchange, v checker.Verdict) {
		for _, finding := range v.Findings {
			fmt.Println(finding)
		}
	})
	c, err := client.New(client.APIKey("ownerkey", "secret"), client.BaseURL(server.URL), client.HTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		log.Fatal(err)
	}
	link, err := c.Connect(context.Background(), "5f7aac56b3a0b94bcdce6d8a", migrationlink.NewLinkToken("the token that Atlas showed"))
	fmt.Println(link.Status, err)
	link, err = c.Status(context.Background(), "5f7aac56b3a0b94bcdce6d8a")
	fmt.Println(link.Status, err)
	// Output:
	// connect 5f7aac56b3a0b94bcdce6d8a [redacted]
	// SYNCED <nil>
	// status, answer 200, header X-MongoDB-Service-Version: is empty [schema/pattern]
	// NOT_SYNCED <nil>
}

// A proxy between any client and any server. This client writes its token where none is looked for.
func ExampleNewProxy() {
	target := httptest.NewServer(http.NotFoundHandler())
	defer target.Close()
	judge, err := checker.New()
	if err != nil {
		log.Fatal(err)
	}
	report := func(_ checker.Exchange, v checker.Verdict) {
		for _, finding := range v.Findings {
			fmt.Println(finding)
		}
	}
	proxy, err := httpcheck.NewProxy(judge, target.URL, report, httpcheck.Enforce())
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(proxy)
	defer server.Close()

	answer, err := http.Post(server.URL+"/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink?linkToken=secret", "application/json", nil)
	if err != nil {
		log.Fatal(err)
	}
	_ = answer.Body.Close()
	fmt.Println(answer.Status)
	// Output:
	// connect, request, query: has a parameter that the operation does not have [parameters/undeclared, our decision undeclared-query-parameter]
	// 400 Bad Request
}
