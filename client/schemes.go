package client

import (
	"net/http"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// scheme says what the client does with the credentials of a security scheme, and what they are in sentences.
type scheme struct {
	// option takes the credentials, and wanted is what it wants.
	option, wanted string
	// name and private are what the two halves are called, and pair is what package secret knows of them.
	name, private string
	pair          secret.Pair
	// key and keyPair stand before the name, where a sentence speaks of the key and of both of its halves.
	key, keyPair string
	// one is any of the kind, every is all of the kind.
	one, every string
	// refused is what a 401 without an explanation means; empty where the error code says it.
	refused meaning
	// unprobed is true where no request without content asks for a challenge first.
	unprobed bool
	// transport signs requests in. The secrets are what it knows that no text may show.
	transport func(as credentials, base http.RoundTripper, address string) (
		signing http.RoundTripper, secrets func() []string)
}

// schemes has a row for each security scheme of the contract.
var schemes = map[migrationlink.SecurityScheme]scheme{
	migrationlink.SecuritySchemeDigest: {
		option: "APIKey", wanted: "want both halves of an API key pair",
		name: "public key", private: "private key", pair: secret.APIKey,
		key: "key", keyPair: "key pair", one: "a key", every: "An API key",
		transport: func(as credentials, base http.RoundTripper, _ string) (http.RoundTripper, func() []string) {
			return digest.NewTransport(as.name, as.secret.Reveal(), digest.WithBase(base)),
				func() []string { return []string{as.secret.Reveal()} }
		},
	},
	migrationlink.SecuritySchemeServiceAccount: {
		option: "ServiceAccount", wanted: "want the client id and the secret of a service account",
		name: "client id", private: "secret", pair: secret.ServiceAccount,
		key: "service account", keyPair: "service account", one: "a service account", every: "A service account",
		refused:  meaning{headline: "not signed in", text: tokenRefusedTwice, complete: true, errs: []error{ErrNotSignedIn}},
		unprobed: true,
		transport: func(as credentials, base http.RoundTripper, address string) (http.RoundTripper, func() []string) {
			signing := newBearer(base, as, strings.TrimSuffix(address, basePath())+tokenPath)
			return signing, signing.secrets
		},
	},
}
