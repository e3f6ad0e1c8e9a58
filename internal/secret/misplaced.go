package secret

import (
	"net/url"
	"regexp"
	"strings"
)

// Pair is how the halves of a credential are called, and how curl's --user joins them.
type Pair struct{ name, secret, form string }

// The two kinds of credentials that have a name.
var (
	APIKey         = Pair{"public key", "private key", "public:private"}
	ServiceAccount = Pair{"client id", "secret", "id:secret"}
)

// Misplaced says what a name holds that belongs elsewhere, and what would be right, without showing
// it. It is empty where there is nothing to say.
func (p Pair) Misplaced(name, secret string) string {
	held, whole := p.held(name, secret)
	first, _, joined := strings.Cut(name, ":")
	early, _ := p.held(first, secret)
	switch {
	case whole:
		return "the " + p.name + " looks like " + held + ": want the " + p.name + " in its place"
	case joined && strings.Contains(name, "://"):
		return "the " + p.name + " looks like an address: want the " + p.name + " alone"
	case joined && first != "" && early == "":
		return "the " + p.name + " has a colon in it: it looks like curl's form " + p.form +
			"; put only the part before the colon"
	case held != "":
		return "the " + p.name + " has " + held + " in it: want the " + p.name + " alone"
	case joined:
		return "the " + p.name + " has a colon in it, which HTTP authentication cannot carry: want the " + p.name + " alone"
	}
	return ""
}

// Shown is a name, or what stands for it where something secret is in it.
func Shown(name, secret string) string {
	if held, _ := APIKey.held(name, secret); held != "" || NewFinder(New("", secret)).Shows(name) {
		return Withheld
	}
	return name
}

// Shapes of secrets, in text in lower case.
var (
	accountSecret = regexp.MustCompile(`mdb[^a-z0-9]{1,3}sa[^a-z0-9]{1,3}sk[^a-z0-9]`)
	accessToken   = regexp.MustCompile(`eyj[a-z0-9_-]{8,}\.eyj[a-z0-9_-]{8,}\.[a-z0-9_-]{16,}`)
	privateKey    = regexp.MustCompile(`[0-9a-f]{32}`)
	// accountID is a client id without what tears it: its hexadecimal digits are no key.
	accountID = regexp.MustCompile(`mdbsaid[0-9a-f]{0,24}`)
)

// held is what secret a name holds, with its article, and whether the name is nothing else.
func (p Pair) held(name, secret string) (what string, whole bool) {
	if IsToken(name) {
		_, whole = ReadToken(trimmed(name))
		return "a link-token", whole
	}
	for r := range readings([]byte(name)) {
		text := folded(string(r.text))
		switch {
		case r.torn && privateKey.MatchString(accountID.ReplaceAllString(text, "")):
			return "a private key", privateKey.FindString(text) == text
		case !r.torn && accountSecret.MatchString(text):
			return "the secret of a service account", strings.HasPrefix(trimmed(text), "mdb_sa_sk_")
		case !r.torn && accessToken.MatchString(text):
			return "an access token", accessToken.FindString(text) == trimmed(text)
		}
	}
	for r := range readings([]byte(name)) {
		if r.contains(folded(string(r.text)), secret) {
			return "the " + p.secret, false
		}
	}
	return "", false
}

// InAddress reports whether an address holds a secret. Hosts and paths may have the shape of a
// private key by right.
func InAddress(address, secret string) bool {
	for r := range readings([]byte(address)) {
		text := folded(string(r.text))
		if !r.torn && accountSecret.MatchString(text) || r.contains(text, secret) {
			return true
		}
	}
	return HasToken(address)
}

// OfProxy are what a proxy is signed in to with: user name and password, and the password alone
// where it is no word that every other text has.
func OfProxy(proxy *url.URL) []string {
	password, has := proxy.User.Password()
	if !has {
		return nil
	}
	secrets := []string{proxy.User.Username() + ":" + password}
	if len(password) >= minTorn {
		secrets = append(secrets, password)
	}
	return secrets
}

// contains reports whether the text of a reading has a secret in it that is too long to be there by
// chance.
func (r reading) contains(text, secret string) bool {
	secret = folded(secret)
	if r.torn {
		secret = string(bareOf([]byte(secret)))
	}
	return len(secret) >= window && strings.Contains(text, secret)
}

// trimmed is a text without the quotes and brackets that were copied with it.
func trimmed(text string) string { return strings.Trim(text, " \t\r\n\"'`<>()[]{}") }

// IsToken reports whether a text is what link-tokens were seen to be, or has one in it that holds a
// key.
func IsToken(text string) bool {
	_, is := ReadToken(trimmed(text))
	return is || HasToken(text)
}
