package har_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker/har"
)

const link = "/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink"

type object = map[string]any

// fields are recorded headers: name, value, name, value.
func fields(pairs ...string) []object {
	all := []object{}
	for pair := range slices.Chunk(pairs, 2) {
		all = append(all, object{"name": pair[0], "value": pair[1]})
	}
	return all
}

// connect is an entry that keeps the contract.
func connect() (entry, request, answer object) {
	request = object{
		"method": "POST", "url": "https://cloud.mongodb.com" + link,
		"headers":  fields("Authorization", "Digest x", "Content-Type", "application/json"),
		"postData": object{"mimeType": "application/json", "text": `{"linkToken":"` + hidden + `"}`},
	}
	answer = object{
		"status": 201,
		"headers": fields("content-type", "application/json", "vary", "Accept-Encoding",
			"x-mongodb-service-version", "gitHash=0f1e2d; versionString=v20261123"),
		"content": object{"size": 19, "mimeType": "application/json", "text": `{"status":"SYNCED"}`},
	}
	return object{"request": request, "response": answer}, request, answer
}

func recording(t testing.TB, entries ...object) string {
	t.Helper()
	content, err := json.Marshal(object{"log": object{"version": "1.2", "entries": entries}})
	require.NoError(t, err)
	return string(content)
}

func compressed(t testing.TB, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func TestWhatIsToldOfContent(t *testing.T) {
	t.Parallel()
	const wrong = `{"status":"PENDING"}`
	const enum = "  connect, answer 201, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]"
	const without = "  the response body was "
	answer := func(size any, more ...any) object {
		o := object{"size": size}
		for i := 0; i+1 < len(more); i += 2 {
			o[more[i].(string)] = more[i+1]
		}
		return o
	}
	for name, test := range map[string]struct {
		content object
		header  []string
		want    []string
	}{
		"text":                      {content: answer(20, "text", wrong), want: []string{enum}},
		"text, size unknown":        {content: answer(-1, "text", wrong), want: []string{enum}},
		"text, size left out":       {content: answer(nil, "text", wrong), want: []string{enum}},
		"base64":                    {content: answer(20, "text", base64.StdEncoding.EncodeToString([]byte(wrong)), "encoding", "base64"), want: []string{enum}},
		"base64 without padding":    {content: answer(20, "text", base64.RawStdEncoding.EncodeToString([]byte(wrong)), "encoding", "base64"), want: []string{enum}},
		"decoded, as HAR says":      {content: answer(20, "text", wrong), header: []string{"Content-Encoding", "br", "Content-Length", "999"}, want: []string{enum}},
		"gzip still":                {content: answer(20, "text", compressed(t, wrong), "encoding", "base64"), header: []string{"Content-Encoding", "gzip"}, want: []string{enum}},
		"another coding still":      {content: answer(4, "text", base64.StdEncoding.EncodeToString([]byte("\x8b\x09\x80\xff")), "encoding", "base64"), header: []string{"Content-Encoding", "br"}, want: []string{"  the response body is compressed still, and is not gzip"}},
		"size alone":                {content: answer(20), want: []string{without + "not recorded"}},
		"size alone, empty text":    {content: answer(20, "text", ""), want: []string{without + "not recorded"}},
		"nothing at all":            {content: object{}, want: []string{without + "not recorded"}},
		"null":                      {content: answer(0, "text", nil), want: []string{without + "not recorded"}},
		"none, and a length":        {content: answer(0, "text", ""), header: []string{"Content-Length", "20"}, want: []string{without + "not recorded"}},
		"none":                      {content: answer(0, "text", ""), want: []string{"  connect, answer 201, body: required, missing [responses/201/content]"}},
		"none, by its length":       {content: answer(0), header: []string{"Content-Length", "0"}, want: []string{"  connect, answer 201, body: required, missing [responses/201/content]"}},
		"cut off":                   {content: answer(99, "text", wrong[:15]), want: []string{without + "not recorded to its end"}},
		"whole, of another size":    {content: answer(99, "text", wrong), want: []string{enum}},
		"a number, of another size": {content: answer(99, "text", "4"), want: []string{without + "not recorded to its end"}},
		"a copied Content-Length":   {content: answer(-1, "text", wrong), header: []string{"Content-Length", "99"}, want: []string{enum}},
		"cut off, by its length":    {content: answer(-1, "text", wrong[:15]), header: []string{"Content-Length", "99"}, want: []string{without + "not recorded to its end"}},
		"long":                      {content: answer(-1, "text", strings.Repeat(" ", 1<<20)), want: []string{"  the response body is longer than 1 MiB"}},
		"masked":                    {content: answer(20, "text", "[application/json redacted]"), want: []string{"  the response body was replaced by the recorder"}},
		"what is not UTF-8":         {content: answer(20, "text", "{\"status\":\"\ufffd\"}"), want: []string{"  the response body was replaced by the recorder"}},
		"an encoding of its own":    {content: answer(20, "text", wrong, "encoding", "rot13"), want: []string{"  the response body is in an encoding that is not read here: want base64, or none"}},
		"base64 that is none":       {content: answer(20, "text", "%%%", "encoding", "base64"), want: []string{"  the response body is said to be base64, and is not"}},
		"base64 that is the text":   {content: answer(20, "text", wrong, "encoding", "base64"), want: []string{enum}},
		"an encoding of text":       {content: answer(20, "text", wrong, "encoding", "UTF-8"), want: []string{enum}},
		"a size beyond all numbers": {content: answer(1e300, "text", wrong), want: []string{enum}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChecker(t)
			entry, _, a := connect()
			a["content"] = test.content
			a["headers"] = append(a["headers"].([]object), fields(test.header...)...)
			r, err := har.Read(strings.NewReader(recording(t, entry)), c, har.Options{})
			require.NoError(t, err)
			assert.Equal(t, append([]string{"1 POST 201"}, test.want...), told(c, r))
		})
	}
}

func TestWhatIsToldOfRequestContent(t *testing.T) {
	t.Parallel()
	const (
		wrong   = `{}`
		missing = "  connect, request, body /linkToken: required, missing [schema/required]"
		refused = "  connect, answer 201, status: a request that breaks the contract is answered with success [responses/rejection]"
		without = "  the request body was "
	)
	for name, test := range map[string]struct {
		postData object
		bodySize any
		header   []string
		want     []string
	}{
		"text":                    {postData: object{"text": wrong}, bodySize: 2, want: []string{missing, refused}},
		"text, size unknown":      {postData: object{"text": wrong}, bodySize: -1, want: []string{missing, refused}},
		"text and parameters":     {postData: object{"text": wrong, "params": fields("a", "b")}, want: []string{missing, refused}},
		"base64":                  {postData: object{"text": "e30=", "encoding": "base64"}, bodySize: 2, want: []string{missing, refused}},
		"parameters alone":        {postData: object{"params": fields("linkToken", hidden)}, bodySize: 0, want: []string{without + "not recorded"}},
		"size alone":              {bodySize: 40, want: []string{without + "not recorded"}},
		"length alone":            {header: []string{"Content-Length", "40"}, bodySize: 0, want: []string{without + "not recorded"}},
		"nothing that tells":      {bodySize: -1, want: []string{without + "not recorded"}},
		"in chunks":               {bodySize: -1, header: []string{"Transfer-Encoding", "chunked"}, want: []string{without + "not recorded"}},
		"none":                    {bodySize: 0, want: []string{"  connect, request, body: required, missing [requestBody/required]", refused}},
		"none, by its length":     {bodySize: -1, header: []string{"Content-Length", "0"}, want: []string{"  connect, request, body: required, missing [requestBody/required]", refused}},
		"cut off":                 {postData: object{"text": `{"a`}, bodySize: 40, want: []string{without + "not recorded to its end"}},
		"whole, of another size":  {postData: object{"text": wrong}, bodySize: 40, want: []string{missing, refused}},
		"masked":                  {postData: object{"text": "<redacted>"}, bodySize: 40, want: []string{"  the request body was replaced by the recorder"}},
		"an encoding of its own":  {postData: object{"text": wrong, "encoding": "rot13"}, want: []string{"  the request body is in an encoding that is not read here: want base64, or none"}},
		"larger than is accepted": {postData: object{"text": strings.Repeat(" ", 1<<20+1)}, want: []string{"  connect, request, body: is larger than 1048576 bytes [requestBody/maxBytes, our decision content-too-large]", strings.Replace(refused, "]", ", our decision content-too-large]", 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChecker(t)
			entry, request, _ := connect()
			request["postData"], request["bodySize"] = test.postData, test.bodySize
			request["headers"] = append(request["headers"].([]object), fields(test.header...)...)
			r, err := har.Read(strings.NewReader(recording(t, entry)), c, har.Options{})
			require.NoError(t, err)
			assert.Equal(t, append([]string{"1 POST 201"}, test.want...), told(c, r))
		})
	}
}

func TestHeadersAsTheyAreRecorded(t *testing.T) {
	t.Parallel()
	entry, request, answer := connect()
	request["headers"] = fields(":method", "POST", ":authority", "h", "authorization", "Digest x", "content-type", "application/json")
	answer["headers"] = append(answer["headers"].([]object), fields(":status", "201", "www-authenticate", "Digest a\nBearer b")...)

	r, err := har.Read(strings.NewReader(recording(t, entry)), newChecker(t), har.Options{})

	require.NoError(t, err)
	require.Len(t, r.Exchanges, 1)
	x := r.Exchanges[0].Exchange
	assert.Equal(t, http.Header{"Authorization": {"Digest x"}, "Content-Type": {"application/json"}}, x.RequestHeader)
	assert.Equal(t, []string{"Digest a", "Bearer b"}, x.ResponseHeader.Values("WWW-Authenticate"))
	assert.NotContains(t, fmt.Sprint(x.ResponseHeader), ":status")
}

func TestTheTargetIsThatOfTheURL(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	for url, want := range map[string]string{
		"https://h" + link:                    link,
		"HTTP://u:p@H:8443" + link + "?a=%zz": link + "?a=%zz",
		"https://h" + link + "#?pretty=true":  link,
		"https://h" + link + "?#":             link + "?",
		"wss://h" + link:                      "",
		"data:," + link:                       "",
		link:                                  "",
		"https://h?" + link:                   "",
		"https://h/x" + link:                  "",
		"https://h/api/public/v1.0x" + link:   "",
	} {
		entry, request, _ := connect()
		request["url"] = url
		r, err := har.Read(strings.NewReader(recording(t, entry)), c, har.Options{})
		require.NoError(t, err)
		if want == "" {
			assert.Empty(t, r.Exchanges, url)
			assert.Equal(t, []har.LeftOut{{Reason: har.OtherHost, Numbers: []int{1}}}, r.LeftOut, url)
			continue
		}
		require.Len(t, r.Exchanges, 1, url)
		assert.Equal(t, want, r.Exchanges[0].Exchange.Target)
	}
}

// A path under a base path may be misspelt, or one of the API's other resources: only a 404 tells that it is none.
func TestAPathThatTheContractDoesNotHave(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	for status, want := range map[int][]string{
		200: {"of other resources of the API[1]"},
		401: {"of other resources of the API[1]"},
		404: {"1 POST 404", "  no operation, request, path: is none of the contract's [paths]"},
	} {
		entry, request, answer := connect()
		request["url"], answer["status"] = "https://h"+link+"s", status
		r, err := har.Read(strings.NewReader(recording(t, entry)), c, har.Options{})
		require.NoError(t, err)
		assert.Equal(t, want, told(c, r))
	}
}

// The path that the reference page misprints is under no base path. Whoever uses it gets the advice, whatever the server answers.
func TestThePathOfThePagesExampleIsJudged(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	const advice = "  advice connect, request, path: The example of the reference page has this path; everything else says /api/public/v1.0. Use that one. [paths/x-also-at]"
	misprinted := "https://h" + strings.Replace(link, "public", "atlas", 1)
	for name, test := range map[string]struct {
		method, url string
		status      int
		want        []string
	}{
		"served":           {"POST", misprinted, 201, []string{"1 POST 201", advice}},
		"not served":       {"POST", misprinted, 404, []string{"1 POST 404", advice, "  advice connect, answer 404, status: does not count: no server has to serve this path [not-judged]"}},
		"another method":   {"DELETE", misprinted, 404, []string{"of other hosts[1]"}},
		"another resource": {"GET", misprinted + "/status", 200, []string{"of other hosts[1]"}},
	} {
		entry, request, answer := connect()
		request["method"], request["url"], answer["status"] = test.method, test.url, test.status
		r, err := har.Read(strings.NewReader(recording(t, entry)), c, har.Options{})
		require.NoError(t, err)
		assert.Equal(t, test.want, told(c, r), name)
	}
}

func TestCredentialsThatWereTakenOut(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	const unsigned = "  connect, answer 201, status: a request without credentials is answered with success [security]"
	const advice = "  advice connect, request, body: is sent before sign-in; fetch the challenge without it [token-before-sign-in]"
	signed, _, _ := connect()
	elsewhere := object{"request": object{"method": "GET", "url": "https://elsewhere/", "headers": fields("authorization", "Basic eDp5")}, "response": object{}}
	for name, test := range map[string]struct {
		authorization []string
		besides       []object
		want          []string
		hidden        bool
	}{
		"none in the file":        {hidden: true},
		"none, and one elsewhere": {besides: []object{elsewhere}, hidden: true},
		"none, and one beside it": {besides: []object{signed}, want: []string{unsigned, advice}},
		"masked":                  {authorization: []string{"[REDACTED]"}, besides: []object{signed}, hidden: true},
		"masked by stars":         {authorization: []string{"********"}, besides: []object{signed}, hidden: true},
		"masked but for Digest":   {authorization: []string{"Digest [redacted]"}, besides: []object{signed}},
		"of another scheme":       {authorization: []string{"Basic eDp5"}, want: []string{"  connect, request, header Authorization: has a scheme that is none of Digest, Bearer [security/scheme]", "  connect, answer 201, status: a request that breaks the contract is answered with success [responses/rejection]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entry, request, _ := connect()
			header := fields("Content-Type", "application/json")
			for _, value := range test.authorization {
				header = append(header, fields("Authorization", value)...)
			}
			request["headers"] = header
			r, err := har.Read(strings.NewReader(recording(t, append([]object{entry}, test.besides...)...)), c, har.Options{})
			require.NoError(t, err)
			r.Exchanges, r.LeftOut = r.Exchanges[:1], nil
			assert.Equal(t, append([]string{"1 POST 201"}, test.want...), told(c, r))
			assert.Equal(t, test.hidden, r.CredentialsHidden)
		})
	}
}

// A request that fetches its challenge has no credentials, so none are missing.
func TestAChallengeAloneHidesNoCredentials(t *testing.T) {
	t.Parallel()
	entry, request, answer := connect()
	request["headers"], answer["status"] = fields("Host", "h"), 401
	delete(request, "postData")
	request["bodySize"] = 0
	answer["headers"] = append(answer["headers"].([]object), fields("WWW-Authenticate", "Digest x")...)
	answer["content"] = object{"text": `{"error":401}`}
	c := newChecker(t)
	r, err := har.Read(strings.NewReader(recording(t, entry)), c, har.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"1 POST 401"}, told(c, r))
	assert.False(t, r.CredentialsHidden)
}

func TestALinkTokenInTheFileIsSeen(t *testing.T) {
	t.Parallel()
	made := `{"linkToken":"` + hidden + `"}`
	for name, test := range map[string]struct {
		answer object
		want   bool
	}{
		"made by Atlas":      {object{"text": made}, true},
		"in base64":          {object{"text": base64.StdEncoding.EncodeToString([]byte(made)), "encoding": "base64", "mimeType": "application/vnd.atlas.2023-01-01+json"}, true},
		"in an image":        {object{"text": base64.StdEncoding.EncodeToString([]byte(made)), "encoding": "base64", "mimeType": "image/png"}, true},
		"with escapes":       {object{"text": `{"linkToken" : "\"\\"}`}, true},
		"masked":             {object{"text": `{"linkToken":"[redacted]"}`}, false},
		"empty":              {object{"text": `{"linkToken":""}`}, false},
		"the name alone":     {object{"text": `linkToken`}, false},
		"no content":         {nil, false},
		"of a strange shape": {object{"text": "%", "encoding": "base64", "mimeType": "application/json"}, false},
	} {
		entry := object{
			"request":  object{"method": "POST", "url": "https://cloud.mongodb.com/api/atlas/v2/orgs/x/liveMigrations/linkTokens"},
			"response": object{"content": test.answer},
		}
		r, err := har.Read(strings.NewReader(recording(t, entry)), newChecker(t), har.Options{})
		require.NoError(t, err)
		assert.Equal(t, test.want, r.HoldsLinkToken, name)
	}
}
