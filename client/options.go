package client

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"unicode"
)

// Option says how [New] makes a Client. The order of options means nothing, and each may be given once.
type Option func(*options)

type options struct {
	apiKey     *apiKey
	baseURL    *string
	httpClient **http.Client
	allowHTTP  bool
	twice      []string
}

type apiKey struct{ public, private string }

// APIKey signs in with the two halves of a programmatic API key, which must hold the role Organization Owner in the source organization. It is
// required.
func APIKey(public, private string) Option {
	return func(o *options) { once(o, "APIKey", &o.apiKey, apiKey{public: public, private: private}) }
}

// BaseURL is the address of Cloud Manager or Ops Manager: the root of the host, with a path prefix if it has one, with or without a slash
// at its end, or the same with /api/public/v1.0 after it. Empty means Cloud Manager, as without this option.
func BaseURL(address string) Option {
	return func(o *options) { once(o, "BaseURL", &o.baseURL, address) }
}

// HTTPClient has requests sent by a copy of c: its Timeout and its Jar hold, its Transport carries the requests that this package has signed.
// Its CheckRedirect is not asked, since no redirect is followed. A nil Transport stands for the one that a Client has without this option.
func HTTPClient(c *http.Client) Option {
	return func(o *options) { once(o, "HTTPClient", &o.httpClient, c) }
}

// AllowHTTP permits plain http to a host that is not this machine. Whoever listens on the way then reads the link-token.
func AllowHTTP() Option {
	return func(o *options) { o.allowHTTP = true }
}

func once[T any](o *options, name string, kept **T, value T) {
	if *kept != nil {
		o.twice = append(o.twice, name)
		return
	}
	*kept = &value
}

func readOptions(opts []Option) (options, error) {
	var o options
	var problems []error
	for _, opt := range opts {
		if opt == nil {
			problems = append(problems, errors.New("client.New: an option is nil"))
			continue
		}
		opt(&o)
	}
	for _, name := range o.twice {
		problems = append(problems, errors.New("client."+name+": given twice: want it once"))
	}
	if o.httpClient != nil && *o.httpClient == nil {
		problems = append(problems, errors.New("client.HTTPClient: nil: want an *http.Client, or leave the option out"))
	}
	return o, errors.Join(append(problems, o.apiKey.check())...)
}

// uuid is the shape of a private key, and never that of a public one.
var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// check says what is wrong with the halves and shows neither: either may be the private one, in the wrong place.
func (k *apiKey) check() error {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	switch {
	case k == nil:
		return errors.New("client.APIKey: missing: want the public and the private key of an API key pair")
	case k.public == "":
		return errors.New("client.APIKey: the public key is empty: want both halves of an API key pair")
	case k.private == "":
		return errors.New("client.APIKey: the private key is empty: want both halves of an API key pair")
	case strings.ContainsFunc(k.public, blank):
		return errors.New("client.APIKey: the public key has white space or control characters in it: want it as it was shown when it was made")
	case strings.ContainsFunc(k.private, blank):
		return errors.New("client.APIKey: the private key has white space or control characters in it: want it as it was shown when it was made")
	case uuid.MatchString(k.public):
		return errors.New("client.APIKey: the public key looks like a private one: want the public key first, then the private key")
	}
	return nil
}
