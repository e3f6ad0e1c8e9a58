// Command oapicodegen calls the stand-in with the client that oapi-codegen made, signed in by HTTP Digest.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/migrationlink/migrationlink/digest"

	"generators/gen/client"
)

func main() {
	ctx, org := context.Background(), os.Getenv("ORG")
	signedIn := &http.Client{Transport: digest.NewTransport(os.Getenv("PUBLIC_KEY"), os.Getenv("PRIVATE_KEY"))}
	c, err := client.NewClientWithResponses(os.Getenv("BASE"), client.WithHTTPClient(signedIn))
	if err != nil {
		log.Fatal(err)
	}
	token := "the token that Atlas showed"
	connected, err := c.ConnectWithResponse(ctx, org, nil, client.LinkRequest{LinkToken: &token})
	if err != nil || connected.JSON201 == nil {
		log.Fatal("connect: ", err)
	}
	fmt.Println("connect", connected.JSON201.Status)
	status, err := c.StatusWithResponse(ctx, org, nil)
	if err != nil || status.JSON200 == nil {
		log.Fatal("status: ", err)
	}
	fmt.Println("status", status.JSON200.Status)
	for range 2 {
		disconnected, err := c.DisconnectWithResponse(ctx, org, nil)
		switch {
		case err != nil:
			log.Fatal("disconnect: ", err)
		case disconnected.JSON404 != nil:
			fmt.Println("disconnect", disconnected.StatusCode(), *disconnected.JSON404.ErrorCode)
		default:
			fmt.Println("disconnect", disconnected.StatusCode())
		}
	}
}
