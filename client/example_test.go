package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/server"
)

// exampleServer is a Cloud Manager to try things with: the stand-in, on loopback.
func exampleServer() *httptest.Server {
	s, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: "5f7aac56b3a0b94bcdce6d8a"}},
		APIKeys: []server.APIKey{{
			PublicKey:  "ownerkey",
			PrivateKey: migrationlink.NewSecret("11111111-2222-3333-4444-555555555555"),
			Roles:      map[migrationlink.OrgID][]server.Role{"5f7aac56b3a0b94bcdce6d8a": {server.RoleOrgOwner}},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	return httptest.NewServer(s)
}

func Example() {
	s := exampleServer()
	defer s.Close()
	ctx := context.Background()

	c, err := client.New(
		client.APIKey("ownerkey", "11111111-2222-3333-4444-555555555555"),
		client.BaseURL(s.URL), // left out: Cloud Manager
	)
	if err != nil {
		log.Fatal(err)
	}
	token := migrationlink.NewLinkToken("the token that Atlas showed")

	link, err := c.Connect(ctx, "5f7aac56b3a0b94bcdce6d8a", token)
	fmt.Println("connect:", link.Status, err)
	link, err = c.Status(ctx, "5f7aac56b3a0b94bcdce6d8a")
	fmt.Println("status:", link.Status, err)
	err = c.Disconnect(ctx, "5f7aac56b3a0b94bcdce6d8a")
	fmt.Println("disconnect:", err)
	// Output:
	// connect: SYNCED <nil>
	// status: SYNCED <nil>
	// disconnect: <nil>
}

func ExampleError() {
	s := exampleServer()
	defer s.Close()

	c, err := client.New(client.APIKey("ownerkey", "not-the-private-key"), client.BaseURL(s.URL))
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.Status(context.Background(), "5f7aac56b3a0b94bcdce6d8a")
	switch {
	case errors.Is(err, client.ErrNotSignedIn):
		fmt.Println(strings.ReplaceAll(err.Error(), ". ", ".\n"))
	case errors.Is(err, client.ErrNotOnAccessList): // the error names the address that the server saw
	case errors.Is(err, client.ErrOutcomeUnknown): // ask Status before trying again
	}
	// Output:
	// status organization 5f7aac56b3a0b94bcdce6d8a: not signed in (401): the key pair "ownerkey" was refused.
	// Check both halves, and that it is a key of this server: it does not tell which is wrong.
}

// logged writes a line for each exchange on the wire. Headers and content stay out of it: there are the credentials and the link-token.
type logged struct {
	next   http.RoundTripper
	logger *slog.Logger
}

func (l logged) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(req)
	if err != nil {
		l.logger.WarnContext(req.Context(), "no answer", "method", req.Method, "path", req.URL.Path)
		return nil, err
	}
	l.logger.InfoContext(req.Context(), "exchange", "method", req.Method, "path", req.URL.Path, "status", res.StatusCode)
	return res, nil
}

// A log of what goes over the wire, by log/slog: the sign-in is seen as well.
func ExampleWrapTransport() {
	s := exampleServer()
	defer s.Close()
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey { // another one each time
			return slog.Attr{}
		}
		return a
	}}))

	c, err := client.New(
		client.APIKey("ownerkey", "11111111-2222-3333-4444-555555555555"),
		client.BaseURL(s.URL),
		client.WrapTransport(func(next http.RoundTripper) http.RoundTripper { return logged{next, logger} }),
	)
	if err != nil {
		log.Fatal(err)
	}
	link, err := c.Status(context.Background(), "5f7aac56b3a0b94bcdce6d8a")
	fmt.Println(link.Status, err)
	// Output:
	// level=INFO msg=exchange method=GET path=/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink/status status=401
	// level=INFO msg=exchange method=GET path=/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink/status status=200
	// NOT_SYNCED <nil>
}

// The contract's judge on the wire, beside the transport of one's own.
func ExampleWrapTransport_judge() {
	s := exampleServer()
	defer s.Close()
	judge, err := checker.New()
	if err != nil {
		log.Fatal(err)
	}

	c, err := client.New(
		client.APIKey("ownerkey", "11111111-2222-3333-4444-555555555555"),
		client.BaseURL(s.URL),
		client.HTTPClient(&http.Client{Transport: &http.Transport{IdleConnTimeout: 10 * time.Second}}),
		client.WrapTransport(func(next http.RoundTripper) http.RoundTripper {
			return httpcheck.NewTransport(judge, next, func(e checker.Exchange, v checker.Verdict) {
				fmt.Println(v.Operation, e.Status, "kept:", v.Kept())
			})
		}),
	)
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.Status(context.Background(), "5f7aac56b3a0b94bcdce6d8a")
	fmt.Println(err)
	// Output:
	// status 401 kept: true
	// status 200 kept: true
	// <nil>
}

// What an organization says until it is synchronized. The context is the deadline.
func ExampleClient_WaitSynced() {
	s := exampleServer()
	defer s.Close()
	c, err := client.New(client.APIKey("ownerkey", "11111111-2222-3333-4444-555555555555"), client.BaseURL(s.URL))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if _, err := c.Connect(ctx, "5f7aac56b3a0b94bcdce6d8a", migrationlink.NewLinkToken("the token that Atlas showed")); err != nil {
		log.Fatal(err)
	}
	link, err := c.WaitSynced(ctx, "5f7aac56b3a0b94bcdce6d8a", func(w client.Waiting) {
		fmt.Println(w.Link.Status, w.Err, "asking again in", w.Next)
	})
	fmt.Println(link.Status, err)
	// Output:
	// SYNCED <nil>
}
