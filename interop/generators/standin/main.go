// Command standin serves the stand-in to clients that generators have made, and to Schemathesis and Prism. Its first line is the base
// URL. With -more each JSON object that it sends has a property more than the contract: MongoDB may add one any day. With -wrong
// the status is none of the contract's, which whoever judges has to find.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
)

func main() {
	more := flag.Bool("more", false, "send a property more")
	wrong := flag.Bool("wrong", false, "send a status that is none")
	flag.Parse()
	change := func(map[string]any) {}
	switch {
	case *more:
		change = func(object map[string]any) { object["links"] = []any{} }
	case *wrong:
		change = func(object map[string]any) { object["status"] = "PENDING" }
	}
	if err := serve(change); err != nil {
		log.Fatal("standin: ", err)
	}
}

func serve(change func(object map[string]any)) error {
	org, err := migrationlink.ParseOrgID(os.Getenv("ORG"))
	if err != nil {
		return err
	}
	owner := map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}}
	s, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: org}},
		APIKeys: []server.APIKey{{
			PublicKey: os.Getenv("PUBLIC_KEY"), PrivateKey: migrationlink.NewSecret(os.Getenv("PRIVATE_KEY")), Roles: owner,
		}},
		BearerTokens: []server.BearerToken{{Token: migrationlink.NewSecret(os.Getenv("TOKEN")), Roles: owner}},
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/api/public/v1.0\n", listener.Addr())
	return http.Serve(listener, changed(s, change)) //nolint:gosec // serves one script on loopback, which ends it
}

// changed changes each JSON object that is sent.
func changed(next http.Handler, change func(object map[string]any)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorded := httptest.NewRecorder()
		next.ServeHTTP(recorded, r)
		body := recorded.Body.Bytes()
		var object map[string]any
		if json.Unmarshal(body, &object) == nil && recorded.Code != http.StatusNoContent {
			change(object)
			body, _ = json.Marshal(object) // it was JSON a line ago
		}
		for name, values := range recorded.Header() {
			if !strings.EqualFold(name, "Content-Length") {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(recorded.Code)
		_, _ = bytes.NewReader(body).WriteTo(w)
	})
}
