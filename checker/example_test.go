package checker_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/gen"
)

// yours is a server of your own: the generated interface, implemented.
type yours struct{}

func (yours) Status(_ context.Context, r gen.StatusRequestObject) (gen.StatusResponseObject, error) {
	return gen.Status200JSONResponse{
		Body:    gen.Link{Status: gen.NOTSYNCED},
		Headers: gen.Status200ResponseHeaders{Vary: "Accept-Encoding"},
	}, nil
}

func (yours) Connect(_ context.Context, r gen.ConnectRequestObject) (gen.ConnectResponseObject, error) {
	token := r.Body.LinkToken // prints as [redacted]; token.Reveal() gives it
	fmt.Println("connect", r.OrgId, token)
	return nil, fmt.Errorf("not yet")
}

func (yours) Disconnect(context.Context, gen.DisconnectRequestObject) (gen.DisconnectResponseObject, error) {
	return nil, fmt.Errorf("not yet")
}

// A server of one's own, with every exchange held to the contract: here it forgot a header.
func ExampleNewTransport() {
	handler := gen.HandlerWithOptions(gen.NewStrictHandler(yours{}, nil), gen.StdHTTPServerOptions{BaseURL: "/api/public/v1.0"})
	server := httptest.NewServer(handler)
	defer server.Close()
	judge, err := checker.New()
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{Transport: checker.NewTransport(judge, nil, func(_ checker.Exchange, v checker.Verdict) {
		for _, finding := range v.Findings {
			fmt.Println(finding)
		}
	})}

	r, err := http.NewRequest(http.MethodGet, server.URL+"/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink/status", nil)
	if err != nil {
		log.Fatal(err)
	}
	r.Header.Set("Authorization", "Digest …")
	answer, err := client.Do(r)
	if err != nil {
		log.Fatal(err)
	}
	_ = answer.Body.Close()
	// Output:
	// status, answer 200, header X-MongoDB-Service-Version: does not match ^gitHash=[^;]*; versionString=.*$ (value hidden) [schema/pattern]
}
