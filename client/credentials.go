package client

import (
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// pair is what an option was given: a name that may be shown, and its secret.
type pair struct {
	name   string
	secret migrationlink.Secret
}

// credentials are who signs in.
type credentials struct {
	account bool // a service account; else an API key
	name    string
	shown   func() string // the name, or what stands for it where some of the secret is in it
	secret  migrationlink.Secret
}

// given is what the one option for credentials was given.
func (o *options) given() pair {
	return valueOr(o.account, valueOr(o.apiKey, pair{}))
}

// credentials are those of the one option that was given.
func (o *options) credentials() credentials {
	given := o.given()
	return credentials{
		account: o.account != nil, name: given.name, secret: given.secret,
		shown: sync.OnceValue(func() string { return secret.Shown(given.name, given.secret.Reveal()) }),
	}
}

// key is what signs in, in a sentence.
func (c credentials) key() string {
	if c.account {
		return "service account " + strconv.Quote(c.shown())
	}
	return "key " + strconv.Quote(c.shown())
}

// kind is what they are, with its article: one like it, and every one.
func (c credentials) kind() (one, every string) {
	if c.account {
		return "a service account", "A service account"
	}
	return "a key", "An API key"
}

// pair is key, where a sentence speaks of both halves.
func (c credentials) pair() string {
	if c.account {
		return c.key()
	}
	return "key pair " + strconv.Quote(c.shown())
}

func (o *options) checkCredentials() error {
	switch {
	case o.apiKey != nil && o.account != nil:
		return &OptionError{Option: "APIKey", See: "ServiceAccount", Problem: "both given", Want: "one of them"}
	case o.account != nil:
		return o.account.check("ServiceAccount", "client id", "secret", secret.ServiceAccount,
			"want the client id and the secret of a service account")
	case o.apiKey != nil:
		return o.apiKey.check("APIKey", "public key", "private key", secret.APIKey, "want both halves of an API key pair")
	}
	return wrong("APIKey", "missing: want the public and the private key of an API key pair, or client.ServiceAccount")
}

// check says what is wrong with the two and shows neither: either may be the secret, in the wrong place.
func (p *pair) check(option, name, half string, kind secret.Pair, want string) error {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	const shown = " has white space or control characters in it: want it as it was shown when it was made"
	private := p.secret.Reveal()
	misplaced := kind.Misplaced(p.name, private)
	switch {
	case p.name == "":
		return wrong(option, "the "+name+" is empty: "+want)
	case misplaced != "":
		return &OptionError{Option: option, Name: true, Problem: misplaced}
	case p.secret.IsZero():
		return wrong(option, "the "+half+" is empty: "+want)
	case strings.ContainsFunc(p.name, blank):
		return wrong(option, "the "+name+shown)
	case strings.ContainsFunc(private, blank):
		return wrong(option, "the "+half+shown)
	case secret.IsToken(private):
		return wrong(option, "the "+half+" is a link-token, which signs nobody in: "+want)
	}
	return nil
}
