package digest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/digest"
)

func TestVectors(t *testing.T) {
	t.Parallel()
	rfc7616 := digest.Credentials{
		Username: "Mufasa", Realm: "http-auth@example.org", URI: "/dir/index.html",
		Nonce:  "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
		CNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", NC: "00000001", QOP: "auth",
	}
	rfc7616SHA := rfc7616
	rfc7616.Algorithm, rfc7616SHA.Algorithm = digest.MD5, digest.SHA256
	rfc2617 := digest.Credentials{
		Username: "Mufasa", Realm: "testrealm@host.com", URI: "/dir/index.html",
		Nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", CNonce: "0a4f113b", NC: "00000001", QOP: "auth",
	}
	rfc2069 := rfc2617
	rfc2069.CNonce, rfc2069.NC, rfc2069.QOP = "", "", ""
	for _, c := range []struct {
		name        string
		credentials digest.Credentials
		password    string
		response    string
	}{
		{"RFC 7616 section 3.9.1, MD5", rfc7616, "Circle of Life", "8ca523f5e9506fed4657c9700eebdbec"},
		{"RFC 7616 section 3.9.1, SHA-256", rfc7616SHA, "Circle of Life", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{"RFC 2617 section 3.5", rfc2617, "Circle Of Life", "6629fae49393a05397450978507c4ef1"},
		// The RFC prints e966c932a9242554e42c8ee200cec7f6; erratum 749 corrects it.
		{"RFC 2069 section 2.4, erratum 749", rfc2069, "CircleOfLife", "1949323746fe6a43ef61f9606e7febea"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			signed, err := c.credentials.Sign("GET", c.password)
			require.NoError(t, err)
			require.Equal(t, c.response, signed.Response)
		})
	}
}

func TestSignRefusesWhatItDoesNotSupport(t *testing.T) {
	t.Parallel()
	_, err := digest.Credentials{Algorithm: "MD5-sess"}.Sign("GET", password)
	require.EqualError(t, err, `digest: algorithm "MD5-sess" is not supported: want MD5 or SHA-256`)
	_, err = digest.Credentials{QOP: "auth-int"}.Sign("GET", password)
	require.EqualError(t, err, `digest: qop "auth-int" is not supported: want auth or none`)
}
