package cli_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/certs"
	"github.com/migrationlink/migrationlink/internal/console"
)

// Over TLS there is HTTP/2 and HSTS; nothing older than TLS 1.2 is spoken. The certificate names whatever reaches this machine, and it and the CA
// live for a month.
func TestServeOverTLS(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "ca.pem")
	r := serving(t, []string{"serve", "--tls-self-signed", name}, func(env map[string]string, _ func()) {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		info, err := os.Stat(name)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o644), info.Mode().Perm())
		block, rest := pem.Decode(content)
		assert.Empty(t, rest, "no key beside it")
		ca, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		assert.True(t, ca.IsCA)
		trusted := x509.NewCertPool()
		trusted.AddCert(ca)

		wire := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, ForceAttemptHTTP2: true}
		defer wire.CloseIdleConnections()
		response, err := (&http.Client{Transport: wire}).Get(env["MCLI_OPS_MANAGER_URL"])
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, http.StatusNotFound, response.StatusCode)
		assert.Equal(t, 2, response.ProtoMajor)
		assert.Equal(t, "max-age=300", response.Header.Get("Strict-Transport-Security"))
		assert.Equal(t, "migrationlink-stand-in (not for production)", response.Header.Get("Server"))
		leaf := response.TLS.PeerCertificates[0]
		for _, host := range []string{"127.0.0.1", "::1", "localhost"} {
			assert.NoError(t, leaf.VerifyHostname(host))
		}
		for _, c := range []*x509.Certificate{leaf, ca} {
			assert.LessOrEqual(t, c.NotAfter.Sub(c.NotBefore), 31*24*time.Hour)
			assert.Equal(t, elliptic.P256(), c.PublicKey.(*ecdsa.PublicKey).Curve)
		}

		at, err := url.Parse(env["MCLI_OPS_MANAGER_URL"])
		require.NoError(t, err)
		_, err = tls.Dial("tcp", at.Host, &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
		assert.ErrorContains(t, err, "protocol version")
	})
	assert.Equal(t, console.ExitDone, r.code, r.stderr)
}

// A stand-in that listens everywhere is called by any name of this machine, and by the host that it was told.
func TestTheCertificateHasEveryNameOfThisMachine(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(config, []byte("organizations: [{id: 5f7aac56b3a0b94bcdce6d8a}]\nbearerTokens: [{token: a-token-of-ones-own}]\n"), 0o600))
	host, err := os.Hostname()
	require.NoError(t, err)
	for listen, wanted := range map[string][]string{
		"0.0.0.0:0":   {"127.0.0.1", "::1", "localhost", host},
		":0":          {"127.0.0.1", "::1", "localhost", host},
		"localhost:0": {"127.0.0.1", "localhost"},
	} {
		name := filepath.Join(t.TempDir(), "ca.pem")
		r := serving(t, []string{"serve", "--config", config, "--listen", listen, "--tls-self-signed", name}, func(env map[string]string, _ func()) {
			at, err := url.Parse(env["MCLI_OPS_MANAGER_URL"])
			require.NoError(t, err)
			conn, err := tls.Dial("tcp", at.Host, &tls.Config{InsecureSkipVerify: true}) // it is looked at below
			require.NoError(t, err)
			leaf := conn.ConnectionState().PeerCertificates[0]
			require.NoError(t, conn.Close())
			for _, host := range wanted {
				assert.NoError(t, leaf.VerifyHostname(host), listen)
			}
		})
		assert.Equal(t, console.ExitDone, r.code, r.stderr)
		if listen != "localhost:0" {
			assert.Equal(t, "warning: others can reach this address: use no real key or link-token here\na stand-in (a mock server) to test against, not for production\n", r.stderr)
		}
	}
}

// pair writes a certificate that is valid for a day around a time, and its key.
func pair(t *testing.T, at time.Time) (cert, key string) {
	t.Helper()
	made, err := certs.SelfSigned(x509.Certificate{
		Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{"localhost"},
		NotBefore: at.Add(-12 * time.Hour), NotAfter: at.Add(12 * time.Hour),
	})
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	require.NoError(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	return cert, key
}

func TestServeTakesACertificate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, warning string
		at            time.Time
	}{
		{"now", "", time.Now()},
		{"expired", "warning: --tls-cert: the certificate expired on 2020-01-01; clients will refuse it\n", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"not yet", "warning: --tls-cert: the certificate is not valid before 2199-12-31; clients will refuse it\n", time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cert, key := pair(t, c.at)
			r := serving(t, []string{"serve", "--tls-cert", cert, "--tls-key", key}, func(env map[string]string, _ func()) {
				wire := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // two of the three are no good
				defer wire.CloseIdleConnections()
				response, err := (&http.Client{Transport: wire}).Get(env["MCLI_OPS_MANAGER_URL"])
				require.NoError(t, err)
				require.NoError(t, response.Body.Close())
				assert.Equal(t, http.StatusNotFound, response.StatusCode)
			})
			assert.Equal(t, console.ExitDone, r.code)
			assert.Regexp(t, `^`+c.warning+`a stand-in \(a mock server\) to test against, not for production\nto connect its example organization:\ncurl --user `, r.stderr)

			r = run(t, "", nil, "serve", "--tls-cert", cert, "--tls-key", key, "--check-config")
			assert.Equal(t, ran{console.ExitDone, "the example: ok: 1 organization, 1 API key\n", c.warning}, r)
		})
	}
}

func TestServeRefusesTheKeyOfAnother(t *testing.T) {
	t.Parallel()
	cert, _ := pair(t, time.Now())
	_, key := pair(t, time.Now())
	r := run(t, "", nil, "serve", "--tls-cert", cert, "--tls-key", key)
	assert.Equal(t, ran{console.ExitUsage, "", "--tls-key: " + key + " does not hold the private key of the certificate in " + cert +
		"; want the two that belong together\n"}, r)
}
