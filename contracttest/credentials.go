package contracttest

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker/requests"
	"github.com/migrationlink/migrationlink/digest"
)

// credentialCases send every operation with credentials that must not sign in: none, malformed ones, wrong ones, and right ones twice. All are
// answered 401 with a challenge.
func (s *Session) credentialCases() []Case {
	var all []Case
	for _, op := range s.maker.Operations() {
		for _, kind := range credentials {
			c := Case{
				Name: op.ID + "/credentials/" + kind.name, Operation: op.ID, Rule: "security", Check: "ignored_auth", Decision: kind.decision,
				Writes: !safe(op.Method),
			}
			c.run = func(a *attempt) {
				signed, ok := a.signedCredentials(op.Plain)
				if !ok {
					return
				}
				for _, values := range kind.make(signature{signed, op.Method, s}) {
					if len(values) == 1 && s.signsIn(values[0], op.Plain, signed) {
						continue // it became right on its way
					}
					a.wantRefused(op.Plain, values)
				}
			}
			all = append(all, c)
		}
	}
	return append(all, s.keyCases()...)
}

// signedCredentials fetches a challenge and answers it for the request, without sending that.
func (s *attempt) signedCredentials(r requests.Request) (digest.Credentials, bool) {
	probe := r
	probe.Body = nil
	got, ok := s.send(probe, s.wire)
	if !ok {
		return digest.Credentials{}, false
	}
	challenges, _ := digest.ParseChallenges(got.header.Values("WWW-Authenticate"))
	i := slices.IndexFunc(challenges, digest.Challenge.Usable)
	if got.status != http.StatusUnauthorized || i < 0 {
		s.find(probe, got, "security", "", "a request without credentials is answered 401 with a Digest challenge that can be answered")
		return digest.Credentials{}, false
	}
	c := digest.Credentials{
		Username: s.target.Key.Public, Realm: challenges[i].Realm, Nonce: challenges[i].Nonce, URI: r.Target,
		Algorithm: challenges[i].Algorithm, Opaque: challenges[i].Opaque,
	}
	if len(challenges[i].QOP) > 0 {
		c.QOP, c.NC, c.CNonce = "auth", "00000001", s.cnonce()
	}
	c, err := c.Sign(r.Method, s.target.Key.Private.Reveal())
	return c, err == nil
}

// cnonce is made of the seed: it keeps nothing secret, and no server holds the same one twice against anybody.
func (s *Session) cnonce() string {
	return fmt.Sprintf("%016x", rand.New(rand.NewPCG(s.options.seed, 2)).Uint64())
}

// wantRefused sends a request with the values of Authorization, and wants a 401. The challenge is the checker's to judge.
func (s *attempt) wantRefused(r requests.Request, values []string) {
	r.Header = r.Header.Clone()
	for _, value := range values {
		r.Header.Add("Authorization", value)
	}
	if len(values) == 0 {
		r.Body = nil // nobody who is not asked to sign in sends a token
	}
	got, ok := s.send(r, s.wire)
	if ok && got.status != http.StatusUnauthorized && !s.found(r, got) {
		s.find(r, got, "security", s.of.Decision, "credentials that do not sign in are answered 401")
	}
}

// signsIn reports whether a value of Authorization is right after all.
func (s *Session) signsIn(value string, r requests.Request, right digest.Credentials) bool {
	c, err := digest.ParseCredentials(value)
	if err != nil {
		return false
	}
	signed, err := c.Sign(r.Method, s.target.Key.Private.Reveal())
	return err == nil && strings.EqualFold(signed.Response, c.Response) && c.URI == r.Target && c.Username == right.Username &&
		c.Nonce == right.Nonce && c.Realm == right.Realm && c.NC == right.NC && c.CNonce == right.CNonce
}

const malformed = "malformed-credentials"

// credentials that do not sign in. make gets right ones, and returns the values of each request's Authorization.
var credentials = []struct {
	name, decision string
	make           func(signature) [][]string
}{
	{"none", "", func(signature) [][]string { return [][]string{{}} }},
	{"another-scheme", malformed, func(signature) [][]string {
		basic := base64.StdEncoding.EncodeToString([]byte("invented:invented"))
		return single("Basic "+basic, "Basic", "Negotiate TlRMTVNTUAAB", "Token x", "Hawk id=\"x\"", "AWS4-HMAC-SHA256 x")
	}},
	{"bearer-malformed", malformed, func(signature) [][]string {
		return single("Bearer", "Bearer ", "Bearer ä", "Bearer a b", "Bearer =")
	}},
	{"bearer-unknown", "", func(signature) [][]string {
		return single("Bearer x", "bearer eyJhbGciOiJub25lIn0.e30.", "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJpbnZlbnRlZCJ9.aW52ZW50ZWQ")
	}},
	{"malformed", malformed, func(c signature) [][]string {
		right := c.value()
		return single(
			"Digest", "Digest ", "digest", "Digest x", "Digest =", "Digest ,", `Digest username="x`, `Digest username="x\`, "Digest username", "Digest username=", right[:len(right)/2],
			strings.TrimPrefix(right, "Digest "), "Digest"+strings.TrimPrefix(right, "Digest "), "Digest Digest "+strings.TrimPrefix(right, "Digest "), right+`, realm="x"`, right+" x", right+`, x="`,
			strings.ReplaceAll(right, `"`, "'"), strings.ReplaceAll(right, ",", ";"), "Digest "+strings.Repeat("x", 6<<10), "x", ",", `"`,
		)
	}},
	{"parameter-missing", malformed, func(c signature) [][]string {
		var all []string
		for _, name := range []string{"username", "realm", "nonce", "uri", "response", "nc", "cnonce"} {
			all = append(all, regexp.MustCompile(`\b`+name+`=("[^"]*"|[^",]*),? ?`).ReplaceAllString(c.value(), ""))
		}
		return single(all...)
	}},
	{"parameter-repeated", malformed, func(c signature) [][]string {
		return single(c.value()+fmt.Sprintf(`, nonce="%s"`, c.Nonce), c.value()+`, username="x"`, c.value()+`, NC=00000002`)
	}},
	{"nc", malformed, func(c signature) [][]string {
		return c.resigned(func(c *digest.Credentials, nc string) { c.NC = nc }, "00000000", "1", "0000001", "000000001", "0000000g", "x", "-0000001")
	}},
	{"qop", malformed, func(c signature) [][]string {
		return single(strings.Replace(c.value(), "qop=auth", "qop=auth-int", 1), strings.Replace(c.value(), "qop=auth", "qop=x", 1), strings.Replace(c.value(), "qop=auth", `qop="auth,auth-int"`, 1))
	}},
	{"algorithm", malformed, func(c signature) [][]string {
		return single(strings.Replace(c.value(), "algorithm=MD5", "algorithm=SHA-256", 1), strings.Replace(c.value(), "algorithm=MD5", "algorithm=MD5-sess", 1), strings.Replace(c.value(), "algorithm=MD5", "algorithm=x", 1))
	}},
	{"uri", malformed, func(c signature) [][]string { // RFC 7616 section 3.4.6 would have a 400
		return c.resigned(func(c *digest.Credentials, uri string) { c.URI = uri }, "/", "*", "x", c.URI+"/", c.URI+"?pretty=true", strings.ToUpper(c.URI))
	}},
	{"realm", "", func(c signature) [][]string {
		return c.resigned(func(c *digest.Credentials, realm string) { c.Realm = realm }, "x", strings.ToLower(c.Realm), c.Realm+" ")
	}},
	{"nonce", "", func(c signature) [][]string {
		return c.resigned(func(c *digest.Credentials, nonce string) { c.Nonce = nonce },
			"x", "dcd98b7102dd2f0e8b11d0f600bfb0c0", base64.StdEncoding.EncodeToString(make([]byte, 24)), c.Nonce[1:], c.Nonce+"x", strings.ToUpper(c.Nonce))
	}},
	{"username", "", func(c signature) [][]string {
		return c.resigned(func(c *digest.Credentials, name string) { c.Username = name }, "invented", "admin", "ü", c.Username+"x", strings.ToUpper(c.Username)+"X")
	}},
	{"response", "", func(c signature) [][]string {
		random := rand.New(rand.NewPCG(c.session.options.seed, 3))
		responses := []string{strings.Repeat("0", 32), "x", c.Response[1:], c.Response + "0", c.Response[1:] + c.Response[:1]}
		for range c.session.options.variants {
			responses = append(responses, fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64()))
		}
		var all []string
		for _, response := range responses {
			changed := c
			changed.Response = response
			all = append(all, changed.value())
		}
		return single(all...)
	}},
	{"password", "", func(c signature) [][]string {
		var all []string
		for _, password := range []string{"invented", " ", "0"} {
			all = append(all, c.sign(c.Credentials, c.method, password))
		}
		return single(all...)
	}},
	{"another-method", "", func(c signature) [][]string {
		return single(c.sign(c.Credentials, "BREW", c.session.target.Key.Private.Reveal()))
	}},
	{"two", malformed, func(c signature) [][]string {
		right := c.value()
		return [][]string{{right, right}, {right, "Bearer x"}, {"Basic eDp4", right}, {right + ", " + right}}
	}},
}

func single(values ...string) [][]string {
	var all [][]string
	for _, value := range values {
		all = append(all, []string{value})
	}
	return all
}

// signature is right credentials for a request, and what it takes to make others.
type signature struct {
	digest.Credentials
	method  string
	session *Session
}

func (c signature) value() string {
	value, err := c.FieldValue()
	if err != nil {
		return "Digest" // a value that no header carries
	}
	return value
}

// sign signs changed credentials.
func (c signature) sign(changed digest.Credentials, method, password string) string {
	signed, err := changed.Sign(method, password)
	if err != nil {
		return "Digest" // an algorithm that is not supported
	}
	c.Credentials = signed
	return c.value()
}

// resigned are the credentials with each value in turn, signed for it: that value alone is wrong.
func (c signature) resigned(set func(*digest.Credentials, string), values ...string) [][]string {
	var all []string
	for _, value := range values {
		changed := c.Credentials
		set(&changed, value)
		all = append(all, c.sign(changed, c.method, c.session.target.Key.Private.Reveal()))
	}
	return single(all...)
}

// keyCases sign in rightly with keys that may not do what they ask for.
func (s *Session) keyCases() []Case {
	var all []Case
	if s.target.WithoutRole.Public == "" {
		s.leaveOut("a key without the role: none was given")
	}
	if s.target.Elsewhere.Public == "" {
		s.leaveOut("a key that may not be used from here: none was given")
	}
	if s.bearer != nil && s.target.AccountWithoutRole.Public == "" {
		s.leaveOut("a service account without the role: none was given")
	}
	if s.bearer != nil && s.target.AccountElsewhere.Public == "" {
		s.leaveOut("a service account that may not be used from here: none was given")
	}
	for _, op := range s.maker.Operations() {
		for _, kind := range []struct {
			prefix, name, decision string
			key                    Key
			as                     func(Key) http.RoundTripper
			status                 int
		}{
			{"", "401_key_without_the_role", "missing-role", s.target.WithoutRole, s.as, http.StatusUnauthorized},
			{"", "403_not_on_the_access_list", "", s.target.Elsewhere, s.as, http.StatusForbidden},
			{"", "401_another_private_key", "", Key{Public: s.target.Key.Public, Private: migrationlink.NewSecret("invented")}, s.as, http.StatusUnauthorized},
			{"", "401_unknown_key", "", Key{Public: "invented", Private: migrationlink.NewSecret("invented")}, s.as, http.StatusUnauthorized},
			{bearerPrefix, "401_account_without_the_role", "missing-role", s.target.AccountWithoutRole, s.asAccount, http.StatusUnauthorized},
			{bearerPrefix, "403_not_on_the_access_list", "", s.target.AccountElsewhere, s.asAccount, http.StatusForbidden},
		} {
			if kind.key.Public == "" {
				continue
			}
			c := Case{Name: kind.prefix + op.ID + "/" + kind.name, Operation: op.ID, Rule: "security", Check: "ignored_auth", Decision: kind.decision, Writes: !safe(op.Method)}
			c.run = func(a *attempt) {
				through := kind.as(kind.key)
				for _, query := range []string{"", "?pretty=true", "?envelope=true", "?envelope=true&pretty=true"} {
					r := op.Plain
					r.Target += query
					got, ok := a.send(r, through)
					if ok && got.status != kind.status && !a.found(r, got) {
						a.find(r, got, "security", kind.decision, fmt.Sprintf("the contract says %d", kind.status))
					}
				}
			}
			all = append(all, c)
		}
	}
	return all
}
