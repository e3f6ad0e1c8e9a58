package servertest_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

// withoutLeaks runs the tests, and fails if they leave a goroutine behind.
type withoutLeaks struct{ m *testing.M }

func (w withoutLeaks) Run() int {
	code := w.m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func TestMain(m *testing.M) {
	testscript.Main(withoutLeaks{m}, map[string]func(){"mytool": mytool})
}

// mytool is a program that somebody tests: this test binary, by another name. Its address and key come from the environment.
func mytool() {
	c, err := client.New(
		client.APIKey(os.Getenv("MCLI_PUBLIC_API_KEY"), os.Getenv("MCLI_PRIVATE_API_KEY")),
		client.BaseURL(os.Getenv("MCLI_OPS_MANAGER_URL")),
	)
	if err == nil {
		var link client.Link
		link, err = c.Connect(context.Background(), migrationlink.OrgID(os.Getenv("MCLI_ORG_ID")), migrationlink.NewLinkToken("the token that Atlas showed"))
		fmt.Println(link.Status)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
