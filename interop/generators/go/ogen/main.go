// Command ogen calls the stand-in with the client that ogen made, signed in with an access token.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"generators/gen/ogen"
)

type accessToken string

func (t accessToken) ServiceAccount(context.Context, ogen.OperationName) (ogen.ServiceAccount, error) {
	return ogen.ServiceAccount{Token: string(t)}, nil
}

func main() {
	ctx, org := context.Background(), os.Getenv("ORG")
	c, err := ogen.NewClient(os.Getenv("BASE"), accessToken(os.Getenv("TOKEN")))
	if err != nil {
		log.Fatal(err)
	}
	connected, err := c.Connect(ctx, &ogen.LinkRequest{LinkToken: "the token that Atlas showed"}, ogen.ConnectParams{OrgId: org})
	if err != nil {
		log.Fatal("connect: ", err)
	}
	fmt.Println("connect", connected.(*ogen.LinkHeaders).Response.Status)
	status, err := c.Status(ctx, ogen.StatusParams{OrgId: org})
	if err != nil {
		log.Fatal("status: ", err)
	}
	fmt.Println("status", status.(*ogen.LinkHeaders).Response.Status)
	for range 2 {
		disconnected, err := c.Disconnect(ctx, ogen.DisconnectParams{OrgId: org})
		if err != nil {
			log.Fatal("disconnect: ", err)
		}
		switch r := disconnected.(type) {
		case *ogen.DisconnectNoContent:
			fmt.Println("disconnect 204")
		case *ogen.NotFoundHeaders:
			fmt.Println("disconnect 404", r.Response.ErrorCode.Value)
		}
	}
}
