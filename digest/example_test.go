package digest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/migrationlink/migrationlink/digest"
)

func ExampleTransport() {
	verifier, _ := digest.NewVerifier(digest.VerifierConfig{Realm: "MMS Public API", Password: passwordOf})
	server := httptest.NewServer(protect(verifier))
	defer server.Close()

	client := &http.Client{Transport: digest.NewTransport("ownerkey", "11111111-2222-3333-4444-555555555555")}
	defer client.CloseIdleConnections()
	res, err := client.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Status)
	// Output: 200 OK
}

func ExampleVerifier() {
	verifier, err := digest.NewVerifier(digest.VerifierConfig{
		Realm: "MMS Public API",
		Password: func(username string) (string, bool) {
			return "11111111-2222-3333-4444-555555555555", username == "ownerkey"
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := httptest.NewRecorder()
	protect(verifier).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Println(answer.Code, answer.Body)
	// Output: 401 digest: no Authorization header
}

// protect lets in who has signed, and challenges everybody else.
func protect(verifier *digest.Verifier) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		username, err := verifier.Verify(r)
		var refusal *digest.Refusal
		if errors.As(err, &refusal) {
			w.Header().Set("WWW-Authenticate", verifier.Challenge(refusal.Stale).String())
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, refusal)
			return
		}
		fmt.Fprintf(w, "hello %s", username)
	})
}
