package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	limit     = 1 << 20
	connected = `{"status":"SYNCED"}`
)

// byteNumber is left to the tests of the checker, which counts.
var byteNumber = regexp.MustCompile(`byte [0-9]+`)

func malformed(detail string) string {
	return problem(400, "MALFORMED_JSON", "Received JSON is malformed: it "+detail+".", `[]`)
}

// requestOf is a link request of exactly that many bytes.
func requestOf(bytes int) string {
	return linkRequest(strings.Repeat("x", bytes-len(linkRequest(""))))
}

// TestContentIsReadStrictly has what lenient readers of JSON let through.
func TestContentIsReadStrictly(t *testing.T) {
	t.Parallel()
	noAttribute := problem(400, "MISSING_ATTRIBUTE", "The required attribute linkToken was not specified.", `["linkToken"]`)
	unknown := func(suggestion string) string {
		return problem(400, "INVALID_ATTRIBUTE", "Invalid attribute specified: the content has a property that the contract does not have"+suggestion, `[]`)
	}
	notTheAttribute := func(problemOfIt string) string {
		return problem(400, "INVALID_JSON_ATTRIBUTE",
			"Received JSON for the linkToken attribute does not match expected format: it "+problemOfIt+".", `["linkToken"]`)
	}
	notAnObject := problem(400, "INVALID_JSON", "Received JSON does not match the expected format: it is no object.", `[]`)
	tests := []struct {
		name, content string
		status        int
		want          string
	}{
		{"a token", linkRequest(token), 201, connected},
		{"one character", linkRequest("x"), 201, connected},
		{"a blank", linkRequest(" "), 201, connected},
		{"any text is a token", `{"linkToken":"\u0000\"\\\/\ud83d\ude00 ü"}`, 201, connected},
		{"white space around everything", " \t\r\n{ \"linkToken\" : \"x\" }\n ", 201, connected},
		{"the name escaped", `{"link\u0054oken":"x"}`, 201, connected},
		{"no token", `{}`, 400, noAttribute},
		{"an empty token", linkRequest(""), 400,
			problem(400, "INVALID_ATTRIBUTE", "Invalid attribute linkToken specified: it is empty.", `["linkToken"]`)},
		{"null", `{"linkToken":null}`, 400, notTheAttribute("is null")},
		{"a number", `{"linkToken":1}`, 400, notTheAttribute("is no string")},
		{"a number out of range", `{"linkToken":1e400}`, 400, notTheAttribute("is no string")},
		{"a list", `{"linkToken":["` + token + `"]}`, 400, notTheAttribute("is no string")},
		{"an object", `{"linkToken":{"` + token + `":1}}`, 400, notTheAttribute("is no string")},
		{"a property nobody declared", `{"linkToken":"x","x":1}`, 400, unknown(".")},
		{"the token as a name", `{"linkToken":"x","` + token + `":1}`, 400, unknown(".")},
		{"the property in another case", `{"linkToken":"x","linktoken":"y"}`, 400, unknown("; did you mean linkToken?")},
		{"__proto__", `{"linkToken":"x","__proto__":{}}`, 400, unknown(".")},
		{"the property twice", `{"linkToken":"x","linkToken":"x"}`, 400, malformed("has a property twice, again at byte N")},
		{"the property twice, escaped", `{"linkToken":"x","\u006cinkToken":"y"}`, 400, malformed("has a property twice, again at byte N")},
		{"a second value", linkRequest("x") + linkRequest("y"), 400, malformed("goes on after the JSON value, which ends before byte N")},
		{"bytes after the value", linkRequest("x") + token, 400, malformed("goes on after the JSON value, which ends before byte N")},
		{"a null byte after the value", linkRequest("x") + "\x00", 400, malformed("goes on after the JSON value, which ends before byte N")},
		{"a byte order mark", "\ufeff" + linkRequest("x"), 400, malformed("is not JSON, from byte N on")},
		{"no UTF-8", "{\"linkToken\":\"\xff\"}", 400, malformed("is not UTF-8")},
		{"UTF-16", "\xff\xfe{\x00", 400, malformed("is not UTF-8")},
		{"half a surrogate pair", `{"linkToken":"\ud83d"}`, 400, malformed("has half of a surrogate pair at byte N")},
		{"a comment", `{"linkToken":"x"/**/}`, 400, malformed("is not JSON, from byte N on")},
		{"a comma too many", `{"linkToken":"x",}`, 400, malformed("is not JSON, from byte N on")},
		{"single quotes", `{'linkToken':'x'}`, 400, malformed("is not JSON, from byte N on")},
		{"a bare token", token, 400, malformed("is not JSON, from byte N on")},
		{"a form", "linkToken=" + token[:20], 400, malformed("is not JSON, from byte N on")},
		{"cut off", linkRequest(token)[:40], 400, malformed("is not JSON: it ends too early")},
		{"white space alone", " \n", 400, malformed("is not JSON: it ends too early")},
		{"the token as a text", `"` + token + `"`, 400, notAnObject},
		{"a list of one", `[` + linkRequest("x") + `]`, 400, notAnObject},
		{"a number out of range alone", `1e400`, 400, notAnObject},
		{"JSON's null", `null`, 400, problem(400, "INVALID_JSON", "Received JSON does not match the expected format: it is null.", `[]`)},
		{"nested a thousand deep", strings.Repeat("[", 1000) + strings.Repeat("]", 1000), 400, notAnObject},
		{"nested half a million deep", strings.Repeat("[", limit/2), 400, malformed("is not JSON: it ends too early")},
		{"a property nested a thousand deep", `{"linkToken":"x","more":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`, 400, unknown(".")},
		{"as large as may be", requestOf(limit), 201, connected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			got := call(t, s, http.MethodPost, linkPath(org), tt.content)
			assert.Equal(t, tt.status, got.status)
			assert.Equal(t, tt.want, byteNumber.ReplaceAllString(got.body, "byte N"))
			state := `{"status":"NOT_SYNCED"}`
			if tt.status == http.StatusCreated {
				state = connected
			}
			assert.Equal(t, state, call(t, s, http.MethodGet, statusPath(org), "").body, "what is refused changes nothing")
		})
	}
}

func TestTheContentHasItsMediaType(t *testing.T) {
	t.Parallel()
	unsupported := func(header, detail string) string {
		return problem(415, "UNSUPPORTED_MEDIA_TYPE", "The header "+header+" is wrong: "+detail+".", `[]`)
	}
	tests := []struct {
		name     string
		types    []string
		encoding string
		status   int
		want     string
	}{
		{"JSON", []string{"application/json"}, "", 201, connected},
		{"in capitals", []string{"Application/JSON"}, "", 201, connected},
		{"UTF-8", []string{`application/json; charset="UTF-8"`}, "", 201, connected},
		{"none", nil, "", 415, unsupported("Content-Type", "want application/json, got none")},
		{"empty", []string{""}, "", 415, unsupported("Content-Type", "want application/json, got another")},
		{"twice", []string{"application/json", "application/json"}, "", 415, unsupported("Content-Type", "want application/json, got more than one")},
		{"two in one", []string{"application/json, text/plain"}, "", 415, unsupported("Content-Type", "want application/json, got another")},
		{"curl's own", []string{"application/x-www-form-urlencoded"}, "", 415, unsupported("Content-Type", "want application/json, got another")},
		{"a relative", []string{"application/hal+json"}, "", 415, unsupported("Content-Type", "want application/json, got another")},
		{"another character set", []string{"application/json; charset=utf-7"}, "", 415, unsupported("Content-Type", "has a charset that is not UTF-8")},
		{"a token", []string{token}, "", 415, unsupported("Content-Type", "want application/json, got another")},
		{"gzip", []string{"application/json"}, "gzip", 415, unsupported("Content-Encoding", "is there; content is sent as it is")},
		{"identity", []string{"application/json"}, "identity", 415, unsupported("Content-Encoding", "is there; content is sent as it is")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			r := sign(t, s, request(http.MethodPost, linkPath(org), linkRequest(token)))
			r.Header["Content-Type"] = tt.types
			if tt.encoding != "" {
				r.Header.Set("Content-Encoding", tt.encoding)
			}
			got := ask(t, s, r)
			assert.Equal(t, tt.status, got.status)
			assert.Equal(t, tt.want, got.body)
		})
	}
}

// TestContentWhereThereIsNone is a way to smuggle requests (RFC 9110 section 9.3.1).
func TestContentWhereThereIsNone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	want := problem(400, "VALIDATION_ERROR", "The request has content, which this operation does not have.", `[]`)
	for _, r := range []*http.Request{
		request(http.MethodGet, statusPath(org), "{}"), request(http.MethodDelete, linkPath(org), linkRequest(token)),
		request(http.MethodHead, statusPath(org), "x"),
	} {
		got := call(t, s, r.Method, r.RequestURI, "x")
		assert.Equal(t, http.StatusBadRequest, got.status, r.Method)
		if r.Method != http.MethodHead {
			assert.Equal(t, want, got.body, r.Method)
		}
	}
}

// TestChunkedContentIsLimitedToo sends what no Content-Length announces.
func TestChunkedContentIsLimitedToo(t *testing.T) {
	t.Parallel()
	large := problem(413, "REQUEST_ENTITY_TOO_LARGE", tooLarge, `[1048576]`)
	tests := []struct {
		name, query, content string
		status               int
		want                 string
	}{
		{"small", "", linkRequest(token), 201, connected},
		{"as large as may be", "", requestOf(limit), 201, connected},
		{"one byte more", "", requestOf(limit + 1), 413, large},
		{"one byte more, and no JSON", "", strings.Repeat("x", limit+1), 413, large},
		{"signed in, so in an envelope", "?envelope=true", requestOf(limit + 1), 413, `{"status":413,"content":` + large + `}`},
		{"twice as much", "", requestOf(2 * limit), 413, large},
		{"empty", "", "", 400, malformed("is empty")},
	}
	s := newServer(t)
	address := listen(t, s)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := linkPath(org) + tt.query
			signed := authorization(t, credentials(challenge(t, s).Nonce, target), http.MethodPost, privateKey)
			conn := dial(t, address)
			written := make(chan struct{})
			go func() { // the answer to what is too large comes while it is still being sent
				defer close(written)
				_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\n"+
					"Transfer-Encoding: chunked\r\n\r\n", target, signed)
				for rest := tt.content; rest != ""; {
					chunk := rest[:min(len(rest), 64<<10)]
					rest = rest[len(chunk):]
					if _, err := fmt.Fprintf(conn, "%x\r\n%s\r\n", len(chunk), chunk); err != nil {
						return
					}
				}
				_, _ = io.WriteString(conn, "0\r\n\r\n")
			}()
			got := receive(t, bufio.NewReader(conn), http.MethodPost)
			assert.Equal(t, tt.status, got.status)
			assert.Equal(t, tt.want, got.body)
			require.NoError(t, conn.Close())
			<-written
		})
	}
}

// TestContentThatEndsBeforeItsEnd breaks off in the middle of the token.
func TestContentThatEndsBeforeItsEnd(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, length := range []int64{int64(len(linkRequest(token))), -1} { // announced, and not
		r := sign(t, s, request(http.MethodPost, linkPath(org), "x"))
		r.ContentLength = length
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"linkToken":"`+token), failingReader{errors.New("connection reset near " + token)}))
		got := ask(t, s, r)
		assert.Equal(t, problem(400, "MALFORMED_JSON", "Received JSON is malformed: it is cut off.", `[]`), got.body)
	}
	assert.Equal(t, `{"status":"NOT_SYNCED"}`, call(t, s, http.MethodGet, statusPath(org), "").body)
}

// TestContinueIsSaidToWhomIsLetIn has clients wait for 100 before they send a token (RFC 9110 section 10.1.1).
func TestContinueIsSaidToWhomIsLetIn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	address := listen(t, s)
	tests := []struct {
		name, target, length string
		signed               bool
		status               int
	}{
		{"let in", linkPath(org), "17", true, 100},
		{"not signed in", linkPath(org), "17", false, 401},
		{"no role", linkPath(closedOrg), "17", true, 401},
		{"no such path", "/x", "17", true, 404},
		{"too large", linkPath(org), "1048577", true, 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := "POST " + tt.target + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: " + tt.length + "\r\n"
			if tt.signed {
				text += "Authorization: " + authorization(t, credentials(challenge(t, s).Nonce, tt.target), http.MethodPost, privateKey) + "\r\n"
			}
			conn := dial(t, address)
			from := bufio.NewReader(conn)
			_, err := io.WriteString(conn, text+"\r\n")
			require.NoError(t, err)
			first, err := http.ReadResponse(from, &http.Request{Method: http.MethodPost})
			require.NoError(t, err)
			require.NoError(t, first.Body.Close())
			require.Equal(t, tt.status, first.StatusCode)
			if first.StatusCode == http.StatusContinue {
				_, err = io.WriteString(conn, linkRequest("x"))
				require.NoError(t, err)
				assert.Equal(t, http.StatusCreated, receive(t, from, http.MethodPost).status)
			}
		})
	}
}
