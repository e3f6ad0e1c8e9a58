package har_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker/har"
)

// read is what is told of a recording of these entries.
func read(t *testing.T, o har.Options, entries ...object) (har.Recording, []string) {
	t.Helper()
	c := newChecker(t)
	r, err := har.Read(strings.NewReader(recording(t, entries...)), c, o)
	require.NoError(t, err)
	return r, told(c, r)
}

func TestWhatAnsweredInPlaceOfTheServerIsNotJudged(t *testing.T) {
	t.Parallel()
	left, kept := []string{"not answered by the server[1]"}, []string{"1 POST 201"}
	for _, c := range []struct {
		of, name string
		value    any
		want     []string
	}{
		{"entry", "_fromCache", "disk", left},
		{"entry", "_fromCache", "memory", left},
		{"entry", "_fetchType", "Memory Cache", left},
		{"entry", "_fetchType", "Disk Cache", left},
		{"entry", "_fetchType", "Service Worker", left},
		{"entry", "_fetchType", "Inspector Override", left},
		{"entry", "_fetchType", "Network Load", kept},
		{"entry", "_fetchType", nil, kept},
		{"entry", "_wasFulfilled", true, left},
		{"entry", "_wasFulfilled", false, kept},
		{"entry", "_wasContinued", true, kept},
		{"response", "_fetchedViaServiceWorker", true, left},
		{"response", "_fetchedViaServiceWorker", false, kept},
	} {
		entry, _, response := connect()
		map[string]object{"entry": entry, "response": response}[c.of][c.name] = c.value
		_, lines := read(t, har.Options{}, entry)
		assert.Equal(t, c.want, lines, "%s: %v", c.name, c.value)
	}
}

func TestAResponseThatBrokeOffIsNotBadJSON(t *testing.T) {
	t.Parallel()
	const syntax = "  connect, answer 201, body: is not JSON: it ends too early [responses/201/syntax]"
	const enum = "  connect, answer 201, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]"
	const broke = "  the response body broke off before its end"
	for _, c := range []struct {
		of, name string
		value    any
		text     string
		want     string
	}{
		{"response", "_charlesStatus", "EXCEPTION", `{"status":"SYN`, broke},
		{"response", "_charlesStatus", "COMPLETE", `{"status":"SYN`, syntax},
		{"response", "_charlesStatus", "Complete", `{"status":"SYN`, syntax},
		{"response", "_error", "net::ERR_INCOMPLETE_CHUNKED_ENCODING", `{"status":"SYN`, broke},
		{"response", "_error", nil, `{"status":"SYN`, syntax},
		{"response", "_error", "", `{"status":"SYN`, syntax},
		{"response", "_failureText", "Protocol error", `{"status":"SYN`, broke},
		{"entry", "_wasAborted", true, `{"status":"SYN`, broke},
		{"entry", "_wasAborted", true, ``, broke},
		{"response", "_error", "net::ERR_FAILED", `{"status":"PENDING"}`, enum},
		{"response", "_error", "net::ERR_FAILED", `4`, broke},
	} {
		entry, _, response := connect()
		map[string]object{"entry": entry, "response": response}[c.of][c.name] = c.value
		response["content"] = object{"text": c.text}
		_, lines := read(t, har.Options{}, entry)
		assert.Equal(t, []string{"1 POST 201", c.want}, lines, "%s: %v, %s", c.name, c.value, c.text)
		response["headers"] = append(response["headers"].([]object), fields("Content-Encoding", "br")...)
		_, lines = read(t, har.Options{}, entry)
		assert.Equal(t, []string{"1 POST 201", c.want}, lines, "compressed, %s: %v, %s", c.name, c.value, c.text)
	}
}

func TestContentThatARecorderKeepsInItsOwnWay(t *testing.T) {
	t.Parallel()
	const chunks = "  the response body is stored in chunks, which are not read here"
	for name, c := range map[string]struct {
		content object
		header  []string
		want    string
	}{
		"chunks of hex":          {object{"text": `["1f8b08000000000000","03ab562a2e492c29"]`, "_isBinary": true}, []string{"Content-Encoding", "gzip"}, chunks},
		"chunks without a mark":  {object{"text": `["1f8b08000000000000"]`}, []string{"Content-Encoding", "gzip"}, chunks},
		"chunks of base64":       {object{"text": `["H4sIAAAAAAAAA6tWKi5JLCk="]`, "encoding": "base64"}, []string{"Content-Encoding", "gzip"}, chunks},
		"an array, as it is":     {object{"text": `["1f8b08000000000000"]`}, nil, "  connect, answer 201, body: is no object [schema/type]"},
		"an array, decoded":      {object{"text": `[{"a":1}]`}, []string{"Content-Encoding", "gzip"}, "  connect, answer 201, body: is no object [schema/type]"},
		"in a file":              {object{"_file": "0a.json"}, nil, "  the response body is in a file of its own, which is not read"},
		"in a file, with a size": {object{"_sha1": "0a.json", "size": 19, "text": ""}, nil, "  the response body is in a file of its own, which is not read"},
	} {
		entry, _, response := connect()
		response["content"] = c.content
		response["headers"] = append(response["headers"].([]object), fields(c.header...)...)
		_, lines := read(t, har.Options{}, entry)
		assert.Equal(t, []string{"1 POST 201", c.want}, lines, name)
	}
	entry, request, _ := connect()
	request["postData"] = object{"mimeType": "application/json", "text": "", "_file": "0a.json"}
	_, lines := read(t, har.Options{}, entry)
	assert.Equal(t, []string{"1 POST 201", "  the request body is in a file of its own, which is not read"}, lines)
}

func TestHeadersThatAreArrays(t *testing.T) {
	t.Parallel()
	entry, _, response := connect()
	headers := response["headers"].([]object)
	response["headers"] = append(headers, object{"name": "set-cookie", "value": []string{"a=1", "b=2"}}, object{"name": "x", "value": nil})
	r, lines := read(t, har.Options{}, entry)
	assert.Equal(t, []string{"1 POST 201"}, lines)
	assert.Equal(t, []string{"a=1", "b=2"}, r.Exchanges[0].Exchange.ResponseHeader.Values("Set-Cookie"))
}

func TestMasksAreNoSchemes(t *testing.T) {
	t.Parallel()
	for _, mask := range []string{
		"", " ", "[REDACTED]", "***REDACTED***", `"redacted"`, "<token>", "null", "--", "…", "****", "[Authorization redacted]", "[REDACTED:authorization]",
		"{{token}}", "${TOKEN}", "xxxxx", "REDACTED", "<redacted by proxy>", "abc123", "'masked'", "(hidden)", "...", "[some thing]",
	} {
		entry, request, _ := connect()
		signed, _, _ := connect()
		request["headers"] = fields("Authorization", mask, "Content-Type", "application/json")
		r, lines := read(t, har.Options{}, entry, signed)
		assert.Equal(t, []string{"1 POST 201", "2 POST 201"}, lines, mask)
		assert.True(t, r.CredentialsHidden, mask)
	}
	for _, other := range []string{"Basic eDp5", "Negotiate", "Basic", "ApiKey abc"} {
		entry, request, _ := connect()
		request["headers"] = fields("Authorization", other, "Content-Type", "application/json")
		_, lines := read(t, har.Options{}, entry)
		assert.Contains(t, lines, "  connect, request, header Authorization: has a scheme that is none of Digest, Bearer [security/scheme]", other)
	}
}

func TestCredentialsCountForTheHostAndTheAPI(t *testing.T) {
	t.Parallel()
	for url, hidden := range map[string]bool{
		"https://cloud.mongodb.com" + link:                 true,
		"https://CLOUD.mongodb.com:443" + link:             true,
		"https://cloud.mongodb.com/api/oauth/token":        false,
		"https://cloud.mongodb.com:8443" + link:            false,
		"http://cloud.mongodb.com" + link:                  true, // the same host, by another scheme
		"https://other.example" + link:                     false,
		"https://cloud.mongodb.com/api/public/v1.0/groups": true,
	} {
		entry, request, _ := connect()
		request["headers"] = fields("Content-Type", "application/json")
		signed, asked, answer := connect()
		asked["url"] = url
		asked["headers"] = fields("Authorization", "Digest x", "Content-Type", "application/json")
		answer["status"] = 403
		r, _ := read(t, har.Options{}, entry, signed)
		assert.Equal(t, !hidden, r.Exchanges[0].Exchange.CredentialsHidden, url)
	}
}

func TestTheQueryStringCompletesTheURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url   string
		query []object
		want  string
	}{
		{link, fields("envelope", "true"), link + "?envelope=true"},
		{link + "?pretty=true", fields("envelope", "true", "pretty", "true"), link + "?pretty=true&envelope=true"},
		{link + "?pretty=true&pretty=true", fields("pretty", "true"), link + "?pretty=true&pretty=true"},
		{link + "?a%20b=1", fields("a b", "1"), link + "?a%20b=1"},
		{link + "?a%20b=1", fields("a%20b", "1"), link + "?a%20b=1"},
		{link, fields("a b", "c&d"), link + "?a+b=c%26d"},
		{link + "?", fields("", "x"), link + "?"},
		{link, []object{{"name": "flag"}}, link + "?flag"},
		{link, nil, link},
	} {
		entry, request, _ := connect()
		request["url"], request["queryString"] = "https://h"+c.url, c.query
		r, _ := read(t, har.Options{}, entry)
		require.Len(t, r.Exchanges, 1)
		assert.Equal(t, c.want, r.Exchanges[0].Exchange.Target)
	}
}

func TestEntriesOfOtherHostsRefuseNoFile(t *testing.T) {
	t.Parallel()
	ours, _, _ := connect()
	elsewhere := object{"request": object{"method": "GET", "url": "https://other.example/", "headers": "none"}, "response": object{"status": "200"}}
	_, lines := read(t, har.Options{}, elsewhere, ours)
	assert.Equal(t, []string{"2 POST 201", "of other hosts[1]"}, lines)

	elsewhere["request"].(object)["url"] = "https://other.example" + link
	_, lines = read(t, har.Options{Host: "cloud.mongodb.com"}, elsewhere, ours)
	assert.Equal(t, []string{"2 POST 201", "of other hosts[1]"}, lines)

	_, err := har.Read(strings.NewReader(recording(t, ours, elsewhere)), newChecker(t), har.Options{})
	require.ErrorContains(t, err, "entry 2, which ends at byte ")
	require.ErrorContains(t, err, "want an array")
}

func TestTheHostKnowsDefaultPorts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url, host string
		want      bool
	}{
		{"https://h", "h", true},
		{"https://h", "h:443", true},
		{"https://h:443", "H", true},
		{"http://h:80", "h", true},
		{"http://h", "h:80", true},
		{"http://h", "h:443", false},
		{"https://h:8443", "h", false},
		{"https://h:8443", "h:8443", true},
		{"https://[::1]:443", "[::1]", true},
	} {
		entry, request, _ := connect()
		request["url"] = c.url + link
		r, _ := read(t, har.Options{Host: c.host}, entry)
		assert.Len(t, r.Exchanges, map[bool]int{true: 1}[c.want], "%s at %s", c.url, c.host)
		assert.Equal(t, !c.want, r.HostMissed)
	}
}

func TestAPreflightIsNotAboutTheContract(t *testing.T) {
	t.Parallel()
	entry, request, response := connect()
	request["method"], response["status"] = "OPTIONS", 204
	request["headers"] = fields("origin", "https://x", "access-control-request-method", "POST")
	_, lines := read(t, har.Options{}, entry)
	assert.Equal(t, []string{"preflights of a browser (CORS)[1]"}, lines)
}

// A challenge of Digest need not come first on its line, which a recorder may have joined.
func TestChallengesOnOneLine(t *testing.T) {
	t.Parallel()
	entry, request, response := connect()
	request["headers"], response["status"] = fields("Host", "h"), 401
	delete(request, "postData")
	request["bodySize"] = 0
	response["headers"] = append(response["headers"].([]object), fields("WWW-Authenticate", `Basic realm="x", Digest realm="r", nonce="n"`)...)
	response["content"] = object{"text": `{"error":401}`}
	_, lines := read(t, har.Options{}, entry)
	assert.Equal(t, []string{"1 POST 401"}, lines)
}

func TestALinkTokenIsSeenWhereverItStands(t *testing.T) {
	t.Parallel()
	token := base64.StdEncoding.EncodeToString([]byte(`{"orgId":"4888442a3354817a7320eb61","privateApiKey":"c0ffee11-dead"}`))
	body := `{"linkToken":"` + token + `"}`
	multipart := "--b\r\nContent-Disposition: form-data; name=\"linkToken\"\r\nContent-Type: text/plain\r\n\r\n" + token + "\r\n--b--"
	post := func(fields object) object { return object{"request": object{"postData": fields}} }
	for name, entry := range map[string]object{
		"text":                      post(object{"text": body}),
		"text, cut off":             post(object{"text": body[:60]}),
		"text, cut off early":       post(object{"text": body[:16]}),
		"text with \\u":             post(object{"text": `{"link\u0054oken":"` + token + `"}`}),
		"a form":                    post(object{"text": "a=b&linkToken=" + url.QueryEscape(token)}),
		"JSON, percent-encoded":     post(object{"text": url.QueryEscape(body)}),
		"JSON in JSON":              post(object{"text": fmt.Sprintf("%q", body)}),
		"multipart":                 post(object{"text": multipart}),
		"a parameter":               post(object{"params": fields("linkToken", token)}),
		"a parameter, value first":  post(object{"params": []any{map[string]any{"a": 1}, json.RawMessage(`{"value":"` + token + `","name":"linkToken"}`)}}),
		"the name of a parameter":   post(object{"params": fields(`{"linkToken":"`+token[:40], `"}`)}),
		"the query":                 {"request": object{"url": "https://h/?linkToken=" + url.QueryEscape(token)}},
		"the query string":          {"request": object{"queryString": fields("linkToken", token)}},
		"a private field":           {"request": object{"_content": object{"text": body}}},
		"an object":                 {"request": object{"_parsed": object{"linkToken": token}}},
		"base64 of no type":         {"response": object{"content": object{"text": base64.StdEncoding.EncodeToString([]byte(body)), "encoding": "base64"}}},
		"base64, wrapped":           {"response": object{"content": object{"text": wrapped(base64.StdEncoding.EncodeToString([]byte(body)))}}},
		"base64url, cut off":        {"response": object{"content": object{"text": base64.URLEncoding.EncodeToString([]byte(body))[:61]}}},
		"another letter case":       post(object{"text": `{"LINKTOKEN":"` + token + `"}`}),
		"an error that repeats it":  {"response": object{"content": object{"text": "linkToken: " + token + " is used"}}},
		"a comment in the recorder": {"comment": "linkToken=" + token},
	} {
		r, _ := read(t, har.Options{}, at(entry))
		assert.True(t, r.HoldsLinkToken, name)
	}
	for name, text := range map[string]string{
		"an error":        `{"detail":"linkToken: required, missing"}`,
		"a sentence":      "want linkToken, got none",
		"a mask":          `{"linkToken":"***REDACTED***"}`,
		"a placeholder":   `{"linkToken":"<token>"}`,
		"a variable":      "linkToken={{token}}",
		"nothing":         `linkToken=&a=b`,
		"another":         `{"csrfToken":"` + token + `"}`,
		"a link in a URL": "https://h/liveMigrations/linkTokens",
	} {
		r, _ := read(t, har.Options{}, at(post(object{"text": text})))
		assert.False(t, r.HoldsLinkToken, name)
	}
}

// at is an entry of another host, to which a method and URL are added.
func at(entry object) object {
	request, _ := entry["request"].(object)
	if request == nil {
		request = object{}
		entry["request"] = request
	}
	request["method"] = "POST"
	if request["url"] == nil {
		request["url"] = "https://elsewhere.example/"
	}
	return entry
}

func wrapped(text string) string { return text[:50] + "\r\n" + text[50:] }
