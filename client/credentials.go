package client

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/migrationlink/migrationlink/internal/tokencontent"
)

// pair is what an option was given: a name that may be shown, and its secret.
type pair struct{ name, secret string }

// credentials are who signs in.
type credentials struct {
	account bool // a service account; else an API key
	name    string
	secret  func() string // a func, so that no printer finds it
}

// credentials are those of the one option that was given.
func (o *options) credentials() credentials {
	given := o.apiKey
	if o.account != nil {
		given = o.account
	}
	secret := given.secret
	return credentials{account: o.account != nil, name: given.name, secret: func() string { return secret }}
}

// key is what signs in, in a sentence.
func (c credentials) key() string {
	if c.account {
		return "service account " + strconv.Quote(c.name)
	}
	return "key " + strconv.Quote(c.name)
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
	return "key pair " + strconv.Quote(c.name)
}

func (o *options) checkCredentials() error {
	switch {
	case o.apiKey != nil && o.account != nil:
		return &OptionError{Option: "APIKey", See: "ServiceAccount", Problem: "both given", Want: "one of them"}
	case o.account != nil:
		return o.account.check("ServiceAccount", "client id", "secret", "want the client id and the secret of a service account")
	case o.apiKey != nil:
		return o.apiKey.checkKey()
	}
	return wrong("APIKey", "missing: want the public and the private key of an API key pair, or client.ServiceAccount")
}

// uuid is the shape of a private key, and never that of a public one. accountSecret is that of a service account's secret.
var (
	uuid          = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	accountSecret = regexp.MustCompile(`^mdb_sa_sk_`)
)

func (p *pair) checkKey() error {
	if uuid.MatchString(p.name) {
		return wrong("APIKey", "the public key looks like a private one: want the public key first, then the private key")
	}
	return p.check("APIKey", "public key", "private key", "want both halves of an API key pair")
}

// check says what is wrong with the two and shows neither: either may be the secret, in the wrong place.
func (p *pair) check(option, name, secret, want string) error {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	const shown = " has white space or control characters in it: want it as it was shown when it was made"
	switch {
	case p.name == "":
		return wrong(option, "the "+name+" is empty: "+want)
	case p.secret == "":
		return wrong(option, "the "+secret+" is empty: "+want)
	case strings.ContainsFunc(p.name, blank):
		return wrong(option, "the "+name+shown)
	case strings.ContainsFunc(p.secret, blank):
		return wrong(option, "the "+secret+shown)
	case accountSecret.MatchString(p.name):
		return wrong(option, "the "+name+" looks like the secret of a service account: want the "+name+" first, then the "+secret)
	case isToken(p.name):
		return wrong(option, "the "+name+" is a link-token, which signs nobody in: "+want)
	case isToken(p.secret):
		return wrong(option, "the "+secret+" is a link-token, which signs nobody in: "+want)
	}
	return nil
}

// isToken reports whether s is what link-tokens were seen to be.
func isToken(s string) bool {
	_, is := tokencontent.Read(s)
	return is
}
