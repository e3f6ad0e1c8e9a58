package servertest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/servertest"
)

var token = migrationlink.NewLinkToken("the token that Atlas showed")

// Connect, and see in the journal what the server was asked.
func Example() {
	t := new(exampleT) // yours has a *testing.T
	defer t.end()

	s := servertest.New(t)
	link, err := s.Client().Connect(context.Background(), s.Org().ID, token)
	fmt.Println(link.Status, err)
	for _, entry := range s.Journal().Entries(nil) {
		fmt.Println(entry)
	}
	// Output:
	// SYNCED <nil>
	// 1, 2026-11-23T10:00:00Z, connect, 401, a probe
	// 2, 2026-11-23T10:00:00Z, connect, 201, by ownerkey, organization 5f7aac56b3a0b94bcdce6d8a
}

// A nonce is good for 60 seconds, which nobody has to wait for.
func Example_staleNonce() {
	t := new(exampleT)
	defer t.end()

	s := servertest.New(t)
	c := s.Client()
	_, err := c.Status(context.Background(), s.Org().ID)
	fmt.Println(err)
	s.Clock().Advance(61 * time.Second)
	_, err = c.Status(context.Background(), s.Org().ID)
	fmt.Println(err)
	fmt.Println("answered", s.Journal().Count(migrationlink.OperationStatus, 200), "challenged", s.Journal().Count(migrationlink.OperationStatus, 401))
	// Output:
	// <nil>
	// <nil>
	// answered 2 challenged 2
}

// The next call is told to come back in three seconds, and the one after it is answered.
func Example_fault() {
	t := new(exampleT)
	defer t.end()

	s := servertest.New(t)
	s.Fault(fault.On(migrationlink.OperationConnect).Next(1).RateLimited(3 * time.Second))
	var failure *client.Error
	_, err := s.Client().Connect(context.Background(), s.Org().ID, token)
	if errors.Is(err, client.ErrRateLimited) && errors.As(err, &failure) {
		fmt.Println("again after", failure.RetryAfter, "seconds")
	}
	link, err := s.Client().Connect(context.Background(), s.Org().ID, token)
	fmt.Println(link.Status, err)
	fmt.Println(s.Journal().Entries(nil)[1])
	// Output:
	// again after 3 seconds
	// SYNCED <nil>
	// 2, 2026-11-23T10:00:00Z, connect, 429 RATE_LIMITED, by ownerkey, organization 5f7aac56b3a0b94bcdce6d8a, fault: 429 RATE_LIMITED, Retry-After 3 s: the next call of connect (1)
}

// A program under test has the address and the key from its environment.
func Example_program() {
	t := new(exampleT)
	defer t.end()

	s := servertest.New(t)
	mytool := exec.Command("mytool", "link")
	mytool.Env = append(os.Environ(), s.Env()...)
	output, err := mytool.CombinedOutput()
	fmt.Printf("%s%v, connected %d times\n", output, err, s.Journal().Count(migrationlink.OperationConnect, 201))
	// Output:
	// SYNCED
	// <nil>, connected 1 times
}

// A client that sends another media type is refused, and its test fails.
func Example_violation() {
	t := new(exampleT)
	defer t.end()

	s := servertest.New(t)
	link := s.URL + "/api/public/v1.0/orgs/" + s.Org().ID.String() + "/liveExport/migrationLink"
	answer, err := s.HTTPClient().Post(link, "text/json", strings.NewReader(`{"linkToken":"the token that Atlas showed"}`))
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	_ = answer.Body.Close()
	fmt.Println(answer.Status)

	s.Expect("requestBody/mediaType", func() { // and this is how one tests what happens then
		if answer, err = s.HTTPClient().Post(link, "text/plain", strings.NewReader("{}")); err == nil {
			_ = answer.Body.Close()
		}
	})
	// Output:
	// 415 Unsupported Media Type
	// --- FAIL: servertest: request 2, connect, header Content-Type: want application/json, got another [requestBody/mediaType]
	//     journal: 2, 2026-11-23T10:00:00Z, connect, 415 UNSUPPORTED_MEDIA_TYPE, by ownerkey, organization 5f7aac56b3a0b94bcdce6d8a
	// servertest: where it is meant to be wrong: s.Expect("requestBody/mediaType", func() { … })
}

// A key that may only read, for how a program tells it to people.
func ExampleConfig() {
	t := new(exampleT)
	defer t.end()

	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.APIKeys[0].Roles[c.Organizations[0].ID] = []server.Role{server.RoleOrgReadOnly}
	}))
	_, err := s.Client().Status(context.Background(), s.Org().ID)
	fmt.Println(errors.Is(err, client.ErrRoleMissing))
	// Output:
	// true
}

// Over TLS, for any client that takes an http.Client.
func ExampleTLS() {
	t := new(exampleT)
	defer t.end()

	s := servertest.New(t, servertest.TLS())
	answer, err := s.HTTPClient().Get(s.URL + "/api/public/v1.0/orgs/" + s.Org().ID.String() + "/liveExport/migrationLink/status")
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	_ = answer.Body.Close()
	fmt.Println(answer.Proto, http.StatusText(answer.StatusCode))
	// Output:
	// HTTP/2.0 OK
}

// exampleT prints what a *testing.T would log.
type exampleT struct{ cleanups []func() }

func (t *exampleT) Helper()                           {}
func (t *exampleT) Cleanup(f func())                  { t.cleanups = append(t.cleanups, f) }
func (t *exampleT) Logf(format string, args ...any)   { fmt.Printf(format+"\n", args...) }
func (t *exampleT) Errorf(format string, args ...any) { fmt.Printf("--- FAIL: "+format+"\n", args...) }
func (t *exampleT) Fatalf(format string, args ...any) { t.Errorf(format, args...) }

func (t *exampleT) TempDir() string {
	folder, err := os.MkdirTemp("", "servertest")
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

func (t *exampleT) end() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
}
