package digest_test

import (
	"fmt"
	"strings"
)

// hostileChallenge is a WWW-Authenticate line and what ParseChallenges must make of it: the challenges as they would be
// written, those that are not usable marked by a leading "unusable ", and the text of the error.
type hostileChallenge struct {
	name, line string
	want       []string
	err        string
}

const (
	good   = `Digest realm="r", domain="", nonce="n", stale=false`
	goodQ  = `Digest realm="r", domain="", nonce="n", algorithm=MD5, qop="auth", stale=false`
	atLine = "digest: WWW-Authenticate, line 1: malformed"
)

var hostileChallenges = []hostileChallenge{
	{"empty", ``, nil, ``},
	{"only commas", ` ,, ,	`, nil, ``},
	{"MongoDB's own", `Digest realm="MMS Public API", domain="", nonce="A/+b", algorithm=MD5, qop="auth", stale=false`,
		[]string{`Digest realm="MMS Public API", domain="", nonce="A/+b", algorithm=MD5, qop="auth", stale=false`}, ``},
	{"op instead of qop, as the page prints it", `Digest realm="r", domain="", nonce="n", algorithm=MD5, op="auth", stale=false`,
		[]string{`Digest realm="r", domain="", nonce="n", algorithm=MD5, stale=false`}, ``},
	{"RFC 2069, no qop", `Digest realm="r", nonce="n"`, []string{good}, ``},
	{"scheme in lower case", `digest realm="r", nonce="n"`, []string{good}, ``},
	{"everything in upper case", `DIGEST REALM="r", NONCE="n", ALGORITHM=md5, QOP="AUTH", STALE=TRUE`,
		[]string{`Digest realm="r", domain="", nonce="n", algorithm=MD5, qop="auth", stale=true`}, ``},
	{"quoted algorithm and stale", `Digest realm="r", nonce="n", algorithm="MD5", qop="auth", stale="false"`, []string{goodQ}, ``},
	{"bare qop", `Digest realm="r", nonce="n", algorithm=MD5, qop=auth`, []string{goodQ}, ``},
	{"bare nonce with base64 characters", `Digest realm=r, nonce=a/b+c==`, []string{`Digest realm="r", domain="", nonce="a/b+c==", stale=false`}, ``},
	{"blanks around = and comma", "Digest\t realm \t= \"r\"\t,  nonce=\t\"n\"  ", []string{good}, ``},
	{"empty list elements", `,Digest , realm="r",, ,nonce="n",`, []string{good}, ``},
	{"no blank after commas", `Digest realm="r",nonce="n",algorithm=MD5,qop="auth",stale=false`, []string{goodQ}, ``},
	{"comma in a quoted value", `Digest realm="a, nonce=\"x\", b", nonce="n"`,
		[]string{`Digest realm="a, nonce=\"x\", b", domain="", nonce="n", stale=false`}, ``},
	{"escaped backslash at the end", `Digest realm="a\\", nonce="n"`, []string{`Digest realm="a\\", domain="", nonce="n", stale=false`}, ``},
	{"needless escape", `Digest realm="\r", nonce="n"`, []string{good}, ``},
	{"empty realm", `Digest realm="", nonce="n"`, []string{`Digest realm="", domain="", nonce="n", stale=false`}, ``},
	{"empty opaque is kept", `Digest realm="r", nonce="n", opaque=""`, []string{`Digest realm="r", domain="", nonce="n", opaque="", stale=false`}, ``},
	{"bytes above ASCII", "Digest realm=\"r\xe9\", nonce=\"n\"", []string{"Digest realm=\"r\xe9\", domain=\"\", nonce=\"n\", stale=false"}, ``},
	{"unknown parameters", `Digest realm="r", charset=UTF-8, userhash=false, nonce="n", x="y"`, []string{good}, ``},
	{"nonsense for stale", `Digest realm="r", nonce="n", stale=maybe`, []string{good}, ``},
	{"empty qop counts as none", `Digest realm="r", nonce="n", qop=""`, []string{good}, ``},
	{"qop list with auth last", `Digest realm="r", nonce="n", qop=" auth-int ,, Auth "`,
		[]string{`Digest realm="r", domain="", nonce="n", qop="auth-int,auth", stale=false`}, ``},
	{"qop with auth-int only", `Digest realm="r", nonce="n", qop="auth-int"`,
		[]string{`unusable Digest realm="r", domain="", nonce="n", qop="auth-int", stale=false`}, ``},
	{"MD5-sess", `Digest realm="r", nonce="n", algorithm=MD5-sess`,
		[]string{`unusable Digest realm="r", domain="", nonce="n", algorithm=MD5-sess, stale=false`}, ``},
	{"an algorithm that is no token", `Digest realm="r", nonce="n", algorithm="MD5, x"`,
		[]string{`unusable Digest realm="r", domain="", nonce="n", algorithm="MD5, x", stale=false`}, ``},
	{"empty nonce", `Digest realm="r", nonce=""`, []string{`unusable Digest realm="r", domain="", nonce="", stale=false`}, ``},
	{"SHA-256 before MD5", `Digest realm="r", nonce="n", algorithm=sha-256, Digest realm="r", nonce="n"`,
		[]string{`Digest realm="r", domain="", nonce="n", algorithm=SHA-256, stale=false`, good}, ``},
	{"Basic first", `Basic realm="x", Digest realm="r", nonce="n"`, []string{good}, ``},
	{"Basic last", `Digest realm="r", nonce="n", Basic realm="x"`, []string{good}, ``},
	{"token68 first", `Basic abc==, Digest realm="r", nonce="n"`, []string{good}, ``},
	{"Negotiate alone first", `Negotiate, Digest realm="r", nonce="n"`, []string{good}, ``},
	{"Negotiate with token68 last", `Digest realm="r", nonce="n", Negotiate oYG+/a==`, []string{good}, ``},
	{"Bearer between two", `Digest realm="r", nonce="n", Bearer realm="x", scope="a b", Digest realm="r", nonce="n"`, []string{good, good}, ``},
	{"another scheme malformed is no concern", `Basic realm="x" oops, Digest realm="r", nonce="n"`, []string{good}, ``},
	{"another scheme's duplicate is no concern", `Basic realm="x", realm="y", Digest realm="r", nonce="n"`, []string{good}, ``},
	{"Digest with nothing behind it", `Digest`, nil, atLine + `: a Digest challenge without realm`},
	{"the panic of others", `Digest realm`, nil, atLine + `: a Digest challenge without realm`},
	{"realm= is a token68", `Digest realm=`, nil, atLine + `: a Digest challenge without realm`},
	{"parameters behind a token68", `Digest abc==, realm="r", nonce="n"`, nil, atLine + ` at byte 20: a parameter behind a token68`},
	{"no nonce", `Digest realm="r"`, nil, atLine + `: a Digest challenge without nonce`},
	{"no realm", `Digest nonce="n"`, nil, atLine + `: a Digest challenge without realm`},
	{"realm twice", `Digest realm="r", nonce="n", Realm="s"`, nil, atLine + ` at byte 39: a parameter is given twice`},
	{"unknown parameter twice", `Digest realm="r", nonce="n", x=1, x=1`, nil, atLine + ` at byte 38: a parameter is given twice`},
	{"open quote", `Digest realm="r", nonce="n`, nil, atLine + ` at byte 27: a closing quote is missing`},
	{"open quote behind a backslash", `Digest realm="r", nonce="n\`, nil, atLine + ` at byte 28: a closing quote is missing`},
	{"closing quote escaped", `Digest realm="r", nonce="n\"`, nil, atLine + ` at byte 29: a closing quote is missing`},
	{"quote inside a bare value", `Digest realm=a"b", nonce="n"`, nil, atLine + ` at byte 15: want a comma after a value`},
	{"text after a quoted value", `Digest realm="r"x, nonce="n"`, nil, atLine + ` at byte 17: want a comma after a value`},
	{"no comma", `Digest realm="r" nonce="n"`, nil, atLine + ` at byte 18: want a comma after a value`},
	{"a challenge inside quotes behind an error", `Digest realm="r" "x, Digest realm=a, nonce=b, "`, nil, atLine + ` at byte 18: want a comma after a value`},
	{"semicolon for comma", `Digest realm="r"; nonce="n"`, nil, atLine + ` at byte 17: want a comma after a value`},
	{"value missing", `Digest realm="r", nonce=, qop=auth`, nil, atLine + ` at byte 25: a value is missing`},
	{"name missing", `Digest ="r", nonce="n"`, nil, atLine + ` at byte 8: a parameter before any scheme`},
	{"name missing behind a scheme", `Digest (, nonce="n"`, nil, atLine + ` at byte 8: want the name of a parameter`},
	{"= missing", `Digest realm "r", nonce="n"`, nil, atLine + ` at byte 14: want = after the name of a parameter`},
	{"no space behind the scheme", `Digest"r", nonce="n"`, nil, atLine + ` at byte 7: want a space after the scheme`},
	{"parameters without a scheme", `realm="r", nonce="n"`, nil, atLine + ` at byte 6: a parameter before any scheme`},
	{"NUL", "Digest realm=\"r\x00\", nonce=\"n\"", nil, atLine + ` at byte 16: a control character inside quotes`},
	{"line feed escaped", "Digest realm=\"r\\\n\", nonce=\"n\"", nil, atLine + ` at byte 17: a control character inside quotes`},
	{"control character outside quotes", "Digest realm=\x7f, nonce=\"n\"", nil, atLine + ` at byte 14: a value is missing`},
	{"only quotes", `""""`, nil, atLine + ` at byte 1: want the name of a scheme or of a parameter`},
	{"only equals", `===`, nil, atLine + ` at byte 1: want the name of a scheme or of a parameter`},
	{"garbage behind a good one spoils it", `Digest realm="r", nonce="n", @@@`, nil, atLine + ` at byte 30: want the name of a scheme or of a parameter`},
	{"garbage before a good one does not", `@@@, Digest realm="r", nonce="n"`, []string{good}, atLine + ` at byte 1: want the name of a scheme or of a parameter`},
	{"a malformed one does not hide the next", `Digest realm="r", realm="s, t", Digest realm="r", nonce="n"`, []string{good},
		atLine + ` at byte 31: a parameter is given twice`},
	{"8 KiB", `Digest realm="r", nonce="n", x="` + strings.Repeat("x", 8192-33) + `"`, []string{good}, ``},
	{"a byte more", `Digest realm="r", nonce="n", x="` + strings.Repeat("x", 8192-32) + `"`, nil, atLine + `: 8193 bytes, at most 8192 are read`},
	{"thousands of parameters", `Digest realm="r", nonce="n"` + strings.Repeat(",a=b", 2000), nil, atLine + ` at byte 36: a parameter is given twice`},
	{"as many parameters as are read", `Digest realm="r", nonce="n"` + manyParams(30), []string{good}, ``},
	{"a parameter more", `Digest realm="r", nonce="n"` + manyParams(31), nil, atLine + ` at byte 204: more than 32 parameters`},
	{"thousands of schemes", strings.Repeat("Digest,", 1000) + `Digest realm="r", nonce="n"`, []string{good},
		strings.TrimSuffix(strings.Repeat(atLine+": a Digest challenge without realm\n", 1000), "\n")},
}

// manyParams are parameters that nobody knows, each another.
func manyParams(n int) string {
	var params strings.Builder
	for i := range n {
		fmt.Fprintf(&params, ",x%d=1", i)
	}
	return params.String()
}

// hostileCredential is the value of an Authorization header and the error of ParseCredentials; "" if it must be read.
type hostileCredential struct{ name, value, err string }

const (
	minimal  = `username="u", realm="r", nonce="n", uri="/", response="x"`
	authLine = "digest: Authorization: malformed"
)

var hostileCredentials = []hostileCredential{
	{"RFC 2069", `Digest ` + minimal, ``},
	{"curl's", `Digest username="u",realm="r",nonce="n",uri="/?a=b,c",cnonce="Y2E=",nc=00000001,algorithm=MD5,response="x",qop="auth"`, ``},
	{"all bare", `digest USERNAME=u, Realm=r, nonce=n/=, uri=/a?b=c, response=x, nc=00000001, qop=auth, cnonce=c`, ``},
	{"all quoted", `Digest ` + minimal + `, algorithm="md5", qop="auth", nc="00000001", cnonce="c"`, ``},
	{"unknown parameters", `Digest ` + minimal + `, op="auth", auth-param="1"`, ``},
	{"escaped quotes in the user name", `Digest username="\"u\"", realm="r", nonce="n", uri="/", response="x"`, ``},
	{"empty user name", `Digest username="", realm="r", nonce="n", uri="/", response="x"`, ``},
	{"empty", ``, authLine + `: it is empty`},
	{"blank", " \t", authLine + `: it is empty`},
	{"commas", `,,`, authLine + `: it is empty`},
	{"Basic", `Basic dXNlcjpwYXNz`, `digest: Authorization: not of scheme Digest`},
	{"Bearer", `Bearer eyJ.a.b`, `digest: Authorization: not of scheme Digest`},
	{"a bare secret", `11111111-2222-3333-4444-555555555555`, `digest: Authorization: not of scheme Digest`},
	{"Digest alone", `Digest`, authLine + `: username is missing`},
	{"Digest with token68", `Digest dXNlcg==`, authLine + `: username is missing`},
	{"without username", `Digest realm="r", nonce="n", uri="/", response="x"`, authLine + `: username is missing`},
	{"username* instead", `Digest username*=UTF-8''u, realm="r", nonce="n", uri="/", response="x"`, authLine + `: username is missing`},
	{"without realm", `Digest username="u", nonce="n", uri="/", response="x"`, authLine + `: realm is missing`},
	{"without nonce", `Digest username="u", realm="r", uri="/", response="x"`, authLine + `: nonce is missing`},
	{"without uri", `Digest username="u", realm="r", nonce="n", response="x"`, authLine + `: uri is missing`},
	{"without response", `Digest username="u", realm="r", nonce="n", uri="/"`, authLine + `: response is missing`},
	{"response twice", `Digest ` + minimal + `, response="y"`, authLine + ` at byte 79: a parameter is given twice`},
	{"nc twice in other letter case", `Digest ` + minimal + `, nc=00000001, NC=00000002`, authLine + ` at byte 91: a parameter is given twice`},
	{"open quote", `Digest username="u`, authLine + ` at byte 19: a closing quote is missing`},
	{"line feed", "Digest username=\"u\nX: y\", realm=r", authLine + ` at byte 19: a control character inside quotes`},
	{"a second scheme", `Digest ` + minimal + `, Basic abc==`, authLine + `: more than one scheme`},
	{"another scheme first", `Basic abc==, Digest ` + minimal, `digest: Authorization: not of scheme Digest`},
	{"no blank behind Digest", `Digest=` + minimal, authLine + ` at byte 7: a parameter before any scheme`},
	{"too long", `Digest ` + minimal + strings.Repeat(" ", 8192), authLine + `: 8256 bytes, at most 8192 are read`},
	{"garbage", "\xff\xfe", authLine + ` at byte 1: want the name of a scheme or of a parameter`},
}
