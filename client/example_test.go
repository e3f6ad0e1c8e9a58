package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/server"
)

// exampleServer is a Cloud Manager to try things with: the stand-in, on loopback.
func exampleServer() *httptest.Server {
	s, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: "5f7aac56b3a0b94bcdce6d8a"}},
		APIKeys: []server.APIKey{{
			PublicKey:  "ownerkey",
			PrivateKey: "11111111-2222-3333-4444-555555555555",
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
