package client_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/secret"
)

const (
	accountName   = "mdb_sa_id_4888442a3354817a7320eb61"
	accountSecret = "mdb_sa_sk_topsecretvalue1234567890"
)

// A name goes over the wire in the clear, and into logs: what has a secret in it is refused, before
// anything is sent.
func TestANameThatHoldsASecretIsRefused(t *testing.T) {
	t.Parallel()
	const (
		curl = "the public key has a colon in it: it looks like curl's form public:private; " +
			"put only the part before the colon"
		colon = "the public key has a colon in it, which HTTP authentication cannot carry: " +
			"want the public key alone"
		address  = "the public key looks like an address: want the public key alone"
		hasToken = "the public key has a link-token in it: want the public key alone"
		asAccess = "the public key looks like an access token: want the public key in its place"
		asToken  = "the public key looks like a link-token: want the public key in its place"
		asSecret = "the public key looks like the secret of a service account: want the public key in its place"
		private  = "the public key looks like a private key: want the public key in its place"
		holds    = "the public key has a private key in it: want the public key alone"
		account  = "the public key has the secret of a service account in it: want the public key alone"
	)
	bare := strings.ReplaceAll(privateKey, "-", "")
	encoded := base64.StdEncoding.EncodeToString([]byte(publicKey + ":" + privateKey))
	for name, c := range map[string]struct{ public, want string }{
		"curl's form":                       {publicKey + ":" + privateKey, curl},
		"curl's form in quotes":             {`"` + publicKey + ":" + privateKey + `"`, curl},
		"curl's form of another key":        {publicKey + ":99999999-2222-3333-4444-555555555555", curl},
		"curl's form with a short password": {publicKey + ":s3cret", curl},
		"curl's form the wrong way round":   {privateKey + ":" + publicKey, holds},
		"a colon in front":                  {":" + publicKey, colon},
		"an address":                        {"https://" + publicKey + ":" + privateKey + "@om.example", address},
		"a private key":                     {privateKey, private},
		"a private key in quotes":           {`"` + privateKey + `"`, private},
		"a private key in capitals":         {strings.ToUpper(privateKey), private},
		"a private key without dashes":      {bare, private},
		"the same, in capitals, in quotes":  {"'" + strings.ToUpper(bare) + "'", private},
		"a private key in braces":           {"{" + privateKey + "}", private},
		"a private key with a line ending":  {privateKey + "\r", private},
		"a private key with other dashes":   {strings.ReplaceAll(privateKey, "-", "\u2010"), private},
		"a private key at full width":       {atFullWidth(privateKey), private},
		"both, with a slash":                {publicKey + "/" + privateKey, holds},
		"both, with a blank":                {publicKey + " " + privateKey, holds},
		"both, with nothing":                {publicKey + bare, holds},
		"an assignment":                     {"MCLI_PRIVATE_API_KEY=" + privateKey, holds},
		"both in base64":                    {encoded, holds},
		"both, escaped for a URL":           {url.QueryEscape(publicKey + ":" + privateKey), holds},
		"a service account's secret":        {accountSecret, asSecret},
		"the same in capitals, in quotes":   {`"` + strings.ToUpper(accountSecret) + `"`, asSecret},
		"the same behind a name":            {publicKey + "," + accountSecret, account},
		"a link-token":                      {rawToken, asToken},
		"a link-token in quotes":            {`"` + rawToken + `"`, asToken},
		"a link-token behind a name":        {"LINK_TOKEN=" + rawToken, hasToken},
		"an access token":                   {jwt, asAccess},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := client.New(client.APIKey(c.public, privateKey))
			require.EqualError(t, err, "client.APIKey: "+c.want)
			_, err = client.New(client.ServiceAccount(c.public, accountSecret))
			want := strings.NewReplacer("public key", "client id", "public:private", "id:secret").Replace(c.want)
			require.EqualError(t, err, "client.ServiceAccount: "+want)
			assert.Empty(t, canaries.Find([]byte(err.Error())))
		})
	}
}

func atFullWidth(s string) string {
	return strings.Map(func(r rune) rune { return r + '\uff01' - '!' }, s)
}

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.c2lnbmF0dXJlLW9mLXRoZS10ZXN0"

// What has no shape that is known is refused where it is the secret half itself.
func TestANameThatHoldsItsOwnSecretIsRefused(t *testing.T) {
	t.Parallel()
	const odd = "Correct-Horse!"
	for name, public := range map[string]string{
		"itself": odd, "in capitals": strings.ToUpper(odd), "behind a name": "owner/" + odd,
		"without dashes": "k" + strings.ReplaceAll(odd, "-", ""),
		"in base64":      base64.StdEncoding.EncodeToString([]byte("owner" + odd)),
		"in hex":         fmt.Sprintf("%X", odd),
	} {
		_, err := client.New(client.APIKey(public, odd))
		require.EqualError(t, err, "client.APIKey: the public key has the private key in it: want the public key alone", name)
		_, err = client.New(client.ServiceAccount(public, odd))
		const want = "client.ServiceAccount: the client id has the secret in it: want the client id alone"
		require.EqualError(t, err, want, name)
	}
	_, err := client.New(client.ServiceAccount(accountName+":"+accountSecret, accountSecret))
	require.EqualError(t, err, "client.ServiceAccount: the client id has a colon in it: "+
		"it looks like curl's form id:secret; put only the part before the colon")
}

// Names as MongoDB makes them, and as people write them in their tests.
func TestAnOrdinaryNameIsTaken(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"hkqwertz", privateKey}, {"abcdefab", privateKey}, {"5f7aac56b3a0b94bcdce6d8a", privateKey},
		{"ownerkey", "key"}, {"owner", "owner"}, {"public", "private"}, {"missing", "missing"}, {"k", "s"},
		{"test-public-key", "test-private-key"}, {"PUBLIC_KEY", "PRIVATE_KEY"}, {"user", "pass"},
		{"ana@example.com", "secret"}, {"größe", "пароль"}, {"mdb_sa_id_1", "mdb_sa_sk_1"},
		{accountName, accountSecret}, {strings.ToUpper(accountName), accountSecret},
		{"mdb_sa_id_0123456789abcdef0123456789abcdef", accountSecret},
		{"my-service-account-id", "my-service-account-secret"},
	} {
		_, err := client.New(client.APIKey(c[0], c[1]))
		require.NoError(t, err, c)
		_, err = client.New(client.ServiceAccount(c[0], c[1]))
		require.NoError(t, err, c)
	}
	rapid.Check(t, func(t *rapid.T) {
		public := rapid.StringMatching(`[a-z]{8}`).Draw(t, "public")
		private := rapid.StringMatching(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).Draw(t, "private")
		c, err := client.New(client.APIKey(public, private))
		require.NoError(t, err)
		assert.Contains(t, fmt.Sprint(c), `key "`+public+`"`)
		id := rapid.StringMatching(`mdb_sa_id_[0-9a-f]{24}`).Draw(t, "id")
		secret := rapid.StringMatching(`mdb_sa_sk_[A-Za-z0-9_-]{40}`).Draw(t, "secret")
		c, err = client.New(client.ServiceAccount(id, secret))
		require.NoError(t, err)
		assert.Contains(t, fmt.Sprint(c), `service account "`+id+`"`)
	})
}

// A name that has a part of its secret in it is no error, since nobody can tell that from chance;
// but it is not shown.
func TestANameWithAPartOfItsSecretIsNotShown(t *testing.T) {
	t.Parallel()
	transport := &script{signed: status(403)}
	c, err := client.New(client.APIKey("owner-"+privateKey[:14], privateKey), client.BaseURL(address),
		client.HTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, err)
	_, err = run(t, c, "status")
	require.ErrorContains(t, err, `the key pair "`+withheld+`"`)
	assert.Equal(t, "client.Client{https://om.example:8443/api/public/v1.0, key \""+withheld+"\"}", fmt.Sprint(c))
	assert.Empty(t, secret.Find([]byte(err.Error()), secret.New("private key", privateKey)))
}

func TestAnAddressThatHoldsASecretIsRefused(t *testing.T) {
	t.Parallel()
	const want = "client.BaseURL: there is a secret in the address: want https://HOST[:PORT][/PREFIX]"
	for _, address := range []string{
		"https://" + privateKey, "https://om.example/" + strings.ToUpper(privateKey),
		"https://om.example/" + rawToken, "https://om.example/x-" + accountSecret,
	} {
		_, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL(address))
		require.EqualError(t, err, want, address)
	}
	key := client.APIKey(publicKey, privateKey)
	_, err := client.New(key, client.BaseURL("https://ownerkey:"+privateKey+"@om.example"))
	require.EqualError(t, err, "client.BaseURL: there is a user name in the address; client.APIKey takes the key: "+
		"want https://HOST[:PORT][/PREFIX]")
	const host = "https://7c9e6679-7425-40de-944b-e07fc1f90ae7.example/prefix"
	_, err = client.New(client.APIKey(publicKey, privateKey), client.BaseURL(host))
	require.NoError(t, err, "a host may be named like that")
}

// A proxy answers for itself where there is no TLS, and may repeat what it was signed in to with.
func TestWhatAProxyRepeatsIsWithheld(t *testing.T) {
	t.Parallel()
	joined := base64.StdEncoding.EncodeToString([]byte("ana:proxy-pass"))
	for _, echo := range []string{"proxy-pass", "PROXY-PASS", joined} {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "not allowed: "+echo)
		}))
		t.Cleanup(proxy.Close)
		at, err := url.Parse(proxy.URL)
		require.NoError(t, err)
		at.User = url.UserPassword("ana", "proxy-pass")
		c, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL("http://om.example"), client.AllowHTTP(),
			client.HTTPClient(&http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(at)}}))
		require.NoError(t, err)
		_, err = c.Status(t.Context(), org)
		require.ErrorContains(t, err, `The content begins: "`+withheld+`".`)
		assert.NotContains(t, err.Error(), echo)
	}
}
