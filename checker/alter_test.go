package checker_test

import (
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink/checker"
)

// alter changes one thing of an exchange, at random.
func alter(random *rand.Rand, e checker.Exchange) checker.Exchange {
	e.RequestHeader, e.ResponseHeader = e.RequestHeader.Clone(), e.ResponseHeader.Clone()
	for _, h := range []*http.Header{&e.RequestHeader, &e.ResponseHeader} {
		if *h == nil {
			*h = make(http.Header)
		}
	}
	switch random.IntN(12) {
	case 0:
		e.Method = oneOf(random, "GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "get", "")
	case 1, 2:
		e.Target = alterTarget(random, e.Target)
	case 3:
		alterHeader(random, e.RequestHeader, "Authorization", "Content-Type", "Content-Encoding", "X-Other", "Expect")
	case 4, 5:
		alterHeader(random, e.ResponseHeader, "X-Mongodb-Service-Version", "Vary", "Content-Type", "Strict-Transport-Security", "Retry-After", "Www-Authenticate", "Allow",
			"Content-Encoding", "Content-Length", "vary", "X-Other")
	case 6, 7:
		e.RequestBody = alterJSON(random, e.RequestBody)
	case 8, 9:
		e.ResponseBody = alterJSON(random, e.ResponseBody)
	case 10:
		e.Status = oneOf(random, 0, 200, 201, 204, 301, 304, 400, 401, 404, 405, 409, 418, 429, 500, 503, 1000)
	case 11:
		e.RequestTruncated, e.ResponseTruncated, e.CredentialsHidden = random.IntN(4) == 0, random.IntN(4) == 0, random.IntN(4) == 0
		e.RequestLength = oneOf(random, -1, 0, 1, int64(1<<20+1))
	}
	return e
}

func oneOf[V any](random *rand.Rand, values ...V) V { return values[random.IntN(len(values))] }

func alterTarget(random *rand.Rand, target string) string {
	if random.IntN(2) == 0 {
		separator := "?"
		if strings.Contains(target, "?") {
			separator = "&"
		}
		return target + separator + oneOf(random, "pretty=true", "envelope=true", "envelope=false", "envelope=1", "pretty=", "pretty", "envelope=%74rue", "x=1", "%zz", ";", "")
	}
	at := random.IntN(len(target) + 1)
	return target[:at] + oneOf(random, "", "/", "%2f", "%41", "a", "0", "?", "#", ".", " ", "é", "\x00", "//") + target[min(at+random.IntN(3), len(target)):]
}

func alterHeader(random *rand.Rand, h http.Header, names ...string) {
	name := oneOf(random, names...)
	values := h[name]
	value := oneOf(random, "", " ", "x", "application/json", "application/json; charset=utf-8", "Application/JSON;charset=latin1", "text/plain", "gzip", "identity", "60", "é", "\xff",
		"Mon, 23 Nov 2026 10:00:00 GMT", "gitHash=; versionString=", "gitHash=a;b; versionString=c\n", "Digest x", "Bearer x", "Basic x", "GET", "GET, POST, DELETE, OPTIONS")
	switch random.IntN(5) {
	case 0:
		delete(h, name)
	case 1:
		h[name] = []string{}
	case 2:
		h[name] = append(slices.Clone(values), value)
	case 3:
		h[name] = []string{value}
	default:
		h[name] = append(slices.Clone(values), values...)
	}
}

var tokens = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[-+.0-9eE]+|[a-z]+|(?s:.)`)

// alterJSON changes one token of JSON, as likely as not into JSON.
func alterJSON(random *rand.Rand, content []byte) []byte {
	all := tokens.FindAllString(string(content), -1)
	at := random.IntN(len(all) + 1)
	other := oneOf(random, `""`, `"x"`, `"SYNCED"`, `"NOT_SYNCED"`, `"status"`, `"content"`, `"error"`, `"linkToken"`, `"detail"`, `"errorCode"`, `"parameters"`, `"createdAt"`,
		`"targetOrg"`, `"2026-02-29T10:00:00Z"`, `"2024-02-29T10:00:00+01:00"`, `"\u0041"`, `"\ud800"`, `"é"`, "\"\xff\"", "\"\t\"", `"_A"`, "0", "-0", "-1", "01", "1.0", "2e2", "200", "201", "404",
		"599", "999999999999999", "1234567890123456", "1e400", "true", "false", "null", "nul", "{}", "[]", "[1]", `["a",null]`, `[{}]`, `{"a":1}`, `{"status":"SYNCED"}`, "{", "}", "[", "]", ",", ":",
		" ", "\n", "\u00a0", "\ufeff", "/**/")
	switch random.IntN(5) {
	case 0:
		all = slices.Insert(all, at, other)
	case 1:
		all = slices.Insert(all, at, ",", `"detail"`, ":", other)
	case 2:
		if at < len(all) {
			all = slices.Delete(all, at, at+1)
		}
	case 3:
		if at < len(all) {
			all = slices.Insert(all, at, all[at:min(at+1+random.IntN(4), len(all))]...)
		}
	default:
		if at < len(all) {
			all[at] = other
		}
	}
	return []byte(strings.Join(all, ""))
}
