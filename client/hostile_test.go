package client_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/digest"
)

// standIn is a server on loopback that signs in as the real one does, and answers signed requests with next.
func standIn(t *testing.T, next http.HandlerFunc) *httptest.Server {
	t.Helper()
	verifier, err := digest.NewVerifier(digest.VerifierConfig{
		Realm:    "MMS Public API",
		Password: func(username string) (string, bool) { return privateKey, username == publicKey },
	})
	require.NoError(t, err)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := verifier.Verify(r); err != nil {
			w.Header().Set("WWW-Authenticate", verifier.Challenge(false).String())
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// at makes a client with its own transport for a server on loopback, which attempts a call once.
func at(t *testing.T, s *httptest.Server) *client.Client {
	t.Helper()
	c, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL(s.URL), client.Attempts(1))
	require.NoError(t, err)
	return c
}

func writeJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func gzipped(t *testing.T, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	require.NoError(t, err)
	_, err = io.WriteString(z, body)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

// raw answers with bytes of any kind and closes the connection.
func raw(t *testing.T, answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		_, _ = io.WriteString(conn, answer)
		_ = conn.Close()
	}
}

func TestAnswersThatAServerShouldNotGive(t *testing.T) {
	t.Parallel()
	const unknown = " The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell."
	bomb := gzipped(t, `{"status":"SYNCED","more":"`+strings.Repeat("a", 4<<20)+`"}`)
	for _, c := range []struct {
		name string
		next http.HandlerFunc
		want string
	}{
		{"2 MiB", func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, 201, `{"status":"SYNCED","more":"`+strings.Repeat("a", 2<<20)+`"}`)
		}, `unexpected answer (201): the content cannot be read: it is larger than 1 MiB. The content begins: "{\"status\":\"SYNCED\",\"more\":\"` + strings.Repeat("a", 229) + `…".` + unknown},
		{"a bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			writeJSON(w, 201, string(bomb))
		}, `unexpected answer (201): the content cannot be read: it is larger than 1 MiB. The content begins: "{\"status\":\"SYNCED\",\"more\":\"` + strings.Repeat("a", 229) + `…".` + unknown},
		{"gzip that is none", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			writeJSON(w, 201, `{"status":"SYNCED"}`)
		}, `unexpected answer (201): the content cannot be read: gzip: invalid header.` + unknown},
		{"truncated", raw(t, "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"status\":"),
			`unexpected answer (201): the content cannot be read: unexpected EOF. The content begins: "{\"status\":".` + unknown},
		{"whole, but shorter than it said", raw(t, "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{\"status\":\"SYNCED\"}"),
			`unexpected answer (201): the content cannot be read: unexpected EOF. The content begins: "{\"status\":\"SYNCED\"}".` + unknown},
		{"no answer", raw(t, ""), `no answer: EOF.` + unknown},
		{"no HTTP", raw(t, "\x1b[2J220-mail.example\r\n"), `no answer: net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x1b[2J220-mail.example".` + unknown},
		{"no HTTP, with the token", raw(t, rawToken+"\r\n"), `no answer: [withheld: it contained a credential].` + unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			link, err := run(t, at(t, standIn(t, c.next)), "connect")
			require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: "+c.want)
			require.ErrorIs(t, err, client.ErrOutcomeUnknown)
			assert.Empty(t, canaries.Find([]byte(shown(link, err))))
		})
	}
}

// Its content is the connection, which stays open, and ends with no context.
func TestASwitchToAnotherProtocolEndsTheCall(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	s := standIn(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n")
		<-over
		_ = conn.Close()
	})
	t.Cleanup(func() { close(over) })
	const said = " organization 5f7aac56b3a0b94bcdce6d8a: unexpected answer (101): that is no status of an answer. A login page or a proxy may have answered: check the address "
	for operation, outcome := range map[string]string{
		"connect":    " The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.",
		"status":     "",
		"disconnect": " The outcome is unknown: disconnecting once more does no harm and settles it.",
	} {
		_, err := run(t, at(t, s), operation)
		require.EqualError(t, err, operation+said+s.URL+"/api/public/v1.0."+outcome)
	}
}

func TestADisconnectWhoseContentCannotBeRead(t *testing.T) {
	t.Parallel()
	_, err := run(t, at(t, standIn(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		writeJSON(w, 200, "{}")
	})), "disconnect")
	require.ErrorContains(t, err, "disconnect organization 5f7aac56b3a0b94bcdce6d8a: unexpected answer (200): the content cannot be read: ")
	require.ErrorContains(t, err, ". The outcome is unknown: disconnecting once more does no harm and settles it.")
	require.ErrorIs(t, err, client.ErrOutcomeUnknown)
}

func TestAShortAnswerThatIsCompressedIsRead(t *testing.T) {
	t.Parallel()
	content := gzipped(t, `{"status":"SYNCED"}`)
	link, err := run(t, at(t, standIn(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		writeJSON(w, 201, string(content))
	})), "connect")
	require.NoError(t, err)
	assert.Equal(t, client.Link{Status: migrationlink.StatusSynced}, link)
}

func TestALargeErrorIsStillItsStatus(t *testing.T) {
	t.Parallel()
	_, err := run(t, at(t, standIn(t, func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, 409, `{"error":409,"detail":"`+strings.Repeat("a", 2<<20)+`"}`)
	})), "connect")
	require.EqualError(t, err, `connect organization 5f7aac56b3a0b94bcdce6d8a: refused (409): something stands against it at present. `+
		`The content begins: "{\"error\":409,\"detail\":\"`+strings.Repeat("a", 233)+`…".`)
}

func TestACallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := standIn(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	_, err := at(t, s).Connect(ctx, org, token())
	require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: no answer: context canceled. The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.")
	require.ErrorIs(t, err, context.Canceled)
}

func TestAContentThatDripsEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := standIn(t, func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, 200, `{"status":`)
		assert.NoError(t, http.NewResponseController(w).Flush())
		cancel()
		<-r.Context().Done()
	})
	_, err := at(t, s).Status(ctx, org)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "status organization 5f7aac56b3a0b94bcdce6d8a: ")
}

func TestTheTimeoutOfTheGivenClientHolds(t *testing.T) {
	t.Parallel()
	s := standIn(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	c, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL(s.URL), client.Attempts(1),
		client.HTTPClient(&http.Client{Timeout: 100 * time.Millisecond, Transport: s.Client().Transport}))
	require.NoError(t, err)
	_, err = run(t, c, "status")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	// net/http says it in two ways, by whether the timer or the context comes first.
	require.Regexp(t, `^status organization 5f7aac56b3a0b94bcdce6d8a: no answer: .*(context deadline exceeded|Client\.Timeout exceeded)`, err.Error())
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	gone := l.Addr().String()
	require.NoError(t, l.Close())
	c, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL("http://"+gone), client.Attempts(1))
	require.NoError(t, err)
	_, err = run(t, c, "connect")
	require.EqualError(t, err, fmt.Sprintf("connect organization 5f7aac56b3a0b94bcdce6d8a: no answer: dial tcp %s: connect: connection refused. The link-token was not sent.", gone))
}

func TestAnUnknownCertificate(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	_, err := run(t, at(t, s), "connect")
	require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: no answer: tls: failed to verify certificate: x509: certificate signed by unknown authority. It was issued by \"O=Acme Co\": if you know that authority, have it trusted beside those of the system. The link-token was not sent.")
}

func TestARedirectToAnotherServerIsNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s reached the other server", r.Method, r.URL)
	}))
	t.Cleanup(elsewhere.Close)
	s := standIn(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/orgs?session=secret", http.StatusTemporaryRedirect)
	})
	for _, operation := range []string{"connect", "status", "disconnect"} {
		_, err := run(t, at(t, s), operation)
		require.EqualError(t, err, fmt.Sprintf("%s organization 5f7aac56b3a0b94bcdce6d8a: redirected (307) to %s, which is not followed. Check the address %s/api/public/v1.0.", operation, elsewhere.URL, s.URL))
	}
}
