package har

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// entry is what is read of an element of log.entries. Sizes and statuses are numbers of any kind, since some recorders write 200.0.
type entry struct {
	Request struct {
		Method   string   `json:"method"`
		URL      string   `json:"url"`
		Headers  []field  `json:"headers"`
		BodySize *float64 `json:"bodySize"`
		PostData content  `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  float64 `json:"status"`
		Headers []field `json:"headers"`
		Content content `json:"content"`
		// Chrome's, as FromCache.
		ServiceWorker json.RawMessage `json:"_fetchedViaServiceWorker"`
	} `json:"response"`
	// Chrome's: where the answer came from, if not from the server.
	FromCache json.RawMessage `json:"_fromCache"`
}

type field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// content is that of a request or an answer.
type content struct {
	Text     *string  `json:"text"`
	Encoding string   `json:"encoding"`
	MimeType string   `json:"mimeType"`
	Size     *float64 `json:"size"`
	Params   []field  `json:"params"`
}

// complete fails on an entry that does not say what was asked.
func (e *entry) complete() error {
	switch {
	case e.Request.Method == "":
		return errors.New("request.method is missing; want the name of a method")
	case e.Request.URL == "":
		return errors.New("request.url is missing; want an absolute URL")
	}
	return nil
}

// address splits the URL into host and request target, as they stand there. An entry without a network address (data:, about:) has none.
func (e *entry) address() (host, target string, ok bool) {
	scheme, rest, ok := strings.Cut(e.Request.URL, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return "", "", false
	}
	rest, _, _ = strings.Cut(rest, "#") // is not sent (RFC 9110 section 4.2.5)
	host = rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, target = rest[:i], rest[i:]
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	return strings.ToLower(host[strings.LastIndexByte(host, '@')+1:]), target, true
}

// status of the answer; 0 is none. Browsers write 0 for what was blocked or cut off.
func (e *entry) status() int {
	if s := e.Response.Status; s >= 100 && s <= 999 {
		return int(s)
	}
	return 0
}

// sent reports whether the server answered, and not the browser's cache or a service worker.
func (e *entry) sent() bool { return !isSet(e.FromCache) && !isSet(e.Response.ServiceWorker) }

func isSet(flag json.RawMessage) bool {
	return len(flag) > 0 && !slices.Contains([]string{"null", "false", `""`}, string(flag))
}

// header is what http has of recorded fields: without the pseudo-header fields of HTTP/2 (RFC 9113 section 8.3), names in one spelling, and
// apart again what a browser joined by line ends.
func header(fields []field) http.Header {
	h := make(http.Header, len(fields))
	for _, f := range fields {
		if strings.HasPrefix(f.Name, ":") {
			continue
		}
		for value := range strings.SplitSeq(f.Value, "\n") {
			h.Add(strings.TrimSpace(f.Name), strings.Trim(value, " \t\r"))
		}
	}
	return h
}

var errEncoding = errors.New("is encoded in a way that is not read here: want base64, or none")

// decode returns the content as bytes.
func (c content) decode() ([]byte, error) {
	if c.Text == nil {
		return nil, nil
	}
	switch strings.ToLower(c.Encoding) {
	case "":
		return []byte(*c.Text), nil
	case "base64":
		text := bytes.TrimRight([]byte(strings.NewReplacer("\r", "", "\n", "").Replace(*c.Text)), "=")
		n, err := base64.RawStdEncoding.Decode(text, text)
		if err != nil {
			return nil, errEncoding
		}
		return text[:n], nil
	default:
		return nil, errEncoding
	}
}
