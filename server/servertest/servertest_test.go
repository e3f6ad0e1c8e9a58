package servertest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/links"
	"github.com/migrationlink/migrationlink/server/servertest"
)

const org migrationlink.OrgID = "5f7aac56b3a0b94bcdce6d8a"

func linkOf(s *servertest.Server) string {
	return s.URL + "/api/public/v1.0/orgs/" + s.Org().ID.String() + "/liveExport/migrationLink"
}

// send sends a request with the key of the server, and returns the status.
func send(t testing.TB, s *servertest.Server, method, url, mediaType, content string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(content))
	require.NoError(t, err)
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	answer, err := s.HTTPClient().Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

func TestATestFailsForWhatBreaksTheContract(t *testing.T) {
	t.Parallel()
	const (
		post, get = http.MethodPost, http.MethodGet
		right     = `{"linkToken":"the token that Atlas showed"}`
	)
	// sends are what is asked, one after the other, each after its probe if the nonce is not known.
	tests := map[string]struct {
		during  func(*testing.T, *servertest.Server)
		options []servertest.Option
		want    string // all that the test is told
	}{
		"nothing": {during: func(*testing.T, *servertest.Server) {}},
		"right requests": {during: func(t *testing.T, s *servertest.Server) {
			assert.Equal(t, 201, send(t, s, post, linkOf(s), "application/json", right))
			assert.Equal(t, 200, send(t, s, get, linkOf(s)+"/status", "", ""))
			assert.Equal(t, 204, send(t, s, http.MethodDelete, linkOf(s), "", ""))
			assert.Equal(t, 404, send(t, s, http.MethodDelete, linkOf(s), "", ""))
		}},
		"a probe without content": {during: func(t *testing.T, s *servertest.Server) {
			answer, err := http.Post(linkOf(s), "", nil)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
		}},
		"a probe with another media type": {during: func(t *testing.T, s *servertest.Server) {
			answer, err := http.Post(linkOf(s)+"?prety=true", "", nil)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
		}},
		"a token before sign-in": {
			during: func(t *testing.T, s *servertest.Server) {
				answer, err := http.Post(linkOf(s), "application/json", strings.NewReader(right))
				require.NoError(t, err)
				require.NoError(t, answer.Body.Close())
			},
			want: "log: servertest: advice, request 1, connect, body: is sent before sign-in; fetch the challenge without it [token-before-sign-in]",
		},
		"a stale nonce": {during: func(t *testing.T, s *servertest.Server) {
			assert.Equal(t, 201, send(t, s, post, linkOf(s), "application/json", right))
			s.Clock().Advance(61 * time.Second)
			assert.Equal(t, 201, send(t, s, post, linkOf(s), "application/json", right))
			assert.Equal(t, 2, s.Journal().Count(migrationlink.OperationConnect, 401))
		}},
		"no media type, three times, and no such path": {
			during: func(t *testing.T, s *servertest.Server) {
				for range 3 {
					assert.Equal(t, 415, send(t, s, post, linkOf(s), "", right))
				}
				assert.Equal(t, 404, send(t, s, get, s.URL+"/health", "", ""))
			},
			want: `fail: servertest: request 2, connect, header Content-Type: want application/json, got none [requestBody/mediaType], and 2 more
    journal: 2, 2026-11-23T10:00:00Z, connect, 415 UNSUPPORTED_MEDIA_TYPE, by ownerkey, organization 5f7aac56b3a0b94bcdce6d8a
fail: servertest: request 5, no operation, path: is none of the contract's [paths]
    journal: 5, 2026-11-23T10:00:00Z, no operation, 404 RESOURCE_NOT_FOUND
log: servertest: where it is meant to be wrong: s.Expect("requestBody/mediaType", func() { … })`,
		},
		"what the journal keeps no more": {
			options: []servertest.Option{servertest.Config(func(c *server.Config) { c.JournalSize = 1 })},
			during: func(t *testing.T, s *servertest.Server) {
				assert.Equal(t, 415, send(t, s, post, linkOf(s), "", right))
				assert.Equal(t, 200, send(t, s, get, linkOf(s)+"/status", "", ""))
				s.Journal().Reset()
			},
			want: `fail: servertest: request 2, connect, header Content-Type: want application/json, got none [requestBody/mediaType]
    journal: 2, 2026-11-23T10:00:00Z, connect, 415 UNSUPPORTED_MEDIA_TYPE, by ownerkey, organization 5f7aac56b3a0b94bcdce6d8a
log: servertest: where it is meant to be wrong: s.Expect("requestBody/mediaType", func() { … })`,
		},
		"expected": {during: func(t *testing.T, s *servertest.Server) {
			s.Expect("requestBody/mediaType", func() {
				assert.Equal(t, 415, send(t, s, post, linkOf(s), "", right))
			})
		}},
		"expected, and more": {
			during: func(t *testing.T, s *servertest.Server) {
				s.Expect("requestBody/mediaType", func() {
					s.Expect("requestBody/required", func() {
						assert.Equal(t, 415, send(t, s, post, linkOf(s), "", ""))
						assert.Equal(t, 400, send(t, s, get, linkOf(s)+"/status?pretty=1", "", ""))
					})
				})
				assert.Equal(t, 400, send(t, s, post, linkOf(s), "application/json", ""))
			},
			want: `fail: servertest: request 3, status, query pretty: is neither true nor false [parameters/type]
    journal: 3, 2026-11-23T10:00:00Z, status, 400 INVALID_QUERY_PARAMETER, by ownerkey, organization 5f7aac56b3a0b94bcdce6d8a
fail: servertest: request 4, connect, body: required, missing [requestBody/required]
    journal: 4, 2026-11-23T10:00:00Z, connect, 400 MALFORMED_JSON, by ownerkey, organization 5f7aac56b3a0b94bcdce6d8a
log: servertest: where it is meant to be wrong: s.Expect("parameters/type", func() { … })`,
		},
		"expected in vain": {
			during: func(t *testing.T, s *servertest.Server) {
				s.Expect("requestBody/mediaType", func() {
					assert.Equal(t, 201, send(t, s, post, linkOf(s), "application/json", right))
				})
			},
			want: "fail: servertest: expected a request that breaks requestBody/mediaType, and none came",
		},
		"expected, and the test ended there": {during: func(t *testing.T, s *servertest.Server) {
			assert.Panics(t, func() { s.Expect("requestBody/mediaType", func() { panic("FailNow") }) })
		}},
		"lenient": {
			options: []servertest.Option{servertest.Lenient()},
			during: func(t *testing.T, s *servertest.Server) {
				assert.Equal(t, 415, send(t, s, post, linkOf(s), "", right))
			},
			want: `log: servertest: request 2, connect, header Content-Type: want application/json, got none [requestBody/mediaType]
    journal: 2, 2026-11-23T10:00:00Z, connect, 415 UNSUPPORTED_MEDIA_TYPE, by ownerkey, organization 5f7aac56b3a0b94bcdce6d8a
log: servertest: where it is meant to be wrong: s.Expect("requestBody/mediaType", func() { … })`,
		},
		"the stand-in itself fails": {
			options: []servertest.Option{servertest.Config(func(c *server.Config) { c.Links = brokenLinks{} })},
			during: func(t *testing.T, s *servertest.Server) {
				assert.Equal(t, 500, send(t, s, get, linkOf(s)+"/status", "", ""))
			},
			want: `log: servertest: msg="a handler failed" error="status: the disk is gone"`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := record(t)
			s := servertest.New(r, tt.options...)
			tt.during(t, s)
			assert.Equal(t, tt.want, r.end())
			assert.Equal(t, strings.Contains(tt.want, "fail: "), r.failed)
		})
	}
}

// brokenLinks fail.
type brokenLinks struct{ links.Links }

func (brokenLinks) Get(context.Context, migrationlink.OrgID) (links.Link, error) {
	return links.Link{}, fmt.Errorf("the disk is gone")
}

func TestAnExpectationIsForEverybodyWhileItLasts(t *testing.T) {
	t.Parallel()
	r := record(t)
	s := servertest.New(r)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s.Expect("requestBody/mediaType", func() {
				assert.Equal(t, 415, send(t, s, http.MethodPost, linkOf(s), "", `{"linkToken":"x"}`))
			})
		})
	}
	all.Wait()
	assert.Empty(t, r.end())
}

func TestAWrongConfigFailsTheTestAtOnce(t *testing.T) {
	t.Parallel()
	r := record(t)
	assert.Nil(t, servertest.New(r, servertest.Organizations(server.Organization{ID: "5f7aac56"})))
	assert.Equal(t, `fatal: servertest: server: Organizations[0].ID: not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a
APIKeys[0].Roles: not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a`, r.end())

	r = record(t)
	s := servertest.New(r, servertest.Config(func(c *server.Config) { c.APIKeys = nil }))
	assert.Nil(t, s.Client())
	assert.Equal(t, "fatal: servertest: client.APIKey: the public key is empty: want both halves of an API key pair", r.end())
}

func TestHundredsAtATime(t *testing.T) {
	t.Parallel()
	const servers = 300
	var mu sync.Mutex
	addresses, keys := make(map[string]bool), make(map[string]bool)
	t.Run("all", func(t *testing.T) {
		for range servers {
			t.Run("one", func(t *testing.T) {
				t.Parallel()
				s := servertest.New(t)
				link, err := s.Client().Connect(t.Context(), s.Org().ID, token)
				require.NoError(t, err)
				assert.Equal(t, migrationlink.StatusSynced, link.Status)
				s.Clock().Advance(61 * time.Second)
				assert.Equal(t, 200, send(t, s, http.MethodGet, linkOf(s)+"/status", "", ""))
				kept, err := s.Links().Get(t.Context(), org)
				require.NoError(t, err)
				assert.Equal(t, token.Fingerprint(), kept.Token)
				assert.Equal(t, time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), kept.ConnectedAt)
				assert.Equal(t, 1, s.Journal().Count(migrationlink.OperationConnect, 201))
				mu.Lock()
				defer mu.Unlock()
				addresses[s.URL], keys[s.Key().PrivateKey.Reveal()] = true, true
			})
		}
	})
	assert.NotEmpty(t, addresses)
	assert.Len(t, keys, servers, "each has a key of its own")
}

func TestTheKeyOfOneServerIsRefusedByAnother(t *testing.T) {
	t.Parallel()
	s, other := servertest.New(t), servertest.New(t)
	answer, err := s.HTTPClient().Get(linkOf(other) + "/status")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, http.StatusUnauthorized, answer.StatusCode)
}

func TestOrganizationsAreOwnedByTheKey(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Organizations(server.Organization{ID: "4888442a3354817a7320eb61"}, server.Organization{ID: org}))
	assert.Equal(t, migrationlink.OrgID("4888442a3354817a7320eb61"), s.Org().ID)
	for _, id := range []migrationlink.OrgID{"4888442a3354817a7320eb61", org} {
		link, err := s.Client().Status(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, migrationlink.StatusNotSynced, link.Status)
	}
}

func TestAProgramHasAllFromItsEnvironment(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]servertest.Option{"plain": nil, "TLS": {servertest.TLS()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := record(t)
			s := servertest.New(r, options...)
			program := exec.CommandContext(t.Context(), "mytool")
			program.Env = append(os.Environ(), s.Env()...)
			output, err := program.CombinedOutput()
			require.NoError(t, err, "%s", output)
			assert.Equal(t, "SYNCED\n", string(output))
			assert.Equal(t, 1, s.Journal().Count(migrationlink.OperationConnect, 201))
			assert.Empty(t, secret.Find([]byte(fmt.Sprintf("%v %+v", s.Key(), s.Journal().Entries(nil))),
				secret.New("private key", s.Key().PrivateKey.Reveal()), secret.New("link-token", token.Reveal())))
			want := []string{
				"MCLI_PUBLIC_API_KEY=ownerkey", "MCLI_PRIVATE_API_KEY=" + s.Key().PrivateKey.Reveal(), "MCLI_ORG_ID=5f7aac56b3a0b94bcdce6d8a", "MCLI_OPS_MANAGER_URL=" + s.URL,
			}
			if name == "TLS" {
				assert.True(t, strings.HasPrefix(s.URL, "https://127.0.0.1:"), s.URL)
				assert.FileExists(t, s.CAFile)
				want = append(want, "MCLI_OPS_MANAGER_CA_CERTIFICATE="+s.CAFile, "SSL_CERT_FILE="+s.CAFile)
			} else {
				assert.True(t, strings.HasPrefix(s.URL, "http://127.0.0.1:"), s.URL)
				assert.Empty(t, s.CAFile)
			}
			assert.Equal(t, want, s.Env())
			assert.Empty(t, r.end())
		})
	}
}

func TestOverTLSBothClientsTrustTheServerAndOthersDoNot(t *testing.T) {
	t.Parallel()
	r := record(t)
	s := servertest.New(r, servertest.TLS())
	link, err := s.Client().Connect(t.Context(), s.Org().ID, token)
	require.NoError(t, err)
	assert.Equal(t, migrationlink.StatusSynced, link.Status)
	answer, err := s.HTTPClient().Get(linkOf(s) + "/status")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, "HTTP/2.0", answer.Proto)
	assert.Equal(t, "max-age=300", answer.Header.Get("Strict-Transport-Security"))

	stranger := new(http.Transport)
	_, err = (&http.Client{Transport: stranger}).Get(linkOf(s))
	require.ErrorContains(t, err, "certificate signed by unknown authority")
	stranger.CloseIdleConnections()
	for said := range strings.Lines(r.end()) { // what the server says of the handshake, if it came to that
		assert.Contains(t, said, "TLS handshake error")
	}
	assert.False(t, r.failed)
}

// A client that never finishes its request, or waits for an answer that does not come, holds nothing up. Nobody is told of what closing alone has cut off.
func TestAClientThatHangsIsCutOff(t *testing.T) {
	t.Parallel()
	hanging := map[string]func(*testing.T, *servertest.Server) net.Conn{
		"without a byte": dial,
		"in its header": func(t *testing.T, s *servertest.Server) net.Conn {
			conn := dial(t, s)
			_, err := conn.Write([]byte("POST /api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink HTTP/1.1\r\nHost: x\r\n"))
			require.NoError(t, err)
			return conn
		},
		"in its content": func(t *testing.T, s *servertest.Server) net.Conn {
			conn := dial(t, s)
			// The stand-in asks for the content when it has come to read it.
			_, err := fmt.Fprintf(conn, "%sExpect: 100-continue\r\nContent-Length: 100\r\n\r\n", signedConnect(t, s))
			require.NoError(t, err)
			line, err := bufio.NewReader(conn).ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
			_, err = conn.Write([]byte(`{"linkToken":`))
			require.NoError(t, err)
			return conn
		},
		"before an answer that comes late": func(t *testing.T, s *servertest.Server) net.Conn {
			s.Fault(fault.On(migrationlink.OperationConnect).Latency(time.Minute).At(fault.BeforeSignIn))
			conn := dial(t, s)
			_, err := fmt.Fprintf(conn, "%sContent-Length: 2\r\n\r\n{}", signedConnect(t, s))
			require.NoError(t, err)
			assert.Eventually(t, func() bool { return s.Faults().List()[0].Struck == 1 }, time.Minute, time.Millisecond)
			return conn
		},
	}
	for name, hangs := range hanging {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := record(t)
			s := servertest.New(r)
			conn := hangs(t, s)
			assert.Empty(t, r.end())
			_, err := io.Copy(io.Discard, conn)
			assert.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection is closed")
			_, err = net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
			require.Error(t, err, "nobody listens")
		})
	}
	t.Run("in the handshake", func(t *testing.T) {
		t.Parallel()
		r := record(t)
		s := servertest.New(r, servertest.TLS())
		conn := dial(t, s)
		assert.Empty(t, r.end())
		_, err := io.Copy(io.Discard, conn)
		assert.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection is closed")
	})
	t.Run("over HTTP/2", func(t *testing.T) {
		t.Parallel()
		r := record(t)
		s := servertest.New(r, servertest.TLS())
		s.Fault(fault.On(migrationlink.OperationStatus).Do(fault.Endless))
		answer, err := s.HTTPClient().Get(linkOf(s) + "/status")
		require.NoError(t, err)
		assert.Empty(t, r.end())
		_, err = io.Copy(io.Discard, answer.Body)
		require.Error(t, err)
	})
}

// net/http lingers half a second on a connection whose request it has refused to read. Closing waits for it, so that who looks for goroutines finds none.
func TestNothingIsLeftOfAConnection(t *testing.T) {
	t.Parallel()
	r := record(t)
	s := servertest.New(r)
	conn := dial(t, s)
	_, err := fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nX: %s", strings.Repeat("x", http.DefaultMaxHeaderBytes+8<<10))
	require.NoError(t, err)
	line, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1.1 431 Request Header Fields Too Large\r\n", line)
	assert.Empty(t, r.end())
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	assert.False(t, strings.Contains(string(stacks), "closeWriteAndWait"), "net/http still lingers")
}

// dial opens a connection, which is closed at the end of the test, and on which nothing takes longer than a minute.
func dial(t *testing.T, s *servertest.Server) net.Conn {
	t.Helper()
	_, address, _ := strings.Cut(s.URL, "://")
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	return conn
}

// signedConnect is the beginning of a connect that the key has signed, up to the header that tells of its content.
func signedConnect(t *testing.T, s *servertest.Server) string {
	t.Helper()
	answer, err := http.Get(linkOf(s) + "/status")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	challenges, err := digest.ParseChallenges(answer.Header.Values("WWW-Authenticate"))
	require.NoError(t, err)
	uri := strings.TrimPrefix(linkOf(s), s.URL)
	signed, err := digest.Credentials{
		Username: s.Key().PublicKey, Realm: challenges[0].Realm, Nonce: challenges[0].Nonce, URI: uri, Algorithm: digest.MD5, QOP: "auth",
		NC: "00000001", CNonce: "0a4f113b",
	}.Sign(http.MethodPost, s.Key().PrivateKey.Reveal())
	require.NoError(t, err)
	authorization, err := signed.FieldValue()
	require.NoError(t, err)
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: %s\r\n", uri, authorization)
}

// What a fault has struck may be wrong: who has set it wants to see what comes of it.
func TestWhatAFaultHasStruckIsNotHeldToTheContract(t *testing.T) {
	t.Parallel()
	r := record(t)
	s := servertest.New(r)
	assert.Equal(t, 200, send(t, s, http.MethodGet, linkOf(s)+"/status", "", ""))
	s.Fault(fault.On(migrationlink.OperationConnect).Error("SERVICE_UNAVAILABLE").At(fault.BeforeSignIn))
	assert.Equal(t, 503, send(t, s, http.MethodPost, linkOf(s), "text/plain", "{}"))
	assert.Equal(t, 1, s.Faults().List()[0].Struck)
	assert.Empty(t, r.end())
}

func TestAWrongFaultFailsTheTestAtOnce(t *testing.T) {
	t.Parallel()
	r := record(t)
	s := servertest.New(r)
	s.Fault(fault.On("disconect").RateLimited(time.Second))
	assert.Equal(t, `fatal: servertest: Fault: operation "disconect" is none of connect, status, disconnect; did you mean disconnect?`, r.end())
}

// A program that goes on after its test: the recorder panics where a testing.T would.
func TestATestThatHasEndedIsLeftAlone(t *testing.T) {
	t.Parallel()
	r := record(t)
	var logger *slog.Logger
	s := servertest.New(r, servertest.Config(func(c *server.Config) { c.Links, logger = brokenLinks{}, c.Logger }))
	begun, stop := make(chan struct{}), make(chan struct{})
	var program sync.WaitGroup
	for range 4 {
		program.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop: // others may have the port
					return
				default:
				}
				for _, query := range []string{"?pretty=1", ""} { // one is wrong, the other fails in the server
					answer, err := s.HTTPClient().Get(linkOf(s) + "/status" + query)
					if err != nil {
						return // closed
					}
					_ = answer.Body.Close()
				}
				if i == 10 {
					begun <- struct{}{}
				}
			}
		})
	}
	for range 4 {
		<-begun
	}
	said := r.end()
	close(stop)
	assert.Contains(t, said, "fail: servertest: request ")
	assert.Contains(t, said, "the disk is gone")
	program.Wait()
	logger.Error("late")
	s.Expect("requestBody/mediaType", func() {}) // in vain, and too late to say so
}

// Whoever runs this in a program, and not in a test, does not get the flags of go test.
func TestPackageTestingIsNotLinked(t *testing.T) {
	t.Parallel()
	output, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(output))
	assert.Contains(t, deps, "net/http")
	assert.NotContains(t, deps, "testing")
	assert.NotContains(t, deps, "net/http/httptest")
}

func TestTheCAFileIsOneOfTheTest(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	r := record(t)
	r.folder = func() string { return folder }
	s := servertest.New(r, servertest.TLS())
	assert.Equal(t, filepath.Join(folder, "ca.pem"), s.CAFile)
	r.end()

	r = record(t)
	r.folder = func() string { return filepath.Join(folder, "none") }
	assert.Nil(t, servertest.New(r, servertest.TLS()))
	assert.Equal(t, "fatal: servertest: open "+filepath.Join(folder, "none", "ca.pem")+": no such file or directory", r.end())
}

// BenchmarkFirstAnswer is what a test pays for a server of its own, up to the first answer, when it is not the first of its process; Bare is httptest
// with a handler that does nothing.
func BenchmarkFirstAnswer(b *testing.B) {
	for _, c := range []struct {
		name  string
		serve func(*testing.B)
	}{
		{"Bare", func(b *testing.B) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
			first(b, s.Client(), s.URL, http.StatusNoContent)
			s.Close()
		}},
		{"Servertest", func(b *testing.B) {
			r := record(b)
			s := servertest.New(r)
			wire := new(http.Transport)
			first(b, &http.Client{Transport: wire}, linkOf(s)+"/status", http.StatusUnauthorized)
			wire.CloseIdleConnections()
			r.end()
		}},
		{"ServertestSignedIn", func(b *testing.B) {
			r := record(b)
			s := servertest.New(r)
			first(b, s.HTTPClient(), linkOf(s)+"/status", http.StatusOK)
			r.end()
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.serve(b) // the first one reads the contract, for all of them
			for b.Loop() {
				c.serve(b)
			}
		})
	}
}

func first(b *testing.B, c *http.Client, url string, want int) {
	answer, err := c.Get(url)
	if err != nil || answer.StatusCode != want {
		b.Fatal(answer, err)
	}
	_ = answer.Body.Close()
}
