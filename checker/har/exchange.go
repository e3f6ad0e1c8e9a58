package har

import (
	"bytes"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/migrationlink/migrationlink/checker"
)

// maxContent is how much content of a message is judged, in bytes: what the checker takes. Firefox
// cuts off there too.
const maxContent = 1 << 20

// exchange is the entry as it went over the wire, as far as the recording tells.
func (e *entry) exchange(target string) checker.Exchange {
	x := checker.Exchange{
		Method: e.Request.Method, Target: target, RequestHeader: header(e.Request.Headers),
		Status: e.status(), ResponseHeader: header(e.Response.Headers),
	}
	// What stands for credentials that a recorder has masked is no scheme, and none of the
	// contract's.
	if slices.ContainsFunc(x.RequestHeader.Values("Authorization"), hidesCredentials) {
		x.RequestHeader.Del("Authorization")
		x.CredentialsHidden = true
	}
	x.RequestBody, x.RequestLength, x.RequestUnread = e.requestContent(x.RequestHeader)
	x.RequestTruncated = x.RequestUnread != ""
	x.ResponseBody, x.ResponseUnread = e.answerContent(x)
	x.ResponseTruncated = x.ResponseUnread != ""
	return x
}

// requestContent returns the content, how long it was announced to be, and why it is not all of it,
// or cannot be judged. The length is then at least 1.
func (e *entry) requestContent(h http.Header) (body []byte, length int64, why string) {
	recorded := e.Request.PostData
	length = max(size(e.Request.BodySize), contentLength(h), 0)
	compressed := h.Get("Content-Encoding") != ""
	body, why = recorded.decode(compressed)
	switch {
	case why != "":
	case len(body) > maxContent:
		why, length = tooLong, max(length, int64(len(body)))
	case isReplaced(recorded, body):
		why = replaced
	case len(body) == 0 && (length > 0 || len(recorded.Params) > 0 || unknownLength(e, h)):
		why = notRecorded // a form that is recorded as parameters alone has other bytes
	case !compressed && length > int64(len(body)):
		return body, length, cutOff
	default:
		return body, int64(len(body)), ""
	}
	return nil, max(length, 1), why
}

// unknownLength reports whether nothing tells that a request had no content.
func unknownLength(e *entry, h http.Header) bool {
	switch {
	case size(e.Request.BodySize) == 0 || contentLength(h) == 0:
		return false
	case h.Get("Transfer-Encoding") != "":
		return true
	}
	return e.Request.PostData.Text == nil && slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, e.Request.Method)
}

// answerContent returns the content, and why it is not all of it, or cannot be judged. A recorder
// decodes content before it writes it down (HAR 1.2, content), so that Content-Encoding says
// nothing of it any more.
func (e *entry) answerContent(x checker.Exchange) (body []byte, why string) {
	recorded, h := e.Response.Content, x.ResponseHeader
	body, why = recorded.decode(h.Get("Content-Encoding") != "")
	switch {
	case x.Method == http.MethodHead || x.Status == http.StatusNoContent || x.Status == http.StatusNotModified:
		return body, "" // has none, so that all of it is there
	case why != "":
		return nil, why
	case isReplaced(recorded, body):
		return nil, replaced
	case len(body) >= maxContent:
		return nil, tooLong
	case e.brokeOff():
		why = brokenOff
	}
	announced := max(size(recorded.Size), contentLength(h))
	if len(body) == 0 {
		if why == "" && (announced > 0 || recorded.Text == nil && contentLength(h) != 0) {
			why = notRecorded
		}
		return nil, why
	}
	if h.Get("Content-Encoding") == "" {
		if why == "" && announced > int64(len(body)) {
			why = cutOff
		}
		return body, why
	}
	switch {
	case bytes.HasPrefix(body, []byte("\x1f\x8b")):
		return body, why // is gzip still, which the checker reads (RFC 1952 section 2.3.1)
	case !utf8.Valid(body):
		return nil, notGzip
	}
	h.Del("Content-Encoding")
	return body, why
}

// isReplaced reports whether the text is not what was sent: a mask, or with U+FFFD where it was not
// UTF-8.
func isReplaced(c content, body []byte) bool {
	return masked(string(body)) || c.Encoding == "" && bytes.ContainsRune(body, utf8.RuneError)
}

// size is a recorded number of bytes; -1 is unknown.
func size(recorded *float64) int64 {
	if recorded == nil || *recorded < 0 {
		return -1
	}
	return int64(min(*recorded, math.MaxInt32))
}

// contentLength is the length that a header declares; -1 is unknown.
func contentLength(h http.Header) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(h.Get("Content-Length")), 10, 32)
	if err != nil || n < 0 {
		return -1
	}
	return n
}
