package client_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/gen"
)

func TestOptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	key := client.APIKey(publicKey, privateKey)
	for _, c := range []struct {
		name string
		opts []client.Option
		want string
	}{
		{"no key", nil, "client.APIKey: missing: want the public and the private key of an API key pair, or client.ServiceAccount"},
		{"no public key", []client.Option{client.APIKey("", privateKey)}, "client.APIKey: the public key is empty: want both halves of an API key pair"},
		{"no private key", []client.Option{client.APIKey(publicKey, "")}, "client.APIKey: the private key is empty: want both halves of an API key pair"},
		{"a line ending in the private key", []client.Option{client.APIKey(publicKey, privateKey+"\n")}, "client.APIKey: the private key has white space or control characters in it: want it as it was shown when it was made"},
		{"a control character in the public key", []client.Option{client.APIKey("own\x00er", privateKey)}, "client.APIKey: the public key has white space or control characters in it: want it as it was shown when it was made"},
		{"halves swapped", []client.Option{client.APIKey(privateKey, publicKey)}, "client.APIKey: the public key looks like a private key: want the public key in its place"},
		{"key twice", []client.Option{key, key}, "client.APIKey: given twice: want it once"},
		{"address twice", []client.Option{key, client.BaseURL(address), client.BaseURL(address)}, "client.BaseURL: given twice: want it once"},
		{"no http.Client", []client.Option{key, client.HTTPClient(nil)}, "client.HTTPClient: nil: want an *http.Client, or leave the option out"},
		{"http.Client twice", []client.Option{client.HTTPClient(http.DefaultClient), key, client.HTTPClient(http.DefaultClient)}, "client.HTTPClient: given twice: want it once"},
		{"both kinds of credentials", []client.Option{key, client.ServiceAccount("mdb_sa_id_1", "mdb_sa_sk_1")}, "client.APIKey, client.ServiceAccount: both given: want one of them"},
		{"no client id", []client.Option{client.ServiceAccount("", "mdb_sa_sk_1")}, "client.ServiceAccount: the client id is empty: want the client id and the secret of a service account"},
		{"no secret", []client.Option{client.ServiceAccount("mdb_sa_id_1", "")}, "client.ServiceAccount: the secret is empty: want the client id and the secret of a service account"},
		{"client id and secret swapped", []client.Option{client.ServiceAccount("mdb_sa_sk_1", "mdb_sa_id_1")}, "client.ServiceAccount: the client id looks like the secret of a service account: want the client id in its place"},
		{"a blank in the secret", []client.Option{client.ServiceAccount("mdb_sa_id_1", "mdb sa")}, "client.ServiceAccount: the secret has white space or control characters in it: want it as it was shown when it was made"},
		{"a link-token as public key", []client.Option{client.APIKey(rawToken, privateKey)}, "client.APIKey: the public key looks like a link-token: want the public key in its place"},
		{"a link-token as private key", []client.Option{client.APIKey(publicKey, rawToken)}, "client.APIKey: the private key is a link-token, which signs nobody in: want both halves of an API key pair"},
		{"a link-token as client id", []client.Option{client.ServiceAccount(strings.TrimRight(rawToken, "="), "mdb_sa_sk_1")}, "client.ServiceAccount: the client id looks like a link-token: want the client id in its place"},
		{"a link-token as secret", []client.Option{client.ServiceAccount("mdb_sa_id_1", rawToken)}, "client.ServiceAccount: the secret is a link-token, which signs nobody in: want the client id and the secret of a service account"},
		{"no attempt", []client.Option{key, client.Attempts(0)}, "client.Attempts: 0: want 1 to 100"},
		{"too many attempts", []client.Option{key, client.Attempts(101)}, "client.Attempts: 101: want 1 to 100"},
		{"a negative wait", []client.Option{key, client.MaxWait(-time.Second)}, "client.MaxWait: -1s: want 0 or more"},
		{"no wrapping", []client.Option{key, client.WrapTransport(nil)}, "client.WrapTransport: nil: want a func, or leave the option out"},
		{"no jitter", []client.Option{key, client.Jitter(nil)}, "client.Jitter: nil: want a func, or leave the option out"},
		{"authorities that are none", []client.Option{key, client.RootCAs([]byte("no PEM"))}, `client.RootCAs: no certificate in it: want PEM, with "-----BEGIN CERTIFICATE-----"`},
		{"authorities for a transport of one's own", []client.Option{key, client.RootCAs(nil), client.HTTPClient(&http.Client{Transport: &script{}})}, "client.HTTPClient: its Transport is no *http.Transport, so that client.RootCAs and client.ClientCertificate cannot be added: want them in its own TLS configuration"},
		{"nil option", []client.Option{key, nil}, "client.New: an option is nil"},
		{"several", []client.Option{client.BaseURL("ftp://h"), client.HTTPClient(nil)}, "client.HTTPClient: nil: want an *http.Client, or leave the option out\n" +
			"client.APIKey: missing: want the public and the private key of an API key pair, or client.ServiceAccount\n" +
			"client.BaseURL: neither https nor http: want https://HOST[:PORT][/PREFIX]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			made, err := client.New(c.opts...)
			require.EqualError(t, err, c.want)
			assert.Nil(t, made)
		})
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	t.Parallel()
	const want = ": want https://HOST[:PORT][/PREFIX]"
	for given, what := range map[string]string{
		"om.example":                     "there is no https:// in front" + want,
		"om.example:8443":                "there is no https:// in front" + want,
		"//om.example":                   "there is no https:// in front" + want,
		"10.0.0.1:8443":                  "not an address" + want,
		"https://om.example\n":           "not an address" + want,
		"https://om.example:port":        "not an address" + want,
		"https:om.example":               "there is no https:// in front" + want,
		"https://":                       "there is no host" + want,
		"https://:8443":                  "there is no host" + want,
		"ftp://om.example":               "neither https nor http" + want,
		"https://s3cret:pw@om.example":   "there is a user name in the address; client.APIKey takes the key" + want,
		"https://om.example/?s3cret=1":   "there is a query" + want,
		"https://om.example/?":           "there is a query" + want,
		"https://om.example/#s3cret":     "there is a fragment" + want,
		"https://om.example/#":           "there is a fragment" + want,
		"http://om.example":              `plain http to "om.example", where a listener on the way would read the link-token: want https, or client.AllowHTTP as well`,
		"http://localhost.example:1":     `plain http to "localhost.example", where a listener on the way would read the link-token: want https, or client.AllowHTTP as well`,
		"http://127.1":                   `plain http to "127.1", where a listener on the way would read the link-token: want https, or client.AllowHTTP as well`,
		"http://10.0.0.1/":               `plain http to "10.0.0.1", where a listener on the way would read the link-token: want https, or client.AllowHTTP as well`,
		"https://u:s3cret@om.example:x/": "not an address" + want,

		"https://om.s3cret" + strings.Repeat("a", 58): "the host is none: a part of its name is longer than 63 characters" + want,
		"http://s3cret" + strings.Repeat("a", 58):     "the host is none: a part of its name is longer than 63 characters" + want,
	} {
		_, err := client.New(client.BaseURL(given), client.APIKey(publicKey, privateKey))
		require.EqualError(t, err, "client.BaseURL: "+what, given)
		assert.NotContains(t, err.Error(), "s3cret")
	}
}

func TestAddressesThatAreTaken(t *testing.T) {
	t.Parallel()
	base := strings.TrimPrefix(gen.ServerUrlCloudManager, "https://cloud.mongodb.com")
	for given, want := range map[string]string{
		"https://" + strings.Repeat("a", 63):     "https://" + strings.Repeat("a", 63) + base,
		"":                                       gen.ServerUrlCloudManager,
		gen.ServerUrlCloudManager:                gen.ServerUrlCloudManager,
		"https://om.example":                     "https://om.example" + base,
		"https://om.example/":                    "https://om.example" + base,
		"HTTPS://om.example:8443//":              "https://om.example:8443" + base,
		"https://om.example" + base + "/":        "https://om.example" + base,
		"https://om.example/a%2Fb/c":             "https://om.example/a%2Fb/c" + base,
		"https://om.example/prefix" + base:       "https://om.example/prefix" + base,
		"https://om.example/prefix" + base + "/": "https://om.example/prefix" + base,
		"http://localhost:8080":                  "http://localhost:8080" + base,
		"http://127.0.0.1:8080/":                 "http://127.0.0.1:8080" + base,
		"http://[::1]:8080":                      "http://[::1]:8080" + base,
		"http://[::ffff:127.0.0.1]:8080":         "http://[::ffff:127.0.0.1]:8080" + base,
		"http://LocalHost":                       "http://localhost" + base,
		"http://LOCALHOST.:8080/":                "http://localhost:8080" + base,
		"http://localhost./prefix":               "http://localhost/prefix" + base,
		"https://localhost.om.example":           "https://localhost.om.example" + base,
	} {
		network := &script{signed: answering(jsonReply(200, `{}`))}
		_, err := over(t, network, client.BaseURL(given)).Status(t.Context(), org)
		require.NoError(t, err, given)
		assert.Equal(t, want+"/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink/status", network.sent[0].url, given)
	}
}

func TestAllowHTTPInEitherOrder(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]client.Option{
		{client.AllowHTTP(), client.BaseURL("http://om.example"), client.APIKey(publicKey, privateKey)},
		{client.APIKey(publicKey, privateKey), client.BaseURL("http://om.example"), client.AllowHTTP()},
	} {
		_, err := client.New(opts...)
		assert.NoError(t, err)
	}
}

func TestTheGivenClientIsCopied(t *testing.T) {
	t.Parallel()
	network := &script{signed: answering(reply{status: 302, header: map[string]string{"Location": "/elsewhere"}})}
	given := &http.Client{Transport: network, Timeout: time.Hour, CheckRedirect: func(*http.Request, []*http.Request) error {
		t.Error("the CheckRedirect of the given client is not asked")
		return nil
	}}
	c, err := client.New(client.HTTPClient(given), client.APIKey(publicKey, privateKey))
	require.NoError(t, err)
	assert.Same(t, network, given.Transport)
	assert.NotNil(t, given.CheckRedirect)
	assert.Equal(t, time.Hour, given.Timeout)
	_, err = c.Status(t.Context(), org)
	require.ErrorIs(t, err, client.ErrRedirected)
	assert.Len(t, network.sent, 2, "probe and request; nothing after the redirect")
}

func TestTheDefaultsOfNetHTTPAreNotTouched(t *testing.T) {
	before := *http.DefaultClient
	transport := http.DefaultTransport.(*http.Transport)
	idle, header := transport.IdleConnTimeout, transport.ResponseHeaderTimeout
	_, err := client.New(client.APIKey(publicKey, privateKey))
	require.NoError(t, err)
	_, err = client.New(client.APIKey(publicKey, privateKey), client.HTTPClient(http.DefaultClient))
	require.NoError(t, err)
	assert.Equal(t, before.Transport, http.DefaultClient.Transport)
	assert.Nil(t, http.DefaultClient.CheckRedirect)
	assert.Same(t, transport, http.DefaultTransport)
	assert.Equal(t, idle, transport.IdleConnTimeout)
	assert.Equal(t, header, transport.ResponseHeaderTimeout)
}

// Whatever the order of the options, the client is the same, and so is what New says of those that are wrong.
func TestTheOrderOfOptionsMeansNothing(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	rapid.Check(t, func(rt *rapid.T) {
		var log []string
		wire := &http.Transport{DialContext: func(_ context.Context, _, address string) (net.Conn, error) {
			log = append(log, "dial "+address)
			return nil, errCut
		}}
		good := []client.Option{
			client.ServiceAccount(clientID, clientSecret), client.BaseURL("http://om.example"), client.AllowHTTP(), client.RootCAs(ca.PEM()),
			client.Attempts(2), client.MaxWait(0), client.ClientCertificate(ca.issue(nil)),
			client.HTTPClient(&http.Client{Transport: wire}),
			client.Jitter(func() float64 {
				log = append(log, "jitter")
				return -1 // so that nobody waits
			}),
			client.WrapTransport(func(next http.RoundTripper) http.RoundTripper {
				return transportFunc(func(req *http.Request) (*http.Response, error) {
					log = append(log, req.Method)
					return next.RoundTrip(req)
				})
			}),
		}
		c, err := client.New(rapid.Permutation(good).Draw(rt, "good")...)
		require.NoError(rt, err)
		_, err = c.Status(context.Background(), org)
		require.EqualError(rt, err, "status organization 5f7aac56b3a0b94bcdce6d8a: no answer: fetch an access token: connection cut. It was tried 2 times.")
		assert.Equal(rt, []string{"POST", "dial om.example:80", "jitter", "POST", "dial om.example:80"}, log)
		assert.Nil(rt, wire.TLSClientConfig, "the given transport has not changed")

		bad := append(slices.Clone(good), client.APIKey("", ""), client.Attempts(0), client.MaxWait(-1), client.BaseURL("ftp://x"), client.RootCAs(nil), client.Jitter(nil))
		_, err = client.New(rapid.Permutation(bad).Draw(rt, "bad")...)
		require.ErrorContains(rt, err, "client.Attempts: given twice: want it once\nclient.BaseURL: given twice: want it once\nclient.Jitter: given twice: want it once\n"+
			"client.MaxWait: given twice: want it once\nclient.RootCAs: given twice: want it once\n")
		require.ErrorContains(rt, err, "client.APIKey, client.ServiceAccount: both given: want one of them")
	})
}

// No option changes what it was given.
func TestTheGivenTransportIsNotChanged(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	config := &tls.Config{ServerName: "om.example"}
	transport := &http.Transport{TLSClientConfig: config, IdleConnTimeout: time.Hour}
	given := &http.Client{Transport: transport}
	_, err := client.New(client.APIKey(publicKey, privateKey), client.HTTPClient(given), client.RootCAs(ca.PEM()), client.ClientCertificate(ca.issue(nil)),
		client.WrapTransport(func(http.RoundTripper) http.RoundTripper { return &script{} }))
	require.NoError(t, err)
	assert.Same(t, transport, given.Transport)
	assert.Same(t, config, transport.TLSClientConfig)
	assert.Nil(t, config.RootCAs)
	assert.Empty(t, config.Certificates)
	assert.Equal(t, time.Hour, transport.IdleConnTimeout)
	assert.Nil(t, transport.OnProxyConnectResponse)
}

func TestAWrappingThatReturnsNothing(t *testing.T) {
	t.Parallel()
	_, err := client.New(client.APIKey(publicKey, privateKey), client.WrapTransport(func(http.RoundTripper) http.RoundTripper { return nil }))
	require.EqualError(t, err, "client.WrapTransport: it returned nil: want a transport around the given one")
}
