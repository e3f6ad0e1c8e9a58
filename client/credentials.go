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
	scheme migrationlink.SecurityScheme
	name   string
	shown  func() string // the name, or what stands for it where some of the secret is in it
	secret migrationlink.Secret
}

// given are the schemes that options gave credentials for, in the order of the contract.
func (o *options) given() []migrationlink.SecurityScheme {
	var given []migrationlink.SecurityScheme
	for _, name := range migrationlink.SecuritySchemes() {
		if o.pairs[name] != nil {
			given = append(given, name)
		}
	}
	return given
}

// credentials are those of the one option that was given; of several it is the last one, which is refused.
func (o *options) credentials() credentials {
	var c credentials
	for _, name := range o.given() {
		c = credentials{scheme: name, name: o.pairs[name].name, secret: o.pairs[name].secret}
	}
	c.shown = sync.OnceValue(func() string { return secret.Shown(c.name, c.secret.Reveal()) })
	return c
}

// key is what signs in, in a sentence.
func (c credentials) key() string { return schemes[c.scheme].key + " " + strconv.Quote(c.shown()) }

// pair is key, where a sentence speaks of both halves.
func (c credentials) pair() string {
	return schemes[c.scheme].keyPair + " " + strconv.Quote(c.shown())
}

func (o *options) checkCredentials() error {
	switch given := o.given(); len(given) {
	case 0:
		return wrong("APIKey", "missing: want the public and the private key of an API key pair, or client.ServiceAccount")
	case 1:
		return o.pairs[given[0]].check(schemes[given[0]])
	default:
		return &OptionError{Option: schemes[given[0]].option, See: schemes[given[1]].option, Problem: "both given", Want: "one of them"}
	}
}

// check says what is wrong with the two and shows neither: either may be the secret, in the wrong place.
func (p *pair) check(of scheme) error {
	option, name, half, want := of.option, of.name, of.private, of.wanted
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	const shown = " has white space or control characters in it: want it as it was shown when it was made"
	private := p.secret.Reveal()
	misplaced := of.pair.Misplaced(p.name, private)
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
