package client_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/secret"
)

var canaries = secret.NewFinder(
	secret.New("link-token", rawToken),
	secret.New("inner key", innerKey),
	secret.New("private key", privateKey),
)

const withheld = "[withheld: it contained a credential]"

// shown is all that a program could print of a link and an error.
func shown(link client.Link, err error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %+v %#v %q\n", link, link, link, err)
	for e := err; e != nil; e = errors.Unwrap(e) {
		fmt.Fprintf(&b, "%v %+v %#v\n", e, e, e)
	}
	var e *client.Error
	if errors.As(err, &e) {
		fmt.Fprintf(&b, "%+v\n", *e)
		for _, cause := range e.Unwrap() {
			fmt.Fprintf(&b, "%v %+v %#v\n", cause, cause, cause)
		}
		encoded, _ := json.Marshal(e)
		b.Write(encoded)
	}
	return b.String()
}

func TestTheCanarySearchFindsAPlantedLeak(t *testing.T) {
	t.Parallel()
	planted := shown(client.Link{}, fmt.Errorf("connect with %s: %w", rawToken[20:60], errCut))
	assert.Equal(t, "link-token, raw, at byte", canaries.Find([]byte(planted))[0].String()[:24])
}

// echoes are the ways in which a server could send a secret back.
var echoes = map[string]func(string) string{
	"as it is":                func(s string) string { return s },
	"in part":                 func(s string) string { return s[7:25] },
	"base64":                  func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s)) },
	"hex":                     func(s string) string { return hex.EncodeToString([]byte(s)) },
	"URL":                     url.QueryEscape,
	"HTML":                    html.EscapeString,
	"capitals":                func(s string) string { return strings.ToUpper(s) },
	"small letters":           func(s string) string { return strings.ToLower(s) },
	"capitals without dashes": func(s string) string { return strings.ToUpper(strings.ReplaceAll(s, "-", "")) },
	"base64 in small letters": func(s string) string { return strings.ToLower(base64.StdEncoding.EncodeToString([]byte(s))) },
	"base64 of capitals":      func(s string) string { return base64.StdEncoding.EncodeToString([]byte(strings.ToUpper(s))) },
	"hex of capitals":         func(s string) string { return hex.EncodeToString([]byte(strings.ToUpper(s))) },
	"torn by zeros":           func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") },
	"torn by U+200B": func(s string) string {
		return s[:8] + "\u200b" + s[8:16] + "\u200b" + s[16:24] + "\u200b" + s[24:]
	},
}

// escaped writes every character of a JSON string as an escape, so that the bytes of the answer do not have it.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, `\u%04x`, r)
	}
	return b.String()
}

func TestNoEchoOfACredentialIsShown(t *testing.T) {
	t.Parallel()
	places := map[string]func(echo string) reply{
		"detail": func(e string) reply { return jsonReply(400, `{"error":400,"detail":"bad: `+escaped(e)+`"}`) },
		"reason": func(e string) reply { return jsonReply(400, `{"error":400,"reason":"bad: `+escaped(e)+`"}`) },
		"code":   func(e string) reply { return jsonReply(400, `{"error":400,"errorCode":"`+escaped(e)+`"}`) },
		"parameters": func(e string) reply {
			return jsonReply(400, `{"error":400,"parameters":[[{"`+escaped(e)+`":"`+escaped(e)+`"}]]}`)
		},
		"projects": func(e string) reply {
			return jsonReply(409, `{"error":409,"errorCode":"CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT","parameters":["`+escaped(e)+`"]}`)
		},
		"field": func(e string) reply {
			return jsonReply(400, `{"error":400,"badRequestDetail":{"fields":[{"field":"`+escaped(e)+`","description":"`+escaped(e)+`"}]}}`)
		},
		"snippet":       func(e string) reply { return htmlReply(502, "<p>"+e+"</p>") },
		"snippet's end": func(e string) reply { return htmlReply(502, strings.Repeat(" .", 120)+e) },
		"content type": func(e string) reply {
			return reply{status: 502, header: map[string]string{"Content-Type": e + "/html"}}
		},
		"Retry-After": func(e string) reply { return later(429, "", e) },
		"Location": func(e string) reply {
			return reply{status: 307, header: map[string]string{"Location": "https://" + strings.ReplaceAll(e, "\x00", "") + ".example/"}}
		},
		"Location's scheme": func(e string) reply {
			return reply{status: 307, header: map[string]string{"Location": strings.Trim(strings.Map(func(r rune) rune {
				if r < ' ' || r > '~' || strings.ContainsRune("%&#;/=", r) {
					return -1
				}
				return r
			}, "a"+e), "-") + "://x/"}}
		},
		"status": func(e string) reply { return jsonReply(201, `{"status":"`+escaped(e)+`"}`) },
		"link": func(e string) reply {
			return jsonReply(201, `{"sourceOrgId":"`+escaped(e)+`","errorMessage":"`+escaped(e)+`","targetOrg":{"a":["`+escaped(e)+`"]}}`)
		},
	}
	for placeName, place := range places {
		t.Run(placeName, func(t *testing.T) {
			t.Parallel()
			for echoName, echo := range echoes {
				for secretName, secret := range map[string]string{"token": rawToken, "inner key": innerKey, "private key": privateKey} {
					link, err := run(t, over(t, &script{signed: answering(place(echo(secret)))}), "connect")
					out := shown(link, err)
					assert.Empty(t, canaries.Find([]byte(out)), "%s %s", secretName, echoName)
					joined := strings.NewReplacer("\x00", "", `\x00`, "", "\u200b", "", "\uFFFD", "").Replace(out)
					assert.Empty(t, canaries.Find([]byte(joined)), "%s %s, put together", secretName, echoName)
				}
			}
		})
	}
}

func TestWhatIsWithheldSaysSo(t *testing.T) {
	t.Parallel()
	_, err := run(t, over(t, &script{signed: answering(jsonReply(400, `{"error":400,"errorCode":"INVALID_ATTRIBUTE","detail":"Invalid token `+rawToken+`","parameters":["`+rawToken+`",3]}`))}), "connect")
	require.EqualError(t, err, `connect organization 5f7aac56b3a0b94bcdce6d8a: refused (400 INVALID_ATTRIBUTE): the server does not take the request. The server says: "`+withheld+`".`)
	var e *client.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, withheld, e.Detail)
	assert.Equal(t, []any{withheld, json.Number("3")}, e.Parameters)

	link, err := run(t, over(t, &script{signed: answering(jsonReply(201, `{"errorMessage":"`+privateKey+`"}`))}), "status")
	require.NoError(t, err)
	assert.Equal(t, client.Link{ErrorMessage: withheld}, link)

	_, err = run(t, over(t, &script{signed: failing(fmt.Errorf("malformed HTTP response %q: %w", rawToken, errCut))}), "connect")
	require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: no answer: "+withheld+". The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.")
	require.NotErrorIs(t, err, errCut, "a cause that has the token is not handed on")
}

// An echo in another letter case is the secret still: letter case adds nothing to a UUID, and little to a token.
func TestAnEchoInAnotherLetterCaseIsWithheld(t *testing.T) {
	t.Parallel()
	capitals := func(s string) string { return strings.ToUpper(s) }
	for name, echo := range map[string]string{
		"the key inside the token, in capitals":           capitals(innerKey),
		"the key inside the token, capitals, no dashes":   capitals(strings.ReplaceAll(innerKey, "-", "")),
		"the private key, in capitals":                    capitals(privateKey),
		"the private key, capitals, no dashes":            capitals(strings.ReplaceAll(privateKey, "-", "")),
		"the private key, capitals, in base64":            base64.StdEncoding.EncodeToString([]byte(capitals(privateKey))),
		"the private key, capitals, no dashes, in hex":    hex.EncodeToString([]byte(capitals(strings.ReplaceAll(privateKey, "-", "")))),
		"the token in small letters":                      strings.ToLower(rawToken),
		"twenty characters of the token in small letters": strings.ToLower(rawToken[30:50]),
	} {
		_, err := run(t, over(t, &script{signed: answering(jsonReply(400, `{"error":400,"errorCode":"INVALID_ATTRIBUTE","detail":"`+echo+`"}`))}), "connect")
		require.EqualError(t, err, `connect organization 5f7aac56b3a0b94bcdce6d8a: refused (400 INVALID_ATTRIBUTE): the server does not take the request. The server says: "`+withheld+`".`, name)
	}

	_, err := run(t, over(t, &script{signed: answering(reply{status: 307, header: map[string]string{"Location": rawToken[:20] + "://x/"}})}), "connect")
	require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: redirected (307) to "+withheld+", which is not followed. Check the address https://om.example:8443/api/public/v1.0.")

	_, err = run(t, over(t, &script{signed: answering(reply{status: 307, header: map[string]string{"Location": "https://login.example/?to=" + rawToken}})}), "connect")
	require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: redirected (307) to https://login.example, which is not followed. Check the address https://om.example:8443/api/public/v1.0.",
		"what is not shown is no reason to withhold the host")
}

func TestATokenOfAnotherShapeIsWithheldToo(t *testing.T) {
	t.Parallel()
	connect := func(raw string, r reply) (client.Link, error) {
		return over(t, &script{signed: answering(r)}).Connect(t.Context(), org, migrationlink.NewLinkToken(raw))
	}
	_, err := connect("123456789012345678", jsonReply(400, `{"error":400,"parameters":[123456789012345678]}`))
	var e *client.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, []any{withheld}, e.Parameters)

	link, err := connect("TOKEN_IN_CAPITALS", jsonReply(201, `{"status":"TOKEN_IN_CAPITALS"}`))
	require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: unexpected answer (201): the property status is not a status. "+
		`The content begins: "`+withheld+`". The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.`)
	assert.Zero(t, link)
}

func TestAPrintedClientShowsNoKey(t *testing.T) {
	t.Parallel()
	c := over(t, &script{})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		for _, v := range []any{c, *c} {
			assert.Equal(t, `client.Client{https://om.example:8443/api/public/v1.0, key "ownerkey"}`, fmt.Sprintf(verb, v))
		}
	}
	encoded, err := json.Marshal(struct{ C *client.Client }{c})
	require.NoError(t, err)
	assert.JSONEq(t, `{"C":{}}`, string(encoded))
	type outer struct{ inner *client.Client }
	assert.Empty(t, canaries.Find(fmt.Appendf(nil, "%+v %#v", outer{c}, outer{c})))
}

var accountCanaries = secret.NewFinder(
	secret.New("link-token", rawToken),
	secret.New("client secret", clientSecret),
	secret.New("first access token", accessToken(1)),
	secret.New("second access token", accessToken(2)),
)

// What a server could send back of a service account: also the access token that it refused, and one that it wrote so that nobody takes it for one.
func TestNoEchoOfAServiceAccountIsShown(t *testing.T) {
	t.Parallel()
	echoing := func(place string, echo func(string) string, secret string) step {
		text := escaped(echo(secret))
		return map[string]step{
			"detail":      answering(jsonReply(400, `{"error":400,"detail":"bad: `+text+`"}`)),
			"refusal":     answering(jsonReply(401, `{"error":401,"errorCode":"SOME_CODE","detail":"`+text+`"}`)),
			"page":        answering(htmlReply(502, "<p>"+echo(secret))),
			"link":        answering(jsonReply(200, `{"status":"NOT_SYNCED","errorMessage":"`+text+`"}`)),
			"description": answering(jsonReply(400, `{"error":"invalid_scope","error_description":"`+text+`"}`)),
			"error":       failing(fmt.Errorf("malformed HTTP response %q", echo(secret))),
		}[place]
	}
	secrets := map[string]string{"secret": clientSecret, "basic": base64.StdEncoding.EncodeToString([]byte(clientID + ":" + clientSecret)), "first token": accessToken(1), "second token": accessToken(2)}
	for _, place := range []string{"detail", "refusal", "page", "link", "description", "error"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			for secretName, secret := range secrets {
				for echoName, echo := range echoes {
					next := echoing(place, echo, secret)
					for where, network := range map[string]*issuing{
						"token endpoint": {tokens: next, signed: next},
						"answer":         {signed: inTurn(refusedToken, next)},
					} {
						link, err := run(t, account(t, network, client.Attempts(1)), "status")
						if where == "token endpoint" && strings.HasSuffix(secretName, "token") {
							continue // those that were never given
						}
						assert.Empty(t, accountCanaries.Find([]byte(shown(link, err))), "%s, %s, %s", where, secretName, echoName)
					}
				}
			}
		})
	}
	for name, r := range map[string]reply{
		"by another name": jsonReply(200, `{"token":"`+accessToken(1)+`"}`),
		"of a wrong type": jsonReply(200, `{"access_token":["`+accessToken(1)+`"]}`),
		"a bad lifetime":  jsonReply(200, `{"access_token":"`+accessToken(1)+`","expires_in":"soon"}`),
		"no JSON":         htmlReply(200, accessToken(1)),
		"in an error":     jsonReply(200, `{"error":"none","error_description":"`+accessToken(1)+`","access_token":"`+accessToken(1)+`"}`),
	} {
		link, err := run(t, account(t, &issuing{tokens: answering(r)}, client.Attempts(1)), "connect")
		require.Error(t, err, name)
		assert.Empty(t, accountCanaries.Find([]byte(shown(link, err))), name)
	}
}

// The tokens of a call that fetched twice, in two attempts: what was secret in the first is not all that is secret in the second.
func TestAnAccessTokenOfALaterAttemptIsNotShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := &issuing{signed: inTurn(answering(htmlReply(502, "<p>wait")), refusedToken, answering(jsonReply(400, `{"error":400,"detail":"`+accessToken(2)+`"}`)))}
		link, err := run(t, account(t, network), "status")
		require.EqualError(t, err, `status organization 5f7aac56b3a0b94bcdce6d8a: refused (400): the server does not take the request. The server says: "`+withheld+`". It was tried 2 times.`)
		assert.Empty(t, accountCanaries.Find([]byte(shown(link, err))))
	})
}

// Printers that go by reflection call no method: a diff of testify is one.
func TestADumpOfAClientShowsNoSecret(t *testing.T) {
	t.Parallel()
	network := &issuing{signed: synced}
	c := account(t, transportFunc(network.RoundTrip)) // a func, since the network itself remembers what it was sent
	_, err := run(t, c, "status")
	require.NoError(t, err)
	for _, made := range []*client.Client{c, over(t, &script{})} {
		printed := new(printedT)
		assert.Equal(printed, made, new(client.Client))
		assert.Contains(t, printed.text, "Diff:")
		assert.Empty(t, accountCanaries.Find([]byte(printed.text)))
		assert.Empty(t, canaries.Find([]byte(printed.text)))
	}
	assert.Equal(t, `client.Client{https://om.example:8443/api/public/v1.0, service account "`+clientID+`"}`, fmt.Sprintf("%+v", c))
}

// printedT keeps what an assertion prints.
type printedT struct{ text string }

func (t *printedT) Errorf(format string, args ...any) { t.text += fmt.Sprintf(format, args...) }
