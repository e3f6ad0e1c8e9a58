package server_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
)

// A stand-in inside a program, with one organization and a key that owns it. Any client that signs in by HTTP Digest will do.
func ExampleNew() {
	const org migrationlink.OrgID = "5f7aac56b3a0b94bcdce6d8a"
	standIn, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: org}},
		APIKeys: []server.APIKey{{
			PublicKey:  "ownerkey",
			PrivateKey: migrationlink.NewSecret("11111111-2222-3333-4444-555555555555"),
			Roles:      map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}},
			AccessList: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	ts := httptest.NewServer(standIn)
	defer ts.Close()

	client := &http.Client{Transport: digest.NewTransport("ownerkey", "11111111-2222-3333-4444-555555555555")}
	link := ts.URL + "/api/public/v1.0/orgs/" + org.String() + "/liveExport/migrationLink"
	response, err := client.Post(link, "application/json", strings.NewReader(`{"linkToken":"eyJvcmdJZCI6…"}`))
	if err != nil {
		log.Fatal(err)
	}
	show(response)
	response, err = client.Get(link + "/status?pretty=true")
	if err != nil {
		log.Fatal(err)
	}
	show(response)
	response, err = http.Get(link + "/status")
	if err != nil {
		log.Fatal(err)
	}
	show(response)
	// Output:
	// 201 Created
	// {"status":"SYNCED"}
	// 200 OK
	// {
	//   "status" : "SYNCED"
	// }
	// 401 Unauthorized
	// {"detail":"You are not signed in: the request has no credentials.","error":401,"reason":"Unauthorized"}
}

func show(response *http.Response) {
	content, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	_ = response.Body.Close()
	fmt.Printf("%s\n%s\n", response.Status, content)
}

// What is wrong with a config is told all at once, by its place.
func ExampleNew_wrong() {
	_, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: "5f7aac56"}},
		APIKeys:       []server.APIKey{{PublicKey: "ownerkey"}},
	})
	fmt.Println(err)
	// Output:
	// server: Organizations[0].ID: not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a
	// APIKeys[0].PrivateKey: empty; want the password of the key
}

// The next connect is answered 429, and only that: see package fault for what else can go wrong.
func ExampleServer_Faults() {
	const org migrationlink.OrgID = "5f7aac56b3a0b94bcdce6d8a"
	standIn, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: org}},
		APIKeys: []server.APIKey{{
			PublicKey:  "ownerkey",
			PrivateKey: migrationlink.NewSecret("11111111-2222-3333-4444-555555555555"),
			Roles:      map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	ts := httptest.NewServer(standIn)
	defer ts.Close()
	if _, err := standIn.Faults().Add(fault.On(migrationlink.OperationConnect).Next(1).RateLimited(3 * time.Second)); err != nil {
		log.Fatal(err)
	}

	client := &http.Client{Transport: digest.NewTransport("ownerkey", "11111111-2222-3333-4444-555555555555")}
	for range 2 {
		response, err := client.Post(ts.URL+"/api/public/v1.0/orgs/"+org.String()+"/liveExport/migrationLink", "application/json", strings.NewReader(`{"linkToken":"eyJvcmdJZCI6…"}`))
		if err != nil {
			log.Fatal(err)
		}
		_ = response.Body.Close()
		fmt.Printf("%d, Retry-After %q\n", response.StatusCode, response.Header.Get("Retry-After"))
	}
	for _, entry := range standIn.Journal().Entries(nil) {
		fmt.Printf("%d %s %d %q\n", entry.Number, entry.Operation, entry.Status, entry.Fault)
	}
	// Output:
	// 429, Retry-After "3"
	// 201, Retry-After ""
	// 1 connect 401 ""
	// 2 connect 429 "429 RATE_LIMITED, Retry-After 3 s: the next call of connect (1)"
	// 3 connect 201 ""
}
